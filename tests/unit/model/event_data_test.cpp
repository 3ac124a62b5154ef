#include "core/model/event_data.h"

#include <string>

#include <gtest/gtest.h>

#include "jackfield/json.h"

namespace jackfield::model {
namespace {

Conversation some_conversation() {
  Conversation conversation;
  conversation.id = ConversationId{32};
  conversation.account = AccountId{"sms:shop"};
  conversation.contact = ContactId{33};
  conversation.address_text = "tel:+12025550101";
  conversation.contact_name = "Ada";
  conversation.state = ConversationState::owned;
  conversation.owner = "agent:bo";
  conversation.version = 4;
  return conversation;
}

Message some_message() {
  Message message;
  message.id = MessageId{ConversationId{32}, 7};
  message.direction = Direction::outbound;
  message.status = MessageStatus::sent;
  Part part;
  part.text = "hi";
  part.media_ref = "https://provider.example/private";
  message.parts = {part, part};
  message.part_status = {MessageStatus::sent, MessageStatus::read};
  message.ext_json = R"({"x":1})";
  return message;
}

TEST(EventData, AMessageEventIsRoutedByAccountAndConversation) {
  const Event event = message_event("jf.message.received", some_conversation(), some_message(), 5);
  EXPECT_EQ(event.topic(), "jf.message.received.sms.shop.0000000000010");
  EXPECT_EQ(event.subject, "message/0000000000010.7");
  EXPECT_EQ(event.time_ms, 5);
  EXPECT_EQ(event.data.find("provider.example"), std::string::npos);
  const auto document = json::Document::parse(event.data);
  ASSERT_TRUE(document) << event.data;
  const json::Value root = document->root();
  EXPECT_EQ(root["status"].text(), "sent");
  EXPECT_EQ(root["direction"].text(), "outbound");
  EXPECT_EQ(root["number"].integer(), 7);
  EXPECT_EQ(root["parts"].at(1)["text"].text(), "hi");
  EXPECT_EQ(root["part_status"].at(1).text(), "read");
  EXPECT_EQ(root["ext"]["x"].integer(), 1);
}

TEST(EventData, AConversationEventTakesMoreMembers) {
  const Event event =
      conversation_event("jf.conversation.taken", some_conversation(), 5, R"("by":"agent:bo")");
  const auto document = json::Document::parse(event.data);
  ASSERT_TRUE(document) << event.data;
  EXPECT_EQ(document->root()["by"].text(), "agent:bo");
  EXPECT_EQ(document->root()["state"].text(), "owned");
  EXPECT_EQ(document->root()["contact"]["name"].text(), "Ada");
  EXPECT_FALSE(document->root()["queue"]);
  EXPECT_EQ(event.subject, "conversation/0000000000010");
}

TEST(EventData, AnAccountEventIsRoutedByItsAccount) {
  const Event event = account_event("jf.account.ready", AccountId{"sms:shop"}, 5, "{}");
  EXPECT_EQ(event.topic(), "jf.account.ready.sms.shop");
  EXPECT_EQ(event.subject, "account/sms:shop");
}

}  // namespace
}  // namespace jackfield::model
