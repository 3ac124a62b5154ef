#include "plugins/whatsapp/answer.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "plugins/whatsapp/provider_error.h"
#include "tests/plugins_whatsapp/support.h"

namespace jackfield::whatsapp {
namespace {

Reply reply(int http_status, std::string_view body, std::string_view retry_after = {}) {
  return {JF_OK, http_status, retry_after, body};
}

std::string fate(const Reply& answer, std::uint32_t pair_refusals = 0) {
  return describe(read_send_answer(answer, pair_refusals));
}

TEST(WhatsAppAnswer, TellsTheFateOfAMessage) {
  struct Case {
    std::string what;
    Reply answer;
    std::string fate;
  };
  const std::vector<Case> cases = {
      {"accepted",
       reply(200, R"({"contacts":[{"input":"1","wa_id":"55"}],"messages":[{"id":"wamid.O"}]})"),
       R"(OK id=wamid.O ext={"wa_id":"55"})"},
      {"held",
       reply(200, R"({"messages":[{"id":"w","message_status":"held_for_quality_assessment"}]})"),
       R"(OK id=w ext={"message_status":"held_for_quality_assessment"})"},
      {"no id", reply(200, R"({"messages":[]})"),
       "UNKNOWN (WhatsApp answered HTTP 200 without the message's id)"},
      {"half an answer", reply(200, R"({"messages":[{"id":"wam)"),
       "UNKNOWN (WhatsApp answered HTTP 200 without the message's id)"},
      {"an error in a 200", reply(200, R"({"error":{"code":131026,"message":"Undeliverable"}})"),
       "PERMANENT code=131026 (131026: Undeliverable)"},
      {"details and trace",
       reply(400, R"({"error":{"message":"(#100) bad","code":100,"error_data":{"details":"to"},)"
                  R"("fbtrace_id":"A1b2"}})"),
       "PERMANENT code=100 (100: (#100) bad: to [A1b2])"},
      {"wrong number id", reply(400, R"({"error":{"code":100,"error_subcode":33}})"),
       "AUTH code=100 (100)"},
      {"the token is never repeated",
       reply(401, R"({"error":{"message":"Malformed access token EAAB","code":190}})"),
       "AUTH code=190 (Meta refuses the access token (code 190, subcode ): renew it in the "
       "account's settings)"},
      {"401 without a body", reply(401, ""), "AUTH (HTTP 401 without a reason)"},
      {"404 without a body", reply(404, "<html>"), "PERMANENT (HTTP 404 without a reason)"},
      {"429 without a body", reply(429, "", "30"), "RATE after=30000 (HTTP 429 without a reason)"},
      {"rate", reply(400, R"({"error":{"code":130429}})"), "RATE code=130429 after=5000 (130429)"},
      {"rate with a time", reply(400, R"({"error":{"code":80007}})", "7"),
       "RATE code=80007 after=7000 (80007)"},
      {"a time that is none", reply(429, "", "soon"),
       "RATE after=5000 (HTTP 429 without a reason)"},
      {"a very long time", reply(429, "", "99999999999999999999"),
       "RATE after=86400000 (HTTP 429 without a reason)"},
      {"window", reply(400, R"({"error":{"code":131047}})"), "WINDOW code=131047 (131047)"},
      {"503 that says not done", reply(503, R"({"error":{"code":2}})"), "TRANSIENT code=2 (2)"},
      {"500 with an unknown code", reply(500, R"({"error":{"code":99999}})"),
       "UNKNOWN code=99999 (99999)"},
      {"502 of something between", reply(502, "<html>"), "UNKNOWN (HTTP 502 without a reason)"},
      {"400 with an unknown code", reply(400, R"({"error":{"code":99999}})"),
       "PERMANENT code=99999 (99999)"},
      {"408", reply(408, ""), "UNKNOWN (HTTP 408 without a reason)"},
      {"elsewhere", reply(302, ""), "UNKNOWN (HTTP 302: is api_base the right address?)"},
      {"never left",
       {JF_E_UNREACHABLE, 0, {}, {}},
       "UNREACHABLE (WhatsApp's API could not be reached)"},
      {"reset", {JF_E_UNKNOWN, 0, {}, {}}, "UNKNOWN (the request left, and no answer came)"},
      {"too large", {JF_E_TOO_LARGE, 0, {}, {}}, "UNKNOWN (the answer was too large to read)"},
      {"cancelled", {JF_E_CANCELLED, 0, {}, {}}, "UNKNOWN (the request left, and no answer came)"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(fate(one.answer), one.fate) << one.what;
  }
}

TEST(WhatsAppAnswer, WaitsLongerForAPairEachTime) {
  const Reply answer = reply(400, R"({"error":{"code":131056}})");
  EXPECT_TRUE(is_pair_throttle(answer));
  EXPECT_EQ(fate(answer, 1), "RATE code=131056 after=4000 (131056)");
  EXPECT_EQ(fate(answer, 2), "RATE code=131056 after=16000 (131056)");
  EXPECT_EQ(fate(answer, 3), "RATE code=131056 after=64000 (131056)");
  EXPECT_EQ(fate(answer, 1000), "RATE code=131056 after=4096000 (131056)");
  EXPECT_FALSE(is_pair_throttle(reply(400, R"({"error":{"code":130429}})")));
}

TEST(WhatsAppAnswer, KnowsTheClassOfEachCode) {
  struct Row {
    ErrorClass kind;
    std::vector<std::int32_t> codes;
  };
  const std::vector<Row> rows = {
      {ErrorClass::throttle, {4, 17, 32, 613, 80004, 80006, 80007, 130429, 133016}},
      {ErrorClass::pair_throttle, {131056}},
      {ErrorClass::transient, {1, 2, 131000, 131016, 131057, 133004}},
      {ErrorClass::policy, {368, 131048, 131049, 131064}},
      {ErrorClass::window, {131047}},
      {ErrorClass::account,
       {0, 190, 3, 10, 200, 299, 33, 131005, 131031, 131042, 131045, 133000, 133005, 133006, 133008,
        133009, 133010, 133015, 131037}},
      {ErrorClass::refused,
       {131026, 131021, 131030, 131050, 130472, 130497, 131062, 131063, 100,    131008,
        131009, 131051, 131052, 131053, 132000, 132001, 132005, 132007, 132008, 132012,
        132015, 132016, 132068, 132069, 135000, 137000, 138006, 139100}},
      {ErrorClass::unlisted, {5, 300, 131001, 999999}},
  };
  for (const Row& row : rows) {
    for (const std::int32_t code : row.codes) {
      EXPECT_EQ(class_of(code, 0), row.kind) << code;
    }
  }
}

TEST(WhatsAppAnswer, NeverCallsAFailedUploadUnknown) {
  struct Case {
    Reply answer;
    std::string result;
  };
  const std::vector<Case> cases = {
      {reply(200, R"({"id":"990"})"), "990"},
      {reply(200, R"({"id":990})"), "990"},
      {reply(200, "{}"), "TRANSIENT (an answer without id)"},
      {reply(502, ""), "TRANSIENT (HTTP 502 without a reason)"},
      {reply(400, R"({"error":{"code":131053}})"), "PERMANENT code=131053 (131053)"},
      {{JF_E_UNKNOWN, 0, {}, {}}, "TRANSIENT (the request left, and no answer came)"},
      {{JF_E_UNREACHABLE, 0, {}, {}}, "UNREACHABLE (WhatsApp's API could not be reached)"},
  };
  for (const Case& one : cases) {
    const Obtained obtained = read_upload_answer(one.answer);
    EXPECT_EQ(obtained.text.empty() ? describe(obtained.failure) : obtained.text, one.result);
  }
}

}  // namespace
}  // namespace jackfield::whatsapp
