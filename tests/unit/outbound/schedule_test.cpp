#include "core/outbound/schedule.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace jackfield::outbound {
namespace {

using namespace std::chrono_literals;

const Instant kStart{std::chrono::hours(1)};

class ScheduleTest : public testing::Test {
 protected:
  void add(std::int64_t id, std::int64_t conversation, int priority = 0,
           Instant not_before = kStart, const std::string& account = "loopback:a") {
    store::OutboxRow row;
    row.id = id;
    row.message.conversation.value = conversation;
    row.account.text = account;
    row.priority = priority;
    schedule.add(row, not_before);
  }
  std::vector<std::int64_t> take_all(Instant now) {
    std::vector<std::int64_t> taken;
    while (const auto row = schedule.take(now)) {
      taken.push_back(*row);
    }
    return taken;
  }
  using Rows = std::vector<std::int64_t>;
  Schedule schedule;
};

TEST_F(ScheduleTest, OneInFlightPerConversationAndInOrder) {
  add(1, 10);
  add(2, 10);
  add(3, 20);
  EXPECT_EQ(take_all(kStart), (Rows{1, 3}));
  schedule.finish(1);
  EXPECT_EQ(take_all(kStart), (Rows{2}));
  schedule.finish(3);
  schedule.finish(2);
  EXPECT_EQ(schedule.size(), 0U);
  EXPECT_FALSE(schedule.next_time(kStart));
}

TEST_F(ScheduleTest, AWaitingPartHoldsBackItsConversationAndNobodyElse) {
  add(1, 10);
  add(2, 10);
  add(3, 20);
  ASSERT_EQ(take_all(kStart), (Rows{1, 3}));
  schedule.retry(1, kStart + 5s);
  EXPECT_EQ(take_all(kStart), Rows{});
  EXPECT_EQ(schedule.next_time(kStart), kStart + 5s);
  EXPECT_EQ(take_all(kStart + 5s), (Rows{1}));
  schedule.finish(1);
  EXPECT_EQ(take_all(kStart + 5s), (Rows{2}));
}

TEST_F(ScheduleTest, AgentRepliesGoBeforeBulk) {
  add(1, 10, 1);
  add(2, 20, 1);
  add(3, 30, 0);
  EXPECT_EQ(take_all(kStart), (Rows{3, 1, 2}));
}

TEST_F(ScheduleTest, ConversationsTakeTurns) {
  Schedule::Limits limits;
  limits.in_flight_max = 1;
  schedule.set_limits(model::AccountId{"loopback:a"}, limits, kStart);
  for (std::int64_t i = 0; i < 3; ++i) {
    add(1 + i, 10);
    add(11 + i, 20);
  }
  Rows order;
  while (const auto row = schedule.take(kStart)) {
    order.push_back(*row);
    schedule.finish(*row);
  }
  EXPECT_EQ(order, (Rows{1, 11, 2, 12, 3, 13}));
}

TEST_F(ScheduleTest, AccountAndPairRatesAreKept) {
  Schedule::Limits limits;
  limits.account = Rate{2, 2};
  limits.pair = Rate{0.5, 1};
  schedule.set_limits(model::AccountId{"loopback:a"}, limits, kStart);
  for (std::int64_t i = 0; i < 4; ++i) {
    add(1 + i, 10 + i);
  }
  add(5, 10);
  EXPECT_EQ(take_all(kStart), (Rows{1, 2}));
  schedule.finish(1);
  schedule.finish(2);
  EXPECT_EQ(take_all(kStart + 500ms), (Rows{3}));
  EXPECT_EQ(take_all(kStart + 1001ms), (Rows{4}));
  EXPECT_EQ(take_all(kStart + 1600ms), Rows{})
      << "the pair's bucket is empty until two seconds are over";
  EXPECT_EQ(take_all(kStart + 2100ms), (Rows{5}));
}

TEST_F(ScheduleTest, APausedAccountWaitsAndOthersGoOn) {
  add(1, 10);
  add(2, 20, 0, kStart, "loopback:b");
  schedule.pause(model::AccountId{"loopback:a"});
  EXPECT_EQ(take_all(kStart), (Rows{2}));
  EXPECT_TRUE(schedule.is_paused(model::AccountId{"loopback:a"}));
  schedule.resume(model::AccountId{"loopback:a"});
  EXPECT_EQ(take_all(kStart), (Rows{1}));
}

TEST_F(ScheduleTest, AThrottledAccountIsHeld) {
  add(1, 10);
  add(2, 20);
  ASSERT_EQ(schedule.take(kStart), 1);
  schedule.hold_account(model::AccountId{"loopback:a"}, kStart + 3s);
  schedule.retry(1, kStart + 3s);
  EXPECT_EQ(take_all(kStart + 2s), Rows{});
  EXPECT_EQ(schedule.next_time(kStart), kStart + 3s);
  EXPECT_EQ(take_all(kStart + 3s).size(), 2U);
}

TEST_F(ScheduleTest, FinishingAPartThatStillWaitsLetsTheNextOneGo) {
  add(1, 10, 0, kStart + 60s);
  add(2, 10);
  EXPECT_EQ(take_all(kStart), Rows{});
  schedule.finish(1);
  EXPECT_EQ(take_all(kStart), (Rows{2}));
}

TEST_F(ScheduleTest, AKnownRowIsTakenInOnce) {
  add(1, 10);
  add(1, 10);
  EXPECT_EQ(take_all(kStart), (Rows{1}));
  add(1, 10);
  EXPECT_EQ(schedule.size(), 1U);
}

TEST_F(ScheduleTest, EveryRowGoesExactlyOnceInARandomRun) {
  std::uint32_t seed = 12345;
  const auto next = [&seed](std::uint32_t bound) {
    seed = seed * 1664525U + 1013904223U;
    return (seed >> 8U) % bound;
  };
  Instant now = kStart;
  std::map<std::int64_t, std::int64_t> last_of;  // Conversation -> last finished row.
  std::set<std::int64_t> flying;
  std::map<std::int64_t, std::int64_t> conversation_of;
  std::int64_t id = 0;
  std::size_t finished = 0;
  while (finished < 2'000) {
    if (id < 2'000) {
      ++id;
      conversation_of[id] = 1 + next(50);
      add(id, conversation_of[id], static_cast<int>(next(2)),
          now + std::chrono::milliseconds(next(3)));
    }
    while (const auto row = schedule.take(now)) {
      ASSERT_TRUE(flying.insert(*row).second);
    }
    now += 1ms;
    if (flying.empty()) {
      continue;
    }
    const std::int64_t row = *flying.begin();
    flying.erase(row);
    if (next(4) == 0) {
      schedule.retry(row, now + std::chrono::milliseconds(next(5)));
      continue;
    }
    ASSERT_GT(row, last_of[conversation_of[row]]) << "out of order";
    last_of[conversation_of[row]] = row;
    schedule.finish(row);
    ++finished;
  }
  EXPECT_EQ(schedule.size(), 0U);
}

}  // namespace
}  // namespace jackfield::outbound
