#include "core/model/ids.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/model/conversation.h"

namespace jackfield::model {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

TEST(IdText, IsThirteenCharactersAndComesBack) {
  struct Row {
    std::int64_t value;
    const char* text;
  };
  for (const Row& row :
       {Row{1, "0000000000001"}, Row{31, "000000000000z"}, Row{32, "0000000000010"},
        Row{kMax, "7zzzzzzzzzzzz"}, Row{0x123456789ABCDEF, "028t5cy4tqkff"}}) {
    EXPECT_EQ(id_text(row.value), row.text);
    EXPECT_EQ(parse_id(row.text), row.value);
  }
}

TEST(IdText, SortsLikeTheNumbers) {
  std::string last;
  for (std::int64_t value = 1; value < kMax / 7; value *= 7) {
    EXPECT_LT(last, id_text(value));
    last = id_text(value);
  }
}

TEST(IdText, NothingElseIsAnId) {
  for (const char* text :
       {"", "0", "0000000000000", "000000000000", "00000000000001", "8000000000000",
        "zzzzzzzzzzzzz", "000000000000Z", "000000000000i", "000000000000l", "000000000000o",
        "000000000000u", "000000000000-", " 000000000001"}) {
    EXPECT_FALSE(parse_id(text)) << text;
  }
}

TEST(MessageId, IsItsConversationAndNumber) {
  const MessageId id{ConversationId{32}, 7};
  EXPECT_EQ(id.text(), "0000000000010.7");
  EXPECT_EQ(MessageId::parse("0000000000010.7"), id);
  EXPECT_EQ(MessageId::parse("0000000000010.9223372036854775807")->number, kMax);
  for (const char* text :
       {"", ".", "0000000000010", "0000000000010.", "0000000000010.0", "0000000000010.07",
        "0000000000010.-1", "0000000000010.+1", "0000000000010.1.1", "0000000000010.1x",
        "0000000000010.9223372036854775808", "0000000000000.1", ".1"}) {
    EXPECT_FALSE(MessageId::parse(text)) << text;
  }
}

TEST(AccountId, IsChannelAndName) {
  const auto id = AccountId::parse("whatsapp:support_1-a");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->channel(), "whatsapp");
  EXPECT_EQ(id->name(), "support_1-a");
  const std::string longest(40, 'a');
  EXPECT_TRUE(AccountId::parse(longest + ":" + longest));
  for (const std::string& text :
       {std::string(), std::string(":"), std::string("a"), std::string("a:"), std::string(":a"),
        std::string("a:b:c"), std::string("A:b"), std::string("a:b c"), std::string("a:b.c"),
        std::string("a:\xC3\xA9"), longest + "a:b", "b:" + longest + "a"}) {
    EXPECT_FALSE(AccountId::parse(text)) << text;
  }
}

TEST(AccountId, AnEmptyOneHasEmptyParts) {
  EXPECT_EQ(AccountId().channel(), "");
  EXPECT_EQ(AccountId().name(), "");
}

TEST(ConversationState, HasThreeNames) {
  EXPECT_EQ(name_of(ConversationState::waiting), "waiting");
  EXPECT_EQ(name_of(ConversationState::owned), "owned");
  EXPECT_EQ(name_of(ConversationState::archived), "archived");
}

}  // namespace
}  // namespace jackfield::model
