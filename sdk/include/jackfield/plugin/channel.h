// What a plugin author derives from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jackfield/plugin/host.h"

namespace jackfield {
inline namespace sdk_v1 {

/// What a channel can do or wants to be called back on. The host sees only what is named here, so a
/// class that overrides on_request() says kUsesHttp:
///   static constexpr Features kFeatures = kUsesHttp | kUsesTimers;
enum Features : std::uint32_t {
  kUsesNothing = 0,
  kUsesHttp = 1U << 0,       ///< on_request, on_response
  kUsesTimers = 1U << 1,     ///< on_timer
  kUsesStored = 1U << 2,     ///< on_stored
  kCanReplay = 1U << 3,      ///< on_replay
  kUsesSockets = 1U << 4,    ///< on_socket_open, on_socket_data, on_socket_close
  kFetchesMedia = 1U << 5,   ///< on_fetch
  kUsesHistory = 1U << 6,    ///< on_history
  kSetsTyping = 1U << 7,     ///< set_typing
  kMarksRead = 1U << 8,      ///< mark_read
  kEndsSessions = 1U << 9,   ///< end_session
  kReconfigures = 1U << 10,  ///< reconfigure
};
constexpr Features operator|(Features a, Features b) {
  return static_cast<Features>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}

/// What the previous version saved.
struct Saved {
  std::uint32_t schema = 0;
  std::string state;
};

/// One account of a channel. All virtual functions run on the instance's lane: one at a time, in
/// order, never from inside a call into the host. They must not block: 5 ms is the budget, 50 ms is
/// logged. Any of them may throw PluginError; other exceptions count as JF_E_INTERNAL.
///
/// A derived class T has a constructor T(jackfield::Host host, std::string_view config_json) which
/// may throw PluginError(JF_E_INVALID, "what is wrong with the settings"); there is no traffic
/// before start().
class Channel {
 public:
  static constexpr Features kFeatures = kUsesNothing;

  explicit Channel(const Host& host) : host_(host) {}
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  virtual ~Channel() = default;

  /// Traffic may begin. This one says ready; an override that has to wait calls host().ready()
  /// later.
  virtual void start() { host().ready(true); }
  /// Sends one part. Outcome::pending(): host().complete(token) follows exactly once, before the
  /// part's deadline; other outcomes are final. JF_E_BUSY takes nothing: the host offers it again
  /// soon.
  virtual Outcome deliver(std::uint64_t token, const Outbound& outbound) = 0;
  /// The host no longer waits; complete() is still due.
  virtual void cancel(std::uint64_t token) { static_cast<void>(token); }
  /// Take nothing new, finish what is under way within `grace_ms`, then call host().drained().
  virtual void drain(std::uint32_t grace_ms) {
    static_cast<void>(grace_ms);
    host().drained();
  }
  /// After drain: what the next version should know, or nothing.
  virtual std::optional<Saved> save() { return std::nullopt; }
  /// Straight after construction, when a previous version saved something. An unknown schema is not
  /// an error: start cold.
  virtual void restore(std::uint32_t schema, std::string_view from_version,
                       std::string_view state) {
    static_cast<void>(schema), static_cast<void>(from_version), static_cast<void>(state);
  }

  /// A request for one of our routes; end it with host().reply() or with Arrival::http_request.
  virtual void on_request(std::uint64_t route, std::uint64_t request, const HttpRequest& message) {
    static_cast<void>(route), static_cast<void>(message);
    host().reply(request, 404);
  }
  /// Exactly once per host().http() that returned JF_OK. `response` is nullptr unless status is
  /// JF_OK. JF_E_UNREACHABLE: never left. JF_E_UNKNOWN: left, no usable answer. JF_E_TOO_LARGE,
  /// JF_E_CANCELLED.
  virtual void on_response(std::uint64_t op, jf_status status, const HttpResponse* response) {
    static_cast<void>(op), static_cast<void>(status), static_cast<void>(response);
  }
  virtual void on_timer(std::uint64_t id) { static_cast<void>(id); }
  /// JF_OK: durable, one entry per value in order.
  virtual void on_stored(std::uint64_t op, jf_status status, const std::vector<Stored>& values) {
    static_cast<void>(op), static_cast<void>(status), static_cast<void>(values);
  }
  /// A quarantined body again (its signature was checked then): parse it and publish with this
  /// `op`.
  virtual void on_replay(std::uint64_t op, std::string_view content_type, std::string_view raw) {
    static_cast<void>(op), static_cast<void>(content_type), static_cast<void>(raw);
  }
  /// `message` is nullptr for a socket inherited from the previous version; `tag` is what that one
  /// set.
  virtual void on_socket_open(std::uint64_t route, std::uint64_t socket, const HttpRequest* message,
                              std::string_view tag) {
    static_cast<void>(route), static_cast<void>(message), static_cast<void>(tag);
    host().socket_close(socket, 1011);
  }
  virtual void on_socket_data(std::uint64_t socket, std::string_view data, bool is_binary) {
    static_cast<void>(socket), static_cast<void>(data), static_cast<void>(is_binary);
  }
  /// Exactly once per opened socket.
  virtual void on_socket_close(std::uint64_t socket, std::int32_t code) {
    static_cast<void>(socket), static_cast<void>(code);
  }
  /// End the job with host().media_fetch() or host().media_fail(), now or later.
  virtual void on_fetch(std::uint64_t job, std::string_view media_ref,
                        std::string_view media_kind) {
    static_cast<void>(media_ref), static_cast<void>(media_kind);
    host().media_fail(job, Outcome::failed(JF_E_UNSUPPORTED, "this channel fetches no media"));
  }
  virtual void on_history(std::uint64_t op, jf_status status,
                          const std::vector<HistoryEntry>& entries, bool has_more) {
    static_cast<void>(op), static_cast<void>(status), static_cast<void>(entries);
    static_cast<void>(has_more);
  }

  virtual jf_status set_typing(std::string_view address, bool is_on) {
    static_cast<void>(address), static_cast<void>(is_on);
    return JF_E_UNSUPPORTED;
  }
  virtual jf_status mark_read(std::string_view address, std::string_view external_id) {
    static_cast<void>(address), static_cast<void>(external_id);
    return JF_E_UNSUPPORTED;
  }
  virtual jf_status end_session(std::string_view address, std::string_view reason) {
    static_cast<void>(address), static_cast<void>(reason);
    return JF_E_UNSUPPORTED;
  }
  /// New settings without a restart; JF_E_UNSUPPORTED: the host starts a fresh instance instead.
  virtual jf_status reconfigure(std::string_view config_json) {
    static_cast<void>(config_json);
    return JF_E_UNSUPPORTED;
  }

  [[nodiscard]] const Host& host() const noexcept { return host_; }

 private:
  Host host_;
};

}  // namespace sdk_v1
}  // namespace jackfield
