// The endpoint through its sockets, with raw frames.
#include "core/events/event_endpoint.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.hpp>

#include "core/base/clock.h"
#include "core/events/protocol.h"
#include "jackfield/json.h"
#include "tests/unit/events/fake_store.h"

namespace jackfield::events {
namespace {

using tests::FakeStore;
using Frames = std::vector<std::string>;

/// Carries commands out by counting them; stores the answer as an application must.
class CountingPort final : public CommandPort {
 public:
  explicit CountingPort(FakeStore& store) : store_(store) {}
  void command(Request request, Reply reply) override {
    if (request.name == "conversation.archive") {
      return;  // Forgets to answer.
    }
    if (request.name == "conversation.read") {
      throw std::runtime_error("broken");
    }
    const std::string answer = "{\"count\":" + std::to_string(++count_) +
                               ",\"bytes\":" + std::to_string(request.binary.size()) + "}";
    const Status taken = store_.write(
        [request, answer](store::Transaction& tx) {
          tx.add_command_result(request.key, {request.request_hash, answer, false}, 1);
        },
        [reply, answer](const Status&) { reply(answer); });
    EXPECT_TRUE(taken);
  }
  void query(Request request, Reply reply) override { reply("\"" + request.actor + "\""); }

 private:
  FakeStore& store_;
  int count_ = 0;
};

class Endpoint : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "jf_ev_" + std::to_string(::getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    settings_.heartbeat = std::chrono::milliseconds(50);
  }
  void TearDown() override {
    sockets_.clear();
    if (endpoint_) {
      endpoint_->stop();
    }
    store_.close();
    std::filesystem::remove_all(folder_);
  }

  Status start() {
    auto made = EventEndpoint::create(settings_, "node", folder_, store_, port_, clock_);
    if (!made) {
      return made.error();
    }
    endpoint_ = *std::move(made);
    store_.set_commit_listener(
        [this](std::vector<model::Event> events) { endpoint_->publish(std::move(events)); });
    return Done{};
  }
  zmq::socket_t& connect(zmq::socket_type type) {
    sockets_.emplace_back(context_, type);
    auto& socket = sockets_.back();
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::rcvtimeo, 5'000);
    if (type == zmq::socket_type::sub) {
      socket.set(zmq::sockopt::subscribe, "");
    }
    socket.connect(type == zmq::socket_type::sub ? endpoint_->pub_endpoint()
                                                 : endpoint_->endpoint());
    return socket;
  }
  static void send(zmq::socket_t& socket, const Frames& frames) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      socket.send(zmq::buffer(frames[i]),
                  i + 1 < frames.size() ? zmq::send_flags::sndmore : zmq::send_flags::none);
    }
  }
  static Frames receive(zmq::socket_t& socket) {
    Frames frames;
    zmq::message_t frame;
    do {
      if (!socket.recv(frame)) {
        return {};
      }
      frames.push_back(frame.to_string());
    } while (frame.more());
    return frames;
  }
  static Frames ask(zmq::socket_t& socket, const std::string& verb, const std::string& body) {
    send(socket, {"JF1", verb, "id", body});
    return receive(socket);
  }
  static std::string code_of(const Frames& frames) {
    if (frames.size() < 4) {
      return "no answer";
    }
    const auto body = json::Document::parse(frames[3]);
    return frames[1] == "OK" ? "OK" : body ? std::string(body->root()["code"].text()) : "no JSON";
  }

  std::string folder_;
  base::EventSettings settings_;
  base::SystemClock clock_;
  FakeStore store_;
  CountingPort port_{store_};
  std::unique_ptr<EventEndpoint> endpoint_;
  zmq::context_t context_;
  std::deque<zmq::socket_t> sockets_;
};

