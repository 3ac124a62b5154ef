#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/base/settings.h"

namespace jackfield::base {

/// A folder of configuration files for one test; gone with it.
class SettingsFolder {
 public:
  SettingsFolder() {
    std::string pattern = testing::TempDir() + "jackfield-settings-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) {
      ADD_FAILURE() << "no temporary folder";
    }
    path_ = pattern;
  }
  ~SettingsFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  SettingsFolder(const SettingsFolder&) = delete;
  SettingsFolder& operator=(const SettingsFolder&) = delete;

  void write(const std::string& name, const std::string& text, ::mode_t mode = 0600) const {
    const auto path = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

  [[nodiscard]] LoadedSettings load(std::vector<std::string> environment = {},
                                    std::vector<std::string> overrides = {}) const {
    return load_settings({{path_}, std::move(environment), std::move(overrides)});
  }

  /// The problems as they are printed, without this folder's name.
  [[nodiscard]] std::vector<std::string> problems(const LoadedSettings& loaded) const {
    std::vector<std::string> lines;
    for (const SettingsProblem& problem : loaded.problems) {
      lines.push_back(without_path(problem.line()));
    }
    return lines;
  }

  [[nodiscard]] std::string without_path(std::string line) const {
    for (auto at = line.find(path_); at != std::string::npos; at = line.find(path_)) {
      line.erase(at, path_.size() + 1);
    }
    return line;
  }

 private:
  std::string path_;
};

}  // namespace jackfield::base
