#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "jackfield/plugin/values.h"
#include "plugins/livechat/feed.h"
#include "plugins/livechat/protocol.h"
#include "plugins/livechat/rate_limit.h"
#include "plugins/livechat/settings.h"
#include "plugins/livechat/visitor_token.h"

namespace jackfield::livechat {

/// Why a socket was closed, as the browser sees it.
enum CloseCode : std::int32_t {
  kCloseEnded = 1000,
  kCloseTryLater = 1013,  ///< Does not read, or too much is going on: come back and resume.
  kCloseBadFrames = 4400,
  kCloseOrigin = 4403,
  kCloseNoHello = 4408,
  kCloseTooManySockets = 4409,
  kCloseRate = 4429,
};

/// What the visitors need done. Never calls back from inside.
class Outlet {
 public:
  Outlet() = default;
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;
  virtual ~Outlet() = default;
  virtual jf_status send(std::uint64_t socket, std::string_view frame) = 0;
  virtual void close(std::uint64_t socket, CloseCode code, std::string_view why) = 0;
  virtual void tag(std::uint64_t socket, std::string_view tag) = 0;
  /// `op` not 0: Visitors::stored(op) follows when this returned JF_OK.
  virtual jf_status publish(std::uint64_t op, const Inbound& value) = 0;
  /// Visitors::history(op) follows when this returned JF_OK.
  virtual jf_status read_history(std::uint64_t op, std::string_view address, std::string_view after,
                                 std::uint32_t limit) = 0;
  virtual std::string new_visitor_id() = 0;
  virtual void count(std::string_view metric) = 0;
};

struct Now {
  std::int64_t monotonic_ms = 0;
  std::int64_t unix_ms = 0;
};

struct Upgrade {
  std::optional<std::string_view> origin;
  std::string_view peer;
};

/// The visitors of one site and their sockets (one per tab): who is who, what each may do, what
/// each socket has yet to be told. Pure: time is given, everything else goes through the Outlet.
/// Threads: one at a time. A visitor is forgotten when its last socket closes; the store remembers.
class Visitors {
 public:
  static constexpr std::size_t kAwaitingHelloMax = 2'000;
  static constexpr std::size_t kPendingMax = 10'000;
  static constexpr std::size_t kLateReadsMax = 20'000;
  static constexpr std::uint32_t kPageMessages = 100;
  static constexpr std::size_t kPageBytesMax = 256 * 1024;
  static constexpr std::size_t kSavedBytesMax = 1024 * 1024;
  static constexpr Rate kFrames{600, 100};  ///< Per socket, of any kind.
  static constexpr Rate kMarks{120, 60};    ///< Per visitor; one mark stands for all before it.
  static constexpr Rate kHellos{60, 30};    ///< Per visitor.

  Visitors(Settings settings, TokenMint mint, Outlet& outlet);

  void configure(Settings settings) { settings_ = std::move(settings); }

  enum class Admission : std::uint8_t { open, wrong_origin, no_room };
  /// Closes the socket unless it is `open` now.
  Admission open(std::uint64_t socket, const Upgrade& upgrade, Now now);
  /// A socket that the previous version left behind; `tag` is what that one set.
  void inherit(std::uint64_t socket, std::string_view tag, Now now);
  void data(std::uint64_t socket, std::string_view frame, bool is_binary, Now now);
  void closed(std::uint64_t socket);

  void stored(std::uint64_t op, jf_status status, const std::vector<Stored>& values);
  void history(std::uint64_t op, jf_status status, const std::vector<HistoryEntry>& entries,
               bool has_more);

  /// Sends one part to the sockets that are open; accepted in any case, since one that is not gets
  /// it when it resumes.
  Outcome deliver(const Outbound& outbound, Now now);
  jf_status set_typing(std::string_view address, bool is_on);
  jf_status mark_read(std::string_view address, std::string_view external_id);
  jf_status end_session(std::string_view address, std::string_view reason);

  /// Ends what has taken too long. About once a second.
  void sweep(Now now);

