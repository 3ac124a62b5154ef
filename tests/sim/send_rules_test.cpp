#include "tools/sim/meta/send_rules.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace jackfield::sim::meta {
namespace {

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) {
    out += text;
  }
  return out;
}

std::string to_ann(const std::string& rest) {
  return R"({"messaging_product":"whatsapp","to":"+1 202-555-0122",)" + rest + '}';
}

std::string buttons(const std::string& list, const std::string& text = "Pick") {
  return to_ann(R"("type":"interactive","interactive":{"type":"button","body":{"text":")" + text +
                R"("},"action":{"buttons":[)" + list + "]}}");
}

std::string button(const std::string& id, const std::string& title) {
  return R"({"type":"reply","reply":{"id":")" + id + R"(","title":")" + title + R"("}})";
}

std::string list(const std::string& rows) {
  return to_ann(R"("type":"interactive","interactive":{"type":"list","body":{"text":"Pick"},)"
                R"("action":{"button":"Open","sections":[{"title":"One","rows":[)" +
                rows + "]}]}}");
}

std::string rows(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += (i == 0 ? "" : ",") + (R"({"id":")" + std::to_string(i) + R"(","title":"row"})");
  }
  return text;
}

struct Row {
  std::string what, body;
  std::int64_t code;  ///< 0: accepted.
};

void expect_codes(const std::vector<Row>& cases) {
  for (const Row& row : cases) {
    SCOPED_TRACE(row.what);
    const auto parsed = json::Document::parse(row.body);
    ASSERT_TRUE(parsed) << row.body;
    const SendCheck check = check_send(parsed->root());
    EXPECT_EQ(check.error ? check.error->code : 0, row.code)
        << (check.error ? check.error->message + ' ' + check.error->details : "");
  }
}

TEST(SendRules, CheckTheEnvelope) {
  expect_codes({
      {"plain", to_ann(R"("type":"text","text":{"body":"hi"})"), 0},
      {"type left out", to_ann(R"("text":{"body":"hi"})"), 0},
      {"no product", R"({"to":"12025550122","text":{"body":"hi"}})", 100},
      {"no recipient", R"({"messaging_product":"whatsapp","text":{"body":"hi"}})", 100},
      {"not a number", R"({"messaging_product":"whatsapp","to":"ann","text":{"body":"hi"}})",
       131009},
      {"user id", R"({"messaging_product":"whatsapp","recipient":"US.a","text":{"body":"hi"}})", 0},
      {"unknown type", to_ann(R"("type":"poll","poll":{})"), 100},
      {"no content", to_ann(R"("type":"image")"), 131008},
      {"context without id", to_ann(R"("text":{"body":"hi"},"context":{})"), 131008},
      {"context", to_ann(R"("text":{"body":"hi"},"context":{"message_id":"wamid.A"})"), 0},
      {"long correlator",
       to_ann(R"("text":{"body":"hi"},"biz_opaque_callback_data":")" + repeated("x", 513) + '"'),
       100},
      {"read mark", R"({"messaging_product":"whatsapp","status":"read","message_id":"wamid.A"})",
       0},
      {"read mark without id", R"({"messaging_product":"whatsapp","status":"read"})", 131008},
      {"other mark", R"({"messaging_product":"whatsapp","status":"seen","message_id":"w"})", 100},
      {"typing",
       R"({"messaging_product":"whatsapp","status":"read","message_id":"w",)"
       R"("typing_indicator":{"type":"text"}})",
       0},
  });
}

