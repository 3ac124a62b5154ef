// What the simulator posts to the gateway.
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "jackfield/json.h"
#include "tests/sim/sim_bench.h"
#include "tools/sim/digest.h"

namespace jackfield::sim {
namespace {

bool is_signed(const net::HttpRequest& request) {
  return request.header("X-Hub-Signature-256").value_or("") ==
         "sha256=" + hmac_sha256_hex("dev-app-secret", request.body);
}

/// The statuses posted so far, in order.
std::vector<std::string> statuses(FakeGateway& gateway) {
  std::vector<std::string> names;
  for (const net::HttpRequest& request : gateway.requests()) {
    const auto parsed = json::Document::parse(request.body);
    const json::Value value = parsed->root()["entry"].at(0)["changes"].at(0)["value"];
    for (const json::Value status : value["statuses"]) {
      names.emplace_back(status["status"].text());
    }
  }
  return names;
}

std::vector<std::int64_t> answer_statuses(const RawAnswer& answer) {
  std::vector<std::int64_t> found;
  const auto parsed = json::Document::parse(answer.body());
  for (const json::Value one : parsed->root()["answers"]) {
    found.push_back(one["status"].integer().value_or(-1));
  }
  return found;
}

SimOptions with_statuses() {
  SimOptions options = quiet_options();
  options.graph.status_delays = {std::chrono::milliseconds(1), std::chrono::milliseconds(200),
                                 std::chrono::milliseconds(400)};
  return options;
}

TEST(Webhooks, AreSignedOverTheExactBytes) {
  SimBench bench(quiet_options());
  const RawAnswer answer = bench.control(
      "inbound", R"({"from":"12025550122","name":"Zoë","type":"text","text":"grüß Gott"})");
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer_statuses(answer), std::vector<std::int64_t>{200});
  const auto requests = bench.gateway.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_TRUE(is_signed(requests[0]));
  EXPECT_NE(requests[0].body.find("gr\\u00fc\\u00df"), std::string::npos);
  EXPECT_EQ(requests[0].path, "/hook");
}

TEST(Webhooks, CanBeMisSigned) {
  SimBench bench(quiet_options());
  const auto answer = bench.control("inbound", R"({"from":"1","text":"x","signing":"wrong"})");
  EXPECT_EQ(answer.status(), 200);
  ASSERT_EQ(bench.gateway.requests().size(), 1U);
  EXPECT_FALSE(is_signed(bench.gateway.requests()[0]));
  ASSERT_EQ(bench.control("faults", R"({"on":"inbound","fault":"signature","signing":"missing"})")
                .status(),
            200);
  EXPECT_EQ(bench.control("inbound", R"({"from":"1","text":"x"})").status(), 200);
  EXPECT_FALSE(bench.gateway.requests()[1].header("X-Hub-Signature-256"));
  EXPECT_EQ(bench.control("inbound", R"({"from":"1","text":"x","signing":"odd"})").status(), 400);
}

TEST(Webhooks, ComeAgainUntil200) {
  SimBench bench(quiet_options());
  bench.gateway.answer_with({503, 204, 500});
  const auto answer = bench.control("inbound", R"({"from":"1","text":"x"})");
  EXPECT_EQ(answer_statuses(answer), std::vector<std::int64_t>{503});
  EXPECT_TRUE(eventually([&] { return bench.gateway.requests().size() == 4; }));
  const auto requests = bench.gateway.requests();
  EXPECT_EQ(requests.front().body, requests.back().body);
  const auto state = json::Document::parse(bench.call("GET", "/control/state").body());
  EXPECT_EQ(state->root()["webhooks"]["repeated"].integer(), 3);
  EXPECT_EQ(state->root()["webhooks"]["pending"].integer(), 0);
}

TEST(Webhooks, AreGivenUpAfterTheLastAttempt) {
  SimOptions options = quiet_options();
  options.webhook_attempts = 3;
  options.first_retry = std::chrono::milliseconds(1);
  SimBench bench(options);
  bench.gateway.answer_with(std::vector<int>(10, 503));
  EXPECT_EQ(bench.control("inbound", R"({"from":"1","text":"x"})").status(), 200);
  EXPECT_TRUE(eventually([&] {
    const auto state = json::Document::parse(bench.call("GET", "/control/state").body());
    return state->root()["webhooks"]["given_up"].integer() == 1;
  }));
  EXPECT_EQ(bench.gateway.requests().size(), 3U);
}

TEST(Webhooks, CanBeDoubledInSeriesAndInParallel) {
  SimBench bench(quiet_options());
  for (const char* parallel : {"false", "true"}) {
    const std::size_t before = bench.gateway.requests().size();
    const auto answer =
        bench.control("inbound", R"({"from":"1","text":"x","copies":20,"parallel":)" +
                                     std::string(parallel) + '}');
    EXPECT_EQ(answer_statuses(answer).size(), 20U);
    const auto requests = bench.gateway.requests();
    ASSERT_EQ(requests.size(), before + 20);
    EXPECT_EQ(requests[before].body, requests.back().body);
  }
}

TEST(Webhooks, HoldSeveralMessagesAndABrokenOne) {
  SimBench bench(quiet_options());
  const auto answer =
      bench.control("inbound", R"({"batch":[{"from":"1","name":"A","text":"one"},{"type":"broken"},
                 {"from":"1","name":"A","text":"two"},{"from":"2","text":"three"}]})");
  EXPECT_EQ(answer.status(), 200);
  auto parsed = json::Document::parse(bench.gateway.requests()[0].body);
  json::Value changes = parsed->root()["entry"].at(0)["changes"];
  EXPECT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes.at(0)["value"]["messages"].size(), 4U);
  EXPECT_EQ(changes.at(0)["value"]["contacts"].size(), 2U);
  EXPECT_EQ(bench
                .control("inbound", R"({"layout":"changes","batch":[{"from":"1","text":"one"},
                          {"from":"1","text":"two"}]})")
                .status(),
            200);
  parsed = json::Document::parse(bench.gateway.requests()[1].body);
  EXPECT_EQ(parsed->root()["entry"].at(0)["changes"].size(), 2U);
  ASSERT_EQ(bench.control("faults", R"({"on":"inbound","fault":"broken_element"})").status(), 200);
  EXPECT_EQ(bench.control("inbound", R"({"from":"1","text":"x"})").status(), 200);
  parsed = json::Document::parse(bench.gateway.requests()[2].body);
  changes = parsed->root()["entry"].at(0)["changes"];
  EXPECT_EQ(changes.at(0)["value"]["messages"].size(), 2U);
}

