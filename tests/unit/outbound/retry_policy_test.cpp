#include "core/outbound/retry_policy.h"

#include <gtest/gtest.h>

namespace jackfield::outbound {
namespace {

using namespace std::chrono_literals;

TEST(RetryPolicyTest, ThePauseDoublesUpToItsBoundAndThenItGivesUp) {
  const RetryPolicy policy{.attempts_max = 5, .delay_first = 1s, .delay_max = 3s};
  EXPECT_EQ(policy.delay_after(1, 0), 500ms);
  EXPECT_EQ(policy.delay_after(2, 0), 1000ms);
  EXPECT_EQ(policy.delay_after(3, 0), 1500ms);
  EXPECT_EQ(policy.delay_after(4, 0), 1500ms);
  EXPECT_EQ(policy.delay_after(5, 0), std::nullopt);
}

TEST(RetryPolicyTest, JitterStaysWithinTheUpperHalf) {
  const RetryPolicy policy;
  EXPECT_EQ(policy.delay_after(1, 0.5), 750ms);
  EXPECT_LT(*policy.delay_after(1, 0.999), 1000ms);
}

TEST(RetryPolicyTest, AHugeAttemptNumberDoesNotOverflow) {
  const RetryPolicy policy{.attempts_max = 2'000'000'000};
  EXPECT_EQ(policy.delay_after(1'000'000'000, 0), policy.delay_max / 2);
}

TEST(RetryPolicyTest, RetryAfterIsBelievedWithinBounds) {
  const RetryPolicy policy;
  EXPECT_EQ(policy.throttle_delay(0ms), policy.delay_first);
  EXPECT_EQ(policy.throttle_delay(-5s), policy.delay_first);
  EXPECT_EQ(policy.throttle_delay(7s), 7s);
  EXPECT_EQ(policy.throttle_delay(std::chrono::hours(1000)), policy.retry_after_max);
}

}  // namespace
}  // namespace jackfield::outbound