TEST(SendRules, CheckTextAndMedia) {
  expect_codes({
      {"4096 letters", to_ann(R"("text":{"body":")" + repeated("é", 4096) + R"("})"), 0},
      {"4097 letters", to_ann(R"("text":{"body":")" + repeated("é", 4097) + R"("})"), 100},
      {"empty", to_ann(R"("text":{"body":""})"), 131008},
      {"body is a number", to_ann(R"("text":{"body":7})"), 100},
      {"by id", to_ann(R"("type":"image","image":{"id":"1","caption":"c"})"), 0},
      {"by link", to_ann(R"("type":"video","video":{"link":"https://x.example/v.mp4"})"), 0},
      {"both", to_ann(R"("type":"image","image":{"id":"1","link":"https://x.example"})"), 100},
      {"neither", to_ann(R"("type":"image","image":{"caption":"c"})"), 131008},
      {"odd link", to_ann(R"("type":"image","image":{"link":"file:///etc/passwd"})"), 100},
      {"long caption",
       to_ann(R"("type":"image","image":{"id":"1","caption":")" + repeated("x", 1025) + R"("})"),
       100},
      {"caption on audio", to_ann(R"("type":"audio","audio":{"id":"1","caption":"c"})"), 100},
      {"caption on sticker", to_ann(R"("type":"sticker","sticker":{"id":"1","caption":"c"})"), 100},
      {"file name", to_ann(R"("type":"document","document":{"id":"1","filename":"a.pdf"})"), 0},
      {"file name on image", to_ann(R"("type":"image","image":{"id":"1","filename":"a"})"), 100},
  });
}

TEST(SendRules, CheckPlacesContactsAndReactions) {
  expect_codes({
      {"0,0 is a place", to_ann(R"("type":"location","location":{"latitude":0,"longitude":0})"), 0},
      {"no longitude", to_ann(R"("type":"location","location":{"latitude":1})"), 131008},
      {"far north", to_ann(R"("type":"location","location":{"latitude":91,"longitude":0})"),
       131009},
      {"contact",
       to_ann(R"("type":"contacts","contacts":[{"name":{"formatted_name":"B","first_name":"B"}}])"),
       0},
      {"formatted name only",
       to_ann(R"("type":"contacts","contacts":[{"name":{"formatted_name":"B"}}])"), 131009},
      {"no contacts", to_ann(R"("type":"contacts","contacts":[])"), 131008},
      {"reaction", to_ann(R"("type":"reaction","reaction":{"message_id":"w","emoji":"👍"})"), 0},
      {"reaction taken back",
       to_ann(R"("type":"reaction","reaction":{"message_id":"w","emoji":""})"), 0},
      {"reaction to nothing", to_ann(R"("type":"reaction","reaction":{"emoji":"👍"})"), 131008},
  });
}

TEST(SendRules, CheckInteractiveForms) {
  const std::string one = button("a", "Yes");
  expect_codes({
      {"one button", buttons(one), 0},
      {"three buttons", buttons(one + ',' + button("b", "No") + ',' + button("c", "Maybe")), 0},
      {"four buttons",
       buttons(one + ',' + button("b", "B") + ',' + button("c", "C") + ',' + button("d", "D")),
       131009},
      {"no button", buttons(""), 131009},
      {"same id twice", buttons(one + ',' + button("a", "No")), 131009},
      {"title of 20", buttons(button("a", repeated("x", 20))), 0},
      {"title of 21", buttons(button("a", repeated("x", 21))), 131009},
      {"id of 257", buttons(button(repeated("x", 257), "Yes")), 131009},
      {"body of 1025", buttons(one, repeated("x", 1025)), 131009},
      {"no body", buttons(one, ""), 131009},
      {"ten rows", list(rows(10)), 0},
      {"eleven rows", list(rows(11)), 131009},
      {"no rows", list(""), 131009},
      {"row title of 25", list(R"({"id":"1","title":")" + repeated("x", 25) + R"("})"), 131009},
      {"no action",
       to_ann(R"("type":"interactive","interactive":{"type":"button","body":{"text":"a"}})"),
       131008},
      {"unknown form", to_ann(R"("type":"interactive","interactive":{"type":"x","action":{}})"),
       131009},
      {"link button",
       to_ann(R"("type":"interactive","interactive":{"type":"cta_url","body":{"text":"a"},)"
              R"("action":{"name":"cta_url","parameters":{"display_text":"Go",)"
              R"("url":"https://x.example"}}})"),
       0},
      {"ask for a place",
       to_ann(R"("type":"interactive","interactive":{"type":"location_request_message",)"
              R"("body":{"text":"Where?"},"action":{"name":"send_location"}})"),
       0},
  });
}

TEST(SendRules, CheckTemplates) {
  const auto with = [](const std::string& rest) {
    return to_ann(R"("type":"template","template":{"name":"hello","language":{"code":"en"})" +
                  rest + '}');
  };
  const auto body = [&](const std::string& text) {
    return with(R"(,"components":[{"type":"body","parameters":[{"type":"text","text":")" + text +
                R"("}]}])");
  };
  expect_codes({
      {"no components", with(""), 0},
      {"text", body("Ann"), 0},
      {"newline", body(R"(a\nb)"), 100},
      {"five blanks", body("a     b"), 100},
      {"empty text", body(""), 131008},
      {"no language", to_ann(R"("type":"template","template":{"name":"hello"})"), 131008},
      {"button without index", with(R"(,"components":[{"type":"button","sub_type":"url"}])"),
       131008},
      {"unknown component", with(R"(,"components":[{"type":"x"}])"), 100},
  });
}

TEST(SendRules, ReadWhatTheLedgerNeeds) {
  const auto parsed =
      json::Document::parse(to_ann(R"("text":{"body":"hi"},"biz_opaque_callback_data":"our-id",)"
                                   R"("context":{"message_id":"wamid.A"})"));
  const SendFacts facts = check_send(parsed->root()).facts;
  EXPECT_EQ(facts.to, "12025550122");
  EXPECT_EQ(facts.input, "+1 202-555-0122");
  EXPECT_EQ(facts.type, "text");
  EXPECT_EQ(facts.correlator, "our-id");
  EXPECT_EQ(facts.message_id, "wamid.A");
}

TEST(GraphErrors, HaveMetasForm) {
  const auto answer = refusal(error_of(131047, "too late"));
  const auto parsed = json::Document::parse(answer.body);
  const json::Value error = parsed->root()["error"];
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(error["message"].text(), "(#131047) Re-engagement message");
  EXPECT_EQ(error["type"].text(), "OAuthException");
  EXPECT_EQ(error["code"].integer(), 131047);
  EXPECT_EQ(error["error_data"]["messaging_product"].text(), "whatsapp");
  EXPECT_EQ(error["error_data"]["details"].text(), "too late");
  EXPECT_FALSE(error["fbtrace_id"].text().empty());
}

}  // namespace
}  // namespace jackfield::sim::meta
