#pragma once

#include <string>
#include <vector>

#include "source_tree.h"

/// The house rules that can be read off a text. Each answers a list of problems, "path:line: what".
namespace jackfield::architecture {

std::vector<std::string> size_problems(const SourceFile& file);
std::vector<std::string> function_problems(const SourceFile& file);
std::vector<std::string> banned_problems(const SourceFile& file);
std::vector<std::string> type_problems(const SourceFile& file);

/// The backticked words of the first column of docs/WORDS.md's "Words to avoid".
std::vector<std::string> avoided_words(const std::string& words_page);
/// Identifiers of core that hold one of them, as "chat_room" or "ChatRoom" would.
std::vector<std::string> word_problems(const SourceFile& file,
                                       const std::vector<std::string>& avoided);

/// Sources that no CMakeLists.txt on the way to the root names; template folders are left out.
std::vector<std::string> unlisted_sources(const std::vector<SourceFile>& tree);
/// Plugins without README.md or testdata.
std::vector<std::string> bare_plugins(const std::vector<SourceFile>& tree);

}  // namespace jackfield::architecture
