#include "tools/sim/meta/payload.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "jackfield/json.h"
#include "tools/sim/meta/inbound.h"

namespace jackfield::sim::meta {
namespace {

constexpr std::int64_t kNow = 1'770'000'000;

Result<Inbound> inbound_of(const std::string& request, MediaStore& media) {
  const auto parsed = json::Document::parse(request);
  return make_inbound(parsed->root(), media, kNow);
}

std::string body_of(const Inbound& inbound) {
  Change change;
  change.line = {"WABA", "PNID", "15550100000"};
  if (!inbound.contact.empty()) {
    change.contacts.push_back(inbound.contact);
  }
  change.messages.push_back(inbound.message);
  return webhook_body({change});
}

TEST(Escape, WritesJsonAsMetaDoes) {
  EXPECT_EQ(ascii_escaped(R"({"note":"café"})"), R"({"note":"caf\u00e9"})");
  EXPECT_EQ(ascii_escaped(R"("a/b")"), R"("a\/b")");
  EXPECT_EQ(ascii_escaped("\"\xF0\x9F\x9A\xB2\""), R"("\ud83d\udeb2")");
  EXPECT_EQ(ascii_escaped("\"\xE2\x98\x95\""), R"("\u2615")");
  EXPECT_EQ(ascii_escaped(R"("\u001F \" \\ \n")"), R"("\u001f \" \\ \n")");
}

TEST(Payload, OfEveryTypeIsAsciiAndParses) {
  const std::vector<std::string> types{
      "text",     "image",    "audio",       "video",  "document", "sticker", "order",
      "location", "contacts", "interactive", "button", "reaction", "system",  "unsupported"};
  for (const std::string& type : types) {
    SCOPED_TRACE(type);
    MediaStore media;
    const auto inbound =
        inbound_of(R"({"from":"12025550122","name":"Zoë 🚲","text":"grüß/dich","emoji":"👍",)"
                   R"("type":")" +
                       type + R"("})",
                   media);
    ASSERT_TRUE(inbound);
    const std::string body = body_of(*inbound);
    EXPECT_TRUE(std::all_of(body.begin(), body.end(),
                            [](char byte) { return byte >= ' ' && byte < 0x7F; }));
    const auto parsed = json::Document::parse(body);
    ASSERT_TRUE(parsed);
    const json::Value value = parsed->root()["entry"].at(0)["changes"].at(0)["value"];
    EXPECT_EQ(parsed->root()["object"].text(), "whatsapp_business_account");
    EXPECT_EQ(value["metadata"]["phone_number_id"].text(), "PNID");
    const json::Value message = value["messages"].at(0);
    EXPECT_EQ(message["type"].text(), type);
    EXPECT_TRUE(message[type]);
    EXPECT_TRUE(message["timestamp"].is_string());
    EXPECT_TRUE(message["id"].text().starts_with("wamid."));
    EXPECT_EQ(value["contacts"].size(), type == "system" ? 0U : 1U);
    if (type != "system") {
      EXPECT_EQ(value["contacts"].at(0)["profile"]["name"].text(), "Zoë 🚲");
    }
  }
}

TEST(Payload, OfMediaNamesBytesThatCanBeFetched) {
  MediaStore media;
  const auto inbound =
      inbound_of(R"({"from":"1","type":"image","caption":"gate","data_base64":"TWFu"})", media);
  const auto parsed = json::Document::parse(inbound->message);
  const json::Value image = parsed->root()["image"];
  EXPECT_EQ(image["caption"].text(), "gate");
  EXPECT_EQ(image["sha256"].text(), "IP4b0gHNkAvb/+rsC0LkC1HL9rN65fvq3dg6q5oiGDc=");
  ASSERT_NE(media.find(std::string(image["id"].text())), nullptr);
  EXPECT_EQ(media.find(std::string(image["id"].text()))->bytes, "Man");
}

TEST(Payload, TakesAGivenObjectAsItIs) {
  MediaStore media;
  const auto inbound = inbound_of(
      R"({"from":"1","type":"ephemeral","ephemeral":{"odd":[1]},"reply_to":"wamid.X"})", media);
  const auto parsed = json::Document::parse(inbound->message);
  EXPECT_EQ(parsed->root()["ephemeral"]["odd"].at(0).integer(), 1);
  EXPECT_EQ(parsed->root()["context"]["id"].text(), "wamid.X");
  EXPECT_FALSE(inbound_of(R"({"from":"1","type":"ephemeral"})", media));
  EXPECT_FALSE(inbound_of(R"({"type":"text","text":"nobody"})", media));
}

TEST(Payload, LeavesOutThePhoneOfAContactKnownByUserId) {
  MediaStore media;
  const auto inbound = inbound_of(R"({"user_id":"US.abc","username":"ann.x","text":"hi"})", media);
  const auto message = json::Document::parse(inbound->message);
  const auto contact = json::Document::parse(inbound->contact);
  EXPECT_FALSE(message->root()["from"]);
  EXPECT_EQ(message->root()["from_user_id"].text(), "US.abc");
  EXPECT_FALSE(contact->root()["wa_id"]);
  EXPECT_EQ(contact->root()["profile"]["username"].text(), "ann.x");
}

TEST(Status, CarriesPricingConversationAndErrors) {
  StatusFacts facts;
  facts.wamid = "wamid.OUT";
  facts.status = "sent";
  facts.recipient = "12025550122";
  facts.correlator = "our-id";
  facts.conversation = "c1";
  facts.unix_seconds = kNow;
  const auto sent = json::Document::parse(status_json(facts));
  EXPECT_EQ(sent->root()["timestamp"].string(), "1770000000");
  EXPECT_EQ(sent->root()["biz_opaque_callback_data"].text(), "our-id");
  EXPECT_EQ(sent->root()["conversation"]["expiration_timestamp"].string(), "1770086400");
  EXPECT_EQ(sent->root()["pricing"]["pricing_model"].text(), "PMP");
  facts.status = "failed";
  facts.code = 131047;
  const auto failed = json::Document::parse(status_json(facts));
  EXPECT_EQ(failed->root()["errors"].at(0)["code"].integer(), 131047);
  EXPECT_FALSE(failed->root()["conversation"]);
}

}  // namespace
}  // namespace jackfield::sim::meta
