#include <algorithm>
#include <array>
#include <cctype>

#include "core/base/settings_reading.h"

namespace jackfield::base {
namespace {

/// A literal under such a name is masked even when nobody declared it a secret.
bool sounds_secret(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  static constexpr std::array kWords = {"secret", "token", "password",  "passwd",
                                        "key",    "auth",  "credential"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](const char* word) { return name.find(word) != std::string::npos; });
}

void mask(SettingsNode& node, bool is_secret) {
  if (node.is_secret_reference()) {
    return;  // It names the secret, no more.
  }
  if (is_secret && (node.type == json::Type::string || node.type == json::Type::number)) {
    node.type = json::Type::string;
    node.text = "***";
  }
  for (SettingsNode& element : node.elements) {
    mask(element, is_secret);
  }
  for (auto& [name, child] : node.members) {
    mask(child, is_secret || sounds_secret(name));
  }
}

std::string as_json(const SettingsNode& node) {
  json::Writer out;
  write_node(out, node);
  return out.take();
}

class Listing {
 public:
  void add(const std::string& key, const std::string& value, const Origin& origin) {
    text_ += text_.empty() ? "{\n  " : ",\n  ";
    text_ += json::Writer().string(key).take() + ": ";
    json::Writer out;
    out.begin_object().raw_field("value", value).field("origin", origin.text()).end_object();
    text_ += out.take();
  }
  void add_tree(const std::string& key, const SettingsNode& node) {
    if (node.type != json::Type::object || node.is_secret_reference() || node.members.empty()) {
      add(key, as_json(node), node.origin);
      return;
    }
    for (const auto& [name, child] : node.members) {
      add_tree(key + "." + name, child);
    }
  }
  [[nodiscard]] std::string take() { return text_ + "\n}\n"; }

 private:
  std::string text_;
};

const SettingsNode* find_dotted(const SettingsNode& tree, std::string_view key) {
  const auto dot = key.find('.');
  const SettingsNode* const node = tree.find(key.substr(0, dot));
  return node == nullptr || dot == std::string_view::npos ? node
                                                          : find_dotted(*node, key.substr(dot + 1));
}

}  // namespace

Origin origin_of(const SettingsNode& tree, std::string_view key) {
  const SettingsNode* const node = find_dotted(tree, key);
  return node == nullptr ? Origin{"default"} : node->origin;
}

std::string printable_settings(const Settings& settings, const SettingsNode& tree) {
  Listing listing;
  for (const auto& rule : settings_rules()) {
    const std::string key(rule.key);
    const SettingsNode* const node = find_dotted(tree, key);
    if (rule.shown != nullptr) {
      listing.add(key, rule.shown(settings), origin_of(tree, key));
    } else if (node != nullptr) {
      SettingsNode copy = *node;
      if (key == "accounts") {
        mask(copy, false);
      }
      listing.add_tree(key, copy);
    }
  }
  return listing.take();
}

}  // namespace jackfield::base
