#pragma once

#include <chrono>
#include <optional>

namespace jackfield::outbound {

/// Decides whether an attempt that did nothing is repeated, and when. Pure: no clock, no I/O.
struct RetryPolicy {
  int attempts_max = 8;
  std::chrono::milliseconds delay_first{1'000};
  std::chrono::milliseconds delay_max{600'000};
  /// A provider's Retry-After is believed up to here.
  std::chrono::milliseconds retry_after_max{3'600'000};

  /// The pause before the next attempt, or nothing when we give up. `attempt` counts from 1 and has
  /// just failed. `jitter` in [0, 1) spreads repeats over the upper half of the pause, so that a
  /// thousand of them don't meet.
  [[nodiscard]] std::optional<std::chrono::milliseconds> delay_after(int attempt,
                                                                     double jitter) const;
  /// The pause that a provider asks for: within [delay_first, retry_after_max]; 0 = it did not say.
  [[nodiscard]] std::chrono::milliseconds throttle_delay(
      std::chrono::milliseconds retry_after) const;
};

}  // namespace jackfield::outbound
