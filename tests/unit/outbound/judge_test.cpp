#include <gtest/gtest.h>

#include "core/outbound/outbox.h"

namespace jackfield::outbound {
namespace {

using namespace std::chrono_literals;
using plugin_host::OutcomeKind;
using Next = Verdict::Next;

Verdict judged(OutcomeKind kind, int attempt = 1, std::chrono::milliseconds retry_after = 0ms) {
  store::OutboxRow row;
  row.attempt = attempt;
  plugin_host::Outcome outcome;
  outcome.kind = kind;
  outcome.retry_after = retry_after;
  return judge(row, outcome, RetryPolicy{.attempts_max = 3}, 0, 120s);
}

TEST(JudgeTest, OnlyWhatDidNothingIsRepeated) {
  EXPECT_EQ(judged(OutcomeKind::accepted).next, Next::finished);
  EXPECT_EQ(judged(OutcomeKind::refused).next, Next::finished);
  EXPECT_EQ(judged(OutcomeKind::not_sent).next, Next::again);
  EXPECT_EQ(judged(OutcomeKind::throttled).next, Next::again);
  EXPECT_EQ(judged(OutcomeKind::busy).next, Next::again);
  EXPECT_EQ(judged(OutcomeKind::refused_account).next, Next::account_refused);
}

TEST(JudgeTest, UnknownIsHeldForTheReconcileWindowAndNeverRepeated) {
  const Verdict verdict = judged(OutcomeKind::unknown);
  EXPECT_EQ(verdict.next, Next::hold_unknown);
  EXPECT_EQ(verdict.delay, 120s);
}

TEST(JudgeTest, TheRetryBudgetEnds) {
  EXPECT_EQ(judged(OutcomeKind::not_sent, 2).next, Next::again);
  EXPECT_EQ(judged(OutcomeKind::not_sent, 3).next, Next::finished);
}

TEST(JudgeTest, ThrottlingDoesNotSpendTheBudgetAndSlowsTheAccount) {
  const Verdict verdict = judged(OutcomeKind::throttled, 100, 7s);
  EXPECT_EQ(verdict.next, Next::again);
  EXPECT_EQ(verdict.delay, 7s);
  EXPECT_TRUE(verdict.is_throttled);
}

}  // namespace
}  // namespace jackfield::outbound
