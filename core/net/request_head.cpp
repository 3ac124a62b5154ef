#include "core/net/request_head.h"

#include <algorithm>
#include <array>

#include "core/net/ascii.h"
#include "core/net/request_path.h"

namespace jackfield::net {

namespace {

constexpr std::array<std::string_view, 6> kMethods{"GET",    "POST",    "PUT",
                                                   "DELETE", "OPTIONS", "HEAD"};

// Headers that decide something; said twice, somebody may read the other one.
constexpr std::array<std::string_view, 10> kOnce{
    "Host",   "Content-Length", "Transfer-Encoding", "Content-Type",      "Authorization",
    "Origin", "Expect",         "Upgrade",           "Sec-WebSocket-Key", "Sec-WebSocket-Version"};

using MaybeRefusal = std::optional<Refusal>;

MaybeRefusal read_request_line(std::string_view line, const HeadLimits& limits, RequestHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return Refusal{400, "request line is not 'method target version'"};
  }
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  if (line.substr(last + 1) != "HTTP/1.1") {
    return Refusal{400, "version is not HTTP/1.1"};
  }
  if (!is_token(head.method)) {
    return Refusal{400, "method is not a token"};
  }
  if (head.target.size() > limits.target_bytes_max) {
    return Refusal{414, "target too long"};
  }
  if (!head.target.starts_with('/')) {
    return Refusal{400, "target is not in origin form"};
  }
  const auto is_odd = [](char c) { return c < '!' || c > '~' || c == '#'; };
  if (std::any_of(head.target.begin(), head.target.end(), is_odd)) {
    return Refusal{400, "target has a byte that must be escaped"};
  }
  if (std::find(kMethods.begin(), kMethods.end(), head.method) == kMethods.end()) {
    return Refusal{405, "method not allowed"};
  }
  const std::size_t question = head.target.find('?');
  auto path = canonical_path(head.target.substr(0, question));
  if (!path) {
    return Refusal{404, "path is not canonical"};
  }
  head.path = std::move(*path);
  if (question != std::string_view::npos) {
    head.query = head.target.substr(question + 1);
  }
  return std::nullopt;
}

MaybeRefusal read_field(std::string_view line, const HeadLimits& limits, RequestHead& head) {
  if (head.headers.size() == limits.count_max) {
    return Refusal{431, "too many header fields"};
  }
  if (line.size() > limits.field_bytes_max) {
    return Refusal{431, "header field too long"};
  }
  // Also refuses folded lines and "Name : value": a space is no token character.
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return Refusal{400, "header name is not a token followed by a colon"};
  }
  const std::string_view value = trimmed(line.substr(colon + 1));
  const auto is_odd = [](char c) { return is_control(c) && c != '\t'; };
  if (std::any_of(value.begin(), value.end(), is_odd)) {
    return Refusal{400, "control byte in a header value"};
  }
  head.headers.emplace_back(line.substr(0, colon), value);
  return std::nullopt;
}

MaybeRefusal read_length(std::string_view value, RequestHead& head) {
  constexpr std::size_t kDigitsMax = 15;
  if (value.empty() || value.size() > kDigitsMax ||
      !std::all_of(value.begin(), value.end(), is_digit)) {
    return Refusal{400, "Content-Length is not one plain number"};
  }
  for (const char c : value) {
    head.content_length = head.content_length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  head.framing = Framing::length;
  return std::nullopt;
}

// host or [v6], with or without :port.
std::optional<std::string_view> host_name(std::string_view value) {
  const bool bracketed = value.starts_with('[');
  const std::size_t end = bracketed ? value.find(']') : std::min(value.find(':'), value.size());
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view name = bracketed ? value.substr(1, end - 1) : value.substr(0, end);
  const auto fits = [bracketed](char c) {
    return bracketed ? hex_value(c) >= 0 || c == ':' || c == '.'
                     : is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
  };
  if (name.empty() || !std::all_of(name.begin(), name.end(), fits)) {
    return std::nullopt;
  }
  std::string_view port = value.substr(bracketed ? end + 1 : end);
  if (port.empty()) {
    return name;
  }
  port.remove_prefix(1);
  const bool colon = value[value.size() - port.size() - 1] == ':';
  if (!colon || port.size() > 5 || !std::all_of(port.begin(), port.end(), is_digit)) {
    return std::nullopt;
  }
  return name;
}

MaybeRefusal check_host(std::string_view value, const HeadLimits& limits) {
  auto name = host_name(value);
  if (!name) {
    return Refusal{400, "Host is not a host"};
  }
  if (name->ends_with('.')) {
    name->remove_suffix(1);
  }
  const auto is_it = [&name](const std::string& host) { return equals_ignoring_case(host, *name); };
  if (!limits.hosts.empty() && std::none_of(limits.hosts.begin(), limits.hosts.end(), is_it)) {
    return Refusal{421, "Host is not served here"};
  }
  return std::nullopt;
}

MaybeRefusal refuse_repeats(const std::vector<Header>& headers) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto same = [&name = headers[i].first](const auto& other) {
      return equals_ignoring_case(name, other.first);
    };
    if (std::none_of(kOnce.begin(), kOnce.end(), [&](std::string_view once) {
          return equals_ignoring_case(headers[i].first, once);
        })) {
      continue;
    }
    if (std::any_of(headers.begin() + static_cast<std::ptrdiff_t>(i) + 1, headers.end(), same)) {
      return Refusal{400, "a header that may come once came twice"};
    }
  }
  return std::nullopt;
}

