#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "jackfield/json.h"

namespace jackfield::json {
namespace {

TEST(JsonWriter, WritesCompactJson) {
  Writer out;
  out.begin_object()
      .field("a", "x\"y")
      .field("n", std::int64_t{-5})
      .flag("t", true)
      .optional_field("left_out", "")
      .raw_field("raw", "[1,2]")
      .raw_field("none", "");
  out.key("list").begin_array().string("s").null().number(0.5).end_array().end_object();
  EXPECT_EQ(out.take(),
            R"({"a":"x\"y","n":-5,"t":true,"raw":[1,2],"none":null,"list":["s",null,0.5]})");
}

TEST(JsonWriter, WhatItWritesCanAlwaysBeRead) {
  for (const std::string& text :
       {std::string("\xFF\xFE"), std::string("a\0b", 3), std::string("\xED\xA0\x80"),
        std::string("\xE2\x82"), std::string("line\nbreak\x7F\x1B[31m"),
        std::string("\xF0\x9F\x98\x80")}) {
    const std::string written = Writer().string(text).take();
    const auto document = Document::parse(written);
    ASSERT_TRUE(document) << written;
    EXPECT_EQ(document->root().string(), valid_utf8(text));
  }
}

TEST(JsonUtf8, InvalidSequencesBecomeReplacementCharacters) {
  const std::string mark = "\xEF\xBF\xBD";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"plain", "plain"},
      {"\xC3\xA9", "\xC3\xA9"},
      {"a\x80z", "a" + mark + "z"},
      {"\xC1\x81", mark + mark},
      {"\xE0\x80\x80", mark + mark + mark},
      {"\xF4\x90\x80\x80", mark + mark + mark + mark},
      {"\xF0\x9F\x98", mark + mark + mark},
  };
  for (const auto& [text, wanted] : rows) {
    EXPECT_EQ(valid_utf8(text), wanted);
    EXPECT_EQ(is_valid_utf8(text), text == wanted);
  }
}

TEST(JsonDump, GivesTheValueBackWithoutSpaces) {
  const std::string text = R"({"a":[1.50,-2,1e5,{"b":null}],"c":"\u0001é"})";
  const auto document = Document::parse("\xEF\xBB\xBF \n" + text + "\n ");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().dump(), text);
  EXPECT_EQ(document->root()["a"].at(3).dump(), R"({"b":null})");
  EXPECT_EQ(Value().dump(), "null");
}

}  // namespace
}  // namespace jackfield::json
