// The host with a sound plugin, from the HTTP request to the unloaded library.
#include <string>

#include <gtest/gtest.h>

#include "core/plugin_host/library.h"
#include "tests/unit/plugin_host/fakes.h"

namespace jackfield::plugin_host {
namespace {

constexpr char kMessage[] = R"({"id":"m1","address":"ada","name":"Ada","text":"hi"})";

TEST(HostWithLoopback, AnswersOnceTheMessageIsStored) {
  HostFixture fixture(JF_PLUGINS_DIR);
  const Status added = fixture.host().add_account(account_settings("loopback:demo", ""));
  ASSERT_TRUE(added) << added.error().text;
  const net::HttpResponse response = fixture.ask("POST", "/in/loopback/demo/message", kMessage);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"stored":true})");
  const auto arrivals = fixture.inbound.arrivals();
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].raw, kMessage);
  ASSERT_EQ(arrivals[0].values.size(), 1U);
  EXPECT_EQ(arrivals[0].values[0].dedupe_key, "m1");
  EXPECT_EQ(arrivals[0].values[0].address, "loopback:ada");
}

TEST(HostWithLoopback, AsksToComeAgainWhenNothingWasStored) {
  HostFixture fixture(JF_PLUGINS_DIR);
  ASSERT_TRUE(fixture.host().add_account(account_settings("loopback:demo", "")));
  for (const auto answer : {FakeInbound::Answer::refused, FakeInbound::Answer::failed}) {
    fixture.inbound.answer = answer;
    const auto response = fixture.ask("POST", "/in/loopback/demo/message", kMessage);
    EXPECT_EQ(response.status, 503);
    ASSERT_EQ(response.headers.size(), 1U);
    EXPECT_EQ(response.headers[0].first, "Retry-After");
  }
}

TEST(HostWithLoopback, RoutesByAccountPathAndMethod) {
  HostFixture fixture(JF_PLUGINS_DIR);
  ASSERT_TRUE(fixture.host().add_account(account_settings("loopback:demo", "")));
  const struct {
    const char* method;
    const char* path;
    int status;
  } rows[] = {
      {"POST", "/in/loopback/other/message", 404},
      {"POST", "/in/loopback/demo/else", 404},
      {"POST", "/in/loopback", 404},
      {"GET", "/in/loopback/demo/message", 405},
      {"GET", "/in/loopback/demo/sent", 200},
      {"GET", "/elsewhere", 404},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(fixture.ask(row.method, row.path).status, row.status) << row.path;
  }
  net::HttpHandler& http = fixture.host().http();
  EXPECT_EQ(http.body_bytes_max("POST", "/in/loopback/demo/else"), 0U);
  EXPECT_GT(http.body_bytes_max("POST", "/in/loopback/demo/message"), 0U);
}

TEST(HostWithLoopback, DeliversAsItsSettingsSay) {
  const struct {
    const char* outcome;
    OutcomeKind kind;
  } rows[] = {
      {"accept", OutcomeKind::accepted},   {"transient", OutcomeKind::not_sent},
      {"permanent", OutcomeKind::refused}, {"unknown", OutcomeKind::unknown},
      {"rate", OutcomeKind::throttled},    {"pending", OutcomeKind::accepted},
  };
  HostFixture fixture(JF_PLUGINS_DIR);
  for (const auto& row : rows) {
    const std::string id = std::string("loopback:") + row.outcome;
    const std::string config = std::string(R"({"outcome":")") + row.outcome + "\"}";
    const Status added = fixture.host().add_account(account_settings(id, "loopback", config));
    ASSERT_TRUE(added) << added.error().text;
    const Outcome outcome = fixture.deliver(id);
    EXPECT_EQ(outcome.kind, row.kind) << row.outcome << ": " << outcome.detail;
  }
  EXPECT_EQ(fixture.deliver("loopback:rate").retry_after, std::chrono::seconds{1});
  EXPECT_EQ(fixture.deliver("loopback:nobody").kind, OutcomeKind::refused_account);
}

TEST(HostWithLoopback, EchoesWhatItDelivers) {
  HostFixture fixture(JF_PLUGINS_DIR);
  ASSERT_TRUE(
      fixture.host().add_account(account_settings("loopback:demo", "", R"({"echo":true})")));
  EXPECT_EQ(fixture.deliver("loopback:demo").kind, OutcomeKind::accepted);
  const auto arrivals = fixture.inbound.arrivals();
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].values[0].parts[0].text, "hello");
}

