#include "core/media/media_files.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace jackfield::media {
namespace {

class MediaFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/jackfield-media-XXXXXX";
    folder = ::mkdtemp(name.data());
    auto opened = MediaFiles::open(folder);
    ASSERT_TRUE(opened) << opened.error().text;
    files = *std::move(opened);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string folder;
  std::unique_ptr<MediaFiles> files;
};

TEST_F(MediaFilesTest, AFileIsKeptUnderItsHashForOurEyesOnly) {
  const auto stored = files->put("hello world");
  ASSERT_TRUE(stored) << stored.error().text;
  EXPECT_EQ(stored->id, "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9");
  EXPECT_EQ(stored->mime, "text/plain");
  EXPECT_EQ(stored->path, folder + "/b9/4d/" + stored->id);
  struct stat info{};
  ASSERT_EQ(::stat(folder.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0077U, 0U);
  EXPECT_EQ(*files->path_of(stored->id), stored->path);
  EXPECT_EQ(files->put("hello world")->id, stored->id);
}

TEST_F(MediaFilesTest, TheContentDecidesWhatItIs) {
  struct Case {
    const char* name;
    std::string content;
    bool is_allowed;
  };
  const Case cases[] = {
      {"png", std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0", 29), true},
      {"gif", "GIF89a\1\0\1\0", true},
      {"pdf", "%PDF-1.4\n1 0 obj\n", true},
      {"html", "<!DOCTYPE html><html><script>x()</script></html>", false},
      {"svg", "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"></svg>", false},
      {"an ELF program",
       std::string("\x7f"
                   "ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x3e\0\1\0\0\0",
                   24),
       false},
      {"a shell script", "#!/bin/sh\necho hi\n", false},
      {"nothing", "", false},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(files->put(one.content).has_value(), one.is_allowed) << one.name;
  }
}

TEST_F(MediaFilesTest, ARefusedDownloadIsRemoved) {
  const std::string path = files->new_tmp_path();
  std::ofstream(path) << "<html></html>";
  EXPECT_FALSE(files->adopt(path));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(MediaFilesTest, WhatACrashLeftInTmpIsGoneAfterTheNextStart) {
  const std::string path = files->new_tmp_path();
  std::ofstream(path) << "half";
  files.reset();
  ASSERT_TRUE(MediaFiles::open(folder));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(MediaFilesTest, OnlyIdsFindFiles) {
  for (const char* id : {"", "x", "../../etc/passwd",
                         "B94D27B9934D3E08A52E52D7DA7DABFAC484EFE37A5380EE9088F7ACE2EFCDE9",
                         "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"}) {
    EXPECT_FALSE(files->path_of(id)) << id;
  }
}

TEST(CleanFilenameTest, Rows) {
  const std::pair<std::string, std::string> rows[] = {
      {"photo.jpg", "photo.jpg"},
      {"../../etc/passwd", "passwd"},
      {"C:\\temp\\a.doc", "a.doc"},
      {std::string("a\0b.txt", 7), "ab.txt"},
      {"a\r\nb.txt", "ab.txt"},
      {"exe\u202Egpj.exe", "exegpj.exe"},
      {"", "file"},
      {"..", "file"},
      {"dir/", "file"},
      {"\xff.txt", "\uFFFD.txt"},
      {"Überweisung 🚲.pdf", "Überweisung 🚲.pdf"},
  };
  for (const auto& [name, expected] : rows) {
    EXPECT_EQ(clean_filename(name), expected) << name;
  }
  EXPECT_LE(clean_filename(std::string(4'000, 'x')).size(), 200U);
}

}  // namespace
}  // namespace jackfield::media
