#include "core/base/settings.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "core/base/settings_check.h"
#include "core/base/settings_reading.h"

namespace jackfield::base {
namespace {

constexpr std::size_t kKeyFileBytesMax = 4096;
constexpr std::size_t kSocketPathMax = 107;

/// The first parts of dotted keys ("http"), or the rest of those in `section`.
std::vector<std::string_view> names_in(std::string_view section) {
  std::vector<std::string_view> names;
  for (const auto& rule : settings_rules()) {
    const auto dot = std::min(rule.key.find('.'), rule.key.size());
    const std::string_view first = rule.key.substr(0, dot);
    if (section.empty() && (names.empty() || names.back() != first)) {
      names.push_back(first);
    } else if (!section.empty() && first == section && dot < rule.key.size()) {
      names.push_back(rule.key.substr(dot + 1));
    }
  }
  return names;
}

/// Unknown keys everywhere, and sections that are no objects.
void check_names(SettingsReading& reading) {
  const auto top = names_in("");
  report_unknown(reading, reading.tree, "", top);
  for (const std::string_view name : top) {
    const SettingsNode* const node = reading.tree.find(name);
    const auto names = names_in(name);
    if (node == nullptr || (names.empty() && name != "accounts")) {
      continue;
    }
    if (node->type != json::Type::object) {
      reading.report(node->origin, std::string(name), "must be an object");
    } else if (name != "accounts") {
      report_unknown(reading, *node, std::string(name) + ".", names);
    }
  }
}

const SettingsNode* find_key(const SettingsNode& tree, std::string_view key) {
  const auto dot = key.find('.');
  const SettingsNode* const node = tree.find(key.substr(0, dot));
  return node == nullptr || dot == std::string_view::npos ? node : node->find(key.substr(dot + 1));
}

void read_values(SettingsReading& reading, Settings& settings) {
  for (const auto& rule : settings_rules()) {
    const SettingsNode* const node = find_key(reading.tree, rule.key);
    if (node == nullptr || rule.set == nullptr) {
      continue;
    }
    if (const auto value = checked_value(reading, rule, *node, std::string(rule.key))) {
      rule.set(settings, *value);
    }
  }
}

void read_consumers(SettingsReading& reading, std::vector<ConsumerSettings>& consumers) {
  const SettingsNode* const list = find_key(reading.tree, "events.consumers");
  if (list == nullptr) {
    return;
  }
  if (list->type != json::Type::array) {
    reading.report(list->origin, "events.consumers", "must be an array of objects");
    return;
  }
  std::set<std::string> names;
  std::set<std::string> keys;
  for (const SettingsNode& node : list->elements) {
    const std::string key = "events.consumers." + std::to_string(&node - list->elements.data());
    if (node.type != json::Type::object) {
      reading.report(node.origin, key, "must be an object");
      continue;
    }
    ConsumerSettings consumer;
    fill(reading, consumer_rules(), node, key + ".", consumer);
    for (const auto& rule : consumer_rules()) {
      if (node.find(rule.key) == nullptr) {
        reading.report(node.origin, key, "needs \"" + std::string(rule.key) + "\"");
      }
    }
    if (!consumer.name.empty() && !names.insert(consumer.name).second) {
      reading.report(node.origin, key + ".name", "is another consumer's name already");
    }
    if (!consumer.public_key.empty() && !keys.insert(consumer.public_key).second) {
      reading.report(node.origin, key + ".public_key", "is another consumer's key already");
    }
    consumers.push_back(std::move(consumer));
  }
}

void check_key_file(SettingsReading& reading, const std::string& path) {
  const std::string key = "events.curve_secret_key_file";
  const Origin origin = origin_of(reading.tree, key);
  auto text = read_file(path, kKeyFileBytesMax);
  if (!text) {
    reading.report(origin, key, path + ": " + text.error().text);
    return;
  }
  text->erase(text->find_last_not_of(" \r\n") + 1);
  if (const std::string wanted = check::z85_key(*text); !wanted.empty()) {
    reading.report(origin, key, path + ": the file must hold " + wanted);
  }
  warn_if_readable_by_others(reading, path, origin, key);
}

/// What no value can show alone.
void check_together(SettingsReading& reading, const Settings& settings) {
  const auto& [http, events] = std::tie(settings.http, settings.events);
  if (!check::is_loopback(http.address) && !http.allow_insecure_bind) {
    reading.report(
        origin_of(reading.tree, "http.address"), "http.address",
        "listens beyond this machine without TLS; put a TLS proxy in front of a loopback "
        "address, or set http.allow_insecure_bind to true");
  }
  const std::pair<const char*, const std::string&> endpoints[] = {
      {"events.endpoint", events.endpoint}, {"events.pub_endpoint", events.pub_endpoint}};
  for (const auto& [key, endpoint] : endpoints) {
    if (endpoint.starts_with("tcp://") && events.curve_secret_key_file.empty()) {
      reading.report(origin_of(reading.tree, key), key,
                     "tcp needs events.curve_secret_key_file; without it everybody could read "
                     "along");
    }
  }
  if (!events.endpoint.empty() && events.endpoint == events.pub_endpoint) {
    reading.report(origin_of(reading.tree, "events.pub_endpoint"), "events.pub_endpoint",
                   "must differ from events.endpoint");
  }
  if (!events.curve_secret_key_file.empty()) {
    check_key_file(reading, events.curve_secret_key_file);
  }
  const bool has_default_socket = events.endpoint.empty() || events.pub_endpoint.empty();
  const std::string longest = settings.data_dir + "/run/events-pub.sock";
  if (has_default_socket && longest.size() > kSocketPathMax) {
    reading.report(origin_of(reading.tree, "data_dir"), "data_dir",
                   "is too long: a socket's path, " + longest + ", may have " +
                       std::to_string(kSocketPathMax) + " bytes; set both events endpoints");
  }
}

}  // namespace

std::string Origin::text() const {
  return line == 0 ? file : file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::string SettingsProblem::line() const {
  return origin.text() + ": " + (key.empty() ? "" : key + ": ") + text;
}

LoadedSettings load_settings(const SettingsSources& sources) {
  SettingsReading reading{sources, {}};
  LoadedSettings loaded;
  read_sources(reading);
  check_names(reading);
  read_values(reading, loaded.settings);
  read_consumers(reading, loaded.settings.events.consumers);
  loaded.settings.accounts = read_accounts(reading);
  check_together(reading, loaded.settings);
  std::stable_sort(reading.problems.begin(), reading.problems.end(),
                   [](const SettingsProblem& a, const SettingsProblem& b) {
                     return std::tie(a.origin.file, a.origin.line, a.origin.column) <
                            std::tie(b.origin.file, b.origin.line, b.origin.column);
                   });
  loaded.problems = std::move(reading.problems);
  loaded.warnings = std::move(reading.warnings);
  loaded.printable = printable_settings(loaded.settings, reading.tree);
  return loaded;
}

}  // namespace jackfield::base
