#include "core/outbound/rate_limit.h"

#include <gtest/gtest.h>

namespace jackfield::outbound {
namespace {

using namespace std::chrono_literals;

const Instant kStart{std::chrono::hours(1)};

TEST(TokenBucketTest, ABurstAndThenTheRate) {
  TokenBucket bucket(Rate{10, 3}, kStart);
  int taken = 0;
  while (bucket.take(kStart)) {
    ++taken;
  }
  EXPECT_EQ(taken, 3);
  EXPECT_FALSE(bucket.take(kStart + 99ms));
  EXPECT_TRUE(bucket.take(kStart + 101ms));
}

TEST(TokenBucketTest, ReadyAtIsWhenTakeSucceedsAndNotAnInstantEarlier) {
  TokenBucket bucket(Rate{0.1667, 1}, kStart);
  ASSERT_TRUE(bucket.take(kStart));
  const Instant ready = bucket.ready_at(kStart);
  EXPECT_GT(ready, kStart + 5s);
  EXPECT_FALSE(TokenBucket(bucket).take(ready - 1ms));
  EXPECT_TRUE(bucket.take(ready));
}

TEST(TokenBucketTest, NoRateIsNoLimit) {
  TokenBucket bucket(Rate{}, kStart);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(bucket.take(kStart));
  }
  EXPECT_EQ(bucket.ready_at(kStart), kStart);
}

TEST(TokenBucketTest, AHoldIsKeptAndTheBurstIsNotSavedUp) {
  TokenBucket bucket(Rate{10, 50}, kStart);
  bucket.hold_until(kStart + 10s);
  EXPECT_FALSE(bucket.take(kStart + 9s));
  int taken = 0;
  while (bucket.take(kStart + 10s)) {
    ++taken;
  }
  EXPECT_EQ(taken, 1);
}

TEST(TokenBucketTest, FullAgainMeansItMayBeForgotten) {
  TokenBucket bucket(Rate{1, 1}, kStart);
  EXPECT_TRUE(bucket.is_full(kStart));
  bucket.take(kStart);
  EXPECT_FALSE(bucket.is_full(kStart + 500ms));
  EXPECT_TRUE(bucket.is_full(kStart + 1s));
}

}  // namespace
}  // namespace jackfield::outbound