TEST(HostWithLoopback, QuarantinesAndReplaysAnOddBody) {
  HostFixture fixture(JF_PLUGINS_DIR);
  ASSERT_TRUE(fixture.host().add_account(account_settings("loopback:demo", "")));
  EXPECT_EQ(fixture.ask("POST", "/in/loopback/demo/message", "{\"text\":").status, 200);
  ASSERT_EQ(fixture.inbound.arrivals().size(), 1U);
  EXPECT_EQ(fixture.inbound.arrivals()[0].values[0].kind, InboundKind::quarantine);
  ASSERT_TRUE(fixture.host().replay({"loopback:demo"}, 42, "application/json", kMessage));
  ASSERT_TRUE(eventually([&] { return fixture.inbound.arrivals().size() == 2; }));
  const Arrival again = fixture.inbound.arrivals()[1];
  EXPECT_EQ(again.replay_of, 42);
  EXPECT_EQ(again.values[0].kind, InboundKind::message);
}

TEST(HostWithLoopback, ComparesItsSecret) {
  HostFixture fixture(JF_PLUGINS_DIR);
  auto settings = account_settings("loopback:demo", "", R"({"token":null})");
  settings.secrets.emplace("/token", base::Secret("correct horse"));
  ASSERT_TRUE(fixture.host().add_account(settings));
  EXPECT_EQ(fixture.ask("GET", "/in/loopback/demo/sent").status, 403);
  EXPECT_EQ(
      fixture.ask("GET", "/in/loopback/demo/sent", "", {{"X-Loopback-Token", "correct horse"}})
          .status,
      200);
}

TEST(HostWithLoopback, DownloadsForAMediaJob) {
  HostFixture fixture(JF_PLUGINS_DIR);
  ASSERT_TRUE(fixture.host().add_account(account_settings("loopback:demo", "")));
  const model::AccountId account{"loopback:demo"};
  const auto run = [&](std::int64_t job, int status, const char* reference) {
    fixture.client.status = status;
    const std::size_t before = fixture.media.log().size();
    fixture.host().fetch_media(account, job, reference, "image");
    EXPECT_TRUE(eventually([&] { return fixture.media.log().size() > before; }));
    return fixture.media.log().back();
  };
  EXPECT_EQ(run(1, 200, R"({"url":"https://x/a"})"), "finished 1 /nonexistent/download");
  EXPECT_EQ(run(2, 404, R"({"url":"https://x/a"})"), "failed 2");
  EXPECT_EQ(run(3, 503, R"({"url":"https://x/a"})"), "again 3");
  EXPECT_EQ(run(4, 200, R"({"url":"file:///etc/passwd"})"), "failed 4");
}

TEST(HostWithLoopback, ChecksSettingsWithoutLoadingThePlugin) {
  HostFixture fixture(JF_PLUGINS_DIR);
  EXPECT_TRUE(fixture.host().check_account(account_settings("loopback:demo", "")).empty());
  const auto problems =
      fixture.host().check_account(account_settings("loopback:demo", "", R"({"outcom":"accept"})"));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].text, "unknown key; did you mean \"outcome\"?");
  EXPECT_EQ(fixture.host().check_account(account_settings("loopback:demo", "none")).size(), 1U);
  EXPECT_EQ(fixture.host().check_account(account_settings("sms:demo", "loopback")).size(), 1U);
  auto isolated = account_settings("loopback:demo", "");
  isolated.isolation = "process";
  EXPECT_EQ(fixture.host().check_account(isolated).size(), 1U);
}

TEST(HostWithLoopback, KnowsItsAccountsAndUnloadsTheirCode) {
  HostFixture fixture(JF_PLUGINS_DIR);
  ASSERT_TRUE(fixture.host().add_account(account_settings("loopback:demo", "")));
  ASSERT_FALSE(fixture.host().add_account(account_settings("loopback:demo", "")));
  const auto states = fixture.host().accounts();
  ASSERT_EQ(states.size(), 1U);
  EXPECT_TRUE(states[0].is_ready) << states[0].why_not;
  EXPECT_EQ(states[0].plugin_id, "jackfield.loopback");
  EXPECT_EQ(fixture.host().account_of("loopback", "loopback-loopback:demo")->text, "loopback:demo");
  EXPECT_FALSE(fixture.host().account_of("sms", "loopback-loopback:demo"));
  const std::string file = states[0].plugin_file;
  EXPECT_TRUE(Library::is_mapped(file));
  fixture.stop();
  EXPECT_FALSE(Library::is_mapped(file));
}

}  // namespace
}  // namespace jackfield::plugin_host
