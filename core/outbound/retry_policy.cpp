#include "core/outbound/retry_policy.h"

#include <algorithm>
#include <cstdint>

namespace jackfield::outbound {

std::optional<std::chrono::milliseconds> RetryPolicy::delay_after(int attempt,
                                                                  double jitter) const {
  if (attempt >= attempts_max) {
    return std::nullopt;
  }
  // Capped before the shift: a long outage must not overflow into a negative delay.
  const int doublings = std::clamp(attempt - 1, 0, 20);
  const auto full =
      std::min<std::chrono::milliseconds>(delay_first * (1LL << doublings), delay_max);
  const auto half = static_cast<double>(full.count()) / 2;
  return std::chrono::milliseconds(static_cast<std::int64_t>(half + half * jitter));
}

std::chrono::milliseconds RetryPolicy::throttle_delay(std::chrono::milliseconds retry_after) const {
  return std::clamp(retry_after, delay_first, retry_after_max);
}

}  // namespace jackfield::outbound
