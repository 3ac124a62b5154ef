#include "plugins/whatsapp/parse.h"

#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "jackfield/json.h"
#include "plugins/whatsapp/bounds.h"
#include "tests/plugins_whatsapp/golden.h"
#include "tests/plugins_whatsapp/support.h"

namespace jackfield::whatsapp {
namespace {

/// What the host asks of each value; see plugin_abi.h.
void expect_within_bounds(const Inbound& value, const std::string& where) {
  for (const std::string& id : {value.dedupe_key, value.account, value.address, value.external_id,
                                value.correlator, value.reply_to}) {
    EXPECT_LE(id.size(), 512U) << where;
    EXPECT_TRUE(std::all_of(id.begin(), id.end(), [](char c) { return c >= 0x20 && c < 0x7f; }))
        << where;
  }
  EXPECT_LE(value.ext_json.size(), kJsonBytesMax) << where;
  EXPECT_LE(value.parts.size(), 32U) << where;
  const bool has_key = !value.dedupe_key.empty() || value.kind == InboundKind::quarantine ||
                       value.kind == InboundKind::notice;
  EXPECT_TRUE(has_key) << where;
  for (const Part& part : value.parts) {
    EXPECT_LE(part.text.size(), kTextBytesMax) << where;
    EXPECT_TRUE(json::is_valid_utf8(part.text)) << where;
    EXPECT_LE(part.json.size(), kJsonBytesMax) << where;
    EXPECT_TRUE(part.json.empty() || json::Document::parse(part.json)) << where;
    EXPECT_LE(part.media_ref.size(), 4096U) << where;
  }
  EXPECT_TRUE(value.ext_json.empty() || json::Document::parse(value.ext_json)) << where;
  EXPECT_TRUE(json::is_valid_utf8(value.raw)) << where;
}

std::string message_body(const std::string& message) {
  return R"({"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages",)"
         R"("value":{"metadata":{"phone_number_id":"106540352242922"},"messages":[)" +
         message + "]}}]}]}";
}

TEST(WhatsAppParse, ReadsEachFileAsWritten) {
  for (const Golden& one : golden()) {
    EXPECT_EQ(described(testdata(one.name)), one.values) << one.name;
  }
}

TEST(WhatsAppParse, HasARowForEachFile) {
  std::vector<std::string> rows;
  for (const Golden& one : golden()) {
    rows.push_back(one.name);
  }
  std::sort(rows.begin(), rows.end());
  EXPECT_EQ(rows, testdata_names());
}

TEST(WhatsAppParse, KeepsWithEachValueABodyThatSaysTheSameAlone) {
  for (const Golden& one : golden()) {
    for (const Inbound& value : parse_webhook(testdata(one.name), TestCrypto())) {
      EXPECT_EQ(described(value.raw), describe(value) + "\n") << one.name << "\n" << value.raw;
    }
  }
}

TEST(WhatsAppParse, KeepsABodyThatIsNoTextWithTheArrival) {
  const std::vector<Inbound> values = parse_webhook("{\"object\":\"\xff\xfe\"}", TestCrypto());
  ASSERT_EQ(values.size(), 1U);
  EXPECT_EQ(values[0].kind, InboundKind::quarantine);
  EXPECT_EQ(values[0].raw, "");
}

TEST(WhatsAppParse, SkipsAByteOrderMark) {
  EXPECT_EQ(described("\xEF\xBB\xBF" + testdata("text")), described(testdata("text")));
}

TEST(WhatsAppParse, CutsWhatIsTooLongAndLosesNothingElse) {
  const std::string text(kTextBytesMax + 10, 'x');
  const std::string deep_text = std::string(kTextBytesMax - 1, 'x') + "\xC3\xA9";
  const std::string id(kMessageIdBytesMax + 1, 'i');
  struct Case {
    std::string name, message;
    InboundKind kind;
    std::size_t text_bytes;
  };
  const std::vector<Case> cases = {
      {"a long text", R"({"from":"1","id":"a","type":"text","text":{"body":")" + text + R"("}})",
       InboundKind::message, kTextBytesMax},
      {"never half a character",
       R"({"from":"1","id":"a","type":"text","text":{"body":")" + deep_text + R"("}})",
       InboundKind::message, kTextBytesMax - 1},
      {"a long id", R"({"from":"1","id":")" + id + R"(","type":"text","text":{"body":"b"}})",
       InboundKind::quarantine, 0},
      {"a long referral",
       R"({"from":"1","id":"a","type":"text","text":{"body":"b"},"referral":{"body":")" + text +
           R"("}})",
       InboundKind::message, 1},
      {"long contact cards",
       R"({"from":"1","id":"a","type":"contacts","contacts":[{"note":")" + text + R"("}]})",
       InboundKind::message, 0},
      {"a long unknown type", R"({"from":"1","id":"a","type":")" + text + R"("})",
       InboundKind::message, 39 + 64},
  };
  for (const Case& one : cases) {
    const std::vector<Inbound> values = parse_webhook(message_body(one.message), TestCrypto());
    ASSERT_EQ(values.size(), 1U) << one.name;
    EXPECT_EQ(values[0].kind, one.kind) << one.name;
    EXPECT_EQ(values[0].parts.empty() ? 0 : values[0].parts[0].text.size(), one.text_bytes)
        << one.name;
    expect_within_bounds(values[0], one.name);
  }
}

TEST(WhatsAppParse, ReadsTypesThatLie) {
  struct Case {
    std::string message, values;
  };
  const std::vector<Case> cases = {
      {R"({"from":12125550122,"id":77,"timestamp":"1770000000","type":"text","text":{"body":"a"}})",
       "message from=wa:12125550122 id=77 key=* at=* [text 'a'] ext={'type':'text'}\n"},
      {R"({"from":"+12125550122","id":"m","type":"text","text":null})",
       "quarantine (text without body)\n"},
      {R"({"from":"12125550122","id":"m","type":"image","image":[]})",
       "quarantine (image without a media id or url that can be used)\n"},
      {R"({"from":"not a number","id":"m","type":"text","text":{"body":"a"}})",
       "quarantine (a message without a sender's phone number or user id)\n"},
      {R"({"from":"1","id":"m","type":"reaction","reaction":{"emoji":"x"}})",
       "quarantine (reaction without message_id)\n"},
      {R"({"from":"1","id":"m","type":"text","context":null,"text":{"body":"a"}})",
       "message from=wa:1 id=m key=* [text 'a'] ext={'type':'text','context':null}\n"},
      {R"(["a"])", "quarantine (a message that is no JSON object)\n"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(described(message_body(one.message)), one.values) << one.message;
  }
}

TEST(WhatsAppParse, SurvivesEveryMutilationOfEachFile) {
  std::mt19937 random(20'261'123);
  for (const std::string& name : testdata_names()) {
    const std::string body = testdata(name);
    for (std::size_t length = 0; length < body.size(); length += 97) {
      EXPECT_FALSE(parse_webhook(std::string_view(body).substr(0, length), TestCrypto()).empty());
    }
    for (int round = 0; round < 60; ++round) {
      std::string mutant = body;
      for (int flip = 0; flip <= round % 4; ++flip) {
        mutant[random() % mutant.size()] = static_cast<char>(random());
      }
      const std::vector<Inbound> values = parse_webhook(mutant, TestCrypto());
      EXPECT_FALSE(values.empty()) << name;
      for (const Inbound& value : values) {
        expect_within_bounds(value, name);
      }
    }
  }
}

}  // namespace
}  // namespace jackfield::whatsapp
