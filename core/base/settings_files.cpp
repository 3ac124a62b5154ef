#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/base/settings_reading.h"

namespace jackfield::base {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileBytesMax = 1024 * 1024;
constexpr std::string_view kPrefix = "JACKFIELD__";
constexpr std::string_view kMark = "\xEF\xBB\xBF";

bool is_settings_file(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  std::error_code ignored;
  return entry.path().extension() == ".json" && name.front() != '.' &&
         entry.is_regular_file(ignored);
}

/// Adds the settings files of a directory: file name to path. A known name gets the new path.
void list_files(SettingsReading& reading, const std::string& directory, bool is_required,
                std::map<std::string, std::string>& files) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (is_settings_file(*entry)) {
      files[entry->path().filename().string()] = entry->path().string();
    }
  }
  const bool is_absent = error == std::errc::no_such_file_or_directory;
  if (error && (is_required || !is_absent)) {
    reading.report({directory}, "", "can't read the directory: " + error.message());
  }
}

std::optional<SettingsNode> parse_text(SettingsReading& reading, const std::string& path,
                                       std::string_view text) {
  if (text.substr(0, kMark.size()) == kMark) {
    text.remove_prefix(kMark.size());
  }
  const Lines lines(path, text);
  json::Limits limits;
  limits.bytes_max = kFileBytesMax;
  limits.allow_comments = true;
  std::size_t problem_at = 0;
  const auto document = json::Document::parse(text, limits, &problem_at);
  if (!document) {
    const std::string& why = document.error().text;
    reading.report(lines.at(problem_at), "", why.substr(0, why.rfind(" at byte ")));
    return std::nullopt;
  }
  SettingsNode node = node_from(document->root(), lines);
  if (node.type != json::Type::object) {
    reading.report(node.origin, "", "the file must hold an object");
    return std::nullopt;
  }
  return node;
}

std::optional<SettingsNode> parse_file(SettingsReading& reading, const std::string& path) {
  const auto text = read_file(path, kFileBytesMax);
  if (!text) {
    reading.report({path}, "", text.error().text);
    return std::nullopt;
  }
  return parse_text(reading, path, *text);
}

SettingsNode wrapped(std::string_view key, SettingsNode node) {
  SettingsNode outer;
  outer.type = json::Type::object;
  outer.origin = outer.key_origin = node.key_origin;
  outer.members.emplace(key, std::move(node));
  return outer;
}

/// A file of accounts/ becomes a member of "accounts".
void add_account(SettingsReading& reading, SettingsNode file) {
  const auto name = file.members.find("account");
  if (name == file.members.end() || name->second.type != json::Type::string) {
    reading.report(file.origin, "account",
                   R"(must be there and name the account, e.g. "account": "whatsapp:support")");
    return;
  }
  const std::string id = name->second.text;
  file.key_origin = name->second.origin;
  file.members.erase(name);
  const SettingsNode* const accounts = reading.tree.find("accounts");
  if (const SettingsNode* const other = accounts ? accounts->find(id) : nullptr) {
    reading.report(
        file.key_origin, "accounts." + id,
        "is already configured at " + other->key_origin.text() + "; remove one of the two");
    return;
  }
  merge(reading.tree, wrapped("accounts", wrapped(id, std::move(file))));
}

void stamp(SettingsNode& node, const Origin& origin) {
  node.origin = node.key_origin = origin;
  for (SettingsNode& element : node.elements) {
    stamp(element, origin);
  }
  for (auto& [name, child] : node.members) {
    stamp(child, origin);
  }
}

SettingsNode string_node(std::string_view text) {
  SettingsNode node;
  node.type = json::Type::string;
  node.text = text;
  return node;
}

/// A value from the environment or the command line: text where a text belongs, a list also as
/// "a,b", else JSON, and text when it is none.
SettingsNode node_of_text(std::string_view key, std::string_view text) {
  const bool is_declared = key.substr(0, key.find('.')) != "accounts";
  const SettingsKind kind = kind_of(key);
  if (is_declared && kind == SettingsKind::text) {
    return string_node(text);
  }
  if (kind == SettingsKind::text_list && text.substr(0, 1) != "[") {
    SettingsNode list;
    list.type = json::Type::array;
    while (!text.empty()) {
      const auto comma = std::min(text.find(','), text.size());
      list.elements.push_back(string_node(text.substr(0, comma)));
      text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return list;
  }
  const auto document = json::Document::parse(text);
  return document ? node_from(document->root(), Lines("", "")) : string_node(text);
}

void merge_text(SettingsReading& reading, const std::string& key, std::string_view text,
                const Origin& origin) {
  SettingsNode node = node_of_text(key, text);
  stamp(node, origin);
  std::string_view rest = key;
  for (auto dot = rest.rfind('.'); dot != std::string_view::npos; dot = rest.rfind('.')) {
    node = wrapped(rest.substr(dot + 1), std::move(node));
    rest = rest.substr(0, dot);
  }
  merge(reading.tree, wrapped(rest, std::move(node)));
}

void read_environment(SettingsReading& reading) {
  for (const std::string& entry : reading.sources.environment) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos || entry.compare(0, kPrefix.size(), kPrefix) != 0) {
      continue;
    }
    const std::string name = entry.substr(0, equals);
    std::string key;
    for (std::size_t i = kPrefix.size(); i < name.size(); ++i) {
      const bool is_separator = name.compare(i, 2, "__") == 0;
      const bool is_upper = name[i] >= 'A' && name[i] <= 'Z';
      key += is_separator ? '.' : is_upper ? static_cast<char>(name[i] - 'A' + 'a') : name[i];
      i += is_separator ? 1U : 0U;
    }
    merge_text(reading, key, std::string_view(entry).substr(equals + 1), {"environment " + name});
  }
}

void read_overrides(SettingsReading& reading) {
  for (const std::string& entry : reading.sources.overrides) {
    const auto equals = entry.find('=');
    if (equals == 0 || equals == std::string::npos) {
      reading.report({"override"}, entry, "must be key=value, e.g. http.port=8081");
      continue;
    }
    const std::string key = entry.substr(0, equals);
    merge_text(reading, key, std::string_view(entry).substr(equals + 1), {"override " + key});
  }
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  const auto failed = [](const std::string& why) {
    return Error{ErrorCode::invalid, "can't read the file: " + why};
  };
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    return failed(error                     ? error.message()
                  : fs::exists(path, error) ? "it is not a regular file"
                                            : std::strerror(ENOENT));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return failed(std::strerror(errno));
  }
  std::string text(bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) {
    return failed(std::strerror(errno));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > bytes_max) {
    return failed("it is larger than " + std::to_string(bytes_max) + " bytes");
  }
  return text;
}

void read_sources(SettingsReading& reading) {
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> account_files;
  for (const std::string& directory : reading.sources.directories) {
    list_files(reading, directory, true, files);
    list_files(reading, (fs::path(directory) / "accounts").string(), false, account_files);
  }
  reading.tree.type = json::Type::object;
  for (const auto& [name, path] : files) {
    if (auto node = parse_file(reading, path)) {
      merge(reading.tree, *std::move(node));
    }
  }
  for (const auto& [name, path] : account_files) {
    if (auto node = parse_file(reading, path)) {
      add_account(reading, *std::move(node));
    }
  }
  read_environment(reading);
  read_overrides(reading);
}

}  // namespace jackfield::base
