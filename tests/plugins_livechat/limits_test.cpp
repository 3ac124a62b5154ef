#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/plugins_livechat/browser.h"
#include "tests/plugins_livechat/fake_host.h"

namespace {

using Lines = std::vector<std::string>;

class LivechatLimits : public testing::Test {
 protected:
  FakeHost host;
  Browser browser{host};
};

TEST_F(LivechatLimits, RefusesOtherOrigins) {
  const std::vector<std::string> origins{"",
                                         "null",
                                         "https://evil.example",
                                         "https://shop.example.evil.example",
                                         "https://sub.shop.example",
                                         "https://shop.example:444",
                                         "http://shop.example"};
  std::uint64_t socket = 1;
  for (const std::string& origin : origins) {
    host.open(socket, origin);
    EXPECT_EQ(host.closed[socket], 4403) << origin;
    host.data(socket, R"({"type":"hello"})");
    EXPECT_EQ(host.take(socket), Lines{}) << origin;
    ++socket;
  }
  FakeHost nobody("{}");
  nobody.open(1);
  EXPECT_EQ(nobody.closed.at(1), 4403);
  FakeHost anybody(R"({"allow_any_origin":true})");
  anybody.open(1, "");
  EXPECT_EQ(anybody.closed.count(1), 0U);
}

TEST_F(LivechatLimits, ClosesSocketsThatDoNotSayHello) {
  host.open(1);
  host.open(2);
  host.data(2, R"({"type":"hello"})");
  host.pass(9'000);
  EXPECT_EQ(host.closed.count(1), 0U);
  host.pass(1'000);
  EXPECT_EQ(host.closed.at(1), 4408);
  EXPECT_EQ(host.closed.count(2), 0U);
  host.open(3);
  host.data(3, R"({"type":"ping"})");
  EXPECT_EQ(host.closed.at(3), 4400);
}

TEST_F(LivechatLimits, LimitsMessagesAlsoOverReconnects) {
  browser.connect(1);
  browser.log.clear();
  for (int i = 0; i < 11; ++i) {
    browser.say("k" + std::to_string(i));
  }
  browser.read();
  EXPECT_EQ(browser.lines(), (Lines{"error rate k10"}));
  host.store_all();
  EXPECT_EQ(host.messages.size(), 10U);
  host.hang_up(1);
  browser.connect(2);
  host.settle();
  browser.lines();
  browser.say("k10");
  EXPECT_EQ(browser.lines(), (Lines{"error rate k10"}));
  host.pass(3'000);
  browser.say("k10");
  host.store_all();
  EXPECT_EQ(browser.lines(), (Lines{"ack k10 c.11"}));
}

TEST_F(LivechatLimits, LimitsNewVisitorsPerNetworkAndTabsPerVisitor) {
  std::uint64_t socket = 1;
  for (; socket <= 30; ++socket) {
    host.open(socket, "https://shop.example", "2001:db8::" + std::to_string(socket));
    host.data(socket, R"({"type":"hello"})");
  }
  EXPECT_TRUE(host.closed.empty());
  host.open(socket, "https://shop.example", "2001:db8::ffff");
  host.data(socket, R"({"type":"hello"})");
  EXPECT_EQ(host.closed.at(socket), 4429);
  EXPECT_NE(host.take(socket).at(0).find("\"retry_after_ms\":2000"), std::string::npos);
  browser.connect(100);
  for (socket = 101; socket < 110; ++socket) {
    Browser tab = browser;
    tab.connect(socket);
  }
  EXPECT_EQ(host.closed.size(), 1U);
  Browser tab = browser;
  tab.connect(110);
  EXPECT_EQ(host.closed.at(110), 4409);
  host.hang_up(101);
  tab.connect(111);
  EXPECT_EQ(host.closed.count(111), 0U);
}

TEST_F(LivechatLimits, BoundsSocketsInAll) {
  FakeHost small(R"({"origins":["https://shop.example"],"sockets_max":2})");
  small.open(1);
  small.open(2);
  small.open(3);
  EXPECT_EQ(small.closed.at(3), 1013);
  small.hang_up(1);
  small.open(4);
  EXPECT_EQ(small.closed.count(4), 0U);
}

TEST_F(LivechatLimits, ToleratesAFewBadFrames) {
  browser.connect(1);
  browser.log.clear();
  const Lines bad{"<html>", R"({"type":"upload"})", std::string(5'000, '['),
                  std::string("\xff\xfe"), R"({"type":"hello"})"};
  for (int i = 0; i < 19; ++i) {
    browser.send(bad.at(static_cast<std::size_t>(i) % bad.size()));
  }
  EXPECT_EQ(browser.lines(), Lines(19, "error bad_frame "));
  EXPECT_EQ(host.closed.count(1), 0U);
  host.data(1, "{}", true);
  EXPECT_EQ(host.closed.at(1), 4400);
  browser.say("k1");
  host.store_all();
  EXPECT_TRUE(host.messages.empty());
}

TEST_F(LivechatLimits, StopsFloods) {
  browser.connect(1);
  for (int i = 0; i < 500; ++i) {
    browser.send(R"({"type":"ping"})");
  }
  EXPECT_EQ(host.closed.at(1), 4400);
  EXPECT_LE(host.take(1).size(), 130U);
}

TEST_F(LivechatLimits, RefusesLongMessages) {
  browser.connect(1);
  browser.log.clear();
  browser.say("k1", std::string(16 * 1024 + 1, 'x'));
  EXPECT_EQ(browser.lines(), (Lines{"error too_large k1"}));
  browser.say("k2", std::string(16 * 1024, 'x'));
  host.store_all();
  EXPECT_EQ(browser.lines(), (Lines{"ack k2 c.1"}));
  browser.send(std::string(200'000, 'x'));
  EXPECT_EQ(browser.lines(), (Lines{"error too_large "}));
}

TEST_F(LivechatLimits, SaysBusyWhenTheHostIs) {
  browser.connect(1);
  browser.log.clear();
  const std::string busy = R"({"type":"busy","client_id":"k1","retry_after_ms":1000})";
  host.publish_status = JF_E_BUSY;
  browser.say("k1");
  EXPECT_EQ(browser.lines(), (Lines{busy}));
  host.publish_status = JF_OK;
  browser.say("k1");
  host.store_all(JF_E_TRANSIENT);
  EXPECT_EQ(browser.lines(), (Lines{busy}));
  browser.say("k1");
  host.store_all();
  EXPECT_EQ(browser.lines(), (Lines{"ack k1 c.1"}));
  host.publish_status = JF_E_INVALID;
  browser.say("k2");
  EXPECT_EQ(browser.lines(), (Lines{"error refused k2"}));
}

TEST_F(LivechatLimits, DropsSocketsThatDoNotRead) {
  browser.connect(1);
  Browser tab = browser;
  tab.connect(2);
  host.settle();
  tab.lines();
  host.send_status[1] = JF_E_BUSY;
  host.say(browser.visitor, {"one"});
  EXPECT_EQ(host.closed.at(1), 1013);
  EXPECT_EQ(tab.lines(), (Lines{"c.1/0 one"}));
  host.send_status[2] = JF_E_CLOSED;
  host.say(browser.visitor, {"two"});
  EXPECT_EQ(host.closed.at(2), 1013);
  host.hang_up(1);
  host.hang_up(2);
}

TEST(LivechatConfig, IsRefusedWithAReason) {
  FakeHost host(R"({"origins":["shop.example"]})");
  EXPECT_EQ(host.status(), JF_E_INVALID);
  EXPECT_NE(host.error.find("scheme://host[:port]"), std::string::npos) << host.error;
}

}  // namespace
