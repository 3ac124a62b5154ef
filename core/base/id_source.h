#pragma once

#include <cstdint>
#include <mutex>

#include "core/base/clock.h"

namespace jackfield::base {

/// Makes 63-bit ids: 42 bits of milliseconds since 2024-01-01, 21 random bits; always growing
/// within the process, also when the clock steps back. Any thread. `clock` outlives it.
class IdSource {
 public:
  explicit IdSource(const Clock& clock) : clock_(clock) {}
  [[nodiscard]] std::int64_t next();

 private:
  const Clock& clock_;
  std::mutex mutex_;
  std::int64_t last_ = 0;
};

}  // namespace jackfield::base
