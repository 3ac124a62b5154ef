#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/plugins_livechat/browser.h"
#include "tests/plugins_livechat/fake_host.h"

namespace {

using Lines = std::vector<std::string>;

class Livechat : public testing::Test {
 protected:
  FakeHost host;
  Browser browser{host};
};

TEST_F(Livechat, AcknowledgesOnlyWhatIsDurable) {
  browser.connect(1);
  EXPECT_EQ(browser.lines(), (Lines{"welcome"}));
  browser.say("k1");
  EXPECT_EQ(browser.lines(), Lines{});
  host.store_all();
  EXPECT_EQ(browser.lines(), (Lines{"ack k1 c.1"}));
  EXPECT_EQ(host.messages.at(0).address, "visitor:" + browser.visitor);
  EXPECT_EQ(host.messages.at(0).key, "lc:" + browser.visitor + ":k1");
}

TEST_F(Livechat, GivesARepeatedMessageTheSameAck) {
  browser.connect(1);
  browser.say("k1");
  browser.say("k1");
  host.store_all();
  EXPECT_EQ(browser.lines(), (Lines{"welcome", "ack k1 c.1"}));
  browser.say("k1", "other text");
  host.store_all();
  EXPECT_EQ(browser.lines(), (Lines{"ack k1 c.1 duplicate"}));
  EXPECT_EQ(host.messages.size(), 1U);
}

TEST_F(Livechat, GivesBothTabsTheAckOfAMessageThatBothSent) {
  browser.connect(1);
  Browser tab = browser;
  tab.connect(2);
  host.settle();
  browser.lines();
  tab.lines();
  browser.say("k1");
  tab.say("k1");
  host.store_all();
  EXPECT_EQ(browser.lines(), (Lines{"ack k1 c.1"}));
  EXPECT_EQ(tab.lines(), (Lines{"ack k1 c.1 duplicate"}));
  EXPECT_EQ(host.messages.size(), 1U);
}

TEST_F(Livechat, GivesTheAckAfterAReconnectBeforeAndAfterItWasStored) {
  browser.connect(1);
  browser.say("k1");
  host.hang_up(1);
  browser.connect(2);
  browser.say("k1");
  host.store_all();
  host.answer_history();
  EXPECT_EQ(browser.lines(), (Lines{"welcome", "welcome back", "ack k1 c.1 duplicate", "c.1/0 hi",
                                    R"({"type":"replayed","has_more":false})"}));
  host.hang_up(2);
  browser.connect(3);
  browser.say("k1");
  host.store_all();
  browser.read();
  EXPECT_EQ(browser.log.back(), "ack k1 c.1 duplicate");
  EXPECT_EQ(host.messages.size(), 1U);
}

TEST_F(Livechat, EchoesToTheOtherTabs) {
  browser.connect(1);
  Browser tab = browser;
  tab.connect(2);
  host.settle();
  browser.lines();
  tab.lines();
  browser.say("k1");
  host.store_all();
  EXPECT_EQ(browser.lines(), (Lines{"ack k1 c.1"}));
  EXPECT_EQ(tab.lines(), (Lines{"c.1/0 hi"}));
  host.say(browser.visitor, {"hello"});
  EXPECT_EQ(browser.lines(), (Lines{"c.2/0 hello"}));
  EXPECT_EQ(tab.lines(), (Lines{"c.2/0 hello"}));
  host.hang_up(1);
  host.say(browser.visitor, {"still there?"});
  EXPECT_EQ(tab.lines(), (Lines{"c.3/0 still there?"}));
}

TEST_F(Livechat, EchoCarriesTheClientId) {
  browser.connect(1);
  host.open(2);
  host.data(2, browser.hello());
  host.settle();
  host.take(2);
  browser.say("k1");
  host.store_all();
  EXPECT_EQ(host.take(2),
            (Lines{R"({"type":"message","id":"c.1","direction":"inbound","client_id":"k1",)"
                   R"("at":5000,"part":0,"part_total":1,"parts":[{"kind":"text","text":"hi"}]})"}));
}

TEST_F(Livechat, ResumesWithNothingLostOrDoubled) {
  browser.connect(1);
  browser.say("k1");
  host.store_all();
  host.say(browser.visitor, {"one"});
  browser.read();
  host.hang_up(1);
  host.say(browser.visitor, {"two"});
  host.say(browser.visitor, {"three a", "three b"});
  browser.connect(2);
  browser.log.clear();
  host.answer_history();
  EXPECT_EQ(browser.lines(), (Lines{"c.3/0 two", "c.4/0 three a", "c.4/1 three b",
                                    R"({"type":"replayed","has_more":false})"}));
  EXPECT_EQ(browser.repeated, 0);
}

TEST_F(Livechat, KeepsOrderWhenMessagesArriveDuringTheReplay) {
  browser.connect(1);
  Browser tab = browser;
  tab.connect(9);
  host.settle();
  host.hang_up(1);
  host.say(browser.visitor, {"one"});
  browser.connect(2);
  browser.log.clear();
  const std::string two = host.say(browser.visitor, {"two"});        // before the page is read
  const std::string three = host.write(browser.visitor, {"three"});  // in the page, delivered later
  tab.say("k1", "from the other tab");
  host.answer_history();
  host.deliver(three);
  host.store_all();
  host.say(browser.visitor, {"five"});
  EXPECT_EQ(browser.lines(), (Lines{"c.1/0 one", "c.2/0 two", "c.3/0 three",
                                    R"({"type":"replayed","has_more":false})",
                                    "c.4/0 from the other tab", "c.5/0 five"}));
  EXPECT_EQ(browser.repeated, 0);
}

TEST_F(Livechat, HoldsLiveMessagesUntilTheLastPage) {
  browser.connect(1);
  host.hang_up(1);
  for (const char* text : {"one", "two", "three", "four"}) {
    host.say(browser.visitor, {text});
  }
  browser.connect(2);
  browser.log.clear();
  host.answer_history(2);
  EXPECT_EQ(browser.lines(),
            (Lines{"c.1/0 one", "c.2/0 two", R"({"type":"replayed","has_more":true})"}));
  host.say(browser.visitor, {"five"});
  EXPECT_EQ(browser.lines(), Lines{});
  browser.send(R"({"type":"next"})");
  host.answer_history(2);
  browser.send(R"({"type":"next"})");
  host.answer_history(2);
  EXPECT_EQ(browser.lines(),
            (Lines{"c.3/0 three", "c.4/0 four", R"({"type":"replayed","has_more":true})",
                   "c.5/0 five", R"({"type":"replayed","has_more":false})"}));
  browser.send(R"({"type":"next"})");
  EXPECT_EQ(browser.lines(), (Lines{"error bad_frame "}));
  EXPECT_EQ(browser.repeated, 0);
}

TEST_F(Livechat, CutsLargePages) {
  browser.connect(1);
  host.hang_up(1);
  for (int i = 0; i < 9; ++i) {
    host.say(browser.visitor, {std::string(60'000, 'x')});
  }
  browser.connect(2);
  host.answer_history();
  browser.read();
  EXPECT_EQ(browser.shown.size(), 5U);
  EXPECT_EQ(browser.log.back(), R"({"type":"replayed","has_more":true})");
  browser.send(R"({"type":"next"})");
  host.answer_history();
  browser.read();
  EXPECT_EQ(browser.shown.size(), 9U);
  EXPECT_EQ(browser.repeated, 0);
}

TEST_F(Livechat, LeavesOutWhatWasNeverSaid) {
  browser.connect(1);
  host.hang_up(1);
  host.say(browser.visitor, {"one"});
  host.messages.back().status = "failed";
  host.say(browser.visitor, {"two"});
  browser.connect(2);
  browser.log.clear();
  host.answer_history();
  EXPECT_EQ(browser.lines(), (Lines{"c.2/0 two", R"({"type":"replayed","has_more":false})"}));
  host.deliver("c.1");  // sent once more by the agent
  EXPECT_EQ(browser.lines(), (Lines{"c.1/0 one"}));
}

TEST_F(Livechat, StartsFromTheBeginningWhenTheCursorIsUnknown) {
  browser.connect(1);
  host.hang_up(1);
  host.say(browser.visitor, {"one"});
  std::uint64_t socket = 2;
  for (const char* unknown : {"gone.99", "nonsense"}) {
    browser.after = unknown;
    browser.connect(socket++);
    browser.log.clear();
    host.settle();
    EXPECT_EQ(browser.lines(), (Lines{"c.1/0 one", R"({"type":"replayed","has_more":false})"}));
  }
}

TEST_F(Livechat, LetsThoseWhoComeBackTogetherTakeTurns) {
  browser.connect(1);
  host.say(browser.visitor, {"one"});
  host.reads_max = 1;
  std::vector<Browser> tabs(4, browser);
  for (std::size_t i = 0; i < tabs.size(); ++i) {
    tabs[i].connect(10 + i);
  }
  host.hang_up(12);
  host.settle();
  for (const std::size_t i : {0U, 1U, 3U}) {
    tabs[i].read();
    EXPECT_EQ(tabs[i].shown, (Lines{"c.1/0 one"})) << i;
  }
  EXPECT_EQ(host.closed.size(), 1U);
}

TEST_F(Livechat, AsksToComeBackWhenHistoryFails) {
  browser.connect(1);
  host.hang_up(1);
  browser.connect(2);
  host.answer_history_with(JF_E_TRANSIENT);
  EXPECT_EQ(host.closed.at(2), 1013);
}

TEST_F(Livechat, NeverShowsAVisitorAnothersMessages) {
  browser.connect(1);
  host.say(browser.visitor, {"for one"});
  Browser other(host);
  other.connect(2);
  EXPECT_NE(other.visitor, browser.visitor);
  EXPECT_EQ(other.lines(), (Lines{"welcome"}));
  other.after = "c.1";
  host.hang_up(2);
  other.connect(3);
  host.settle();
  EXPECT_EQ(other.lines(), (Lines{"welcome back", R"({"type":"replayed","has_more":false})"}));
}

TEST_F(Livechat, MakesANewVisitorOfAForgedToken) {
  browser.connect(1);
  const std::string visitor = browser.visitor;
  browser.token.back() = browser.token.back() == 'A' ? 'B' : 'A';
  browser.connect(2);
  EXPECT_EQ(browser.lines(), (Lines{"welcome", "welcome token_refused"}));
  EXPECT_NE(browser.visitor, visitor);
}

TEST_F(Livechat, KnowsATokenAfterARestartButNotAnotherSites) {
  browser.connect(1);
  EXPECT_EQ(host.kv.at("token-key").size(), 32U);
  Browser again = browser;
  host.swap();
  again.connect(2);
  EXPECT_EQ(again.lines().back(), "welcome back");
  FakeHost other_site;
  Browser stranger(other_site);
  stranger.token = browser.token;
  other_site.kv["token-key"] = std::string(32, 'k');
  other_site.swap();
  stranger.connect(1);
  EXPECT_EQ(stranger.lines(), (Lines{"welcome token_refused"}));
}

TEST_F(Livechat, AcceptsForAbsentVisitorsAndRefusesWhatItCannotCarry) {
  const std::string id = host.write("AAAAAAAAAAAAAAAAAAAAAA", {"one", "two"});
  EXPECT_EQ(host.deliver(id, 0), JF_OK);
  EXPECT_EQ(host.last_external_id, id);
  EXPECT_EQ(host.deliver(id, 1), JF_OK);
  EXPECT_EQ(host.last_external_id, id + "/1");
  EXPECT_EQ(host.deliver(id, 0, JF_PART_TEMPLATE), JF_E_UNSUPPORTED);
  EXPECT_EQ(host.deliver(id, 0, JF_PART_INTERACTIVE), JF_E_UNSUPPORTED);
  EXPECT_EQ(host.deliver(host.write("not-a-visitor", {"x"})), JF_E_INVALID);
}

TEST_F(Livechat, SendsFilesByReference) {
  browser.connect(1);
  host.take(1);
  host.deliver(host.write(browser.visitor, {"look"}), 0, JF_PART_MEDIA);
  EXPECT_NE(host.take(1).at(0).find(R"("parts":[{"kind":"image","media_id":"m1",)"
                                    R"("filename":"a.png","mime":"image/png","size":7,)"
                                    R"("text":"look"}])"),
            std::string::npos);
}

TEST_F(Livechat, CarriesTypingAndMarksBothWays) {
  browser.connect(1);
  browser.log.clear();
  const std::string address = "visitor:" + browser.visitor;
  browser.send(R"({"type":"typing","on":true})");
  browser.send(R"({"type":"received","id":"c.7"})");
  browser.send(R"({"type":"read","id":"c.7"})");
  browser.send(R"({"type":"read","id":"c.7"})");
  host.store_all();
  EXPECT_EQ(host.other, (Lines{"3 " + address + " on", "2 " + address + " delivered c.7 up to",
                               "2 " + address + " read c.7 up to"}));
  const auto address_str = jf_str{address.data(), address.size()};
  const std::string read = browser.visitor + ":k1";
  EXPECT_EQ(host.table<jf_ext_typing>(JF_EXT_TYPING)->set(host.instance(), address_str, 1), JF_OK);
  EXPECT_EQ(host.table<jf_ext_read>(JF_EXT_READ)
                ->mark(host.instance(), address_str, {read.data(), read.size()}),
            JF_OK);
  EXPECT_EQ(host.table<jf_ext_read>(JF_EXT_READ)->mark(host.instance(), address_str, {"x", 1}),
            JF_E_INVALID);
  EXPECT_EQ(browser.lines(),
            (Lines{R"({"type":"typing","on":true})", R"({"type":"read","client_id":"k1"})"}));
  host.other.clear();
  host.hang_up(1);
  host.store_all();
  EXPECT_EQ(host.other, (Lines{"3 " + address + " off"}));
}

TEST_F(Livechat, DropsTypingBeyondItsRate) {
  browser.connect(1);
  for (int i = 0; i < 90; ++i) {
    browser.send(R"({"type":"typing","on":true})");
  }
  host.store_all();
  EXPECT_EQ(host.other.size(), 60U);
  EXPECT_EQ(browser.lines(), (Lines{"welcome"}));
}

TEST_F(Livechat, EndsFromEitherSide) {
  browser.connect(1);
  Browser tab = browser;
  tab.connect(2);
  host.settle();
  browser.lines();
  browser.send(R"({"type":"end"})");
  browser.send(R"({"type":"end"})");
  EXPECT_EQ(browser.lines(), Lines{});
  host.store_all();
  EXPECT_EQ(host.other, (Lines{"5 visitor:" + browser.visitor}));
  EXPECT_EQ(browser.lines(), (Lines{R"({"type":"ended","reason":"visitor"})"}));
  EXPECT_EQ(host.closed.at(1), 1000);
  EXPECT_EQ(host.closed.at(2), 1000);
  browser.connect(3);
  const std::string address = "visitor:" + browser.visitor;
  host.table<jf_ext_session>(JF_EXT_SESSION)
      ->end(host.instance(), {address.data(), address.size()}, {"done", 4});
  EXPECT_EQ(browser.lines().back(), R"({"type":"ended","reason":"done"})");
  EXPECT_EQ(host.closed.at(3), 1000);
}

TEST_F(Livechat, TellsWhereAVisitorCameFromOnce) {
  browser.connect(1, R"(,"name":"Ada","page":"https://shop.example/cart")");
  browser.say("k1");
  browser.say("k2");
  host.store_all();
  EXPECT_EQ(host.messages.at(0).name, "Ada");
  EXPECT_EQ(host.messages.at(0).ext_json, R"({"page":"https://shop.example/cart"})");
  EXPECT_EQ(host.messages.at(1).name, "Ada");
  EXPECT_EQ(host.messages.at(1).ext_json, "");
}

TEST_F(Livechat, SurvivesASwapInEveryState) {
  browser.connect(1, R"(,"name":"Ada","page":"https://shop.example/")");
  Browser reading = browser;
  Browser waiting = browser;
  for (const char* text : {"one", "two", "three"}) {
    host.say(browser.visitor, {text});
  }
  browser.read();
  host.open(4);
  waiting.connect(3);
  host.answer_history(2);
  waiting.read();
  reading.connect(2);
  browser.say("k0");  // not stored yet when the swap begins

  host.swap();

  host.say(browser.visitor, {"five"});
  host.answer_history();
  waiting.send(R"({"type":"next"})");
  host.answer_history();
  const Lines expected{"c.1/0 one", "c.2/0 two", "c.3/0 three", "c.4/0 hi", "c.5/0 five"};
  for (Browser* one : {&reading, &waiting}) {
    one->read();
    EXPECT_EQ(one->shown, expected);
    EXPECT_EQ(one->repeated, 0);
  }
  browser.read();
  EXPECT_EQ(browser.shown, (Lines{"c.1/0 one", "c.2/0 two", "c.3/0 three", "c.5/0 five"}));
  EXPECT_EQ(host.drained, 1);
  browser.say("k1");
  host.store_all();
  EXPECT_EQ(host.messages.back().name, "Ada");
  EXPECT_EQ(host.messages.back().ext_json, "");
  host.data(4, R"({"type":"hello"})");
  EXPECT_EQ(host.take(4).size(), 1U);
  EXPECT_TRUE(host.closed.empty());
}

}  // namespace
