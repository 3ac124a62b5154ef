// Each subscriber library against a real broker that is killed under load: every event once, in
// order.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "jackfield/json.h"
#include "jackfield/subscriber.h"
#include "tests/events/processes.h"

namespace jackfield::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kEvents = 12'000;
constexpr int kPerSecond = 3'000;
constexpr seconds kLong{90};

class EventClients : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "jf_clients_" + std::to_string(::getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override {
    broker_.reset();
    std::filesystem::remove_all(folder_);
  }

  void start_broker(int events = kEvents, int per_second = kPerSecond) {
    const auto output = folder_ + "/broker.out";
    const auto ready = lines_of(output).size();
    broker_ = std::make_unique<Process>(
        std::vector<std::string>{EVENT_BROKER, folder_, std::to_string(events),
                                 std::to_string(per_second)},
        output);
    ASSERT_TRUE(eventually([&] { return lines_of(output).size() > ready; }, seconds(30)));
  }
  std::string endpoint() const { return "ipc://" + folder_ + "/run/events.sock"; }

  /// The follower sees each of the events once and in order, while the broker dies three times.
  void expect_exactly_once(const std::vector<std::string>& command) {
    const auto output = folder_ + "/follow.out";
    start_broker();
    Process follower(command, output);
    for (const std::size_t at : {1'000U, 4'000U, 8'000U}) {
      ASSERT_TRUE(eventually([&] { return lines_of(output).size() > at; }, kLong)) << at;
      broker_->kill();
      start_broker();
    }
    EXPECT_EQ(follower.wait(kLong), 0);
    const auto lines = lines_of(output);
    ASSERT_EQ(lines.size(), static_cast<std::size_t>(kEvents));
    for (int i = 0; i < kEvents; ++i) {
      ASSERT_EQ(lines[static_cast<std::size_t>(i)], std::to_string(i + 1));
    }
  }

  std::string folder_;
  std::unique_ptr<Process> broker_;
};

TEST_F(EventClients, CppSeesEachEventOnceWhileTheBrokerDies) {
  expect_exactly_once({FOLLOW_CPP, endpoint(), std::to_string(kEvents)});
}

TEST_F(EventClients, CppSeesEachEventOnceWithACursorOfTheBroker) {
  expect_exactly_once({FOLLOW_CPP, endpoint(), std::to_string(kEvents), "billing"});
}

TEST_F(EventClients, PythonSeesEachEventOnceWhileTheBrokerDies) {
  expect_exactly_once(
      {"/usr/bin/python3", "-B", FOLLOW_PYTHON, endpoint(), std::to_string(kEvents)});
}

TEST_F(EventClients, PythonSeesEachEventOnceWithACursorOfTheBroker) {
  expect_exactly_once(
      {"/usr/bin/python3", "-B", FOLLOW_PYTHON, endpoint(), std::to_string(kEvents), "billing"});
}

TEST_F(EventClients, NodeSeesEachEventOnceWhileTheBrokerDies) {
  if (std::string(NPM).empty() || std::string(NODE).empty()) {
    GTEST_SKIP() << "npm or node is not installed";
  }
  const std::string install = std::string("cd '") + NODE_FOLDER + "' && cp '" + NODE_SOURCE +
                              "'/* . && (test -d node_modules/zeromq || '" + NPM +
                              "' ci --silent --no-audit --no-fund)";
  std::filesystem::create_directories(NODE_FOLDER);
  ASSERT_EQ(std::system(install.c_str()), 0) << "npm ci failed: " << install;
  expect_exactly_once(
      {NODE, std::string(NODE_FOLDER) + "/follow.mjs", endpoint(), std::to_string(kEvents)});
}

TEST_F(EventClients, AFollowerThatStartsAgainGoesOnWhereItsCursorIs) {
  start_broker(500, 100'000);
  const auto output = folder_ + "/follow.out";
  {
    Process first({FOLLOW_CPP, endpoint(), "200", "billing"}, output);
    ASSERT_EQ(first.wait(kLong), 0);
  }
  Process second({FOLLOW_CPP, endpoint(), "500", "billing"}, output);
  ASSERT_EQ(second.wait(kLong), 0);
  EXPECT_EQ(lines_of(output).size(), 500U);
}

TEST_F(EventClients, ASecondFollowerTakesTheCursorAndTheFirstIsTold) {
  start_broker(1'000'000, 500);
  BrokerAddress address;
  address.endpoint = endpoint();
  Subscription want;
  want.cursor = "billing";
  Subscriber first(address, want);
  ASSERT_TRUE(eventually([&] { return first.next(milliseconds(100)) && first.is_live(); }, kLong));
  Subscriber second(address, want);
  ASSERT_TRUE(
      eventually([&] { return second.next(milliseconds(100)) && second.is_live(); }, kLong));
  ErrorCode code = ErrorCode::internal;
  const bool is_told = eventually(
      [&] {
        const auto event = first.next(milliseconds(100));
        code = event ? code : event.error().code;
        return !event;
      },
      kLong);
  EXPECT_TRUE(is_told);
  EXPECT_EQ(code, ErrorCode::conflict);
}

TEST_F(EventClients, ACommandIsCarriedOutOnceAlsoAcrossARestart) {
  start_broker(0, 0);
  BrokerAddress address;
  address.endpoint = endpoint();
  Client client(address);
  const auto first = client.command("account.pause", R"({"account":"test:a"})", "key-1");
  ASSERT_TRUE(first.is_ok()) << first.json;
  EXPECT_EQ(first.json, R"({"count":1})");
  broker_->kill();
  start_broker(0, 0);
  EXPECT_EQ(client.command("account.pause", R"({"account":"test:a"})", "key-1", kLong).json,
            R"({"count":1})");
  EXPECT_EQ(client.command("account.pause", R"({"account":"test:b"})", "key-1").error, "BAD");
  EXPECT_EQ(client.command("account.pause", R"({"account":"test:a"})", "key-2").json,
            R"({"count":2})");
}

TEST_F(EventClients, ACommandWaitsForABrokerThatIsAway) {
  BrokerAddress address;
  address.endpoint = endpoint();
  Client client(address);
  EXPECT_EQ(client.query("status", "{}", milliseconds(50)).error, "UNREACHABLE");
  start_broker(0, 0);
  EXPECT_TRUE(client.query("status", "{}", kLong).is_ok());
}

TEST_F(EventClients, APositionOfAnotherJournalIsReportedAndReset) {
  start_broker(100, 100'000);
  BrokerAddress address;
  address.endpoint = endpoint();
  Subscription want;
  want.position = {"00000000000000ff", 7};
  Subscriber strict(address, want);
  ErrorCode code = ErrorCode::internal;
  EXPECT_TRUE(eventually(
      [&] {
        const auto event = strict.next(milliseconds(100));
        code = event ? code : event.error().code;
        return !event;
      },
      kLong));
  EXPECT_EQ(code, ErrorCode::invalid);

  std::string told;
  want.on_reset = [&](const Response& why) {
    told = why.error;
    return "oldest";
  };
  Subscriber careful(address, want);
  EXPECT_TRUE(eventually(
      [&] { return careful.next(milliseconds(100)) && careful.position().sequence == 100; },
      kLong));
  EXPECT_EQ(told, "EPOCH");
}

TEST_F(EventClients, JackctlTellsScriptsHowItWent) {
  const auto output = folder_ + "/jackctl.out";
  const auto jackctl = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {JACKCTL, "--data-dir", folder_, "--json", "--timeout", "2"});
    Process process(words, output);
    return process.wait(kLong);
  };
  EXPECT_EQ(jackctl({"status"}), 69);
  start_broker(10, 100'000);
  EXPECT_EQ(jackctl({"status"}), 0);
  EXPECT_EQ(jackctl({"dance"}), 64);
  EXPECT_EQ(jackctl({}), 64);
  EXPECT_EQ(jackctl({"query", "dance"}), 65);
  EXPECT_EQ(jackctl({"query", "status", "{"}), 65);
  EXPECT_EQ(jackctl({"send", "c", "hello", "--key", "k"}), 0);
  EXPECT_EQ(jackctl({"keygen"}), 0);
  EXPECT_EQ(jackctl({"tail", "--from", "oldest", "--type", "jf.message.", "--count", "10"}), 0);
  const auto lines = lines_of(output);
  ASSERT_EQ(lines.size(), 13U);
  EXPECT_EQ(lines[0], R"({"name":"status"})");
  EXPECT_EQ(lines[1], R"({"count":1})");
  const auto last = json::Document::parse(lines.back());
  ASSERT_TRUE(last);
  EXPECT_EQ(last->root()["sequence"].integer(), 10);
}

}  // namespace
}  // namespace jackfield::tests