TEST(Webhooks, CanCarryAnyBytes) {
  SimBench bench(quiet_options());
  EXPECT_EQ(bench.control("webhook", R"({"body":"[[[[ not json"})").status(), 200);
  EXPECT_EQ(bench.control("webhook", R"({"body_base64":"/w=="})").status(), 200);
  const auto requests = bench.gateway.requests();
  EXPECT_EQ(requests[0].body, "[[[[ not json");
  EXPECT_EQ(requests[1].body, "\xFF");
  EXPECT_TRUE(is_signed(requests[0]) && is_signed(requests[1]));
}

TEST(Handshake, SendsTheTokenAndChecksTheEcho) {
  SimBench bench(quiet_options());
  auto parsed = json::Document::parse(bench.control("handshake", "{}").body());
  EXPECT_EQ(parsed->root()["verified"].boolean(), true);
  const std::string query = bench.gateway.requests()[0].query;
  EXPECT_NE(query.find("hub.mode=subscribe"), std::string::npos);
  EXPECT_NE(query.find("hub.verify_token=dev-verify-token"), std::string::npos);
  parsed = json::Document::parse(
      bench.control("handshake", R"({"token":null,"challenge":"<b>"})").body());
  EXPECT_EQ(bench.gateway.requests()[1].query.find("hub.verify_token"), std::string::npos);
  bench.gateway.answer_with({403});
  parsed = json::Document::parse(bench.control("handshake", "").body());
  EXPECT_EQ(parsed->root()["verified"].boolean(), false);
  EXPECT_EQ(parsed->root()["status"].integer(), 403);
}

TEST(Statuses, FollowEachAcceptedSend) {
  SimBench bench(with_statuses());
  EXPECT_EQ(bench.send(text_message("our-7")).status(), 200);
  const std::vector<std::string> expected{"sent", "delivered", "read"};
  EXPECT_TRUE(eventually([&] { return statuses(bench.gateway).size() == 3; }));
  EXPECT_EQ(statuses(bench.gateway), expected);
  for (const auto& request : bench.gateway.requests()) {
    EXPECT_TRUE(is_signed(request));
    EXPECT_NE(request.body.find(R"("biz_opaque_callback_data":"our-7")"), std::string::npos);
  }
}

TEST(Statuses, CanBeBentByFaults) {
  struct Row {
    std::string fault;
    std::vector<std::string> expected;
  };
  for (const Row& row :
       std::vector<Row>{{R"({"fault":"reorder_statuses"})", {"read", "delivered", "sent"}},
                        {R"({"fault":"fail_later","code":131026})", {"sent", "failed"}},
                        {R"({"fault":"duplicate_statuses"})",
                         {"sent", "sent", "delivered", "delivered", "read", "read"}}}) {
    SCOPED_TRACE(row.fault);
    SimBench bench(with_statuses());
    ASSERT_EQ(bench.control("faults", row.fault).status(), 200);
    EXPECT_EQ(bench.send(text_message("a")).status(), 200);
    EXPECT_TRUE(eventually([&] { return statuses(bench.gateway).size() == row.expected.size(); }));
    EXPECT_EQ(statuses(bench.gateway), row.expected);
  }
}

TEST(Statuses, CanComeBeforeTheAnswer) {
  SimBench bench(with_statuses());
  ASSERT_EQ(bench.control("faults", R"({"fault":"statuses_first"})").status(), 200);
  EXPECT_EQ(bench.send(text_message("a")).status(), 200);
  EXPECT_EQ(statuses(bench.gateway).size(), 3U);
}

TEST(Statuses, FailOutsideTheWindowWhenItIsEnforced) {
  SimOptions options = with_statuses();
  options.graph.enforces_window = true;
  SimBench bench(options);
  EXPECT_EQ(bench.send(text_message("a")).status(), 200);
  EXPECT_TRUE(eventually([&] { return statuses(bench.gateway).size() == 1; }));
  EXPECT_EQ(statuses(bench.gateway).front(), "failed");
  EXPECT_EQ(bench.control("inbound", R"({"from":"12025550122","text":"hi"})").status(), 200);
  EXPECT_EQ(bench.send(text_message("b")).status(), 200);
  EXPECT_TRUE(eventually([&] { return statuses(bench.gateway).size() == 4; }));
}

TEST(Load, ReportsLatencyAndWhatWasNot200) {
  SimBench bench(quiet_options());
  bench.gateway.answer_with({503});
  const auto answer =
      bench.control("load", R"({"count":200,"rate":5000,"connections":8,"senders":50})");
  const auto report = json::Document::parse(answer.body());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->root()["answered"].integer(), 200);
  EXPECT_EQ(report->root()["non_200"].integer(), 1);
  EXPECT_GT(report->root()["p99_ms"].number().value_or(0), 0);
  EXPECT_EQ(bench.gateway.requests().size(), 200U);
  EXPECT_EQ(bench.control("load", R"({"count":0})").status(), 400);
}

TEST(Script, DoesItsStepsInOrder) {
  SimOptions options = quiet_options();
  options.script_file = testing::TempDir() + "/sim_script" + std::to_string(getpid()) + ".json";
  std::ofstream(options.script_file) << R"([ // comments are allowed
      {"handshake": {}},
      {"after_ms": 5, "inbound": {"from": "1", "text": "one"}},
      {"inbound": {"from": "1", "text": "two"}}, ])";
  SimBench bench(options);
  ASSERT_TRUE(eventually([&] { return bench.gateway.requests().size() == 3; }));
  const auto requests = bench.gateway.requests();
  EXPECT_EQ(requests[0].method, "GET");
  EXPECT_NE(requests[1].body.find("one"), std::string::npos);
  EXPECT_NE(requests[2].body.find("two"), std::string::npos);
}

}  // namespace
}  // namespace jackfield::sim
