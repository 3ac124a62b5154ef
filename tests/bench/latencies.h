#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "jackfield/json.h"

namespace jackfield::bench {

using Steady = std::chrono::steady_clock;

/// How long things took. One thread.
class Latencies {
 public:
  explicit Latencies(std::size_t expected) { microseconds_.reserve(expected); }

  void add(Steady::duration time) {
    const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
    microseconds_.push_back(static_cast<std::uint32_t>(std::max<std::int64_t>(whole, 0)));
  }

  [[nodiscard]] std::size_t count() const { return microseconds_.size(); }

  /// {"p50_ms":…,"p99_ms":…,"p999_ms":…,"max_ms":…} under `name`.
  void write(json::Writer& out, std::string_view name) {
    std::sort(microseconds_.begin(), microseconds_.end());
    out.key(name).begin_object();
    out.key("p50_ms").number(quantile(0.5)).key("p99_ms").number(quantile(0.99));
    out.key("p999_ms").number(quantile(0.999)).key("max_ms").number(quantile(1)).end_object();
  }

 private:
  [[nodiscard]] double quantile(double share) const {
    if (microseconds_.empty()) {
      return 0;
    }
    const auto last = static_cast<double>(microseconds_.size() - 1);
    return microseconds_[static_cast<std::size_t>(last * share)] / 1000.0;
  }

  std::vector<std::uint32_t> microseconds_;
};

}  // namespace jackfield::bench
