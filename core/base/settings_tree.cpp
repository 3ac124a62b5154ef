#include "core/base/settings_tree.h"

#include <algorithm>
#include <utility>

namespace jackfield::base {

const SettingsNode* SettingsNode::find(std::string_view name) const {
  const auto found = members.find(std::string(name));
  return found == members.end() ? nullptr : &found->second;
}

bool SettingsNode::is_secret_reference() const {
  return members.contains("$file") || members.contains("$env");
}

Lines::Lines(std::string file, std::string_view text) : file_(std::move(file)), text_(text) {
  starts_.push_back(0);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') {
      starts_.push_back(i + 1);
    }
  }
}

Origin Lines::at(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const std::size_t start = *(next - 1);
  const auto characters =
      std::count_if(text_.begin() + static_cast<std::ptrdiff_t>(start),
                    text_.begin() + static_cast<std::ptrdiff_t>(offset),
                    [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; });
  return Origin{file_, static_cast<int>(next - starts_.begin()), static_cast<int>(characters) + 1};
}

SettingsNode node_from(const json::Value& value, const Lines& lines) {
  SettingsNode node;
  node.type = value.type();
  node.flag = value.boolean().value_or(false);
  node.text = value.text();
  node.origin = lines.at(value.offset());
  node.key_origin = node.origin;
  for (auto it = value.begin(); it != value.end(); ++it) {
    SettingsNode child = node_from(*it, lines);
    if (value.is_array()) {
      node.elements.push_back(std::move(child));
    } else {
      child.key_origin = lines.at(it.key_offset());
      node.members.emplace(it.key(), std::move(child));
    }
  }
  return node;
}

void merge(SettingsNode& into, SettingsNode patch) {
  const bool is_object = patch.type == json::Type::object && !patch.is_secret_reference();
  if (!is_object) {
    into = std::move(patch);
    return;
  }
  if (into.type != json::Type::object || into.is_secret_reference()) {
    into = SettingsNode();
    into.type = json::Type::object;
    into.origin = patch.origin;
    into.key_origin = patch.key_origin;
  }
  for (auto& [name, child] : patch.members) {
    if (child.type == json::Type::null) {
      into.members.erase(name);
    } else {
      merge(into.members[name], std::move(child));
    }
  }
}

void write_node(json::Writer& out, const SettingsNode& node) {
  switch (node.type) {
    case json::Type::missing:
    case json::Type::null:
      out.null();
      return;
    case json::Type::boolean:
      out.boolean(node.flag);
      return;
    case json::Type::number:
      out.raw(node.text);
      return;
    case json::Type::string:
      out.string(node.text);
      return;
    case json::Type::array:
      out.begin_array();
      for (const SettingsNode& element : node.elements) {
        write_node(out, element);
      }
      out.end_array();
      return;
    case json::Type::object:
      out.begin_object();
      for (const auto& [name, child] : node.members) {
        out.key(name);
        write_node(out, child);
      }
      out.end_object();
      return;
  }
}

}  // namespace jackfield::base
