#include "core/plugin_host/elf_check.h"

#include <string>

#include <gtest/gtest.h>

#include "core/plugin_host/plugin_store.h"
#include "jackfield/json.h"

namespace jackfield::plugin_host {
namespace {

std::string bytes_of(const std::string& path) {
  Result<std::string> bytes = PluginStore::read(path);
  EXPECT_TRUE(bytes.has_value()) << path;
  return bytes ? *std::move(bytes) : std::string();
}
std::string bad(const char* name) {
  return bytes_of(std::string(JF_BAD_PLUGINS_DIR) + "/" + name + ".so");
}

TEST(ElfCheck, TakesAPluginThatExportsItsEntryOnly) {
  const Status plain = check_elf(bad("plain"));
  EXPECT_TRUE(plain) << plain.error().text;
  const Status loopback = check_elf(bytes_of(JF_PLUGINS_DIR "/loopback.so"));
  EXPECT_TRUE(loopback) << loopback.error().text;
}

TEST(ElfCheck, NamesWhatIsWrongWithAFile) {
  const struct {
    const char* plugin;
    const char* reason;
  } rows[] = {
      {"no_entry", "does not export jackfield_plugin_v1"},
      {"extra_export", "it exports helper_that_everyone_can_see"},
      {"gnu_unique", "jackfield_add_plugin"},
      {"nodelete", "NODELETE"},
      {"execstack", "executable stack"},
  };
  for (const auto& row : rows) {
    const Status status = check_elf(bad(row.plugin));
    ASSERT_FALSE(status) << row.plugin;
    EXPECT_NE(status.error().text.find(row.reason), std::string::npos)
        << row.plugin << ": " << status.error().text;
  }
}

TEST(ElfCheck, RefusesGarbage) {
  EXPECT_FALSE(check_elf(""));
  EXPECT_FALSE(check_elf("#!/bin/sh\n"));
  EXPECT_FALSE(check_elf(std::string(4096, '\x7f')));
  EXPECT_FALSE(check_elf(std::string("\x7f"
                                     "ELF") +
                         std::string(60, '\xff')));
}

TEST(ElfCheck, RefusesEveryTruncationOfAGoodFile) {
  const std::string whole = bad("plain");
  ASSERT_TRUE(check_elf(whole));
  for (std::size_t size = 0; size < whole.size(); size += 61) {
    EXPECT_FALSE(check_elf(std::string_view(whole).substr(0, size))) << size;
  }
}

TEST(ElfCheck, SurvivesDamagedHeadersAndTables) {
  const std::string whole = bad("plain");
  int refused = 0;
  for (std::size_t at = 0; at < whole.size(); at += at < 1024 ? 1 : 37) {
    for (const char value : {'\x00', '\xff', '\x7f'}) {
      std::string damaged = whole;
      damaged[at] = value;
      refused += check_elf(damaged) ? 0 : 1;  // reading out of bounds is what sanitizers look for
    }
  }
  EXPECT_GT(refused, 50);
}

TEST(ElfCheck, ReadsTheManifestWithoutLoading) {
  const auto manifest = elf_manifest(bytes_of(JF_PLUGINS_DIR "/loopback.so"));
  ASSERT_TRUE(manifest.has_value());
  const Result<json::Document> document = json::Document::parse(*manifest);
  ASSERT_TRUE(document) << document.error().text;
  EXPECT_EQ(document->root()["id"].text(), "jackfield.loopback");
  EXPECT_EQ(document->root()["channels"].at(0)["name"].text(), "loopback");
  EXPECT_TRUE(document->root()["channels"].at(0)["schema"].is_object());
  EXPECT_FALSE(elf_manifest(bad("plain")).has_value());
}

}  // namespace
}  // namespace jackfield::plugin_host
