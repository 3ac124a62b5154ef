#include "core/model/ids.h"

#include <algorithm>
#include <charconv>

namespace jackfield::model {
namespace {

// Crockford's base 32: no i, l, o, u.
constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr int kBitsPerDigit = 5;
constexpr std::size_t kIdLength = 13;
constexpr std::size_t kAccountPartMax = 40;

bool is_account_part(std::string_view text) {
  return !text.empty() && text.size() <= kAccountPartMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

}  // namespace

std::string id_text(std::int64_t value) {
  std::string text(kIdLength, '0');
  auto rest = static_cast<std::uint64_t>(value);
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit) {
    *digit = kDigits[rest & (kDigits.size() - 1)];
    rest >>= kBitsPerDigit;
  }
  return text;
}

std::optional<std::int64_t> parse_id(std::string_view text) {
  // 13 digits hold 65 bits: above '7' the first would not fit into 63.
  if (text.size() != kIdLength || text.front() > '7') {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (const char c : text) {
    const auto digit = kDigits.find(c);
    if (digit == std::string_view::npos) {
      return std::nullopt;
    }
    value = (value << kBitsPerDigit) | digit;
  }
  return value == 0 ? std::nullopt : std::optional(static_cast<std::int64_t>(value));
}

std::string MessageId::text() const {
  return conversation.text() + "." + std::to_string(number);
}

std::optional<MessageId> MessageId::parse(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) {
    return std::nullopt;
  }
  const auto conversation = ConversationId::parse(text.substr(0, dot));
  const std::string_view digits = text.substr(dot + 1);
  if (!conversation || digits.empty() || digits.front() == '0') {
    return std::nullopt;
  }
  std::int64_t number = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, number);
  if (error != std::errc() || end != last || number <= 0) {
    return std::nullopt;
  }
  return MessageId{*conversation, number};
}

std::string_view AccountId::channel() const {
  return std::string_view(text).substr(0, std::min(text.find(':'), text.size()));
}

std::string_view AccountId::name() const {
  const auto colon = text.find(':');
  return colon == std::string::npos ? std::string_view() : std::string_view(text).substr(colon + 1);
}

std::optional<AccountId> AccountId::parse(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || !is_account_part(text.substr(0, colon)) ||
      !is_account_part(text.substr(colon + 1))) {
    return std::nullopt;
  }
  return AccountId{std::string(text)};
}

}  // namespace jackfield::model
