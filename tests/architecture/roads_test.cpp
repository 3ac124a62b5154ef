// docs/ROADS.md tells the reader where each step of a message's way is written. This test keeps it
// true: each file it names exists and holds the name it promises.

#include <filesystem>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "source_tree.h"

namespace jackfield::architecture {
namespace {

struct Step {
  std::string file;
  std::string name;
};

/// The rows "| # | step | file | name |", perhaps with more columns; file and name may stand in
/// `code`.
std::vector<Step> steps_of(const std::string& table) {
  static const std::regex row(
      R"(^\|[^|]*\|[^|]*\| *`?([^|` ]+\.(?:cpp|h))`? *\| *`?([^|` ]+)`? *\|)");
  std::vector<Step> steps;
  std::istringstream lines(table);
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_search(line, match, row)) {
      steps.push_back({match[1].str(), match[2].str()});
    }
  }
  return steps;
}

/// "Intake::commit" is also there when only "commit" is, in a file that holds "Intake".
bool holds(const std::string& text, const std::string& name) {
  const auto colons = name.rfind("::");
  if (text.find(name) != std::string::npos) {
    return true;
  }
  return colons != std::string::npos && text.find(name.substr(0, colons)) != std::string::npos &&
         text.find(name.substr(colons + 2) + "(") != std::string::npos;
}

TEST(Roads, EveryStepIsWhereTheTableSays) {
  const auto steps = steps_of(read_text("docs/ROADS.md"));
  EXPECT_GT(steps.size(), 0U) << "docs/ROADS.md has no rows";
  for (const Step& step : steps) {
    EXPECT_TRUE(holds(read_text(step.file), step.name))
        << step.file << " does not hold " << step.name;
  }
}

TEST(Roads, LiesAreCaught) {
  const auto steps = steps_of(
      "| # | step | file | name |\n|---|---|---|---|\n"
      "| in 1 | read | `core/base/clock.h` | `Clock` | where |\n"
      "| in 2 | lie | core/base/clock.h | Clock::stop |\n"
      "| in 3 | lie | core/base/no_such.cpp | Clock |\n");
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_TRUE(holds(read_text(steps[0].file), steps[0].name));
  EXPECT_FALSE(holds(read_text(steps[1].file), steps[1].name));
  EXPECT_FALSE(holds(read_text(steps[2].file), steps[2].name));
}

}  // namespace
}  // namespace jackfield::architecture
