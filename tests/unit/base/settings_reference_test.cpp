#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "core/base/settings.h"

namespace jackfield::base {
namespace {

TEST(SettingsReference, TheShippedPageIsTheTable) {
  std::ifstream file(std::filesystem::path(JACKFIELD_SOURCE_DIR) / "docs/configuration.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const std::string wanted = settings_reference();
  if (page != wanted) {
    const std::string fresh = testing::TempDir() + "configuration.md";
    std::ofstream(fresh) << wanted;
    FAIL() << "docs/configuration.md is not what the table says; copy " << fresh;
  }
}

TEST(SettingsReference, TheShippedConfigurationHasNoProblems) {
  const auto loaded = load_settings({{std::string(JACKFIELD_SOURCE_DIR) + "/conf.d"}, {}, {}});
  for (const SettingsProblem& problem : loaded.problems) {
    ADD_FAILURE() << problem.line();
  }
  EXPECT_TRUE(loaded.settings.accounts.empty()) << "examples are not read";
}

TEST(SettingsReference, TheShippedConfigurationSaysTheDefaults) {
  const auto shipped = load_settings({{std::string(JACKFIELD_SOURCE_DIR) + "/conf.d"}, {}, {}});
  const auto defaults = load_settings({});
  const auto values = [](const std::string& printable) {
    std::string all;
    for (std::size_t at = 0; at < printable.size();) {
      const auto end = std::min(printable.find('\n', at), printable.size());
      const std::string line = printable.substr(at, end - at);
      if (line.find("events.consumers") == std::string::npos) {
        all += line.substr(0, line.find(",\"origin\"")) + "\n";
      }
      at = end + 1;
    }
    return all;
  };
  EXPECT_EQ(values(shipped.printable), values(defaults.printable));
}

}  // namespace
}  // namespace jackfield::base
