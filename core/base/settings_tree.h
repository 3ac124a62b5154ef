#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/settings.h"
#include "jackfield/json.h"

namespace jackfield::base {

/// A piece of configuration that remembers where it was written.
struct SettingsNode {
  json::Type type = json::Type::missing;
  bool flag = false;                            ///< Of a boolean.
  std::string text;                             ///< Of a string or a number.
  std::vector<SettingsNode> elements;           ///< Of an array.
  std::map<std::string, SettingsNode> members;  ///< Of an object.
  Origin origin;                                ///< Of the value.
  Origin key_origin;                            ///< Of its name.

  /// The member, or null.
  [[nodiscard]] const SettingsNode* find(std::string_view name) const;
  /// {"$file": ...} or {"$env": ...}, however wrong the rest of it.
  [[nodiscard]] bool is_secret_reference() const;
};

/// Turns byte offsets of a text into lines and columns, both from 1; a column is a character.
class Lines {
 public:
  Lines(std::string file, std::string_view text);
  [[nodiscard]] Origin at(std::size_t offset) const;

 private:
  std::string file_;
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

SettingsNode node_from(const json::Value& value, const Lines& lines);

/// RFC 7396: objects merge, arrays and scalars replace, null deletes. A secret reference is one
/// value.
void merge(SettingsNode& into, SettingsNode patch);

/// The node and everything under it as JSON.
void write_node(json::Writer& out, const SettingsNode& node);

}  // namespace jackfield::base
