#include "core/plugin_host/lane.h"

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/plugin_host/fakes.h"

namespace jackfield::plugin_host {
namespace {

TEST(Lane, RunsTasksInOrderOnOneThread) {
  ManualClock clock;
  std::vector<int> seen;  // touched by the lane only
  {
    Lane lane("test:a", clock, 100);
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE(lane.post("task", [&seen, i] { seen.push_back(i); }));
    }
  }
  ASSERT_EQ(seen.size(), 50U);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
  }
}

TEST(Lane, RefusesWhatIsOverItsBacklogButTakesWhatIsOwed) {
  ManualClock clock;
  std::promise<void> gate;
  std::atomic<int> ran{0};
  {
    Lane lane("test:a", clock, 2);
    ASSERT_TRUE(lane.post("wait", [&] { gate.get_future().wait(); }));
    ASSERT_TRUE(lane.post("task", [&] { ++ran; }));
    EXPECT_FALSE(lane.post("task", [&] { ++ran; }));
    EXPECT_TRUE(lane.post_owed("task", [&] { ++ran; }));
    EXPECT_EQ(lane.backlog(), 3U);
    gate.set_value();
  }
  EXPECT_EQ(ran, 2);
}

TEST(Lane, IsStuckWhileOneTaskTakesTooLong) {
  ManualClock clock;
  std::promise<void> gate;
  std::promise<void> began;
  Lane lane("test:a", clock, 2);
  ASSERT_TRUE(lane.post("wait", [&] {
    began.set_value();
    gate.get_future().wait();
  }));
  began.get_future().wait();
  EXPECT_FALSE(lane.is_stuck());
  clock.advance(std::chrono::seconds{3});
  EXPECT_TRUE(lane.is_stuck());
  gate.set_value();
  EXPECT_TRUE(eventually([&] { return !lane.is_stuck(); }));
}

TEST(Lane, SurvivesATaskThatThrows) {
  ManualClock clock;
  std::atomic<bool> ran_next{false};
  {
    Lane lane("test:a", clock, 10);
    ASSERT_TRUE(lane.post("throw", [] { throw std::runtime_error("no"); }));
    ASSERT_TRUE(lane.post("next", [&] { ran_next = true; }));
  }
  EXPECT_TRUE(ran_next);
}

TEST(Lane, LeavesATaskThatNeverReturnsBehind) {
  auto clock = std::make_shared<ManualClock>();
  auto gate = std::make_shared<std::promise<void>>();
  auto ended = std::make_shared<std::promise<void>>();
  {
    Lane lane("test:a", *clock, 10);
    ASSERT_TRUE(lane.post("hang", [clock, gate, ended] { gate->get_future().wait(); }));
    ASSERT_TRUE(lane.post("end", [ended] { ended->set_value(); }));
    lane.close();
    EXPECT_FALSE(lane.post("late", [] {}));
    EXPECT_FALSE(lane.join_within(std::chrono::milliseconds{20}));
  }
  gate->set_value();  // what it had taken still runs
  EXPECT_EQ(ended->get_future().wait_for(std::chrono::seconds{10}), std::future_status::ready);
}

}  // namespace
}  // namespace jackfield::plugin_host
