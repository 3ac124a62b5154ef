#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jackfield::net {

/// The one spelling of a path that routes are compared with: percent-decoded exactly once.
/// Nothing when it doesn't start with '/', an escape is broken or hides a '/', it has a backslash,
/// NUL or other control byte, a "." or ".." segment, or isn't UTF-8 (overlong forms).
[[nodiscard]] std::optional<std::string> canonical_path(std::string_view raw);

}  // namespace jackfield::net
