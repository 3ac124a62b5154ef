#include "core/outbound/rate_limit.h"

#include <algorithm>

namespace jackfield::outbound {

namespace {
using Seconds = std::chrono::duration<double>;
}

void TokenBucket::fill(Instant now) {
  if (now > filled_) {
    tokens_ = std::min(rate_.burst, tokens_ + Seconds(now - filled_).count() * rate_.per_second);
    filled_ = now;
  }
}

bool TokenBucket::take(Instant now) {
  if (now < held_until_) {
    return false;
  }
  if (rate_.per_second <= 0) {
    return true;
  }
  fill(now);
  if (tokens_ < 1) {
    return false;
  }
  tokens_ -= 1;
  return true;
}

Instant TokenBucket::ready_at(Instant now) {
  if (rate_.per_second <= 0) {
    return std::max(now, held_until_);
  }
  fill(now);
  const double missing = std::max(0.0, 1 - tokens_);
  // A nanosecond more than the division says: rounding down would wake us just too early, again and
  // again.
  const auto wait =
      std::chrono::ceil<std::chrono::nanoseconds>(Seconds(missing / rate_.per_second));
  return std::max(held_until_, now + wait + std::chrono::nanoseconds(missing > 0 ? 1 : 0));
}

bool TokenBucket::is_full(Instant now) {
  fill(now);
  return now >= held_until_ && (rate_.per_second <= 0 || tokens_ >= rate_.burst);
}

void TokenBucket::hold_until(Instant until) {
  held_until_ = std::max(held_until_, until);
  tokens_ = std::min(tokens_, 1.0);
  filled_ = std::max(filled_, until);
}

}  // namespace jackfield::outbound
