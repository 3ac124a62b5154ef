#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/base/clock.h"
#include "core/outbound/outbox.h"
#include "core/outbound/retry_policy.h"
#include "core/outbound/schedule.h"
#include "core/plugin_host/outbound_part.h"
#include "core/store/store.h"

namespace jackfield::outbound {

/// Road out, steps 4 to 6: takes parts out of the outbox, hands them to their plugin one at a time
/// per conversation, and writes down how each attempt ended. What to do is decided in schedule.h
/// and outbox.h; this class only does it.
///
/// Threads: submit(), wake(), pause(), resume() and set_limits() from any; everything else on the
/// I/O thread. Lifetime: everything given to the constructor outlives it; it outlives the run of
/// `io`.
class Sender {
 public:
  using Transport = std::function<void(plugin_host::OutboundPart, plugin_host::OnOutcome)>;

  struct Options {
    RetryPolicy retry;
    std::chrono::milliseconds reconcile_window{120'000};
  };
  struct Figures {
    std::uint64_t attempts = 0, accepted = 0, failed = 0, unknown = 0, repeated = 0;
    std::size_t waiting = 0;
  };

  Sender(boost::asio::io_context& io, store::Store& store, const base::Clock& clock,
         Transport transport, Options options);

  /// Reads the outbox back after a start; what was under way when the process died is unknown now
  /// (P4). Blocks. Call before anything can submit().
  Status load();
  /// Begins to send.
  void start();
  /// Begins no further attempt; those under way end and are recorded.
  void stop();

  /// Parts that have just become durable, in the order of promise.
  void submit(std::vector<store::OutboxRow> rows);
  /// A receipt settled parts whose fate was unknown: the ones behind them may go.
  void wake();
  void pause(const model::AccountId& account);
  void resume(const model::AccountId& account);
  /// Reads "rate" out of a channel's capabilities:
  /// {"per_second","burst","in_flight_max"?,"pair":{…}?}.
  void set_limits(const model::AccountId& account, const std::string& capabilities_json);
  [[nodiscard]] Figures figures() const { return figures_; }  ///< I/O thread.

 private:
  struct Attempt;

  void pump();
  void begin(const store::OutboxRow& row);
  void deliver(store::OutboxRow row, plugin_host::OutboundPart part);
  void settle(std::shared_ptr<Attempt> attempt);
  void settled(const Attempt& attempt);
  void end_wait(const store::OutboxRow& row);
  void finish(std::int64_t row);
  void check_unknown();
  void refill();
  void add(const store::OutboxRow& row);
  void tell_fault(const model::AccountId& account, const std::string& why);
  void later(std::chrono::milliseconds delay, std::function<void()> what);

  boost::asio::io_context& io_;
  store::Store& store_;
  const base::Clock& clock_;
  Transport transport_;
  Options options_;
  Schedule schedule_;
  std::unordered_map<std::int64_t, store::OutboxRow> rows_;
  std::unordered_set<std::int64_t> unknown_;
  std::minstd_rand random_;
  boost::asio::steady_timer timer_;
  Figures figures_;
  std::int64_t last_loaded_ = 0;
  bool has_more_in_store_ = false;
  bool is_refilling_ = false;
  bool is_running_ = false;
};

}  // namespace jackfield::outbound
