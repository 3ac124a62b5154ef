#include "core/base/id_source.h"

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include <sys/random.h>

namespace jackfield::base {
namespace {

constexpr std::int64_t kEpochMs = 1'704'067'200'000;  // 2024-01-01T00:00:00Z
constexpr int kRandomBits = 21;
constexpr std::int64_t kMillisecondsMax = (std::int64_t{1} << 42) - 1;

std::int64_t random_bits() {
  std::uint32_t bits = 0;
  while (::getrandom(&bits, sizeof bits, 0) != static_cast<ssize_t>(sizeof bits)) {
    if (errno != EINTR) {
      throw std::runtime_error("the kernel gives no random bytes (getrandom failed)");
    }
  }
  return bits & ((1U << kRandomBits) - 1U);
}

}  // namespace

std::int64_t IdSource::next() {
  const std::int64_t elapsed =
      std::clamp(clock_.unix_ms() - kEpochMs, std::int64_t{0}, kMillisecondsMax);
  const std::int64_t candidate = (elapsed << kRandomBits) | random_bits();
  const std::lock_guard lock(mutex_);
  // Within one millisecond, and while the clock is behind, ids are counted up instead.
  last_ = std::max(candidate, last_ + 1);
  return last_;
}

}  // namespace jackfield::base
