#include "core/net/request_path.h"

#include <algorithm>

#include "core/net/ascii.h"
#include "core/net/query.h"
#include "jackfield/json.h"

namespace jackfield::net {

namespace {

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // The slash.
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    if (segment == "." || segment == "..") {
      return true;
    }
    path.remove_prefix(end);
  }
  return false;
}

}  // namespace

std::optional<std::string> canonical_path(std::string_view raw) {
  if (!raw.starts_with('/')) {
    return std::nullopt;
  }
  auto path = percent_decode(raw, Plus::literal);
  const auto is_forbidden = [](char c) { return is_control(c) || c == '\\'; };
  if (!path || std::any_of(path->begin(), path->end(), is_forbidden)) {
    return std::nullopt;
  }
  // A slash that only appears by decoding would move a segment's border.
  if (std::count(path->begin(), path->end(), '/') != std::count(raw.begin(), raw.end(), '/')) {
    return std::nullopt;
  }
  if (has_dot_segment(*path) || !json::is_valid_utf8(*path)) {
    return std::nullopt;
  }
  return path;
}

}  // namespace jackfield::net
