#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::net {

using Header = std::pair<std::string, std::string>;

/// A request after the validator: framing is unambiguous, sizes are within bounds.
struct HttpRequest {
  std::string method;
  std::string target;  ///< As sent: origin form.
  std::string path;    ///< Percent-decoded once, no dot segments, no NUL, no backslash; else the
                       ///< validator refused.
  std::string query;   ///< As sent, without '?'.
  std::vector<Header> headers;  ///< In order, names as sent.
  std::string body;
  std::string peer;  ///< Client address after trusted proxies; no port.

  /// First header of that name (case-insensitive), or nothing.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::vector<Header> headers;
  std::string body;

  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

}  // namespace jackfield::net
