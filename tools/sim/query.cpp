#include "tools/sim/query.h"

#include "core/net/query.h"

namespace jackfield::sim {

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  const auto pairs = net::parse_query(query);
  if (!pairs) {
    return std::nullopt;
  }
  const auto value = net::find_query(*pairs, name);
  return value ? std::optional<std::string>(*value) : std::nullopt;
}

}  // namespace jackfield::sim
