#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Which web sites may open a live chat. Pure.
namespace jackfield::livechat {

inline constexpr std::size_t kOriginBytesMax = 300;

/// "scheme://host[:port]" in lower case, http or https, without the scheme's own port. Nothing when
/// it is anything else: a path, a trailing '/', a wildcard, "null", user names, blanks.
[[nodiscard]] std::optional<std::string> parse_origin(std::string_view text);

/// Whether the header `Origin` (nothing = absent) names one of `allowed`, which parse_origin()
/// wrote.
[[nodiscard]] bool is_origin_allowed(const std::vector<std::string>& allowed,
                                     std::optional<std::string_view> origin);

}  // namespace jackfield::livechat
