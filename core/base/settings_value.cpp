#include <algorithm>
#include <numeric>

#include "core/base/settings_reading.h"

namespace jackfield::base {
namespace {

constexpr std::size_t kShownMax = 40;

std::string brief(const SettingsNode& node) {
  switch (node.type) {
    case json::Type::object:
      return "an object";
    case json::Type::array:
      return "an array";
    case json::Type::boolean:
      return node.flag ? "true" : "false";
    case json::Type::number:
      return json::valid_utf8(std::string_view(node.text).substr(0, kShownMax));
    case json::Type::string: {
      const bool is_long = node.text.size() > kShownMax;
      return json::Writer()
          .string(std::string_view(node.text).substr(0, kShownMax))
          .take()
          .append(is_long ? "..." : "");
    }
    case json::Type::null:
    case json::Type::missing:
      return "null";
  }
  return "null";
}

/// "debug|info" as `"debug", "info"`.
std::string listed(std::string_view choices) {
  std::string text;
  while (!choices.empty()) {
    const auto bar = std::min(choices.find('|'), choices.size());
    text.append(text.empty() ? "\"" : ", \"").append(choices.substr(0, bar)).append("\"");
    choices.remove_prefix(std::min(bar + 1, choices.size()));
  }
  return text;
}

bool is_choice(std::string_view choices, std::string_view text) {
  const std::string all = "|" + std::string(choices) + "|";
  return text.find('|') == std::string_view::npos &&
         all.find("|" + std::string(text) + "|") != std::string::npos;
}

/// What `node` must be and is not; "" when it is right.
std::string wanted_text(const SettingsShape& shape, const SettingsNode& node) {
  if (node.type != json::Type::string) {
    return shape.choices.empty() ? "a text" : "one of " + listed(shape.choices);
  }
  if (!shape.choices.empty()) {
    return is_choice(shape.choices, node.text) ? "" : "one of " + listed(shape.choices);
  }
  if (node.text.empty()) {
    return shape.min == 0 ? "" : shape.check == nullptr ? "a text" : shape.check(node.text);
  }
  return shape.check == nullptr ? "" : shape.check(node.text);
}

std::optional<std::int64_t> whole_number(const SettingsNode& node) {
  if (node.type != json::Type::number) {
    return std::nullopt;
  }
  const auto document = json::Document::parse(node.text);
  return document ? document->root().integer() : std::nullopt;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

/// The known name that was probably meant; "" when none is near.
std::string nearest(std::string_view name, const std::vector<std::string_view>& known) {
  constexpr std::size_t kNameMax = 100;
  if (name.size() > kNameMax) {
    return "";
  }
  std::string best;
  std::size_t least = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    const auto distance = edit_distance(name, candidate);
    if (distance < least && distance < candidate.size()) {
      least = distance;
      best = candidate;
    }
  }
  for (const auto& rule : settings_rules()) {  // The right name in the wrong section.
    const bool is_same = rule.key.substr(rule.key.find('.') + 1) == name;
    if (best.empty() && is_same) {
      best = rule.key;
    }
  }
  return best;
}

}  // namespace

std::optional<SettingsValue> checked_value(SettingsReading& reading, const SettingsShape& shape,
                                           const SettingsNode& node, const std::string& key) {
  SettingsValue value;
  std::string wanted;
  const SettingsNode* wrong = &node;
  switch (shape.kind) {
    case SettingsKind::text:
      wanted = wanted_text(shape, node);
      value.text = node.text;
      break;
    case SettingsKind::integer: {
      const auto number = whole_number(node);
      if (!number || *number < shape.min || *number > shape.max) {
        wanted =
            "a whole number from " + std::to_string(shape.min) + " to " + std::to_string(shape.max);
      }
      value.integer = number.value_or(0);
      break;
    }
    case SettingsKind::boolean:
      wanted = node.type == json::Type::boolean ? "" : "true or false";
      value.flag = node.flag;
      break;
    case SettingsKind::text_list:
      wanted = node.type == json::Type::array ? "" : "an array of texts";
      for (const SettingsNode& element : node.elements) {
        if (std::string problem = wanted_text(shape, element); !problem.empty()) {
          wanted = std::move(problem);
          wrong = &element;
        }
        value.list.push_back(element.text);
      }
      break;
    case SettingsKind::object:
      wanted = node.type == json::Type::object ? "" : "an object";
      break;
    case SettingsKind::objects:
      break;
  }
  if (!wanted.empty()) {
    reading.report(wrong->origin, key, "must be " + wanted + ", not " + brief(*wrong));
    return std::nullopt;
  }
  return value;
}

void report_unknown(SettingsReading& reading, const SettingsNode& node, const std::string& prefix,
                    const std::vector<std::string_view>& known) {
  for (const auto& [name, child] : node.members) {
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      continue;
    }
    const std::string meant = nearest(name, known);
    std::string text = "unknown key";
    if (!meant.empty()) {
      text += "; did you mean \"" + meant + "\"?";
    } else {
      for (const std::string_view candidate : known) {
        text.append(candidate == known.front() ? "; there are " : ", ").append(candidate);
      }
    }
    reading.report(child.key_origin, prefix + name, text);
  }
}

}  // namespace jackfield::base
