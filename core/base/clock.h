#pragma once

#include <chrono>
#include <cstdint>

namespace jackfield::base {

/// The only source of time. Wall time may jump; deadlines and intervals use monotonic().
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::int64_t unix_ms() const = 0;
  [[nodiscard]] virtual std::chrono::steady_clock::time_point monotonic() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t unix_ms() const override;
  [[nodiscard]] std::chrono::steady_clock::time_point monotonic() const override;
};

}  // namespace jackfield::base
