#include "tidy.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace jackfield::architecture {
namespace {

constexpr std::size_t kFileLinesMax = 500;
constexpr std::size_t kLineLengthMax = 120;
constexpr std::size_t kFunctionLinesMax = 70;
constexpr std::size_t kFileBytesMax = 256 * 1024;

std::string at_line(const SourceFile& file, std::size_t line, const std::string& what) {
  return file.path + ":" + std::to_string(line) + ": " + what;
}

bool starts_with_any(std::string_view text, const std::vector<std::string_view>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.starts_with(word); });
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  return text.substr(0, text.find_last_not_of(" \n") + 1);
}

std::size_t characters(std::string_view line) {
  return static_cast<std::size_t>(std::ranges::count_if(
      line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

/// Whether the brace after `head` opens a function's body.
bool opens_function(std::string_view head) {
  head = trimmed(head);
  if (head.find('(') == std::string_view::npos ||
      starts_with_any(head, {"namespace", "class ", "struct ", "enum ", "union ", "extern "})) {
    return false;
  }
  int depth = 0;
  const bool is_operator = head.find("operator") != std::string_view::npos;
  for (const char c : head) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c == '=' && depth == 0 && !is_operator) {
      return false;  // A table.
    }
  }
  return depth == 0;
}

std::size_t end_of_block(std::string_view code, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < code.size(); ++i) {
    depth += code[i] == '{' ? 1 : code[i] == '}' ? -1 : 0;
    if (depth == 0) {
      return i;
    }
  }
  return code.size();
}

struct Ban {
  const char* word;  ///< Always in what the pattern finds; lines without it are cheap.
  const char* pattern;
  const char* instead;
  std::vector<std::string_view> allowed_in;  ///< Prefixes of paths.
  const char* excuse = "(?!)";               ///< What makes a line right all the same.
};

const std::vector<Ban>& bans() {
  static const std::vector<Ban> kBans = {
      {"sleep_",
       R"(\bsleep_(for|until)\b)",
       "wait with a timer",
       {"core/base/failpoint.cpp", "tools/"}},
      {"cout", R"(\bstd::cout\b)", "use core/base/log.h", {"core/main.cpp", "core/app/", "tools/"}},
      {"system_clock",
       R"(\bsystem_clock::now\b)",
       "ask base::Clock",
       {"core/base/", "sdk/", "tools/"}},
      {"rand", R"(\bs?rand\s*\()", "take bytes from the host or getrandom", {}},
      {"using", R"(^using namespace\b)", "name what is used", {}},
      {"new",
       R"(\bnew\s+(\(|[A-Za-z_:]))",
       "use std::make_unique",
       {"core/plugin_host/", "sdk/"},
       R"(_ptr<[^;]*\(new\b)"},
      {"delete",
       R"((^|[^=\s])\s*\bdelete\s*(\[\s*\]\s*)?[A-Za-z_(*])",
       "let an owner end it",
       {"core/plugin_host/", "sdk/"}},
      {"detached", R"(\bdetached\b)", "give a completion that sees the exception", {}},
  };
  return kBans;
}

/// "ChatRoom", "chat_room" and "kChatRoomMax" as "chatroom", piece by piece: "kchatroommax".
std::string folded(std::string_view identifier) {
  std::string text;
  for (const char c : identifier) {
    if (c != '_') {
      text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return text;
}

/// The text with one space around each word.
std::string words_of(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c == '(' || c == ')' || c == '\n' || c == '"'; }, ' ');
  return " " + text + " ";
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

}  // namespace

std::vector<std::string> size_problems(const SourceFile& file) {
  std::vector<std::string> found;
  if (file.text.size() > kFileBytesMax) {
    found.push_back(file.path + ": larger than 256 KiB");
  }
  if (!file.is_source()) {
    return found;
  }
  std::istringstream lines(file.text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (characters(line) > kLineLengthMax && !file.path.ends_with("plugin_abi.h")) {
      found.push_back(at_line(file, number, "longer than 120 characters"));
    }
  }
  if (number > kFileLinesMax) {
    found.push_back(file.path + ": " + std::to_string(number) + " lines, 500 are enough");
  }
  return found;
}

std::vector<std::string> function_problems(const SourceFile& file) {
  std::vector<std::string> found;
  const std::string code = code_only(file.text);
  std::size_t start = 0;  // Of the statement.
  for (std::size_t i = 0; i < code.size(); ++i) {
    const std::string_view head = std::string_view(code).substr(start, i - start);
    if (code[i] == '{' && opens_function(head)) {
      const std::size_t end = end_of_block(code, i);
      const std::size_t lines = line_at(code, end) - line_at(code, i) + 1;
      if (lines > kFunctionLinesMax) {
        found.push_back(
            at_line(file, line_at(code, i),
                    "a function of " + std::to_string(lines) + " lines, 70 are enough"));
      }
      i = end;
      start = i + 1;
    } else if (code[i] == ';' || code[i] == '{' || code[i] == '}') {
      start = i + 1;
    }
  }
  return found;
}

