#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/net/http_server.h"
#include "loopback.h"

namespace jackfield::net::test {
namespace {

using std::chrono::milliseconds;
using Lines = std::vector<std::string>;
using Frame = WebSocket::Frame;

constexpr unsigned kText = 0x81;
constexpr unsigned kTextFragment = 0x01;
constexpr unsigned kLast = 0x80;
constexpr unsigned kBinary = 0x82;
constexpr unsigned kPing = 0x89;
constexpr unsigned kPong = 0x8a;
constexpr unsigned kClose = 0x88;

const std::string kHandshake =
    "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Protocol: chat\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// Echoes text as text and binary as binary, and logs how each socket ended.
class WebSocketTest : public testing::Test {
 protected:
  void start(HttpLimits limits = {}) {
    net = std::make_unique<Loopback>(std::move(limits));
    net->handler.websocket = [this](std::shared_ptr<WebSocket> socket, WebSocketEvents& events) {
      last = socket;
      events.on_message = [socket](std::string data, Frame frame) {
        if (data == "throw") {
          throw std::runtime_error("on_message");
        }
        socket->send(std::move(data), frame);
      };
      events.on_close = [this](std::uint16_t code) { closed.add(std::to_string(code)); };
      return true;
    };
  }
  std::unique_ptr<RawClient> open(int receive_buffer = 0) {
    auto client = std::make_unique<RawClient>(net->port(), receive_buffer);
    client->send(kHandshake);
    EXPECT_EQ(client->response(), "101|");
    return client;
  }
  bool closed_with(std::uint16_t code) {
    return eventually([&] { return closed.lines() == Lines{std::to_string(code)}; });
  }

