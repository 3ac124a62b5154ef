#include <algorithm>
#include <chrono>
#include <cstdint>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/clock.h"
#include "core/base/id_source.h"

namespace jackfield::base {
namespace {

constexpr std::int64_t kStart = 1'704'067'200'000;  // 2024-01-01T00:00:00Z

class FixedClock final : public Clock {
 public:
  explicit FixedClock(std::int64_t now) : now_(now) {}
  [[nodiscard]] std::int64_t unix_ms() const override { return now_; }
  [[nodiscard]] std::chrono::steady_clock::time_point monotonic() const override { return {}; }
  void set(std::int64_t now) { now_ = now; }

 private:
  std::int64_t now_;
};

TEST(SystemClock, TellsMillisecondsOfThisCentury) {
  const SystemClock clock;
  EXPECT_GT(clock.unix_ms(), kStart);
  EXPECT_LT(clock.unix_ms(), 4'102'444'800'000) << "2100";
  const auto earlier = clock.monotonic();
  EXPECT_LE(earlier, clock.monotonic());
}

TEST(IdSource, HoldsTheMillisecondInItsUpperBits) {
  const FixedClock clock(kStart + 12'345);
  IdSource ids(clock);
  EXPECT_EQ(ids.next() >> 21, 12'345);
}

TEST(IdSource, GrowsWhateverTheClockDoes) {
  FixedClock clock(kStart + 1'000'000);
  IdSource ids(clock);
  std::int64_t last = 0;
  for (const std::int64_t now :
       {kStart + 1'000'000, kStart + 1'000'000, kStart + 999'999, std::int64_t{0}, kStart - 5,
        std::int64_t{-1}, kStart + 1'000'001}) {
    clock.set(now);
    const std::int64_t id = ids.next();
    EXPECT_GT(id, last) << now;
    last = id;
  }
}

TEST(IdSource, IsPositiveBeforeItsEpochAndAtTheEndOfTime) {
  for (const std::int64_t now : {std::int64_t{0}, kStart + (std::int64_t{1} << 43)}) {
    const FixedClock clock(now);
    IdSource ids(clock);
    EXPECT_GT(ids.next(), 0);
  }
}

TEST(IdSource, TwoSourcesInOneMillisecondDiffer) {
  const FixedClock clock(kStart + 1);
  std::set<std::int64_t> firsts;
  for (int i = 0; i < 50; ++i) {
    firsts.insert(IdSource(clock).next());
  }
  EXPECT_GT(firsts.size(), 40U);
}

TEST(IdSource, ThreadsNeverGetTheSameId) {
  const SystemClock clock;
  IdSource ids(clock);
  constexpr std::size_t kEach = 5'000;
  std::vector<std::vector<std::int64_t>> got(4);
  std::vector<std::thread> threads;
  for (auto& mine : got) {
    threads.emplace_back([&ids, &mine] {
      for (std::size_t i = 0; i < kEach; ++i) {
        mine.push_back(ids.next());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  std::set<std::int64_t> all;
  for (const auto& mine : got) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  EXPECT_EQ(all.size(), kEach * got.size());
}

}  // namespace
}  // namespace jackfield::base