std::vector<std::string> banned_problems(const SourceFile& file) {
  std::vector<std::string> found;
  static const std::regex unfinished(R"(\b(FIXME|TODO|XXX)\b)");
  static const std::vector<std::regex> patterns = [] {
    std::vector<std::regex> made;
    for (const Ban& ban : bans()) {
      made.emplace_back(ban.pattern);
    }
    return made;
  }();
  std::istringstream raw(file.text);
  std::istringstream code(code_only(file.text));
  std::size_t number = 0;
  std::string code_line;
  for (std::string line; std::getline(raw, line) && std::getline(code, code_line);) {
    ++number;
    const bool is_shouting = line.find("FIX") != std::string::npos ||
                             line.find("TOD") != std::string::npos ||
                             line.find("XX") != std::string::npos;
    if (is_shouting && std::regex_search(line, unfinished)) {
      found.push_back(at_line(file, number, "finish it, or write an issue"));
    }
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      const Ban& ban = bans()[i];
      const bool may_be = code_line.find(ban.word) != std::string::npos;
      if (may_be && std::regex_search(code_line, patterns[i]) &&
          !std::regex_search(code_line, std::regex(ban.excuse)) &&
          !starts_with_any(file.path, ban.allowed_in)) {
        found.push_back(at_line(file, number, ban.instead));
      }
    }
  }
  return found;
}

std::vector<std::string> type_problems(const SourceFile& file) {
  static const std::set<std::string> kKnown = {
      ".h",    ".cpp",  ".c",   ".in",      ".md",      ".txt",  ".cmake",
      ".json", ".map",  ".py",  ".js",      ".mjs",     ".ts",   ".html",
      ".css",  ".svg",  ".png", ".sh",      ".sql",     ".tsv",  ".yaml",
      ".yml",  ".toml", ".cfg", ".example", ".service", ".supp", ".gitignore"};
  const std::string name = file.path.substr(file.path.rfind('/') + 1);
  const auto dot = name.rfind('.');
  const std::string type = dot == std::string::npos ? "" : name.substr(dot);
  const bool is_script = type.empty() && file.text.starts_with("#!");
  const bool is_sample = file.path.find("/testdata/") != std::string::npos;
  if (kKnown.contains(type) || is_script || is_sample || name == "Dockerfile" ||
      name == "LICENSE") {
    return {};
  }
  return {file.path + ": what is a \"" + type + "\" file doing here?"};
}

std::vector<std::string> avoided_words(const std::string& words_page) {
  const auto table = words_page.find("## Words to avoid");
  std::vector<std::string> words;
  if (table == std::string::npos) {
    return words;
  }
  std::istringstream lines(words_page.substr(table));
  static const std::regex word("`([a-z]+)`");
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| ")) {
      continue;
    }
    const std::string cell = line.substr(1, line.find('|', 1) - 1);
    for (std::sregex_iterator at(cell.begin(), cell.end(), word), end; at != end; ++at) {
      words.push_back((*at)[1].str());
    }
  }
  return words;
}

std::vector<std::string> word_problems(const SourceFile& file,
                                       const std::vector<std::string>& avoided) {
  std::vector<std::string> found;
  const std::string code = code_only(file.text);
  static const std::regex identifier("[A-Za-z_][A-Za-z0-9_]*");
  for (std::sregex_iterator at(code.begin(), code.end(), identifier), end; at != end; ++at) {
    const std::string name = folded(at->str());
    for (const std::string& word : avoided) {
      if (name.find(word) != std::string::npos) {
        found.push_back(at_line(file, line_at(code, static_cast<std::size_t>(at->position())),
                                at->str() + ": docs/WORDS.md avoids \"" + word + "\""));
      }
    }
  }
  return found;
}

std::vector<std::string> unlisted_sources(const std::vector<SourceFile>& tree) {
  std::map<std::string, std::string> lists;  // Folder to the words of its CMakeLists.txt.
  std::string all;
  for (const SourceFile& file : tree) {
    if (file.path.ends_with("/CMakeLists.txt")) {
      all += lists[folder_of(file.path)] = words_of(file.text);
    }
  }
  std::vector<std::string> found;
  for (const SourceFile& file : tree) {
    const bool is_compiled = file.path.ends_with(".cpp") || file.path.ends_with(".c");
    const bool is_sample = file.path.find("/testdata/") != std::string::npos;
    bool is_listed = !is_compiled || is_sample ||
                     all.find("${PROJECT_SOURCE_DIR}/" + file.path + " ") != std::string::npos;
    for (std::string folder = folder_of(file.path); !is_listed && !folder.empty();
         folder = folder_of(folder)) {
      const auto list = lists.find(folder);
      const std::string name = " " + file.path.substr(folder.size() + 1) + " ";
      is_listed = list != lists.end() && list->second.find(name) != std::string::npos;
    }
    if (!is_listed) {
      found.push_back(file.path + ": no CMakeLists.txt names it");
    }
  }
  return found;
}

std::vector<std::string> bare_plugins(const std::vector<SourceFile>& tree) {
  std::map<std::string, int> parts;
  for (const SourceFile& file : tree) {
    if (!file.path.starts_with("plugins/") || file.path == "plugins/CMakeLists.txt") {
      continue;
    }
    const std::string plugin = file.path.substr(0, file.path.find('/', 8));
    const std::string rest = file.path.substr(plugin.size());
    parts[plugin] |= rest == "/README.md" ? 1 : rest.starts_with("/testdata/") ? 2 : 0;
  }
  std::vector<std::string> found;
  for (const auto& [plugin, has] : parts) {
    if ((has & 1) == 0) {
      found.push_back(plugin + " has no README.md");
    }
    if ((has & 2) == 0) {
      found.push_back(plugin + " has no testdata");
    }
  }
  return found;
}

}  // namespace jackfield::architecture
