#include "core/plugin_host/json_pointer.h"

#include <charconv>
#include <cstddef>

namespace jackfield::plugin_host {
namespace {

std::string unescaped(std::string_view step) {
  std::string out;
  for (std::size_t i = 0; i < step.size(); ++i) {
    if (step[i] == '~' && i + 1 < step.size()) {
      out += step[++i] == '1' ? '/' : '~';
      continue;
    }
    out += step[i];
  }
  return out;
}

json::Value step_into(json::Value value, const std::string& step) {
  if (!value.is_array()) {
    return value[step];
  }
  std::size_t index = 0;
  const auto [end, problem] = std::from_chars(step.data(), step.data() + step.size(), index);
  const bool is_number = problem == std::errc() && end == step.data() + step.size();
  return is_number && index < value.size() ? value.at(index) : json::Value();
}

}  // namespace

json::Value find_at(json::Value root, std::string_view pointer) {
  while (!pointer.empty()) {
    if (pointer.front() != '/') {
      return {};
    }
    pointer.remove_prefix(1);
    const std::size_t end = pointer.find('/');
    root = step_into(root, unescaped(pointer.substr(0, end)));
    if (!root) {
      return {};
    }
    pointer = end == std::string_view::npos ? std::string_view() : pointer.substr(end);
  }
  return root;
}

std::string pointer_below(std::string_view pointer, std::string_view step) {
  std::string out(pointer);
  out += '/';
  for (const char c : step) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace jackfield::plugin_host