  /// From now on nothing is published; browsers are told to try again.
  void stop_publishing() { is_publishing_ = false; }
  void resume_publishing() { is_publishing_ = true; }
  [[nodiscard]] bool is_idle() const { return pending_.empty(); }
  /// What the next version cannot find in tags or the store, as JSON of at most kSavedBytesMax.
  [[nodiscard]] std::string save() const;
  void restore(std::string_view saved);

  [[nodiscard]] std::size_t socket_count() const { return sockets_.size(); }
  [[nodiscard]] std::size_t visitor_count() const { return visitors_.size(); }

 private:
  struct Socket {
    std::string visitor;  ///< "" until hello.
    std::string peer_key;
    Feed feed;
    Bucket frames;
    int bad_frames = 0;
    bool is_closing = false;
  };
  struct Introduction {
    std::string name, context;
    bool is_context_sent = false;
  };
  struct Visitor {
    std::vector<std::uint64_t> sockets;  ///< Closing ones included.
    Introduction introduction;
    Bucket typing, marks;
    std::string last_read, last_received;
    bool is_typing = false, is_ending = false;
  };
  struct Pending {
    enum class Kind : std::uint8_t { message, end } kind = Kind::message;
    std::string visitor, client_id, text;
    std::vector<std::uint64_t> waiters;  ///< Sockets that get the ack; the first one asked first.
  };
  using Peer = std::pair<const std::uint64_t, Socket>;

  struct Identity {
    std::string visitor;
    bool is_known = false;
  };
  void hello(Peer& peer, const Hello& hello, Now now);
  /// Nothing when it was turned away.
  std::optional<Identity> identify(Peer& peer, const Hello& hello, Now now);
  void frame(Peer& peer, const ClientFrame& frame, Now now);
  void say(Peer& peer, const Say& say, Now now);
  void typing(Visitor& visitor, const std::string& id, bool is_on, Now now);
  void mark(Visitor& visitor, const std::string& id, const Mark& mark, Now now);
  void end(Peer& peer, Now now);
  void bad_frame(Peer& peer, std::string_view code, std::string_view why);

  void acknowledge(const Pending& pending, const Stored& stored);
  void echo(const Pending& pending, const Stored& stored);
  void end_all(const std::string& visitor, std::string_view reason);

  void read_page(Peer& peer);
  void read_late_pages();
  void show_history(std::uint64_t socket, jf_status status,
                    const std::vector<HistoryEntry>& entries, bool has_more);
  enum class Page : std::uint8_t { whole, cut, socket_lost };
  Page send_page(Peer& peer, const std::vector<HistoryEntry>& entries);
  void finish_page(Peer& peer, bool has_more);

  Visitor& attach(Peer& peer, const std::string& visitor);
  [[nodiscard]] std::size_t open_sockets(const Visitor& visitor) const;
  Peer* find_open(std::uint64_t socket);
  Visitor* find_visitor(std::string_view address);
  bool send(Peer& peer, std::string_view frame);
  void send_all(const Visitor& visitor, std::string_view frame);
  void offer(Peer& peer, std::string_view id, std::string_view frame);
  void close(Peer& peer, CloseCode code, std::string_view why);

  Settings settings_;
  TokenMint mint_;
  Outlet& outlet_;
  std::unordered_map<std::uint64_t, Socket> sockets_;
  std::unordered_map<std::uint64_t, std::int64_t> awaiting_hello_;  ///< Socket -> deadline.
  std::unordered_map<std::string, Visitor> visitors_;
  std::unordered_map<std::uint64_t, Pending> pending_;
  std::unordered_map<std::string, std::uint64_t> pending_by_key_;  ///< Dedupe key -> op.
  std::unordered_map<std::uint64_t, std::uint64_t> reads_;         ///< Op -> socket.
  std::deque<std::uint64_t> late_reads_;  ///< Sockets whose read the host had no room for yet.
  std::unordered_map<std::string, Introduction> saved_;  ///< By visitor, until it is back.
  BucketTable newcomers_{20'000}, messages_{40'000}, hellos_{40'000};
  std::uint64_t next_op_ = 1;
  std::int64_t tables_swept_ms_ = 0;
  bool is_publishing_ = true;
};

}  // namespace jackfield::livechat
