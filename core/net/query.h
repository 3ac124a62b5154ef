#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jackfield/result.h"

namespace jackfield::net {

using QueryPairs = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t kQueryPairsMax = 256;

enum class Plus : bool { literal, space };

/// Decodes %XX once; with Plus::space also '+'. Nothing when an escape is broken.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, Plus plus);

/// Escapes everything but letters, digits and "-._~", in capitals: fit for a query or path part.
[[nodiscard]] std::string percent_encode(std::string_view text);

/// The pairs of a query string or an application/x-www-form-urlencoded body, in order, repeats
/// kept. Error: invalid, on a broken escape or more than kQueryPairsMax pairs.
Result<QueryPairs> parse_query(std::string_view text);

/// The first value of that name, or nothing. The view lives as long as `pairs`.
[[nodiscard]] std::optional<std::string_view> find_query(const QueryPairs& pairs,
                                                         std::string_view name);

/// "a=1&b=x%20y"
[[nodiscard]] std::string format_query(const QueryPairs& pairs);

}  // namespace jackfield::net
