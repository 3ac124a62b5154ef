#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jackfield::architecture {

/// A file of the tree, with its path from the root.
struct SourceFile {
  std::string path;
  std::string text;

  [[nodiscard]] bool is_source() const;  ///< .h, .cpp or .c
};

/// All files below sdk, core, plugins and tools, sorted by path; what is made or fetched is left
/// out.
std::vector<SourceFile> source_tree();

/// One file, "" when there is none.
std::string read_text(const std::string& path_from_root);

/// The same text with comments, literals and preprocessor lines blanked, line by line.
std::string code_only(std::string_view text);

/// The number of the line that holds `offset`, from 1.
std::size_t line_at(std::string_view text, std::size_t offset);

}  // namespace jackfield::architecture