bool lists(std::string_view list, std::string_view token) {
  bool found = false;
  for_each_listed(
      list, [&](std::string_view item) { found = found || equals_ignoring_case(item, token); });
  return found;
}

// What the fields say together; each alone has been read.
struct Meaning {
  std::optional<std::string_view> host, length, coding, expect, upgrade, key, version;
  bool close = false, upgrade_listed = false;
};

Meaning gather(const std::vector<Header>& headers) {
  Meaning said;
  const std::array<std::pair<std::string_view, std::optional<std::string_view>*>, 7> wanted{{
      {"Host", &said.host},
      {"Content-Length", &said.length},
      {"Transfer-Encoding", &said.coding},
      {"Expect", &said.expect},
      {"Upgrade", &said.upgrade},
      {"Sec-WebSocket-Key", &said.key},
      {"Sec-WebSocket-Version", &said.version},
  }};
  for (const auto& [name, value] : headers) {
    for (const auto& [want, place] : wanted) {
      if (equals_ignoring_case(name, want)) {
        *place = value;
      }
    }
    if (equals_ignoring_case(name, "Connection")) {
      said.close = said.close || lists(value, "close");
      said.upgrade_listed = said.upgrade_listed || lists(value, "upgrade");
    }
  }
  return said;
}

MaybeRefusal check_websocket(const Meaning& said, RequestHead& head) {
  if (!said.upgrade || !said.upgrade_listed || !lists(*said.upgrade, "websocket")) {
    return std::nullopt;  // Another upgrade is an offer, and we don't take it.
  }
  if (head.method != "GET" || head.framing == Framing::chunked || head.content_length != 0) {
    return Refusal{400, "WebSocket handshake is not a GET without body"};
  }
  if (said.version != "13") {
    return Refusal{426, "WebSocket version is not 13"};
  }
  constexpr std::size_t kKeyBytes = 24;  // 16 bytes in base64.
  if (!said.key || said.key->size() != kKeyBytes || !said.key->ends_with("==")) {
    return Refusal{400, "Sec-WebSocket-Key is not 16 bytes in base64"};
  }
  head.upgrades_websocket = true;
  return std::nullopt;
}

MaybeRefusal read_meaning(const HeadLimits& limits, RequestHead& head) {
  if (auto refused = refuse_repeats(head.headers)) {
    return refused;
  }
  const Meaning said = gather(head.headers);
  if (!said.host) {
    return Refusal{400, "no Host"};
  }
  if (auto refused = check_host(*said.host, limits)) {
    return refused;
  }
  if (said.length && said.coding) {
    return Refusal{400, "Content-Length and Transfer-Encoding together"};
  }
  if (said.coding) {
    if (!equals_ignoring_case(*said.coding, "chunked")) {
      return Refusal{400, "Transfer-Encoding is not exactly 'chunked'"};
    }
    head.framing = Framing::chunked;
  }
  if (said.length) {
    if (auto refused = read_length(*said.length, head)) {
      return refused;
    }
  }
  if (said.expect) {
    if (!equals_ignoring_case(*said.expect, "100-continue")) {
      return Refusal{417, "Expect is not 100-continue"};
    }
    head.expects_continue = true;
  }
  head.closes = said.close;
  return check_websocket(said, head);
}

}  // namespace

std::variant<std::size_t, Refusal> HeadEnd::find(std::string_view bytes, const HeadLimits& limits) {
  // TLS, SSH and other strangers are told at once instead of after the header timeout.
  if (!bytes.empty() && (bytes.front() < 'A' || bytes.front() > 'Z')) {
    return Refusal{400, "not HTTP"};
  }
  for (;;) {
    const std::size_t feed = bytes.find('\n', scanned_);
    if (feed == std::string_view::npos) {
      scanned_ = bytes.size();
      break;
    }
    if (feed >= limits.block_bytes_max) {
      break;
    }
    if (feed == line_ || bytes[feed - 1] != '\r') {
      return Refusal{400, "a line does not end in CR LF"};
    }
    if (feed - line_ == 1) {
      return feed + 1;
    }
    line_ = scanned_ = feed + 1;
  }
  if (bytes.size() < limits.block_bytes_max) {
    return std::size_t{0};
  }
  return line_ == 0 ? Refusal{414, "request line too long"} : Refusal{431, "header block too long"};
}

std::variant<RequestHead, Refusal> read_head(std::string_view block, const HeadLimits& limits) {
  constexpr std::string_view kEnd = "\r\n";
  RequestHead head;
  bool first = true;
  if (!block.ends_with("\r\n\r\n") || block.size() > limits.block_bytes_max) {
    return Refusal{400, "header block is not complete"};
  }
  block.remove_suffix(kEnd.size());
  while (!block.empty()) {
    const std::size_t end = block.find(kEnd);
    const std::string_view line = block.substr(0, end);
    block.remove_prefix(end + kEnd.size());
    const auto refused =
        first ? read_request_line(line, limits, head) : read_field(line, limits, head);
    if (refused) {
      return *refused;
    }
    if (first) {
      head.headers.reserve(16);
      first = false;
    }
  }
  if (const auto refused = read_meaning(limits, head)) {
    return *refused;
  }
  return head;
}

}  // namespace jackfield::net
