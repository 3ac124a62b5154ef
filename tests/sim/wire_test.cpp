// The Graph API as seen on a raw socket: right answers, and each way to misbehave.
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "jackfield/json.h"
#include "tests/sim/sim_bench.h"

namespace jackfield::sim {
namespace {

using std::chrono::milliseconds;

std::string member(const std::string& text, const std::string& name) {
  const auto parsed = json::Document::parse(text);
  return parsed ? std::string(parsed->root()[name].text()) : "";
}

std::int64_t error_code(const RawAnswer& answer) {
  const auto parsed = json::Document::parse(answer.body());
  return parsed ? parsed->root()["error"]["code"].integer().value_or(-1) : -1;
}

class Wire : public testing::Test {
 protected:
  void set_fault(const std::string& rule) {
    ASSERT_EQ(bench.control("faults", rule).status(), 200) << rule;
  }
  /// The last entry's member.
  std::string last(const std::string& name) {
    const auto entries = bench.ledger();
    return entries.empty() ? "" : member(entries.back(), name);
  }

  SimBench bench{quiet_options()};
};

TEST_F(Wire, AcceptsASendWithAnIdAndWritesItIntoTheLedger) {
  const RawAnswer answer = bench.send(text_message("our-1"));
  EXPECT_EQ(answer.status(), 200);
  const auto parsed = json::Document::parse(answer.body());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->root()["contacts"].at(0)["wa_id"].text(), "12025550122");
  const json::Value message = parsed->root()["messages"].at(0);
  EXPECT_TRUE(message["id"].text().starts_with("wamid."));
  EXPECT_EQ(message["message_status"].text(), "accepted");
  EXPECT_EQ(last("verdict"), "accepted");
  EXPECT_EQ(last("correlator"), "our-1");
  EXPECT_EQ(last("id"), message["id"].text());
}

TEST_F(Wire, AnyVersionOfTheApiWorks) {
  for (const char* version : {"/v19.0", "/v99.1", ""}) {
    const auto answer = bench.call("POST", std::string(version) + "/106540352242922/messages",
                                   text_message("v"), "Authorization: Bearer dev-access-token\r\n");
    EXPECT_EQ(answer.status(), 200) << version;
  }
}

TEST_F(Wire, RefusesAWrongTokenUnknownNumbersAndBadMessages) {
  const std::string path = "/v25.0/106540352242922/messages";
  for (const char* header : {"", "Authorization: Bearer nonsense\r\n"}) {
    const RawAnswer answer = bench.call("POST", path, text_message("x"), header);
    EXPECT_EQ(answer.status(), 401);
    EXPECT_EQ(error_code(answer), 190);
  }
  const std::string token = "Authorization: Bearer dev-access-token\r\n";
  EXPECT_EQ(error_code(bench.call("POST", "/v25.0/42/messages", text_message("x"), token)), 100);
  EXPECT_EQ(error_code(bench.call("POST", path, "{", token)), 100);
  EXPECT_EQ(error_code(bench.call("POST", path + "?appsecret_proof=00", text_message("x"), token)),
            100);
  EXPECT_EQ(bench
                .call("POST",
                      path + "?appsecret_proof=59514ecb2d9627e8bfc6d1fe8138817518e5f1da2b1a2d2d"
                             "cbcfa560133aacc9",
                      text_message("x"), token)
                .status(),
            200);
  EXPECT_EQ(bench.call("PUT", path, "{}", token).status(), 400);
}

TEST_F(Wire, AcceptsReadMarks) {
  const auto answer =
      bench.send(R"({"messaging_product":"whatsapp","status":"read","message_id":"wamid.A"})");
  EXPECT_EQ(answer.body(), R"({"success":true})");
  EXPECT_EQ(last("op"), "read_mark");
}

TEST_F(Wire, ThrottlesWithRetryAfter) {
  set_fault(R"({"fault":"throttle"})");
  const RawAnswer rate = bench.send(text_message("a"));
  EXPECT_EQ(rate.status(), 429);
  EXPECT_EQ(error_code(rate), 130429);
  EXPECT_NE(rate.text.find("\r\nRetry-After: 1\r\n"), std::string::npos);
  EXPECT_EQ(last("verdict"), "refused");
  set_fault(R"({"fault":"throttle","code":131056,"retry_after":"Wed, 21 Oct 2026 07:28:00 GMT"})");
  const RawAnswer pair = bench.send(text_message("a"));
  EXPECT_EQ(error_code(pair), 131056);
  EXPECT_NE(pair.text.find("Retry-After: Wed, 21"), std::string::npos);
  set_fault(R"({"fault":"throttle","retry_after":""})");
  EXPECT_EQ(bench.send(text_message("a")).text.find("Retry-After"), std::string::npos);
  EXPECT_EQ(bench.send(text_message("a")).status(), 200);
}

TEST_F(Wire, AnswersErrorsByCodeAndServerErrors) {
  set_fault(R"({"fault":"error","code":131026})");
  const RawAnswer error = bench.send(text_message("a"));
  EXPECT_EQ(error.status(), 400);
  EXPECT_EQ(error_code(error), 131026);
  for (const int status : {500, 502, 503, 504}) {
    set_fault(R"({"fault":"server_error","status":)" + std::to_string(status) + '}');
    EXPECT_EQ(bench.send(text_message("a")).status(), status);
    EXPECT_EQ(last("verdict"), "refused");
  }
}

TEST_F(Wire, CutsWithAndWithoutAccepting) {
  for (const char* kind : {"cut", "reset", "cut_after_accept"}) {
    SCOPED_TRACE(kind);
    set_fault(R"({"fault":")" + std::string(kind) + R"("})");
    const RawAnswer answer = bench.send(text_message(kind));
    EXPECT_TRUE(answer.closed);
    EXPECT_EQ(answer.text, "");
    const bool is_accepted = std::string(kind) == "cut_after_accept";
    EXPECT_EQ(last("verdict"), is_accepted ? "accepted" : "refused");
    EXPECT_EQ(last("id").empty(), !is_accepted);
    EXPECT_EQ(last("status"), "0");
  }
}

TEST_F(Wire, HangsWithoutAByte) {
  set_fault(R"({"fault":"hang","accept":true})");
  const std::string body = text_message("h");
  const RawAnswer answer = bench.exchange(
      "POST /v25.0/106540352242922/messages HTTP/1.1\r\nHost: x\r\n"
      "Authorization: Bearer dev-access-token\r\nContent-Length: " +
          std::to_string(body.size()) + "\r\n\r\n" + body,
      milliseconds(300));
  EXPECT_TRUE(answer.timed_out);
  EXPECT_EQ(answer.text, "");
  EXPECT_EQ(last("verdict"), "accepted");
}

TEST_F(Wire, BreaksOffInTheMiddleOfTheBody) {
  set_fault(R"({"fault":"half"})");
  const RawAnswer answer = bench.send(text_message("a"));
  EXPECT_TRUE(answer.closed);
  EXPECT_EQ(answer.status(), 200);
  const std::size_t at = answer.text.find("Content-Length: ");
  ASSERT_NE(at, std::string::npos);
  EXPECT_LT(answer.body().size(), std::stoul(answer.text.substr(at + 16)));
  EXPECT_GT(answer.body().size(), 0U);
  EXPECT_EQ(last("verdict"), "accepted");
}

TEST_F(Wire, AnswersGarbageHugeBodiesAndNoId) {
  set_fault(R"({"fault":"garbage"})");
  const RawAnswer garbage = bench.send(text_message("a"));
  EXPECT_EQ(garbage.status(), 200);
  EXPECT_FALSE(json::Document::parse(garbage.body()));
  set_fault(R"({"fault":"huge","bytes":2000000})");
  EXPECT_EQ(bench.send(text_message("a")).body().size(), 2'000'000U);
  set_fault(R"({"fault":"accept_without_id"})");
  const auto parsed = json::Document::parse(bench.send(text_message("a")).body());
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->root()["messages"].at(0)["id"]);
  EXPECT_EQ(last("verdict"), "accepted");
}

