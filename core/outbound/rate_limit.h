#pragma once

#include <chrono>

namespace jackfield::outbound {

using Instant = std::chrono::steady_clock::time_point;

/// A provider's limit: `per_second` on average, `burst` at once. Zero per_second = no limit.
struct Rate {
  double per_second = 0;
  double burst = 1;
};

/// Token bucket. Pure: the caller says what time it is. Time must not go back.
class TokenBucket {
 public:
  TokenBucket(Rate rate, Instant now) : rate_(rate), tokens_(rate.burst), filled_(now) {}

  /// Takes one token if there is one.
  bool take(Instant now);
  /// When take() will succeed; `now` when it would already.
  [[nodiscard]] Instant ready_at(Instant now);
  /// Whether it holds all it can: then it remembers nothing and may be forgotten.
  [[nodiscard]] bool is_full(Instant now);
  /// The provider said we are too fast: nothing until `until`, and then no saved-up burst.
  void hold_until(Instant until);

 private:
  void fill(Instant now);

  Rate rate_;
  double tokens_;
  Instant filled_;
  Instant held_until_{};
};

}  // namespace jackfield::outbound
