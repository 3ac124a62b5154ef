#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/plugin_host/plugin_host.h"

namespace jackfield::plugin_host {

/// Attempts whose outcome is due. Whoever takes a token out ends it, so it ends once. Any thread.
class DeliveryTokens {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kOpenMax = 16'384;

  /// Nothing when too many are open; `done` is not kept then.
  std::optional<std::uint64_t> open(OnOutcome& done, Time gives_up_at) {
    const std::lock_guard lock(mutex_);
    if (open_.size() >= kOpenMax) {
      return std::nullopt;
    }
    const std::uint64_t token = ++last_;
    open_.emplace(token, Open{std::move(done), gives_up_at});
    return token;
  }
  /// Empty when the token is not open (any more).
  OnOutcome take(std::uint64_t token) {
    const std::lock_guard lock(mutex_);
    const auto it = open_.find(token);
    if (it == open_.end()) {
      return nullptr;
    }
    OnOutcome done = std::move(it->second.done);
    open_.erase(it);
    return done;
  }
  [[nodiscard]] bool is_open(std::uint64_t token) const {
    const std::lock_guard lock(mutex_);
    return open_.count(token) != 0;
  }
  std::vector<std::pair<std::uint64_t, OnOutcome>> take_overdue(Time now) {
    return take_if([now](const Open& open) { return open.gives_up_at <= now; });
  }
  std::vector<std::pair<std::uint64_t, OnOutcome>> take_all() {
    return take_if([](const Open&) { return true; });
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return open_.size();
  }

 private:
  struct Open {
    OnOutcome done;
    Time gives_up_at;
  };
  template <class Condition>
  std::vector<std::pair<std::uint64_t, OnOutcome>> take_if(Condition is_due) {
    std::vector<std::pair<std::uint64_t, OnOutcome>> taken;
    const std::lock_guard lock(mutex_);
    for (auto it = open_.begin(); it != open_.end();) {
      if (!is_due(it->second)) {
        ++it;
        continue;
      }
      taken.emplace_back(it->first, std::move(it->second.done));
      it = open_.erase(it);
    }
    return taken;
  }

  mutable std::mutex mutex_;
  std::map<std::uint64_t, Open> open_;
  std::uint64_t last_ = 0;
};

}  // namespace jackfield::plugin_host
