#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/plugin_host/account.h"
#include "core/plugin_host/delivery_tokens.h"
#include "core/plugin_host/environment.h"
#include "core/plugin_host/lane.h"
#include "core/plugin_host/library.h"
#include "core/plugin_host/timers.h"
#include "jackfield/plugin_abi.h"
#include "jackfield/result.h"

namespace jackfield::plugin_host {

/// Numbers that something is waited for under, each with a time to give up. Any thread.
template <class Kept>
class Waiting {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit Waiting(std::size_t max) : max_(max) {}
  /// False when it is there already, or too many wait.
  bool add(std::uint64_t id, Kept kept, Time gives_up_at) {
    const std::lock_guard lock(mutex_);
    return waiting_.size() < max_ &&
           waiting_.emplace(id, Entry{std::move(kept), gives_up_at}).second;
  }
  std::optional<Kept> take(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    const auto it = waiting_.find(id);
    if (it == waiting_.end()) {
      return std::nullopt;
    }
    std::optional<Kept> kept(std::move(it->second.kept));
    waiting_.erase(it);
    return kept;
  }
  /// Runs `change` on what is kept, under the lock.
  template <class Change>
  bool update(std::uint64_t id, Change change) {
    const std::lock_guard lock(mutex_);
    const auto it = waiting_.find(id);
    if (it == waiting_.end()) {
      return false;
    }
    change(it->second.kept);
    return true;
  }
  std::map<std::uint64_t, Kept> take_overdue(Time now) {
    std::map<std::uint64_t, Kept> taken;
    const std::lock_guard lock(mutex_);
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      if (it->second.gives_up_at > now) {
        ++it;
        continue;
      }
      taken.emplace(it->first, std::move(it->second.kept));
      it = waiting_.erase(it);
    }
    return taken;
  }

 private:
  struct Entry {
    Kept kept;
    Time gives_up_at;
  };
  const std::size_t max_;
  std::mutex mutex_;
  std::map<std::uint64_t, Entry> waiting_;
};

/// One HTTP call of a plugin that is under way.
struct CallUnderWay {
  std::uint64_t handle = 0;  ///< 0: not known yet.
  bool is_cancelled = false;
};

/// What the plugin wants to be called back on; nullptr: not offered.
struct Receivers {
  const jf_recv_timer* timer = nullptr;
  const jf_recv_inbound* inbound = nullptr;
  const jf_recv_http* http = nullptr;
  const jf_recv_socket* socket = nullptr;
  const jf_recv_media* media = nullptr;
  const jf_recv_history* history = nullptr;
  const jf_ext_typing* typing = nullptr;
  const jf_ext_read* read = nullptr;
  const jf_ext_session* session = nullptr;
};

/// One instance of one version of a plugin: library, instance, lane, and all that is under way with
/// it. The account's registrations live in Account, so that a later generation can take them over.
/// Functions may be called from any thread, except where said; plugin code runs on the lane only.
class Generation : public std::enable_shared_from_this<Generation> {
 public:
  static constexpr std::chrono::milliseconds kStartWithin{10'000};
  static constexpr std::chrono::milliseconds kJobWithin{10 * 60'000};
  static constexpr std::size_t kCallsMax = 1'024;
  static constexpr std::size_t kJobsMax = 1'024;
  static constexpr std::size_t kReplaysMax = 1'024;
  static constexpr std::size_t kHistoryReadsMax = 64;
  /// Ops that the host chose (replays) have this bit.
  static constexpr std::uint64_t kHostOp = 1ULL << 63U;

  /// Creates and starts the instance on its lane and waits for that. Error: invalid, with the
  /// plugin's sentence; the instance is gone then. Main thread.
  static Result<std::shared_ptr<Generation>> start(Environment& environment,
                                                   std::shared_ptr<Account> account,
                                                   std::shared_ptr<Library> library,
                                                   const jf_channel& channel, int number);
  ~Generation() = default;
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;

  void deliver(OutboundPart part, OnOutcome done);
  void fetch_media(std::int64_t job, std::string media_ref, std::string media_kind);
  Status replay(std::int64_t row, std::string content_type, std::string raw);
  Status set_typing(std::string address, bool is_on);
  Status mark_read(std::string address, std::string external_id);
  Status end_session(std::string address, std::string reason);
  /// False: the lane is full; the request was not taken (it is still open under its id).
  bool on_request(std::uint64_t route, std::uint64_t request_id, net::HttpRequest request);
  bool on_socket_open(std::uint64_t route, std::uint64_t socket, net::HttpRequest request);
  void on_socket_data(std::uint64_t socket, std::string data, net::WebSocket::Frame frame);
  void on_socket_close(std::uint64_t socket, std::uint16_t code);

  /// Ends what is overdue; each half second, on the I/O thread.
  void sweep();
  /// Asks the instance to finish what is under way. Main thread; then end().
  void begin_drain(std::chrono::milliseconds grace);
  /// Waits for drained() until `until`, ends what is still open (unknown), destroys the instance
  /// and joins the lane. A lane that does not end is left behind, with all it needs.
  void end(std::chrono::steady_clock::time_point until);

  // ---- for the services
  static Generation& of(const jf_host* host) { return *static_cast<Generation*>(host->impl); }
  [[nodiscard]] bool is_closed() const { return is_closed_.load(); }
  [[nodiscard]] bool is_creating() const { return is_creating_.load(); }
  /// create and start: routes may be added.
  [[nodiscard]] bool is_starting() const { return is_starting_.load(); }
  /// Something left through this instance: bytes on a socket, an HTTP call.
  void note_sending() { sends_.fetch_add(1); }
  void note_drained();
  [[nodiscard]] std::chrono::steady_clock::time_point now() const {
    return environment.clock.monotonic();
  }
  jf_instance* instance() const { return instance_; }

  Environment& environment;
  const std::shared_ptr<Account> account;
  const std::shared_ptr<Library> library;
  const jf_channel& channel;
  const int number;
  DeliveryTokens tokens;
  Waiting<CallUnderWay> calls{kCallsMax};
  Waiting<std::int64_t> jobs{kJobsMax};
  Waiting<std::int64_t> replays{kReplaysMax};
  Waiting<int> history_reads{kHistoryReadsMax};
  std::shared_ptr<Timers> timers;  ///< Constant once started.
  Receivers receivers;             ///< Set on the lane before traffic; constant afterwards.
  Lane lane;

 private:
  Generation(Environment& environment, std::shared_ptr<Account> account,
             std::shared_ptr<Library> library, const jf_channel& channel, int number);
  Status start_on_lane();
  Status create_instance();
  Status start_instance();
  void find_receivers();
  void destroy_on_lane();
  void deliver_on_lane(std::uint64_t token, const OutboundPart& part);
  void fire_timer(std::uint64_t id);
  void give_up_tokens();
  void leave_behind();

  jf_host host_{};
  std::string product_version_;
  jf_instance* instance_ = nullptr;  ///< Lane only.
  std::atomic<bool> is_closed_{false};
  std::atomic<bool> is_creating_{false};
  std::atomic<bool> is_starting_{false};
  std::atomic<bool> was_stuck_{false};
  std::atomic<std::uint64_t> sends_{0};
  std::atomic<std::uint64_t> last_op_{0};
  std::mutex drain_mutex_;
  std::condition_variable drain_changed_;
  bool is_drained_ = false;
};

}  // namespace jackfield::plugin_host
