#include <cstdint>
#include <limits>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "jackfield/json.h"

namespace jackfield::json {
namespace {

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) {
    all += text;
  }
  return all;
}

struct Refused {
  const char* what;
  std::string text;
  const char* why;
};

// Names the row instead of printing its bytes, some of which are megabytes.
void PrintTo(const Refused& row, std::ostream* out) {
  *out << row.what;
}

class HostileJson : public testing::TestWithParam<Refused> {};

TEST_P(HostileJson, IsRefusedWithAReason) {
  const auto document = Document::parse(GetParam().text);
  ASSERT_FALSE(document) << "accepted " << GetParam().text.substr(0, 60);
  EXPECT_EQ(document.error().code, ErrorCode::invalid);
  EXPECT_NE(document.error().text.find(GetParam().why), std::string::npos) << document.error().text;
}

INSTANTIATE_TEST_SUITE_P(
    Json, HostileJson,
    testing::Values(
        Refused{"Nothing", "", "empty"}, Refused{"Spaces", "  \n", "empty"},
        Refused{"ManyOpenBrackets", repeated("[", 200'000), "nested too deeply"},
        Refused{"ManyClosedBrackets", repeated("[", 100'000) + repeated("]", 100'000),
                "nested too deeply"},
        Refused{"ManyOpenObjects", repeated("{\"a\":", 200'000), "nested too deeply"},
        Refused{"OneTooDeep", repeated("[", 65) + repeated("]", 65), "nested too deeply"},
        Refused{"LoneHighSurrogate", R"({"a":"\ud83d"})", "surrogate"},
        Refused{"LoneLowSurrogate", R"({"a":"\ude00"})", "surrogate"},
        Refused{"SurrogatesTheWrongWayRound", R"(["\ude00\ud83d"])", "surrogate"},
        Refused{"SurrogateBeforeALetter", R"(["\ud83dA"])", "surrogate"},
        Refused{"ContinuationByteAlone", "[\"\x80\"]", "encoding"},
        Refused{"OverlongSlash", "[\"\xC0\xAF\"]", "encoding"},
        Refused{"EncodedSurrogate", "[\"\xED\xA0\x80\"]", "encoding"},
        Refused{"BeyondUnicode", "[\"\xF4\x90\x80\x80\"]", "encoding"},
        Refused{"CutCharacter", "[\"\xE2\x82\"]", "encoding"},
        Refused{"RawControlCharacter", "[\"a\nb\"]", "Invalid escape"},
        Refused{"RawNul", std::string("[\"a\0b\"]", 7), "quotation mark"},
        Refused{"NulBehind", std::string("{}\0", 3), "a NUL"},
        Refused{"TwoValues", "{} {}", "root"},
        Refused{"DuplicateKey", R"({"a":1,"b":2,"a":3})", "duplicate key"},
        Refused{"DuplicateKeyByEscape", R"({"a":1,"\u0061":2})", "duplicate key"},
        Refused{"DuplicateEmptyKey", R"({"":1,"":2})", "duplicate key"},
        Refused{"DuplicateKeyInside", R"([{"x":{"a":[],"a":{}}}])", "duplicate key"},
        Refused{"Comment", "{/* no */}", "name for object member"},
        Refused{"TrailingComma", "[1,]", "Invalid value"},
        Refused{"HalfNumber", "[1.]", "fraction"},
        Refused{"Hexadecimal", "[0x10]", "Missing a comma"},
        Refused{"Infinity", "[Infinity]", "Invalid value"},
        Refused{"NotANumber", "[NaN]", "Invalid value"},
        Refused{"SingleQuotes", "['a']", "Invalid value"},
        Refused{"Unfinished", R"({"a":)", "Invalid value"},
        Refused{"UnfinishedString", R"(["abc)", "quotation mark"},
        Refused{"FourMillionAndOne", "\"" + std::string(4 * 1024 * 1024 - 1, 'x') + "\"",
                "larger than 4194304 bytes"},
        Refused{"TooManyValues", "[" + repeated("0,", 200'000) + "0]", "too many values"}),
    [](const auto& row) { return row.param.what; });

TEST(Json, DuplicateKeysAreFoundAmongManyKeys) {
  std::string text = "{";
  for (int i = 0; i < 5'000; ++i) {
    text += "\"k" + std::to_string(i) + "\":{\"k" + std::to_string(i) + "\":0},";
  }
  ASSERT_TRUE(Document::parse(text + "\"last\":1}"));
  for (const char* again : {"k0", "k7", "k8", "k9", "k4999"}) {
    const auto document = Document::parse(text + "\"" + again + "\":1}");
    ASSERT_FALSE(document) << again;
    EXPECT_NE(document.error().text.find("duplicate key"), std::string::npos);
  }
}

TEST(Json, LimitsAreTheLastValuesThatPass) {
  EXPECT_TRUE(Document::parse(repeated("[", 64) + repeated("]", 64)));
  EXPECT_TRUE(Document::parse("\"" + std::string(4 * 1024 * 1024 - 2, 'x') + "\""));
  EXPECT_TRUE(Document::parse("[" + repeated("0,", 199'998) + "0]"));
  Limits limits;
  limits.bytes_max = 2;
  limits.depth_max = 1;
  limits.values_max = 1;
  EXPECT_TRUE(Document::parse("[]", limits));
  EXPECT_FALSE(Document::parse("[ ]", limits));
}

TEST(Json, LongNumbersStayTheirText) {
  const std::string digits(42, '7');
  const auto document = Document::parse("[" + digits + ", -" + digits + ", 1e300, 0.5, 12]");
  ASSERT_TRUE(document);
  const Value root = document->root();
  EXPECT_EQ(root.at(0).text(), digits);
  EXPECT_FALSE(root.at(0).integer());
  EXPECT_DOUBLE_EQ(root.at(0).number().value_or(0), 7.777777777777778e41);
  EXPECT_FALSE(root.at(1).integer());
  EXPECT_EQ(root.at(2).text(), "1e300");
  EXPECT_FALSE(root.at(2).integer());
  EXPECT_FALSE(root.at(3).integer()) << "not whole";
  EXPECT_EQ(root.at(4).integer(), 12);
  EXPECT_EQ(document->root().dump(), "[" + digits + ",-" + digits + ",1e300,0.5,12]");
}

TEST(Json, IntegersReachTheEndsOf64BitsAndNoFurther) {
  const std::vector<std::pair<const char*, std::optional<std::int64_t>>> rows = {
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
      {"9223372036854775808", std::nullopt},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
      {"-9223372036854775809", std::nullopt},
      {"\"1770000000\"", 1'770'000'000},
      {"\"\"", std::nullopt},
      {"\"-\"", std::nullopt},
      {"\" 1\"", std::nullopt},
      {"\"1x\"", std::nullopt},
      {"1e3", std::nullopt},
      {"-0", 0},
      {"true", std::nullopt},
      {"null", std::nullopt},
  };
  for (const auto& [text, wanted] : rows) {
    const auto document = Document::parse(text);
    ASSERT_TRUE(document) << text;
    EXPECT_EQ(document->root().integer(), wanted) << text;
  }
}

TEST(Json, ALongStringAndAnEscapedNulArriveWhole) {
  const std::string text(3 * 1024 * 1024, 'x');
  const auto document = Document::parse("{\"a\":\"" + text + "\",\"b\":\"x\\u0000y\"}");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root()["a"].string()->size(), text.size());
  EXPECT_EQ(document->root()["b"].string(), std::string_view("x\0y", 3));
}

TEST(Json, LookupsNeedNoChecks) {
  const auto document = Document::parse(R"({"a":[{"b":"c"}],"n":null,"t":true})");
  ASSERT_TRUE(document);
  const Value root = document->root();
  EXPECT_EQ(root["a"].at(0)["b"].text(), "c");
  EXPECT_EQ(root["a"].at(1)["b"].text(), "");
  EXPECT_FALSE(root["nowhere"]["at"].at(3));
  EXPECT_EQ(root["nowhere"].size(), 0U);
  EXPECT_TRUE(root["n"]) << "null is there";
  EXPECT_EQ(root["n"].type(), Type::null);
  EXPECT_EQ(root["t"].boolean(), true);
  EXPECT_FALSE(root["t"].string());
  EXPECT_EQ(Value().type(), Type::missing);
  std::vector<std::string> keys;
  for (auto it = root.begin(); it != root.end(); ++it) {
    keys.emplace_back(it.key());
  }
  EXPECT_EQ(keys, (std::vector<std::string>{"a", "n", "t"}));
}

TEST(Json, ValuesStayValidWhenTheDocumentMoves) {
  auto parsed = Document::parse(R"(["kept"])");
  ASSERT_TRUE(parsed);
  const Value value = parsed->root().at(0);
  const Document moved = *std::move(parsed);
  EXPECT_EQ(value.text(), "kept");
  EXPECT_EQ(moved.root().size(), 1U);
}

TEST(Json, LoneSurrogatesCanBeReplaced) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {R"("\ud83d")", R"("\ufffd")"},
      {R"("\ud83d\ud83d\ude00")", R"("\ufffd\ud83d\ude00")"},
      {R"("\ude00x\uD83Dy")", R"("\ufffdx\ufffdy")"},
      {R"("\\ud83d")", R"("\\ud83d")"},
      {R"("\\\ud83d")", R"("\\\ufffd")"},
      {R"("\u0041\n")", R"("\u0041\n")"},
      {R"("\ud8)", R"("\ud8)"},
      {"\\", "\\"},
      {"", ""},
  };
  for (const auto& [text, wanted] : rows) {
    EXPECT_EQ(replace_lone_surrogates(text), wanted) << text;
  }
  EXPECT_TRUE(Document::parse(replace_lone_surrogates(R"({"name":"Ada \ud83d"})")));
}

}  // namespace
}  // namespace jackfield::json
