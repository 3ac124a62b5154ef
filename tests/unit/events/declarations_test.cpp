#include "core/events/declarations.h"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace jackfield::events {
namespace {

struct Case {
  const char* name;
  const char* args;
  const char* wrong;  ///< Beginning of the error; empty: fine.
};

TEST(Declarations, RefuseWhatIsNotDeclared) {
  const Case cases[] = {
      {"conversation.release", R"({"conversation":"c"})", ""},
      {"conversation.release", R"({})", "conversation: is required"},
      {"conversation.release", R"([])", "args: must be an object"},
      {"conversation.release", R"({"conversation":7})", "conversation: must be a string"},
      {"conversation.release", R"({"conversation":""})", "conversation: shorter"},
      {"conversation.release", R"({"conversation":"c","agent":"ada"})", "agent: unknown member"},
      {"conversation.release", R"({"conversation":"c","expected_version":"1"})",
       "expected_version: must be a whole number"},
      {"conversation.release", R"({"conversation":"c","expected_version":1.5})",
       "expected_version: must be a whole number"},
      {"conversation.release", R"({"conversation":"c","expected_version":0})",
       "expected_version: must be from 1"},
      {"conversation.typing", R"({"conversation":"c","on":1})", "on: must be true or false"},
      {"message.send", R"({"conversation":"c","parts":[{"kind":"text","text":"hi"}]})", ""},
      {"message.send",
       R"({"conversation":"c","parts":[{"kind":"media","media_id":"ab","caption":"x"}],"take":true})",
       ""},
      {"message.send", R"({"conversation":"c","parts":[{"kind":"interactive","json":{"a":[1]}}]})",
       ""},
      {"message.send", R"({"conversation":"c","parts":[]})", "parts: must have 1 to 32"},
      {"message.send", R"({"conversation":"c","parts":{}})", "parts: must be an array"},
      {"message.send", R"({"conversation":"c","parts":[7]})", "parts[0]: must be an object"},
      {"message.send", R"({"conversation":"c","parts":[{"kind":"sms"}]})",
       "parts[0].kind: missing"},
      {"message.send", R"({"conversation":"c","parts":[{"kind":"text"}]})",
       "parts[0].text: is required"},
      {"message.send", R"({"conversation":"c","parts":[{"kind":"text","text":"a","json":{}}]})",
       "parts[0].json: unknown member"},
      {"message.send", R"({"conversation":"c","parts":[{"kind":"template","json":"{}"}]})",
       "parts[0].json: must be an object"},
      {"media.put", R"({"filename":"a.png","total":999999999999})", "total: must be from 1"},
  };
  for (const auto& row : cases) {
    const auto* declaration = find_declaration(DeclaredKind::command, row.name);
    ASSERT_NE(declaration, nullptr) << row.name;
    const auto args = json::Document::parse(row.args);
    ASSERT_TRUE(args) << row.args;
    const Status status = check_arguments(*declaration, args->root());
    const std::string text = status ? "" : status.error().text;
    EXPECT_EQ(status.has_value(), *row.wrong == '\0') << row.args << ": " << text;
    EXPECT_EQ(text.substr(0, std::string(row.wrong).size()), row.wrong) << row.args;
  }
}

TEST(Declarations, NameEachThingOnceAndGiveEachAValidSchema) {
  std::set<std::string> names;
  for (const auto& declaration : declarations()) {
    const std::string name = std::to_string(static_cast<int>(declaration.kind)) + declaration.name;
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_FALSE(declaration.about.empty()) << name;
    const auto schema = json::Document::parse(schema_json(declaration));
    ASSERT_TRUE(schema) << name;
    EXPECT_EQ(schema->root()["type"].text(), "object");
  }
  EXPECT_TRUE(json::Document::parse(declarations_json()));
}

TEST(Declarations, AreWhatTheProtocolReferenceSays) {
  const std::string file = PROTOCOL_REFERENCE;
  if (std::getenv("JACKFIELD_UPDATE_DOCS") != nullptr) {
    std::ofstream(file) << declarations_markdown();
  }
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  EXPECT_EQ(text.str(), declarations_markdown())
      << "run this test with JACKFIELD_UPDATE_DOCS=1 to write docs/protocol-reference.md";
}

TEST(Answers, SayErrorsInTheProtocolsWords) {
  EXPECT_EQ(
      Answer(RequestError{ErrorCode::conflict, "taken", R"({"version":7,"owner":"ada"})"}).json(),
      R"({"code":"CONFLICT","text":"taken","version":7,"owner":"ada"})");
  EXPECT_EQ(Answer(Error{ErrorCode::throttled, "later"}).json(),
            R"({"code":"BUSY","text":"later","retry_ms":500})");
  EXPECT_EQ(Answer(RequestError{ErrorCode::invalid, "no", R"({"code":"OK"})"}).json(),
            R"({"code":"BAD","text":"no"})");
  EXPECT_EQ(Answer(Error{ErrorCode::unreachable, "x"}).json(), R"({"code":"INTERNAL","text":"x"})");
}

}  // namespace
}  // namespace jackfield::events
