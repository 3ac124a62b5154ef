#include "core/plugin_host/config_schema.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <utility>

#include "core/plugin_host/json_pointer.h"
#include "jackfield/json.h"

namespace jackfield::plugin_host {
namespace {

constexpr int kRefStepsMax = 8;
constexpr std::size_t kProblemsMax = 50;

constexpr std::array<std::string_view, 30> kKeywords = {"$ref",
                                                        "$schema",
                                                        "additionalProperties",
                                                        "allOf",
                                                        "anyOf",
                                                        "default",
                                                        "definitions",
                                                        "description",
                                                        "enum",
                                                        "exclusiveMaximum",
                                                        "exclusiveMinimum",
                                                        "format",
                                                        "id",
                                                        "items",
                                                        "maxItems",
                                                        "maxLength",
                                                        "maxProperties",
                                                        "maximum",
                                                        "minItems",
                                                        "minLength",
                                                        "minProperties",
                                                        "minimum",
                                                        "multipleOf",
                                                        "not",
                                                        "oneOf",
                                                        "pattern",
                                                        "properties",
                                                        "required",
                                                        "title",
                                                        "type"};
constexpr std::string_view kUniqueItems = "uniqueItems";

bool is_keyword(std::string_view word) {
  return word == kUniqueItems || word.substr(0, 2) == "x-" ||
         std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end();
}

/// The schema behind local references; missing when they lead nowhere or in a circle.
json::Value resolved(json::Value root, json::Value schema) {
  for (int step = 0; step < kRefStepsMax; ++step) {
    const auto reference = schema["$ref"].string();
    if (!reference) {
      return schema;
    }
    if (reference->empty() || reference->front() != '#') {
      return {};
    }
    schema = find_at(root, reference->substr(1));
  }
  return {};
}

/// Walks the plugin's schema.
class Lint {
 public:
  explicit Lint(json::Value root) : root_(root) {}
  std::string problem() {
    const json::Value rules = resolved(root_, root_);
    if (!rules.is_object() || rules["type"].text() != "object") {
      return "the root must say \"type\": \"object\"";
    }
    visit(root_, "#");
    return problem_;
  }

 private:
  void fail(const std::string& place, const std::string& why) {
    if (problem_.empty()) {
      problem_ = place + ": " + why;
    }
  }
  void visit(json::Value schema, const std::string& place) {
    if (!schema.is_object()) {
      fail(place, "must be an object");
      return;
    }
    for (auto it = schema.begin(); it != schema.end(); ++it) {
      const std::string_view word = it.key();
      const json::Value value = *it;
      const std::string below = pointer_below(place, word);
      if (!is_keyword(word)) {
        fail(below, "this keyword is not checked; leave it out or name it x-...");
      } else if (word == "$ref" && !resolved(root_, schema)) {
        fail(below, "leads nowhere; only \"#/definitions/...\" in the same schema is followed");
      } else if (word == "pattern" && !is_supported_pattern(value.text())) {
        fail(below,
             "uses what is not supported (\\d, \\w, \\s, look-ahead...); write classes out: [0-9]");
      } else if (word == "properties" || word == "definitions") {
        visit_each(value, below);
      } else if (word == "allOf" || word == "anyOf" || word == "oneOf") {
        visit_each(value, below);
      } else if (word == "items" || word == "not") {
        visit(value, below);
      } else if (word == "additionalProperties" && !value.boolean()) {
        fail(below, "only true and false are supported");
      }
    }
  }
  void visit_each(json::Value list, const std::string& place) {
    std::size_t index = 0;
    for (auto it = list.begin(); it != list.end(); ++it, ++index) {
      visit(*it, list.is_object() ? pointer_below(place, it.key())
                                  : pointer_below(place, std::to_string(index)));
    }
  }

  json::Value root_;
  std::string problem_;
};

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t kept = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({kept, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string did_you_mean(std::string_view key, json::Value properties) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, key.size() / 3) + 1;
  for (auto it = properties.begin(); it != properties.end(); ++it) {
    const std::size_t away = key.size() > 64 ? key.size() : distance(key, it.key());
    if (away < best_distance) {
      best_distance = away;
      best = it.key();
    }
  }
  return best.empty() ? "" : "; did you mean \"" + best + "\"?";
}

/// Walks schema and settings side by side: unknown keys, missing keys and secrets, all of them at
/// once.
class Walk {
 public:
  Walk(json::Value root, const base::AccountSettings& settings)
      : root_(root), settings_(settings) {}

