#pragma once

#include <string>
#include <string_view>

#include "jackfield/json.h"

namespace jackfield::plugin_host {

/// The value at a JSON pointer (RFC 6901: "/a/0/b", "" is the root); missing when there is none.
json::Value find_at(json::Value root, std::string_view pointer);

/// `pointer` with one more step.
std::string pointer_below(std::string_view pointer, std::string_view step);

}  // namespace jackfield::plugin_host
