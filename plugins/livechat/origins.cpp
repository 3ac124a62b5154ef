#include "plugins/livechat/origins.h"

#include <algorithm>

namespace jackfield::livechat {

namespace {

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool is_host(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    const std::string_view inside = host.substr(1, host.size() - 2);
    return inside.find_first_not_of("0123456789abcdef:.") == std::string_view::npos;
  }
  return !host.empty() && std::all_of(host.begin(), host.end(), is_host_char);
}

bool is_port(std::string_view port) {
  return !port.empty() && port.size() <= 5 && port.front() != '0' &&
         port.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> parse_origin(std::string_view text) {
  if (text.size() > kOriginBytesMax) {
    return std::nullopt;
  }
  std::string origin(text);
  for (char& c : origin) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  }
  const std::size_t colon = origin.find("://");
  const std::string scheme = origin.substr(0, colon);
  if (colon == std::string::npos || (scheme != "http" && scheme != "https")) {
    return std::nullopt;
  }
  std::string_view host = std::string_view(origin).substr(colon + 3);
  std::string_view port;
  const std::size_t end = host.find_last_of(":]");
  if (end != std::string_view::npos && host[end] == ':') {
    port = host.substr(end + 1);
    if (!is_port(port)) {
      return std::nullopt;
    }
    host = host.substr(0, end);
  }
  if (!is_host(host)) {
    return std::nullopt;
  }
  if (port == (scheme == "https" ? "443" : "80")) {
    origin.resize(origin.size() - port.size() - 1);
  }
  return origin;
}

bool is_origin_allowed(const std::vector<std::string>& allowed,
                       std::optional<std::string_view> origin) {
  const auto parsed = origin ? parse_origin(*origin) : std::nullopt;
  return parsed && std::find(allowed.begin(), allowed.end(), *parsed) != allowed.end();
}

}  // namespace jackfield::livechat
