#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "jackfield/json.h"

namespace jackfield::json {
namespace {

Limits with_comments() {
  Limits limits;
  limits.allow_comments = true;
  return limits;
}

TEST(JsonOffset, PointsAtTheFirstByteOfNamesAndValues) {
  const std::string text =
      R"( { /* "c\" */ "a\"b" : 12.5, "x":[ true,false , null, "q\\" ,"","\u0041é"], "o" :{} ,"n":-3} )";
  const auto document = Document::parse(text, with_comments());
  ASSERT_TRUE(document) << document.error().text;
  std::vector<std::string> seen;
  const auto see = [&](std::size_t offset) { seen.push_back(text.substr(offset, 4)); };
  for (auto it = document->root().begin(); it != document->root().end(); ++it) {
    see(it.key_offset());
    see((*it).offset());
    for (const Value element : *it) {
      see(element.offset());
    }
  }
  EXPECT_EQ(seen, (std::vector<std::string>{R"("a\")", "12.5", R"("x":)", "[ tr", "true", "fals",
                                            "null", R"("q\\)", R"("",")", R"("\u0)", R"("o" )",
                                            "{} ,", R"("n":)", "-3} "}));
  EXPECT_EQ(document->root().offset(), 1U);
}

TEST(JsonOffset, ALongRunOfBackslashesIsNoWork) {
  const std::string text = "[\"" + std::string(2'000'000, '\\') + "\"]";
  const auto document = Document::parse(text);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().at(0).offset(), 1U);
}

TEST(JsonOffset, ProblemsSayWhere) {
  struct Row {
    std::string text;
    std::size_t wanted;
  };
  for (const Row& row : {Row{"{\"a\":1,,}", 7}, Row{"\xEF\xBB\xBF[x]", 4}, Row{"", 0}}) {
    std::size_t at = 99;
    EXPECT_FALSE(Document::parse(row.text, {}, &at));
    EXPECT_EQ(at, row.wanted) << row.text;
  }
}

TEST(JsonOffset, CommentsAndTrailingCommasAreForConfigurationOnly) {
  const std::string text = "// first\n{\"a\": [1, 2,], /* x */ \"b\": 1,}";
  EXPECT_TRUE(Document::parse(text, with_comments()));
  EXPECT_FALSE(Document::parse(text));
  EXPECT_FALSE(Document::parse("{} /* open", with_comments()));
}

}  // namespace
}  // namespace jackfield::json
