#include "plugins/livechat/visitor_token.h"

#include <utility>

#include "jackfield/encoding.h"

namespace jackfield::livechat {

namespace {

constexpr char kVersion = 1;
constexpr std::size_t kTimeBytes = 8;
constexpr std::size_t kContentBytes = 1 + kVisitorBytes + kTimeBytes;
constexpr std::size_t kSignatureBytes = 32;
/// The key signs nothing else, and this keeps it so.
constexpr std::string_view kPurpose = "jackfield livechat visitor token\n";

}  // namespace

std::string to_base64url(std::string_view bytes) {
  std::string out = encoding::to_base64(bytes);
  while (!out.empty() && out.back() == '=') {
    out.pop_back();
  }
  for (char& c : out) {
    c = c == '+' ? '-' : c == '/' ? '_' : c;
  }
  return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
  if (text.find_first_of("+/=") != std::string_view::npos) {
    return std::nullopt;
  }
  return encoding::from_base64(text);
}

bool is_visitor_id(std::string_view id) {
  const auto bytes = id.size() == kVisitorChars ? from_base64url(id) : std::nullopt;
  // Two bits of the last character carry nothing: one visitor, one spelling.
  return bytes && bytes->size() == kVisitorBytes && to_base64url(*bytes) == id;
}

TokenMint::TokenMint(Hmac hmac, Equal equal) : hmac_(std::move(hmac)), equal_(std::move(equal)) {}

std::string TokenMint::signature(std::string_view content) const {
  std::string data(kPurpose);
  data.append(content);
  return hmac_(data);
}

std::string TokenMint::issue(std::string_view visitor_id, std::int64_t now_s) const {
  std::string token(1, kVersion);
  token += from_base64url(visitor_id).value_or("");
  for (int shift = 56; shift >= 0; shift -= 8) {
    token += static_cast<char>(static_cast<std::uint64_t>(now_s) >> shift & 255U);
  }
  token += signature(token);
  return to_base64url(token);
}

std::optional<std::string> TokenMint::visitor_of(std::string_view token, std::int64_t now_s,
                                                 std::int64_t age_max_s) const {
  const auto bytes = from_base64url(token);
  if (!bytes || bytes->size() != kContentBytes + kSignatureBytes || bytes->front() != kVersion) {
    return std::nullopt;
  }
  const std::string_view content = std::string_view(*bytes).substr(0, kContentBytes);
  if (!equal_(signature(content), std::string_view(*bytes).substr(kContentBytes))) {
    return std::nullopt;
  }
  std::uint64_t issued_s = 0;
  for (const char byte : content.substr(1 + kVisitorBytes)) {
    issued_s = issued_s << 8U | static_cast<unsigned char>(byte);
  }
  if (now_s - static_cast<std::int64_t>(issued_s) > age_max_s) {
    return std::nullopt;
  }
  return to_base64url(content.substr(1, kVisitorBytes));
}

}  // namespace jackfield::livechat
