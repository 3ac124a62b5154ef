#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/net/http_server.h"

namespace jackfield::plugin_host {

/// WebSockets of an account. They belong to the account, not to one version of its plugin. Any
/// thread.
class OpenSockets {
 public:
  static constexpr std::size_t kOpenMax = 10'000;
  static constexpr std::size_t kTagBytesMax = 512;

  std::optional<std::uint64_t> open(std::shared_ptr<net::WebSocket> socket, std::uint64_t route) {
    const std::lock_guard lock(mutex_);
    if (open_.size() >= kOpenMax) {
      return std::nullopt;
    }
    const std::uint64_t id = ++last_;
    open_.emplace(id, Open{std::move(socket), route, {}});
    return id;
  }
  /// nullptr when it is gone.
  [[nodiscard]] std::shared_ptr<net::WebSocket> find(std::uint64_t id) const {
    const std::lock_guard lock(mutex_);
    const auto it = open_.find(id);
    return it == open_.end() ? nullptr : it->second.socket;
  }
  bool tag(std::uint64_t id, std::string tag) {
    const std::lock_guard lock(mutex_);
    const auto it = open_.find(id);
    if (it == open_.end()) {
      return false;
    }
    it->second.tag = std::move(tag);
    return true;
  }
  /// False when it was gone already.
  bool remove(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    return open_.erase(id) != 0;
  }
  std::vector<std::shared_ptr<net::WebSocket>> all() const {
    std::vector<std::shared_ptr<net::WebSocket>> sockets;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, open] : open_) {
      sockets.push_back(open.socket);
    }
    return sockets;
  }

 private:
  struct Open {
    std::shared_ptr<net::WebSocket> socket;
    std::uint64_t route;
    std::string tag;
  };
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Open> open_;
  std::uint64_t last_ = 0;
};

}  // namespace jackfield::plugin_host
