#include "core/base/settings_check.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <arpa/inet.h>

namespace jackfield::base::check {
namespace {

constexpr std::size_t kHostLengthMax = 253;
constexpr std::size_t kNameLengthMax = 64;
constexpr std::size_t kAccountPartMax = 40;
constexpr std::size_t kIpcPathMax = 107;  // sun_path
constexpr std::size_t kKeyLength = 40;

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

bool is_made_of(std::string_view text, std::string_view letters, std::string_view more) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return letters.find(c) != std::string_view::npos || more.find(c) != std::string_view::npos;
  });
}

bool is_ip(int family, std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return text.size() < INET6_ADDRSTRLEN &&
         ::inet_pton(family, std::string(text).c_str(), bytes.data()) == 1;
}

std::optional<int> number(std::string_view text, int max) {
  int value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  return error == std::errc() && end == last && value >= 0 && value <= max ? std::optional(value)
                                                                           : std::nullopt;
}

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= kHostLengthMax && is_made_of(text, kLetters, "-.") &&
         text.front() != '.' && text.front() != '-' && text.find("..") == std::string_view::npos;
}

/// "host", "host:port", "[v6]", "[v6]:port".
bool is_authority(std::string_view text) {
  std::string_view port;
  if (!text.empty() && text.front() == '[') {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos || !is_ip(AF_INET6, text.substr(1, bracket - 1))) {
      return false;
    }
    port = text.substr(bracket + 1);
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    if (!is_host_name(text.substr(0, colon))) {
      return false;
    }
    port = text.substr(colon);
  }
  return port.empty() || (port.front() == ':' && number(port.substr(1), 65'535).value_or(0) > 0);
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

std::string unless(bool is_right, const char* wanted) {
  return is_right ? std::string() : std::string(wanted);
}

}  // namespace

std::string account_id(std::string_view text) {
  const auto is_part = [](std::string_view part) {
    return !part.empty() && part.size() <= kAccountPartMax && is_made_of(part, kLower, "_-");
  };
  const auto colon = std::min(text.find(':'), text.size());
  return unless(
      colon < text.size() && is_part(text.substr(0, colon)) && is_part(text.substr(colon + 1)),
      "\"<channel>:<name>\", both 1 to 40 characters of a-z, 0-9, _ and -");
}

std::string address(std::string_view text) {
  return unless(text == "localhost" || is_ip(AF_INET, text) || is_ip(AF_INET6, text),
                "an IPv4 or IPv6 address such as \"127.0.0.1\" or \"::1\"");
}

std::string cidr(std::string_view text) {
  const auto slash = std::min(text.find('/'), text.size());
  const auto base = text.substr(0, slash);
  const auto bits = slash < text.size() ? text.substr(slash + 1) : std::string_view();
  const bool is_right =
      (is_ip(AF_INET, base) && number(bits, 32)) || (is_ip(AF_INET6, base) && number(bits, 128));
  return unless(is_right, "a network such as \"10.0.0.0/8\" or \"fd00::/8\"");
}

std::string endpoint(std::string_view text) {
  const char* const wanted = "\"ipc://<path>\", \"tcp://<address>:<port>\" or \"inproc://<name>\"";
  if (take_prefix(text, "ipc://")) {
    return unless(!text.empty() && text.size() <= kIpcPathMax,
                  "\"ipc://<path>\" with a path of at most 107 bytes");
  }
  if (take_prefix(text, "inproc://")) {
    return unless(!text.empty(), wanted);
  }
  if (!take_prefix(text, "tcp://")) {
    return wanted;
  }
  const bool is_any = take_prefix(text, "*") && take_prefix(text, ":");
  const bool has_port = text.rfind(':') != std::string_view::npos && text.back() != ']';
  return unless(is_any ? number(text, 65'535).has_value() : has_port && is_authority(text), wanted);
}

std::string file_stem(std::string_view text) {
  return unless(text.size() <= kNameLengthMax && is_made_of(text, kLetters, "_-."),
                "a plugin's file name without directory and suffix, at most 64 characters");
}

std::string host(std::string_view text) {
  return unless(is_authority(text), "a host such as \"chat.example.com\" or \"localhost:8080\"");
}

std::string node_name(std::string_view text) {
  return unless(!text.empty() && text.size() <= kNameLengthMax && is_made_of(text, kLetters, "_-."),
                "1 to 64 characters of a-z, A-Z, 0-9, '.', '_' and '-'");
}

std::string not_empty(std::string_view text) {
  return unless(!text.empty() && text.find('\0') == std::string_view::npos, "not empty");
}

std::string public_url(std::string_view text) {
  const char* const wanted =
      "\"https://<host>\", perhaps with a port and a path, without a slash at the end";
  if (!take_prefix(text, "https://") && !take_prefix(text, "http://")) {
    return wanted;
  }
  const auto slash = std::min(text.find('/'), text.size());
  const std::string_view path = text.substr(slash);
  return unless(is_authority(text.substr(0, slash)) && is_made_of(path, kLetters, "/-._~") &&
                    (path.empty() || path.back() != '/'),
                wanted);
}

std::string queue_name(std::string_view text) {
  return unless(text.size() <= kNameLengthMax && is_made_of(text, kLetters, "_-."),
                "at most 64 characters of a-z, A-Z, 0-9, '.', '_' and '-'");
}

std::string z85_key(std::string_view text) {
  return unless(text.size() == kKeyLength && is_made_of(text, kLetters, ".-:+=^!/*?&<>()[]{}@%$#"),
                "a Z85 key of 40 characters");
}

bool is_loopback(std::string_view address) {
  return address == "localhost" || address == "::1" || address.substr(0, 4) == "127.";
}

}  // namespace jackfield::base::check