TEST_F(Endpoint, AnswersEachMalformedRequestAndLivesOn) {
  ASSERT_TRUE(start());
  auto& peer = connect(zmq::socket_type::dealer);
  const Frames many(200, "x");
  const std::vector<std::pair<Frames, std::string>> cases = {
      {{"x"}, "BAD"},
      {{"JF1"}, "BAD"},
      {{"JF2", "PING", "1", "{}"}, "BAD"},
      {{"", "", "", ""}, "BAD"},
      {many, "BAD"},
      {{"JF1", "PING", std::string(17, 'i'), "{}"}, "BAD"},
      {{"JF1", std::string(100'000, 'V'), "1", "{}"}, "BAD"},
      {{"JF1", "DANCE", "1", "{}"}, "BAD"},
      {{"JF1", "COMMAND", "1", "{"}, "BAD"},
      {{"JF1", "COMMAND", "1", "[]"}, "BAD"},
      {{"JF1", "QUERY", "1", "\xff\xfe"}, "BAD"},
      {{"JF1", "RESUME", "1", "7"}, "BAD"},
      {{"JF1", "ACK", "1", "{}"}, "BAD"},
      {{"JF1", "CREDIT", "1", R"({"stream":9,"events":1})"}, "NOT_FOUND"},
      {{"JF1", "CREDIT", "1", "[[[["}, "BAD"},
      {{"JF1", "SNAPSHOT", "1", R"({"limit":100000})"}, "BAD"},
      {{"JF1", "QUERY", "1", std::string(kBodyBytesMax + 1, ' ')}, "TOO_BIG"},
      {{"JF1", "PING", "1"}, "OK"},
  };
  for (const auto& [frames, code] : cases) {
    send(peer, frames);
    EXPECT_EQ(code_of(receive(peer)), code) << frames.size() << " " << frames[0].substr(0, 20);
  }
}

TEST_F(Endpoint, PublishesCommitsInOrderWithHeartbeats) {
  ASSERT_TRUE(start());
  auto& sub = connect(zmq::socket_type::sub);
  ASSERT_EQ(receive(sub)[0], "jf.heartbeat");
  store_.append(50);
  model::Event typing;
  typing.type = "jf.contact.typing";
  std::int64_t sequence = 0;
  while (sequence < 50) {
    const auto frames = receive(sub);
    ASSERT_EQ(frames.size(), 2U);
    const auto event = json::Document::parse(frames[1]);
    ASSERT_TRUE(event);
    if (frames[0] != "jf.heartbeat") {
      EXPECT_EQ(frames[0], "jf.message.received.test.main.c");
      EXPECT_EQ(event->root()["sequence"].integer(), ++sequence);
    }
  }
  endpoint_->publish({typing});
  Frames frames = receive(sub);
  for (; frames[0] == "jf.heartbeat"; frames = receive(sub)) {
    const auto beat = json::Document::parse(frames[1]);
    EXPECT_EQ(beat->root()["head"].integer(), 50);
    EXPECT_EQ(beat->root()["epoch"].text(), epoch_text(FakeStore::kEpoch));
  }
  EXPECT_EQ(frames[0], "jf.contact.typing");
}

TEST_F(Endpoint, StreamsWithinCreditFromTheJournalAndThenLive) {
  store_.append(1'000);
  ASSERT_TRUE(start());
  auto& peer = connect(zmq::socket_type::dealer);
  const auto resumed = ask(peer, "RESUME", R"({"from":"oldest"})");
  ASSERT_EQ(code_of(resumed), "OK") << resumed[3];
  send(peer, {"JF1", "CREDIT", "c", R"({"stream":1,"events":1000})"});
  for (std::int64_t sequence = 1; sequence <= 1'000; ++sequence) {
    const auto frames = receive(peer);
    ASSERT_EQ(frames.size(), 5U);
    ASSERT_EQ(frames[1], "EVENT");
    ASSERT_EQ(frames[2], "id");
    ASSERT_EQ(json::Document::parse(frames[4])->root()["sequence"].integer(), sequence);
  }
  store_.append(5);
  EXPECT_EQ(ask(peer, "PING", "{}")[1], "OK");  // No credit: nothing but the answer comes.
  send(peer, {"JF1", "CREDIT", "c", R"({"stream":1,"events":7})"});
  store_.append(5);
  for (std::int64_t sequence = 1'001; sequence <= 1'007; ++sequence) {
    ASSERT_EQ(json::Document::parse(receive(peer)[4])->root()["sequence"].integer(), sequence);
  }
  EXPECT_EQ(ask(peer, "PING", "{}")[1], "OK");
}

TEST_F(Endpoint, CarriesACommandOutOncePerKey) {
  ASSERT_TRUE(start());
  auto& peer = connect(zmq::socket_type::dealer);
  const std::string release =
      R"({"name":"conversation.release","key":"k1","args":{"conversation":"c"}})";
  // Twice at once, then once more.
  send(peer, {"JF1", "COMMAND", "a", release});
  send(peer, {"JF1", "COMMAND", "b", release});
  EXPECT_EQ(receive(peer)[3], R"({"count":1,"bytes":0})");
  EXPECT_EQ(receive(peer)[3], R"({"count":1,"bytes":0})");
  EXPECT_EQ(ask(peer, "COMMAND", release)[3], R"({"count":1,"bytes":0})");
  EXPECT_EQ(
      code_of(ask(peer, "COMMAND",
                  R"({"name":"conversation.release","key":"k1","args":{"conversation":"d"}})")),
      "BAD");
  EXPECT_EQ(ask(peer, "COMMAND",
                R"({"name":"conversation.release","key":"k2","args":{"conversation":"d"}})")[3],
            R"({"count":2,"bytes":0})");
}

TEST_F(Endpoint, RefusesCommandsThatAreNotDeclaredThatWay) {
  ASSERT_TRUE(start());
  auto& peer = connect(zmq::socket_type::dealer);
  const char* bodies[] = {
      R"({"name":"conversation.explode","key":"k","args":{}})",
      R"({"name":"conversation.release","args":{"conversation":"c"}})",
      R"({"name":"conversation.release","key":"k"})",
      R"({"name":"status","key":"k"})",
  };
  for (const char* body : bodies) {
    EXPECT_EQ(code_of(ask(peer, "COMMAND", body)), "BAD") << body;
  }
  send(peer, {"JF1", "COMMAND", "id",
              R"({"name":"conversation.release","key":"k","args":{"conversation":"c"}})", "bytes"});
  EXPECT_EQ(code_of(receive(peer)), "BAD");
  const std::string put = R"({"name":"media.put","key":"p","args":{"filename":"a","total":9}})";
  send(peer, {"JF1", "COMMAND", "id", put, std::string(kBinaryBytesMax, 'x')});
  EXPECT_EQ(receive(peer)[3], R"({"count":1,"bytes":524288})");
  send(peer, {"JF1", "COMMAND", "id", put, std::string(kBinaryBytesMax + 1, 'x')});
  EXPECT_EQ(code_of(receive(peer)), "TOO_BIG");
}

TEST_F(Endpoint, AnswersInternalWhenTheApplicationThrowsOrForgets) {
  ASSERT_TRUE(start());
  auto& peer = connect(zmq::socket_type::dealer);
  for (const std::string name : {"conversation.archive", "conversation.read"}) {
    const auto body = R"({"name":")" + name + R"(","key":"k","args":{"conversation":"c"}})";
    EXPECT_EQ(code_of(ask(peer, "COMMAND", body)), "INTERNAL") << name;
  }
  EXPECT_EQ(ask(peer, "QUERY", R"({"name":"status"})")[3], "\"local\"");
}

TEST_F(Endpoint, LetsOnlyTheNewestClaimantMoveACursor) {
  store_.append(10);
  ASSERT_TRUE(start());
  auto& first = connect(zmq::socket_type::dealer);
  auto& second = connect(zmq::socket_type::dealer);
  const auto ack = [](int sequence, int fence) {
    return R"({"cursor":"a","partition":0,"epoch":"abc","sequence":)" + std::to_string(sequence) +
           R"(,"fence":)" + std::to_string(fence) + "}";
  };
  EXPECT_EQ(code_of(ask(first, "RESUME", R"({"cursor":"a"})")), "OK");
  EXPECT_EQ(code_of(ask(first, "ACK", ack(4, 1))), "OK");
  EXPECT_EQ(code_of(ask(first, "ACK", ack(99, 1))), "BAD");
  EXPECT_EQ(code_of(ask(second, "RESUME", R"({"cursor":"a"})")), "OK");
  EXPECT_EQ(code_of(receive(first)), "FENCED");  // Its stream ends.
  EXPECT_EQ(code_of(ask(first, "ACK", ack(5, 1))), "FENCED");
  EXPECT_EQ(code_of(ask(first, "RESUME", R"({"cursor":"a","fence":1})")), "FENCED");
  EXPECT_EQ(code_of(ask(second, "ACK", ack(6, 2))), "OK");
  EXPECT_EQ(code_of(ask(second, "ACK", ack(3, 2))), "OK");  // Late: changes nothing.
  const auto again = ask(second, "RESUME", R"({"cursor":"a","fence":2})");
  ASSERT_EQ(code_of(again), "OK") << again[3];
  EXPECT_EQ(json::Document::parse(again[3])->root()["sequence"].integer(), 6);
}

TEST_F(Endpoint, RefusesToListenWhereOthersCouldEnter) {
  settings_.endpoint = "tcp://127.0.0.1:*";
  EXPECT_FALSE(start());  // No key.
  settings_.endpoint = "ipc://" + folder_ + "/" + std::string(110, 'x');
  const Status too_long = start();
  ASSERT_FALSE(too_long);
  EXPECT_NE(too_long.error().text.find("107"), std::string::npos);
  std::filesystem::create_directory(folder_ + "/open");
  ::chmod((folder_ + "/open").c_str(), 0755);
  settings_.endpoint = "ipc://" + folder_ + "/open/x.sock";
  EXPECT_FALSE(start());
  settings_.endpoint = "udp://127.0.0.1:1";
  EXPECT_FALSE(start());
  settings_.endpoint.clear();
  ASSERT_TRUE(start());
  EXPECT_EQ(std::filesystem::status(folder_ + "/run").permissions(),
            std::filesystem::perms::owner_all);
}

struct Keys {
  std::array<char, 41> open{}, secret{};
  Keys() { zmq_curve_keypair(open.data(), secret.data()); }
};

TEST_F(Endpoint, LetsOnlyListedKeysInOverTcpAndKeepsThemToTheirRole) {
  const Keys server, watcher, boss, stranger;
  const std::string file = folder_ + "/key";
  std::ofstream(file) << server.secret.data() << "\n";
  ::chmod(file.c_str(), 0600);
  settings_.endpoint = "tcp://127.0.0.1:*";
  settings_.pub_endpoint = "tcp://127.0.0.1:*";
  settings_.curve_secret_key_file = file;
  settings_.consumers = {{"watcher", watcher.open.data(), "subscriber"},
                         {"boss", boss.open.data(), "operator"}};
  const Status started = start();
  ASSERT_TRUE(started) << started.error().text;
  const auto answer = [&](const Keys* keys, const std::string& verb, const std::string& body) {
    zmq::socket_t peer(context_, zmq::socket_type::dealer);
    peer.set(zmq::sockopt::linger, 0);
    peer.set(zmq::sockopt::rcvtimeo, keys == &watcher || keys == &boss ? 5'000 : 400);
    if (keys != nullptr) {
      peer.set(zmq::sockopt::curve_serverkey, server.open.data());
      peer.set(zmq::sockopt::curve_publickey, keys->open.data());
      peer.set(zmq::sockopt::curve_secretkey, keys->secret.data());
    }
    peer.connect(endpoint_->endpoint());
    send(peer, {"JF1", verb, "id", body});
    return code_of(receive(peer));
  };
  EXPECT_EQ(answer(nullptr, "PING", "{}"), "no answer");
  EXPECT_EQ(answer(&stranger, "PING", "{}"), "no answer");
  EXPECT_EQ(answer(&watcher, "PING", "{}"), "OK");
  const std::string pause = R"({"name":"account.pause","key":"k","args":{"account":"a:b"}})";
  EXPECT_EQ(answer(&watcher, "COMMAND", pause), "DENIED");
  EXPECT_EQ(answer(&watcher, "QUERY", R"({"name":"outbox"})"), "DENIED");
  EXPECT_EQ(answer(&watcher, "QUERY", R"({"name":"status"})"), "OK");
  EXPECT_EQ(answer(&boss, "COMMAND", pause), "OK");
}

TEST_F(Endpoint, RefusesAKeyFileThatOthersCanRead) {
  const Keys server;
  const std::string file = folder_ + "/key";
  std::ofstream(file) << server.secret.data();
  ::chmod(file.c_str(), 0644);
  settings_.endpoint = "tcp://127.0.0.1:*";
  settings_.curve_secret_key_file = file;
  const Status started = start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().text.find("chmod 600"), std::string::npos);
}

TEST_F(Endpoint, ASubscriberThatDoesNotReadHoldsNobodyUp) {
  ASSERT_TRUE(start());
  auto& stuck = connect(zmq::socket_type::sub);
  stuck.set(zmq::sockopt::rcvhwm, 1);
  auto& peer = connect(zmq::socket_type::dealer);
  ASSERT_EQ(code_of(ask(peer, "RESUME", R"({"from":"oldest"})")), "OK");
  send(peer, {"JF1", "CREDIT", "c", R"({"stream":1,"events":4096})"});
  for (int i = 0; i < 40; ++i) {
    store_.append(1'000);
  }
  for (std::int64_t sequence = 1; sequence <= 40'000; ++sequence) {
    const auto frames = receive(peer);
    ASSERT_EQ(frames.size(), 5U) << sequence;
    if (sequence % 1'000 == 0) {
      send(peer, {"JF1", "CREDIT", "c", R"({"stream":1,"events":1000})"});
    }
  }
}

}  // namespace
}  // namespace jackfield::events
