#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jackfield::sim {

/// The decoded value of the first `name` in "a=1&b=%20"; nothing when it is not there or the query
/// is broken.
[[nodiscard]] std::optional<std::string> query_value(std::string_view query, std::string_view name);

}  // namespace jackfield::sim
