#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/settings_table.h"
#include "core/base/settings_tree.h"

namespace jackfield::base {

/// What one load_settings() gathers on its way through the files.
struct SettingsReading {
  const SettingsSources& sources;
  SettingsNode tree;  ///< Everything merged; accounts as members of "accounts".
  std::vector<SettingsProblem> problems = {};
  std::vector<std::string> warnings = {};

  void report(const Origin& origin, std::string key, std::string text) {
    problems.push_back({origin, std::move(key), std::move(text)});
  }
};

/// Files, environment and overrides into reading.tree.
void read_sources(SettingsReading& reading);

/// The members of reading.tree's "accounts", which are checked on the way.
std::vector<AccountSettings> read_accounts(SettingsReading& reading);

/// The secret that `reference` points at; empty and reported when there is none.
Secret read_secret(SettingsReading& reading, const SettingsNode& reference, const std::string& key);

/// The whole file, at most `bytes_max`; else why not. Only regular files are read.
Result<std::string> read_file(const std::string& path, std::size_t bytes_max);
/// Warns when others than the owner may read the file of a secret.
void warn_if_readable_by_others(SettingsReading& reading, const std::string& path,
                                const Origin& origin, const std::string& key);

/// `node` as the kind and within the bounds of `shape`; nothing and reported when it is not.
std::optional<SettingsValue> checked_value(SettingsReading& reading, const SettingsShape& shape,
                                           const SettingsNode& node, const std::string& key);

/// Reports the members of `node` whose names are not in `known`, with the nearest known name.
/// `prefix` stands before the names in messages: "http.".
void report_unknown(SettingsReading& reading, const SettingsNode& node, const std::string& prefix,
                    const std::vector<std::string_view>& known);

/// Fills `target` from the members of `node` by rules whose keys have no dots, and reports the
/// rest.
template <class Target>
void fill(SettingsReading& reading, std::span<const SettingsRule<Target>> rules,
          const SettingsNode& node, const std::string& prefix, Target& target) {
  std::vector<std::string_view> known;
  for (const auto& rule : rules) {
    known.push_back(rule.key);
    const SettingsNode* const given = node.find(rule.key);
    if (given == nullptr) {
      continue;
    }
    const auto value = checked_value(reading, rule, *given, prefix + std::string(rule.key));
    if (value && rule.set != nullptr) {
      rule.set(target, *value);
    }
  }
  report_unknown(reading, node, prefix, known);
}

/// Where a dotted key was set; "default" when nowhere.
Origin origin_of(const SettingsNode& tree, std::string_view key);

/// LoadedSettings::printable.
std::string printable_settings(const Settings& settings, const SettingsNode& tree);

}  // namespace jackfield::base
