#include "core/plugin_host/plugin_store.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace jackfield::plugin_host {
namespace {

std::string fresh_folder(const char* name) {
  const std::string folder = testing::TempDir() + "jf_plugin_store_" + name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

TEST(PluginStore, KeepsAReadOnlyCopyUnderItsHash) {
  PluginStore store(fresh_folder("copy"));
  const std::string source = std::string(JF_BAD_PLUGINS_DIR) + "/plain.so";
  const Result<StoredPlugin> first = store.admit(source);
  ASSERT_TRUE(first) << first.error().text;
  EXPECT_EQ(first->sha256.size(), 64U);
  EXPECT_NE(first->path.find(first->sha256 + ".so"), std::string::npos);
  struct stat about{};
  ASSERT_EQ(::stat(first->path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0444U);
  const Result<StoredPlugin> second = store.admit(source);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->path, first->path);
}

TEST(PluginStore, WritesADamagedCopyAnew) {
  PluginStore store(fresh_folder("damaged"));
  const std::string source = std::string(JF_BAD_PLUGINS_DIR) + "/plain.so";
  const Result<StoredPlugin> first = store.admit(source);
  ASSERT_TRUE(first);
  std::filesystem::permissions(first->path, std::filesystem::perms::owner_all);
  std::ofstream(first->path, std::ios::trunc) << "planted";
  const Result<StoredPlugin> again = store.admit(source);
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(*PluginStore::read(again->path), *PluginStore::read(source));
}

TEST(PluginStore, CopiesNothingThatIsRefused) {
  const std::string folder = fresh_folder("refused");
  PluginStore store(folder);
  std::ofstream(folder + "/garbage.so") << "not a library";
  const Result<StoredPlugin> garbage = store.admit(folder + "/garbage.so");
  ASSERT_FALSE(garbage);
  EXPECT_NE(garbage.error().text.find("not an ELF file"), std::string::npos);
  EXPECT_FALSE(store.admit(folder + "/missing.so"));
  EXPECT_FALSE(store.admit(folder));
  EXPECT_FALSE(std::filesystem::exists(folder + "/plugins"));
}

}  // namespace
}  // namespace jackfield::plugin_host
