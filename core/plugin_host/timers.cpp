#include "core/plugin_host/timers.h"

#include <algorithm>
#include <utility>

#include <boost/system/error_code.hpp>

namespace jackfield::plugin_host {

Timers::Timers(boost::asio::io_context& io, Fire fire) : io_(io), fire_(std::move(fire)) {}

bool Timers::arm(std::uint64_t id, std::chrono::milliseconds delay,
                 std::chrono::milliseconds period) {
  const std::lock_guard lock(mutex_);
  if (is_closed_ || (armed_.count(id) == 0 && armed_.size() >= kArmedMax)) {
    return false;
  }
  Armed& armed = armed_[id];
  if (!armed.timer) {
    armed.timer = std::make_unique<boost::asio::steady_timer>(io_);
  }
  armed.serial = ++last_serial_;
  armed.period = std::min(period, kDelayMax);
  armed.is_firing = false;
  armed.timer->expires_after(std::min(delay, kDelayMax));
  wait(id, armed);
  return true;
}

void Timers::wait(std::uint64_t id, Armed& armed) {
  armed.timer->async_wait([weak = weak_from_this(), id,
                           serial = armed.serial](const boost::system::error_code& problem) {
    if (const auto self = weak.lock(); self && !problem) {
      self->on_expired(id, serial);
    }
  });
}

void Timers::on_expired(std::uint64_t id, std::uint64_t serial) {
  {
    const std::lock_guard lock(mutex_);
    const auto it = armed_.find(id);
    if (it == armed_.end() || it->second.serial != serial) {
      return;  // replaced or disarmed while this was on its way
    }
    Armed& armed = it->second;
    const bool was_firing = std::exchange(armed.is_firing, true);
    if (armed.period.count() == 0) {
      armed_.erase(it);
    } else {
      armed.timer->expires_after(armed.period);
      wait(id, armed);
    }
    if (was_firing) {
      return;
    }
  }
  fire_(id);
}

void Timers::disarm(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  armed_.erase(id);
}

void Timers::handled(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  if (const auto it = armed_.find(id); it != armed_.end()) {
    it->second.is_firing = false;
  }
}

void Timers::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  armed_.clear();
}

}  // namespace jackfield::plugin_host
