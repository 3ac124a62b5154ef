#include "source_tree.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace jackfield::architecture {
namespace {

namespace fs = std::filesystem;

std::string read_path(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_left_out(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name == "node_modules" || name == "build" || name == "__pycache__" || name == "dist" ||
         name == ".git";
}

/// Where the part of `text` that begins at `i` and is no code ends; `i` when it is code.
std::size_t end_of_other(std::string_view text, std::size_t i) {
  const auto past = [&](std::size_t from, std::string_view mark) {
    const auto at = text.find(mark, from);
    return at == std::string_view::npos ? text.size() : at + mark.size();
  };
  const auto is_word = [&](std::size_t at) {
    return at < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_');
  };
  const std::string_view two = text.substr(i, 2);
  if (two == "//") {
    return std::min(text.find('\n', i), text.size());
  }
  if (two == "/*") {
    return past(i + 2, "*/");
  }
  if (text[i] == '#') {
    auto end = std::min(text.find('\n', i), text.size());
    while (end < text.size() && text[end - 1] == '\\') {
      end = std::min(text.find('\n', end + 1), text.size());
    }
    return end;
  }
  if (two == "R\"" && (i == 0 || !is_word(i - 1))) {
    const auto bracket = text.find('(', i);
    const std::string mark = ")" + std::string(text.substr(i + 2, bracket - i - 2)) + "\"";
    return past(i, mark);
  }
  const bool is_separator = text[i] == '\'' && i > 0 && is_word(i - 1) && is_word(i + 1);
  if (text[i] != '"' && (text[i] != '\'' || is_separator)) {
    return i;
  }
  std::size_t end = i + 1;
  while (end < text.size() && text[end] != text[i] && text[end] != '\n') {
    end += text[end] == '\\' ? 2U : 1U;
  }
  return std::min(end + 1, text.size());
}

}  // namespace

bool SourceFile::is_source() const {
  return path.ends_with(".h") || path.ends_with(".cpp") || path.ends_with(".c");
}

std::vector<SourceFile> source_tree() {
  const fs::path root = JACKFIELD_SOURCE_DIR;
  std::vector<SourceFile> files;
  for (const char* top : {"sdk", "core", "plugins", "tools"}) {
    for (auto entry = fs::recursive_directory_iterator(root / top); entry != fs::end(entry);
         ++entry) {
      if (entry->is_directory() && is_left_out(entry->path())) {
        entry.disable_recursion_pending();
      } else if (entry->is_regular_file()) {
        files.push_back(
            {fs::relative(entry->path(), root).generic_string(), read_path(entry->path())});
      }
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

std::string read_text(const std::string& path_from_root) {
  return read_path(fs::path(JACKFIELD_SOURCE_DIR) / path_from_root);
}

std::string code_only(std::string_view text) {
  std::string code(text);
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = end_of_other(text, i);
    if (end == i) {
      ++i;
      continue;
    }
    const bool is_literal = text[i] == '"' || text[i] == '\'' || text[i] == 'R';
    for (std::size_t at = i; at < end; ++at) {
      if (code[at] != '\n') {
        code[at] = ' ';
      }
    }
    if (is_literal) {  // An empty literal stays, so that what is around it still reads as code.
      code[i] = '"';
      code[end - 1] = code[end - 1] == '\n' ? '\n' : '"';
    }
    i = end;
  }
  return code;
}

std::size_t line_at(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  return static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1;
}

}  // namespace jackfield::architecture
