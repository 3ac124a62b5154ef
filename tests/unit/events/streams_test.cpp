#include "core/events/streams.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace jackfield::events {
namespace {

/// Keeps what is sent; reads are answered by the test.
class FakePort final : public StreamPort {
 public:
  Sent send_event(const Stream&, const PackedEvent& event) override {
    if (answer == Sent::yes) {
      sent.push_back(event.sequence);
    }
    return answer;
  }
  void send_last(const Stream&, std::string_view verb, std::string json) override {
    last.push_back(std::string(verb) + json);
  }
  bool read_page(std::int64_t id, int, std::int64_t after, int rows) override {
    reads.push_back({id, after, rows});
    return may_read;
  }
  struct Read {
    std::int64_t id, after;
    int rows;
  };
  Sent answer = Sent::yes;
  bool may_read = true;
  std::vector<std::int64_t> sent;
  std::vector<std::string> last;
  std::vector<Read> reads;
};

class StreamsTest : public testing::Test {
 protected:
  std::int64_t open(const std::string& peer, std::int64_t position, bool is_live = true,
                    const std::string& cursor = {}) {
    Stream stream;
    stream.peer = peer;
    stream.position = position;
    stream.is_live = is_live;
    stream.cursor = cursor;
    return streams_.open(std::move(stream), head_);
  }
  static Page page(std::int64_t from, std::int64_t to, std::int64_t head) {
    Page page;
    page.head = head;
    for (auto sequence = from; sequence <= to; ++sequence) {
      page.events.push_back({0, sequence, "t", "{}"});
    }
    return page;
  }
  std::int64_t head_ = 0;
  FakePort port_;
  Streams streams_{port_};
};

TEST_F(StreamsTest, SendsNothingWithoutCredit) {
  open("a", 0);
  streams_.offer({0, 1, "t", "{}"});
  streams_.pump(Streams::Unblock::no);
  EXPECT_TRUE(port_.sent.empty());
  EXPECT_TRUE(port_.reads.empty());
}

TEST_F(StreamsTest, ClampsCredit) {
  const auto id = open("a", 0);
  EXPECT_FALSE(streams_.grant("a", id, 0));
  EXPECT_FALSE(streams_.grant("a", id, -5));
  EXPECT_FALSE(streams_.grant("b", id, 5));
  EXPECT_FALSE(streams_.grant("a", id + 1, 5));
  EXPECT_TRUE(streams_.grant("a", id, std::int64_t{1} << 62));
  EXPECT_TRUE(streams_.grant("a", id, std::int64_t{1} << 62));
  for (std::int64_t sequence = 1; sequence <= kCreditMax + 10; ++sequence) {
    streams_.offer({0, sequence, "t", "{}"});
  }
  EXPECT_EQ(port_.sent.size(), static_cast<std::size_t>(kCreditMax));
}

TEST_F(StreamsTest, ReadsWhatItMissedAndThenGoesOnLive) {
  const auto id = open("a", 0);
  streams_.offer({0, 1, "t", "{}"});
  streams_.offer({0, 2, "t", "{}"});
  ASSERT_TRUE(streams_.grant("a", id, 10));
  streams_.pump(Streams::Unblock::no);
  ASSERT_EQ(port_.reads.size(), 1U);
  EXPECT_EQ(port_.reads[0].after, 0);
  streams_.offer({0, 3, "t", "{}"});  // While the page is read: comes from the journal, too.
  streams_.take_page(id, page(1, 2, 2));
  streams_.pump(Streams::Unblock::no);
  ASSERT_EQ(port_.reads.size(), 2U);
  streams_.take_page(id, page(3, 3, 3));
  streams_.offer({0, 4, "t", "{}"});
  EXPECT_EQ(port_.sent, (std::vector<std::int64_t>{1, 2, 3, 4}));
}

TEST_F(StreamsTest, ReadsAJournalThatNobodyAddsTo) {
  head_ = 9;
  ASSERT_TRUE(streams_.grant("a", open("a", 0), 10));
  streams_.pump(Streams::Unblock::no);
  EXPECT_EQ(port_.reads.size(), 1U);
}

TEST_F(StreamsTest, EndsAStreamThatWantsOnlyToCatchUp) {
  const auto id = open("a", 3, false);
  streams_.pump(Streams::Unblock::no);  // Also without credit: there is nothing to send.
  ASSERT_EQ(port_.reads.size(), 1U);
  streams_.take_page(id, page(1, 0, 3));
  ASSERT_EQ(port_.last.size(), 1U);
  EXPECT_EQ(port_.last[0], R"(END{"stream":1,"sequence":3,"head":3})");
  EXPECT_EQ(streams_.size(), 0U);
}

TEST_F(StreamsTest, SaysGoneInsteadOfLeavingAHole) {
  const auto id = open("a", 3);
  Page gone;
  gone.gone_oldest = 10;
  gone.head = 20;
  streams_.take_page(id, gone);
  ASSERT_EQ(port_.last.size(), 1U);
  EXPECT_NE(port_.last[0].find(R"("code":"GONE")"), std::string::npos);
  EXPECT_NE(port_.last[0].find(R"("oldest":10)"), std::string::npos);
}

TEST_F(StreamsTest, TriesAgainWhenThePeerIsFull) {
  const auto id = open("a", 0);
  ASSERT_TRUE(streams_.grant("a", id, 10));
  port_.answer = Sent::full;
  streams_.offer({0, 1, "t", "{}"});
  EXPECT_TRUE(streams_.has_blocked());
  streams_.pump(Streams::Unblock::no);
  EXPECT_TRUE(port_.reads.empty());
  port_.answer = Sent::yes;
  streams_.pump(Streams::Unblock::yes);
  ASSERT_EQ(port_.reads.size(), 1U);
  streams_.take_page(id, page(1, 1, 1));
  EXPECT_EQ(port_.sent, (std::vector<std::int64_t>{1}));
}

TEST_F(StreamsTest, ForgetsAPeerThatLeft) {
  const auto id = open("a", 0);
  ASSERT_TRUE(streams_.grant("a", id, 10));
  port_.answer = Sent::gone;
  streams_.offer({0, 1, "t", "{}"});
  EXPECT_EQ(streams_.size(), 0U);
}

TEST_F(StreamsTest, TellsTheOlderClaimantOfACursor) {
  open("a", 0, true, "x/billing");
  open("b", 0, true, "x/billing");
  ASSERT_EQ(port_.last.size(), 1U);
  EXPECT_NE(port_.last[0].find("FENCED"), std::string::npos);
  EXPECT_EQ(streams_.size(), 1U);
}

TEST_F(StreamsTest, KeepsOneStreamPerPeerAndPartition) {
  open("a", 0);
  open("a", 0);
  EXPECT_EQ(streams_.size(), 1U);
  EXPECT_TRUE(port_.last.empty());
}

TEST_F(StreamsTest, LetsFewReadAtATimeAndEachHasItsTurn) {
  std::vector<std::int64_t> ids;
  for (int i = 0; i < 10; ++i) {
    ids.push_back(open("peer" + std::to_string(i), 0));
    ASSERT_TRUE(streams_.grant("peer" + std::to_string(i), ids.back(), 100));
  }
  streams_.take_page(ids[0], page(1, 0, 1'000));  // Nobody waits for it, but it tells the head.
  for (std::size_t turn = 0; turn < 10; ++turn) {
    streams_.pump(Streams::Unblock::no);
    ASSERT_GT(port_.reads.size(), turn);
    EXPECT_LE(port_.reads.size() - turn, kPagesReadingMax);
    EXPECT_EQ(port_.reads[turn].id, ids[turn]);
    streams_.take_page(port_.reads[turn].id, page(1, 1, 1'000));
  }
}

}  // namespace
}  // namespace jackfield::events
