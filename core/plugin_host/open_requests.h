#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/net/http_server.h"

namespace jackfield::plugin_host {

/// Requests of an account that wait for their answer. Whoever takes one out answers it. Any thread.
class OpenRequests {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kOpenMax = 16'384;

  /// Nothing when too many wait; `respond` is not kept then.
  std::optional<std::uint64_t> open(net::Respond& respond, Time gives_up_at) {
    const std::lock_guard lock(mutex_);
    if (open_.size() >= kOpenMax) {
      return std::nullopt;
    }
    const std::uint64_t id = ++last_;
    open_.emplace(id, Open{std::move(respond), gives_up_at});
    return id;
  }
  /// Empty when it was answered, or its time is over.
  net::Respond take(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    const auto it = open_.find(id);
    if (it == open_.end()) {
      return nullptr;
    }
    net::Respond respond = std::move(it->second.respond);
    open_.erase(it);
    return respond;
  }
  std::vector<net::Respond> take_overdue(Time now) {
    std::vector<net::Respond> taken;
    const std::lock_guard lock(mutex_);
    for (auto it = open_.begin(); it != open_.end();) {
      if (it->second.gives_up_at > now) {
        ++it;
        continue;
      }
      taken.push_back(std::move(it->second.respond));
      it = open_.erase(it);
    }
    return taken;
  }

 private:
  struct Open {
    net::Respond respond;
    Time gives_up_at;
  };
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Open> open_;
  std::uint64_t last_ = 0;
};

}  // namespace jackfield::plugin_host
