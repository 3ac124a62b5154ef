#include "core/events/protocol.h"

#include <string>

#include <gtest/gtest.h>

namespace jackfield::events {
namespace {

TEST(Envelope, IsCloudEventsJson) {
  model::Event event;
  event.epoch = 0x1F;
  event.sequence = 4711;
  event.time_ms = 1'795'425'330'092;
  event.type = "jf.message.received";
  event.route = "sms.main.c";
  event.subject = "message/c.1";
  event.data = R"({"id":"c.1"})";
  EXPECT_EQ(
      envelope_json("node", event),
      R"({"specversion":"1.0","id":"000000000000001f-0-4711","source":"/jackfield/node/partition/0",)"
      R"("type":"jf.message.received","subject":"message/c.1","time":"2026-11-23T09:15:30.092Z",)"
      R"("datacontenttype":"application/json","partitionkey":"0",)"
      R"("sequence":"00000000000000004711","epoch":"000000000000001f","data":{"id":"c.1"}})");
}

TEST(Envelope, OfAnEventThatIsNotDurableHasNoPosition) {
  model::Event event;
  event.type = "jf.contact.typing";
  const auto json = envelope_json("node", event, "r-1");
  EXPECT_NE(json.find(R"("id":"e-r-1")"), std::string::npos);
  EXPECT_EQ(json.find("sequence"), std::string::npos);
  EXPECT_EQ(json.find("epoch"), std::string::npos);
}

TEST(Times, AreRfc3339) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(951'782'400'007), "2000-02-29T00:00:00.007Z");
}

TEST(Epochs, AreHex) {
  EXPECT_EQ(parse_epoch("00000000000000ff"), 255U);
  for (const char* text : {"", "xyz", "0x1", "00000000000000001", "-1", " 1"}) {
    EXPECT_FALSE(parse_epoch(text)) << text;
  }
}

TEST(Resume, RefusesWhatMakesNoSense) {
  struct Case {
    const char* body;
    bool is_fine;
  };
  const Case cases[] = {
      {"{}", true},
      {R"({"from":"oldest","partition":0,"live":false})", true},
      {R"({"cursor":"a.b-c_1","from":"cursor","new":"now"})", true},
      {R"({"cursor":"a","fence":3})", true},
      {R"({"from":{"epoch":"00ff","sequence":3}})", true},
      {R"({"from":{"epoch":"00ff","sequence":-1}})", false},
      {R"({"from":{"sequence":1}})", false},
      {R"({"from":"cursor"})", false},
      {R"({"from":"yesterday"})", false},
      {R"({"cursor":"","from":"now"})", false},
      {R"({"cursor":"a/b"})", false},
      {R"({"fence":3})", false},
      {R"({"partition":1})", false},
      {R"({"partition":-1})", false},
      {R"([])", false},
      {R"({)", false},
  };
  for (const auto& row : cases) {
    EXPECT_EQ(parse_resume(row.body).has_value(), row.is_fine) << row.body;
  }
  EXPECT_FALSE(parse_resume(R"({"cursor":")" + std::string(65, 'a') + "\"}"));
}

TEST(Ack, NeedsAllItsMembers) {
  EXPECT_TRUE(parse_ack(R"({"cursor":"a","partition":0,"epoch":"1","sequence":2,"fence":1})"));
  for (const char* body :
       {R"({"partition":0,"epoch":"1","sequence":2,"fence":1})",
        R"({"cursor":"a","epoch":"1","fence":1})", R"({"cursor":"a","epoch":"1","sequence":2})"}) {
    EXPECT_FALSE(parse_ack(body)) << body;
  }
}

}  // namespace
}  // namespace jackfield::events
