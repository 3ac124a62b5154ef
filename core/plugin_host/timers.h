#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

namespace jackfield::plugin_host {

/// Timers of one instance, by the plugin's own ids. Any thread; `fire` is called on the I/O thread.
/// A timer that is due again before the last firing was handled (handled()) is not queued twice.
class Timers : public std::enable_shared_from_this<Timers> {
 public:
  static constexpr std::size_t kArmedMax = 10'000;
  static constexpr std::chrono::milliseconds kDelayMax{std::chrono::hours{24 * 366}};
  using Fire = std::function<void(std::uint64_t id)>;

  Timers(boost::asio::io_context& io, Fire fire);

  /// False when too many are armed. `period` 0: once. Arming an id again replaces it.
  bool arm(std::uint64_t id, std::chrono::milliseconds delay, std::chrono::milliseconds period);
  void disarm(std::uint64_t id);
  /// The firing of `id` was delivered.
  void handled(std::uint64_t id);
  /// Disarms all for good.
  void close();

 private:
  struct Armed {
    std::unique_ptr<boost::asio::steady_timer> timer;
    std::uint64_t serial = 0;
    std::chrono::milliseconds period{0};
    bool is_firing = false;
  };
  void wait(std::uint64_t id, Armed& armed);
  void on_expired(std::uint64_t id, std::uint64_t serial);

  boost::asio::io_context& io_;
  const Fire fire_;
  std::mutex mutex_;
  std::map<std::uint64_t, Armed> armed_;
  std::uint64_t last_serial_ = 0;
  bool is_closed_ = false;
};

}  // namespace jackfield::plugin_host
