#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/model/message.h"

namespace jackfield::model {
namespace {

Part full_part() {
  Part part;
  part.kind = PartKind::media;
  part.text = "a \"caption\"\n\xF0\x9F\x98\x80";
  part.media_id = std::string(64, 'a');
  part.media_ref = R"({"id":"7"})";
  part.media_kind = "image";
  part.mime = "image/png";
  part.filename = "a.png";
  part.size_bytes = 123'456'789'012;
  part.attachment = AttachmentState::stored;
  part.json = R"({"x":[1,2.50,{"y":null}]})";
  part.error = "why";
  return part;
}

TEST(Parts, AllThatIsWrittenIsReadAgain) {
  std::vector<Part> parts = {full_part()};
  for (int kind = 0; kind <= static_cast<int>(PartKind::unsupported); ++kind) {
    Part part;
    part.kind = static_cast<PartKind>(kind);
    part.attachment = static_cast<AttachmentState>(kind % 5);
    parts.push_back(part);
  }
  EXPECT_EQ(parse_parts(parts_json(parts, MediaRef::write)), parts);
}

TEST(Parts, EmptyFieldsAreLeftOut) {
  Part part;
  part.text = "hi";
  EXPECT_EQ(parts_json({part}, MediaRef::write), R"([{"kind":"text","text":"hi"}])");
  EXPECT_EQ(parts_json({}, MediaRef::write), "[]");
}

TEST(Parts, WhatIsPublishedHasNoMediaRef) {
  const std::string published = parts_json({full_part()}, MediaRef::leave_out);
  EXPECT_EQ(published.find("media_ref"), std::string::npos);
  EXPECT_NE(published.find("media_id"), std::string::npos);
}

TEST(Parts, ValuesThatAreNoObjectDoNotSpoilTheList) {
  for (const char* json : {"[1]", "{", "{} {}", "7", "{\"a\":1,\"a\":2}"}) {
    Part part;
    part.text = "hi";
    part.json = json;
    EXPECT_EQ(parts_json({part}, MediaRef::write), R"([{"kind":"text","text":"hi"}])") << json;
  }
}

TEST(Parts, TheLargestMessageComesBack) {
  Part part;
  part.text = std::string(kTextBytesMax, '\x01');
  const std::vector<Part> parts(kPartsMax, part);
  EXPECT_EQ(parse_parts(parts_json(parts, MediaRef::write)), parts);
}

TEST(Parts, AnythingElseIsNoParts) {
  for (const char* json :
       {"", "{}", "null", "[", "[1]", "[{}]", R"([{"kind":"nonsense"}])",
        R"([{"kind":"text","attachment":"x"}])", R"([{"kind":"text","size_bytes":-1}])",
        R"([{"kind":"text","size_bytes":1.5}])", R"([{"kind":"text"},7])"}) {
    EXPECT_TRUE(parse_parts(json).empty()) << json;
  }
}

TEST(Parts, NamesAreThoseOfTheProtocol) {
  EXPECT_EQ(name_of(PartKind::provider_template), "template");
  EXPECT_EQ(name_of(AttachmentState::refused), "refused");
  EXPECT_EQ(name_of(Direction::inbound), "inbound");
  EXPECT_EQ(name_of(Direction::outbound), "outbound");
}

}  // namespace
}  // namespace jackfield::model