  void visit(json::Value schema, json::Value value, const std::string& pointer) {
    const json::Value rules = resolved(root_, schema);
    if (rules["x-secret"].boolean().value_or(false)) {
      visit_secret(value, pointer);
      return;
    }
    if (value.is_object()) {
      visit_members(rules, value, pointer);
    } else if (value.is_array() && rules["items"]) {
      std::size_t index = 0;
      for (const json::Value element : value) {
        visit(rules["items"], element, pointer_below(pointer, std::to_string(index++)));
      }
    }
  }
  std::vector<base::SettingsProblem> take() {
    for (const auto& [pointer, secret] : settings_.secrets) {
      if (seen_secrets_.count(pointer) == 0) {
        add(pointer, "is not marked x-secret by the plugin: write it as a plain value");
      }
    }
    return std::move(problems_);
  }
  void add(const std::string& pointer, std::string text) {
    if (problems_.size() >= kProblemsMax) {
      return;
    }
    base::SettingsProblem problem;
    problem.origin = origin_of(pointer);
    problem.key = settings_.id + ".settings";
    for (const char c : pointer) {
      problem.key += c == '/' ? '.' : c;
    }
    problem.text = std::move(text);
    problems_.push_back(std::move(problem));
  }

 private:
  void visit_secret(json::Value value, const std::string& pointer) {
    if (settings_.secrets.count(pointer) != 0) {
      seen_secrets_.insert(pointer);
    } else if (value && value.type() != json::Type::null) {
      add(pointer,
          "is a secret and must not stand here in clear: name where it is kept, for example "
          "{\"$file\": \"/path\"} or {\"$env\": \"NAME\"}");
    }
  }
  void visit_members(json::Value rules, json::Value value, const std::string& pointer) {
    const json::Value properties = rules["properties"];
    const bool is_closed = rules["additionalProperties"].boolean() == false;
    for (auto it = value.begin(); it != value.end(); ++it) {
      const std::string below = pointer_below(pointer, it.key());
      if (const json::Value property = properties[it.key()]) {
        visit(property, *it, below);
      } else if (is_closed) {
        add(below, "unknown key" + did_you_mean(it.key(), properties));
      }
    }
    for (const json::Value name : rules["required"]) {
      const std::string below = pointer_below(pointer, name.text());
      const json::Type type = value[name.text()].type();
      const bool is_there = type != json::Type::missing && type != json::Type::null;
      if (settings_.secrets.count(below) != 0) {
        visit(properties[name.text()], value[name.text()], below);
      } else if (!is_there) {
        add(below, "is required");
      }
    }
  }
  /// Where the value was written, or the nearest thing around it.
  [[nodiscard]] base::Origin origin_of(std::string pointer) const {
    while (true) {
      if (const auto it = settings_.origins.find(pointer); it != settings_.origins.end()) {
        return it->second;
      }
      if (pointer.empty()) {
        return settings_.origin;
      }
      pointer.resize(pointer.rfind('/') == std::string::npos ? 0 : pointer.rfind('/'));
    }
  }

  json::Value root_;
  const base::AccountSettings& settings_;
  std::set<std::string> seen_secrets_;
  std::vector<base::SettingsProblem> problems_;
};

}  // namespace

Status check_schema(std::string_view schema) {
  const Result<json::Document> document = json::Document::parse(schema);
  if (!document) {
    return Error{ErrorCode::invalid, "its settings schema is not JSON: " + document.error().text};
  }
  if (std::string problem = Lint(document->root()).problem(); !problem.empty()) {
    return Error{ErrorCode::invalid, "its settings schema: " + problem};
  }
  return Done{};
}

std::vector<base::SettingsProblem> check_settings(std::string_view schema,
                                                  const base::AccountSettings& settings) {
  const Result<json::Document> rules = json::Document::parse(schema);
  const std::string_view text =
      settings.config_json.empty() ? std::string_view("{}") : settings.config_json;
  const Result<json::Document> config = json::Document::parse(text);
  Walk walk(rules ? rules->root() : json::Value(), settings);
  if (!rules || !config) {
    walk.add("", rules ? config.error().text : rules.error().text);
    return walk.take();
  }
  walk.visit(rules->root(), config->root(), "");
  std::vector<base::SettingsProblem> problems = walk.take();
  if (problems.empty()) {
    base::AccountSettings whole;
    whole.config_json = text;
    whole.secrets = settings.secrets;
    if (const Misfit misfit = first_misfit(schema, whole); misfit.is_set) {
      walk.add(misfit.pointer, misfit.text);
      problems = walk.take();
    }
  }
  return problems;
}

}  // namespace jackfield::plugin_host
