#include "core/base/log.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "jackfield/json.h"

namespace jackfield::base::log {
namespace {

std::string line_of(Format format, Fields fields) {
  return line(format, 1'770'000'000'007, Level::warn, "webhook.refused", fields.begin(),
              fields.size());
}

TEST(LogLine, HasTimeLevelEventAndFields) {
  EXPECT_EQ(line_of(Format::text,
                    {{"account", "sms:a"}, {"bytes", 5}, {"why", "two words"}, {"none", ""}}),
            "2026-02-02T02:40:00.007Z warn webhook.refused account=sms:a bytes=5 why=\"two words\" "
            "none=\"\"");
  EXPECT_EQ(line_of(Format::json, {{"account", "sms:a"}, {"bytes", 5}, {"id", "7"}}),
            R"({"time":"2026-02-02T02:40:00.007Z","level":"warn","event":"webhook.refused",)"
            R"("account":"sms:a","bytes":5,"id":"7"})");
}

TEST(LogLine, NothingBreaksOutOfAField) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"a\r\nforged=1", R"(v="a\x0d\x0aforged=1")"},
      {"\x1B[31mred", R"(v="\x1b[31mred")"},
      {"\xC2\x9B"
       "31m",
       R"(v="\x9b31m")"},
      {"\x7F", R"(v="\x7f")"},
      {std::string("a\0b", 3), R"(v="a\x00b")"},
      {"say \"hi\" \\", R"(v="say \"hi\" \\")"},
      {"a=b", R"(v="a=b")"},
      {"\xFF", "v=\xEF\xBF\xBD"},
      {"%s %n {}", R"(v="%s %n {}")"},
  };
  for (const auto& [value, wanted] : rows) {
    const std::string text = line_of(Format::text, {{"v", value}});
    EXPECT_EQ(text.substr(text.find(" v=") + 1), wanted);
    const auto document = json::Document::parse(line_of(Format::json, {{"v", value}}));
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root()["v"].string(), json::valid_utf8(value));
  }
}

TEST(LogLine, LongValuesAreCutBetweenCharacters) {
  const std::string kept(1023, 'x');
  const auto cut = [](const std::string& value) {
    const auto document = json::Document::parse(line_of(Format::json, {{"v", value}}));
    return document ? std::string(document->root()["v"].text()) : document.error().text;
  };
  EXPECT_EQ(cut(kept + "y"), kept + "y");
  EXPECT_EQ(cut(kept + "yz"), kept + "y...");
  EXPECT_EQ(cut(std::string(1024 * 1024, 'x')).size(), 1024U + 3U);
  EXPECT_LE(cut(kept + "\xE2\x82\xAC").size(), 1024U + 3U);
  EXPECT_LE(cut(std::string(5000, '\xFF')).size(), 1024U + 3U);
}

TEST(LogLine, NumbersThatAreNoneAreQuoted) {
  const auto document =
      json::Document::parse(line_of(Format::json, {{"v", 0.0 / 1.0}, {"w", 1.0 / 0.0 * 1.0}}));
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root()["w"].string(), "inf");
}

class LogFile : public testing::Test {
 protected:
  LogFile() : path_(testing::TempDir() + "jackfield-log-" + std::to_string(::getpid())) {}
  ~LogFile() override {
    configure(Level::warn, Format::automatic, "");
    std::filesystem::remove(path_);
  }
  [[nodiscard]] std::vector<std::string> lines() const {
    std::ifstream file(path_);
    std::vector<std::string> all;
    for (std::string text; std::getline(file, text);) {
      all.push_back(text);
    }
    return all;
  }
  std::string path_;
};

TEST_F(LogFile, ReceivesLinesFromTheThresholdOn) {
  configure(Level::info, Format::automatic, path_);
  EXPECT_EQ(threshold(), Level::info);
  debug("not.written");
  info("one", {{"n", 1}});
  error("two");
  ASSERT_EQ(lines().size(), 2U);
  const auto document = json::Document::parse(lines()[0]);
  ASSERT_TRUE(document) << "not JSON: " << lines()[0];
  EXPECT_EQ(document->root()["event"].text(), "one");
  EXPECT_EQ(document->root()["n"].integer(), 1);
}

TEST_F(LogFile, IsReopenedAfterItWasMovedAway) {
  configure(Level::info, Format::text, path_);
  info("before");
  std::filesystem::rename(path_, path_ + ".1");
  configure(Level::info, Format::text, path_);
  info("after");
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_NE(lines()[0].find(" info after"), std::string::npos);
  std::filesystem::remove(path_ + ".1");
}

TEST_F(LogFile, ThreadsDoNotMixTheirLines) {
  configure(Level::info, Format::json, path_);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int n = 0; n < 250; ++n) {
        info("line", {{"padding", std::string(200, 'x')}});
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  ASSERT_EQ(lines().size(), 1000U);
  for (const std::string& text : lines()) {
    EXPECT_TRUE(json::Document::parse(text)) << text;
  }
}

TEST_F(LogFile, LinesThatCannotBeWrittenAreCounted) {
  const auto before = lines_lost();
  configure(Level::info, Format::text, "/dev/full");
  info("lost");
  EXPECT_GT(lines_lost(), before);
}

}  // namespace
}  // namespace jackfield::base::log