TEST_F(Wire, RedirectsAndDrips) {
  set_fault(R"({"fault":"redirect","location":"http://127.0.0.1:1/x"})");
  const RawAnswer redirect = bench.send(text_message("a"));
  EXPECT_EQ(redirect.status(), 302);
  EXPECT_NE(redirect.text.find("Location: http://127.0.0.1:1/x"), std::string::npos);
  set_fault(R"({"fault":"drip","every_ms":1})");
  EXPECT_EQ(bench.send(text_message("a")).status(), 200);
}

TEST_F(Wire, DelaysBeforeReadingAndBeforeAnswering) {
  set_fault(R"({"fault":"delay","before_read_ms":120,"before_answer_ms":120})");
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(bench.send(text_message("a")).status(), 200);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(240));
}

TEST_F(Wire, TakesAFaultFromTheRequestItself) {
  const auto answer = bench.call("POST", "/v25.0/106540352242922/messages", text_message("a"),
                                 "Authorization: Bearer dev-access-token\r\n"
                                 "X-Sim-Fault: {\"fault\":\"error\",\"code\":131031}\r\n");
  EXPECT_EQ(answer.status(), 403);
  EXPECT_EQ(error_code(answer), 131031);
}

TEST_F(Wire, CountsWhatWasAcceptedTwice) {
  EXPECT_EQ(bench.send(text_message("twice")).status(), 200);
  EXPECT_EQ(bench.send(text_message("twice")).status(), 200);
  EXPECT_EQ(last("accepts"), "2");
  const auto state = json::Document::parse(bench.call("GET", "/control/state").body());
  EXPECT_EQ(state->root()["ledger"]["doubled"].integer(), 1);
  EXPECT_EQ(state->root()["ledger"]["accepted"].integer(), 2);
}

