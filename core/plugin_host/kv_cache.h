#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/plugin_host/ports.h"

namespace jackfield::plugin_host {

/// An account's small durable state, kept in memory so that reading never waits. Any thread.
class KvCache {
 public:
  static constexpr std::size_t kKeysMax = 1'000;
  static constexpr std::size_t kKeyBytesMax = 200;
  static constexpr std::size_t kValueBytesMax = 64 * 1024;

  /// Blocks to load what was kept.
  KvCache(KvPort& port, model::AccountId account)
      : port_(port), account_(std::move(account)), values_(port_.load(account_)) {}

  [[nodiscard]] std::optional<std::string> get(std::string_view key) const {
    const std::lock_guard lock(mutex_);
    const auto it = values_.find(std::string(key));
    return it == values_.end() ? std::nullopt : std::optional(it->second);
  }
  /// False when there are too many keys. An empty value deletes.
  bool put(std::string key, std::string value) {
    const std::lock_guard lock(mutex_);  // also keeps the port's order
    if (value.empty()) {
      values_.erase(key);
    } else if (values_.count(key) == 0 && values_.size() >= kKeysMax) {
      return false;
    } else {
      values_[key] = value;
    }
    port_.put(account_, std::move(key), std::move(value));
    return true;
  }

 private:
  KvPort& port_;
  const model::AccountId account_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> values_;
};

}  // namespace jackfield::plugin_host
