#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <sys/stat.h>

#include "core/base/settings_check.h"
#include "core/base/settings_reading.h"

namespace jackfield::base {
namespace {

constexpr std::size_t kSecretBytesMax = 64 * 1024;

std::string pointer_to(const std::string& parent, std::string_view name) {
  std::string pointer = parent + "/";
  for (const char c : name) {
    pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  }
  return pointer;
}

/// Notes where each value of "settings" stands, and takes the secrets out.
void take_settings(SettingsReading& reading, SettingsNode& node, const std::string& pointer,
                   const std::string& key, AccountSettings& account) {
  account.origins[pointer] = node.origin;
  if (node.is_secret_reference()) {
    if (account.enabled) {  // A disabled one may wait for its secrets.
      account.secrets[pointer] = read_secret(reading, node, key);
    }
    node.type = json::Type::null;
    return;
  }
  for (auto& [name, child] : node.members) {
    take_settings(reading, child, pointer_to(pointer, name), key + "." + name, account);
  }
  for (std::size_t i = 0; i < node.elements.size(); ++i) {
    const std::string index = std::to_string(i);
    take_settings(reading, node.elements[i], pointer_to(pointer, index), key + "." + index,
                  account);
  }
}

AccountSettings read_account(SettingsReading& reading, const std::string& id,
                             const SettingsNode& node) {
  const std::string key = "accounts." + id;
  AccountSettings account;
  account.id = id;
  account.origin = node.key_origin;
  account.config_json = "{}";
  if (const std::string wanted = check::account_id(id); !wanted.empty()) {
    reading.report(node.key_origin, key, "an account's id must be " + wanted);
  }
  if (node.type != json::Type::object) {
    reading.report(node.origin, key, "must be an object");
    return account;
  }
  fill(reading, account_rules(), node, key + ".", account);
  const SettingsNode* const settings = node.find("settings");
  if (settings != nullptr && settings->is_secret_reference()) {
    reading.report(settings->origin, key + ".settings", "can't be a secret as a whole");
  } else if (settings != nullptr && settings->type == json::Type::object) {
    SettingsNode copy = *settings;
    take_settings(reading, copy, "", key + ".settings", account);
    json::Writer out;
    write_node(out, copy);
    account.config_json = out.take();
  }
  return account;
}

std::optional<std::string> environment_value(const SettingsSources& sources,
                                             const std::string& name) {
  const std::string start = name + "=";
  for (const std::string& entry : sources.environment) {
    if (entry.compare(0, start.size(), start) == 0) {
      return entry.substr(start.size());
    }
  }
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// Relative to the file that names it, or to the working directory when no file does.
std::string resolved(const std::string& path, const Origin& origin) {
  const std::filesystem::path base =
      origin.line > 0 ? std::filesystem::path(origin.file).parent_path() : std::filesystem::path();
  return (base / path).string();
}

}  // namespace

void warn_if_readable_by_others(SettingsReading& reading, const std::string& path,
                                const Origin& origin, const std::string& key) {
  struct stat status{};
  constexpr mode_t kOthers = S_IRGRP | S_IROTH;
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & kOthers) != 0) {
    reading.warnings.push_back(origin.text() + ": " + key + ": " + path +
                               " holds a secret and others may read it; chmod 600 it");
  }
}

Secret read_secret(SettingsReading& reading, const SettingsNode& reference,
                   const std::string& key) {
  const auto& [kind, place] = *reference.members.begin();
  if (reference.members.size() != 1 || place.type != json::Type::string || place.text.empty()) {
    reading.report(reference.origin, key,
                   R"(a secret is {"$file": "path"} or {"$env": "NAME"} and nothing else)");
    return {};
  }
  if (kind == "$env") {
    auto value = environment_value(reading.sources, place.text);
    if (!value || value->empty()) {
      reading.report(
          place.origin, key,
          "the environment variable " + place.text + (value ? " is empty" : " is not set"));
      return {};
    }
    return Secret(*std::move(value));
  }
  const std::string path = resolved(place.text, place.origin);
  auto text = read_file(path, kSecretBytesMax);
  if (!text) {
    reading.report(place.origin, key, path + ": " + text.error().text);
    return {};
  }
  warn_if_readable_by_others(reading, path, place.origin, key);
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) {
    text->pop_back();
  }
  if (text->empty()) {
    reading.report(place.origin, key, path + ": the file is empty");
  }
  return Secret(*std::move(text));
}

std::vector<AccountSettings> read_accounts(SettingsReading& reading) {
  std::vector<AccountSettings> accounts;
  const SettingsNode* const node = reading.tree.find("accounts");
  if (node == nullptr) {
    return accounts;
  }
  for (const auto& [id, account] : node->members) {
    accounts.push_back(read_account(reading, id, account));
  }
  return accounts;
}

}  // namespace jackfield::base