TEST_F(Wire, MediaCanBeUploadedDescribedFetchedAndDeleted) {
  const std::string token = "Authorization: Bearer dev-access-token\r\n";
  const std::string form =
      "--B\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n"
      "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n"
      "Content-Type: text/plain\r\n\r\nMan\r\n--B--\r\n";
  const RawAnswer uploaded =
      bench.call("POST", "/v25.0/106540352242922/media", form,
                 token + "Content-Type: multipart/form-data; boundary=B\r\n");
  const std::string id = member(uploaded.body(), "id");
  ASSERT_FALSE(id.empty()) << uploaded.text;
  const std::string info = bench.call("GET", "/v25.0/" + id, "", token).body();
  EXPECT_EQ(member(info, "mime_type"), "text/plain");
  EXPECT_EQ(member(info, "file_size"), "3");
  const std::string url = member(info, "url");
  const std::string target = url.substr(url.find("/whatsapp"));
  EXPECT_EQ(bench.call("GET", target, "", token).body(), "Man");
  EXPECT_EQ(bench.call("GET", target).status(), 401);
  bench.clock.advance(std::chrono::minutes(5));
  EXPECT_EQ(bench.call("GET", target, "", token).status(), 404);
  const std::string again = member(bench.call("GET", "/v25.0/" + id, "", token).body(), "url");
  EXPECT_EQ(bench.call("GET", again.substr(again.find("/whatsapp")), "", token).status(), 200);
  set_fault(R"({"on":"media","fault":"expired_url"})");
  const std::string dead = member(bench.call("GET", "/v25.0/" + id, "", token).body(), "url");
  EXPECT_EQ(bench.call("GET", dead.substr(dead.find("/whatsapp")), "", token).status(), 404);
  EXPECT_EQ(bench
                .send(R"({"messaging_product":"whatsapp","to":"12025550122","type":"document",)"
                      R"("document":{"id":")" +
                      id + R"("}})")
                .status(),
            200);
  EXPECT_EQ(bench.call("DELETE", "/v25.0/" + id, "", token).body(), R"({"success":true})");
  EXPECT_EQ(bench.call("GET", "/v25.0/" + id, "", token).status(), 400);
}

TEST_F(Wire, TheControlApiIsNotForWebPages) {
  EXPECT_EQ(bench.call("GET", "/control/state", "", "Origin: http://evil.example\r\n").status(),
            403);
  EXPECT_EQ(bench
                .exchange("GET /control/state HTTP/1.1\r\nHost: evil.example\r\n"
                          "Connection: close\r\n\r\n")
                .status(),
            403);
  EXPECT_EQ(bench.call("GET", "/control/nothing").status(), 404);
  EXPECT_EQ(bench.control("faults", R"({"fault":"explode"})").status(), 400);
  EXPECT_EQ(bench.control("inbound", "{").status(), 400);
}

}  // namespace
}  // namespace jackfield::sim