  Log closed;
  std::shared_ptr<WebSocket> last;
  std::unique_ptr<Loopback> net;
};

TEST_F(WebSocketTest, EchoesAndClosesPolitely) {
  start();
  const auto client = open();
  EXPECT_NE(client->head().find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            std::string::npos);
  EXPECT_NE(client->head().find("Sec-WebSocket-Protocol: chat"), std::string::npos);
  client->send(client_frame(kText, "hej") + client_frame(kBinary, std::string("\0\xff", 2)) +
               client_frame(kText, std::string(60'000, 'x')));
  EXPECT_EQ(client->frame(), "1:hej");
  EXPECT_EQ(client->frame(), std::string("2:\0\xff", 4));
  EXPECT_EQ(client->frame(), "1:" + std::string(60'000, 'x'));
  client->send(client_frame(kTextFragment, "a") + client_frame(kPing, "p") +
               client_frame(kLast, "b"));
  const Lines answers = {client->frame(), client->frame()};
  EXPECT_TRUE(answers == (Lines{"10:p", "1:ab"}) || answers == (Lines{"1:ab", "10:p"}));
  client->send(client_frame(kClose, "\x03\xe8"));
  EXPECT_EQ(client->frame(), "close 1000");
  EXPECT_TRUE(closed_with(1000));
  EXPECT_FALSE(last->send("too late", Frame::text));
  EXPECT_TRUE(eventually([&] { return net->connections() == 0; }));
}

TEST_F(WebSocketTest, ARefusalIsAnAnswer) {
  start();
  net->handler.websocket = nullptr;
  RawClient client(net->port());
  client.send(kHandshake);
  EXPECT_EQ(client.response(), "404|");
  client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.response(), "200|");
}

TEST_F(WebSocketTest, FramesBeforeTheHandshakeIsAnsweredAreRefused) {
  start();
  RawClient client(net->port());
  client.send(kHandshake + client_frame(kText, "early"));
  EXPECT_EQ(client.response().substr(0, 3), "400");
}

TEST_F(WebSocketTest, WrongFramesEndTheConnectionWithTheRightCode) {
  struct Case {
    std::string name, bytes;
    std::uint16_t code;
  };
  start();
  const std::string huge = {'\x81', '\xff', '\x7f', '\0', '\0', '\0', '\0', '\0', '\0', '\0'};
  const std::string high = {'\x81', '\xff', '\x80', '\0', '\0', '\0', '\0', '\0', '\0', '\0'};
  const std::vector<Case> cases = {
      {"invalid UTF-8", client_frame(kText, "\xc0\xaf"), 1007},
      {"half a character at the end", client_frame(kText, "\xc3"), 1007},
      {"not masked", std::string("\x81\x03hej", 5), 1002},
      {"reserved bit", client_frame(0xc1, "x"), 1002},
      {"reserved opcode", client_frame(0x83, "x"), 1002},
      {"continuation of nothing", client_frame(kLast, "x"), 1002},
      {"text inside a message", client_frame(kTextFragment, "a") + client_frame(kText, "b"), 1002},
      {"long ping", client_frame(kPing, std::string(126, 'p')), 1002},
      {"ping in pieces", client_frame(0x09, "p"), 1002},
      {"bad close code", client_frame(kClose, std::string("\x03\xec", 2)), 1002},
      {"close of one byte", client_frame(kClose, "x"), 1002},
      {"message over the limit", client_frame(kText, std::string(65'537, 'x')), 1009},
      {"length of 9 EiB", huge + "mask", 1009},
      {"length with the high bit", high + "mask", 1009},
  };
  for (const Case& one : cases) {
    const std::size_t before = closed.lines().size();
    const auto client = open();
    client->send(one.bytes);
    EXPECT_EQ(client->frame(), "close " + std::to_string(one.code)) << one.name;
    client->close_write();
    EXPECT_TRUE(eventually([&] { return closed.lines().size() == before + 1; })) << one.name;
    EXPECT_EQ(closed.lines().back(), std::to_string(one.code)) << one.name;
  }
}

TEST_F(WebSocketTest, TooManyFragmentsEndIt) {
  start();
  const auto fine = open();
  std::string message = client_frame(kTextFragment, "");
  for (int i = 0; i < 62; ++i) {
    message += client_frame(0x00, "");
  }
  fine->send(message + client_frame(kLast, "64"));
  EXPECT_EQ(fine->frame(), "1:64");
  const auto client = open();
  std::string flood = client_frame(kTextFragment, "");
  for (int i = 0; i < 200'000; ++i) {
    flood += client_frame(0x00, "");
  }
  client->send(flood);
  EXPECT_TRUE(client->is_closed());
  EXPECT_TRUE(closed_with(1008));
}

TEST_F(WebSocketTest, APingFloodEndsIt) {
  start();
  const auto client = open();
  std::string flood;
  for (int i = 0; i < 50'000; ++i) {
    flood += client_frame(kPing, "p");
  }
  client->send(flood);
  EXPECT_TRUE(client->is_closed());
  EXPECT_TRUE(closed_with(1008));
}

TEST_F(WebSocketTest, AClientThatDoesNotReadIsClosedWith1013) {
  HttpLimits limits;
  limits.websocket_backlog_messages_max = 8;
  start(limits);
  const auto client = open(4096);
  const std::string large(100'000, 'x');
  int sent = 0;
  // The kernel takes some megabytes before anything waits here.
  while (sent < 10'000 && last->send(large, Frame::text)) {
    ++sent;
    if (sent % 8 == 0) {
      net->on_io([] {});
    }
  }
  EXPECT_LT(sent, 10'000);
  EXPECT_FALSE(last->send("more", Frame::text));
  // It wakes up: gets what was on its way, then learns why it ends.
  std::string got;
  int received = 0;
  while ((got = client->frame()) == "1:" + large) {
    ++received;
  }
  EXPECT_EQ(got, "close 1013");
  EXPECT_LE(received, sent);
  client->send(client_frame(kClose, "\x03\xf5"));
  EXPECT_TRUE(closed_with(1013));
}

TEST_F(WebSocketTest, AMessageLargerThanTheBacklogIsRefusedToo) {
  HttpLimits limits;
  limits.websocket_backlog_bytes_max = 1'000;
  start(limits);
  const auto client = open();
  EXPECT_FALSE(last->send(std::string(1'001, 'x'), Frame::text));
  EXPECT_EQ(client->frame(), "close 1013");
}

TEST_F(WebSocketTest, SendsFromEachThreadStayInOrder) {
  HttpLimits limits;
  limits.websocket_backlog_messages_max = 10'000;
  start(limits);
  const auto client = open();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 500; ++i) {
        EXPECT_TRUE(last->send(std::to_string(t) + "." + std::to_string(i), Frame::text));
      }
      if (t == 0) {
        last->send("end of 0", Frame::text);
      }
    });
  }
  std::vector<int> next(4, 0);
  for (int i = 0; i < 2'001; ++i) {
    const std::string frame = client->frame();
    if (frame == "1:end of 0") {
      EXPECT_EQ(next[0], 500);
      continue;
    }
    const auto thread = static_cast<std::size_t>(frame.at(2) - '0');
    EXPECT_EQ(frame.substr(4), std::to_string(next.at(thread)++));
  }
  for (auto& one : threads) {
    one.join();
  }
  EXPECT_EQ(next, (std::vector<int>{500, 500, 500, 500}));
}

TEST_F(WebSocketTest, CloseSendsWhatWaitsFirst) {
  start();
  const auto client = open();
  for (int i = 0; i < 100; ++i) {
    last->send(std::to_string(i), Frame::text);
  }
  last->close(4001, "session revoked");
  EXPECT_FALSE(last->send("late", Frame::text));
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(client->frame(), "1:" + std::to_string(i));
  }
  EXPECT_EQ(client->frame(), "close 4001");
  client->send(client_frame(kClose, "\x0f\xa1"));
  EXPECT_TRUE(closed_with(4001));
}

TEST_F(WebSocketTest, WhatIsSentInsideTheHandshakeArrivesAfterIt) {
  start();
  net->handler.websocket = [](const std::shared_ptr<WebSocket>& socket, WebSocketEvents&) {
    return socket->send("welcome", Frame::text);
  };
  EXPECT_EQ(open()->frame(), "1:welcome");
}

TEST_F(WebSocketTest, AHandlerThatThrowsEndsItsSocketOnly) {
  start();
  const auto other = open();
  const auto client = open();
  client->send(client_frame(kText, "throw"));
  EXPECT_EQ(client->frame(), "close 1011");
  other->send(client_frame(kText, "hej"));
  // `last` is the second socket; the first still echoes.
  EXPECT_EQ(other->frame(), "1:hej");
}

TEST_F(WebSocketTest, ALostConnectionIs1006) {
  start();
  open().reset();
  EXPECT_TRUE(closed_with(1006));
}

TEST_F(WebSocketTest, SilenceIsPingedAndDeafnessEndsIt) {
  HttpLimits limits;
  limits.websocket_ping = milliseconds(60);
  start(limits);
  const auto client = open();
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(client->frame().substr(0, 2), "9:");
    client->send(client_frame(kPong, ""));
  }
  EXPECT_TRUE(closed_with(1006));  // No pong any more.
}

TEST_F(WebSocketTest, StoppingClosesWith1001) {
  start();
  const auto client = open();
  std::atomic<bool> stopped = false;
  net->on_io([&] { net->server().stop(std::chrono::seconds(30), [&] { stopped = true; }); });
  EXPECT_EQ(client->frame(), "close 1001");
  client->send(client_frame(kClose, "\x03\xe9"));
  EXPECT_TRUE(eventually([&] { return stopped.load(); }));
  EXPECT_TRUE(closed_with(1001));
}

TEST_F(WebSocketTest, TheHandleMayOutliveTheServer) {
  start();
  const auto client = open();
  net->destroy_server();
  EXPECT_TRUE(closed_with(1001));
  EXPECT_FALSE(last->send("x", Frame::text));
  net.reset();
  EXPECT_FALSE(last->send("x", Frame::text));
  last->close(1000, "");
}

}  // namespace
}  // namespace jackfield::net::test
