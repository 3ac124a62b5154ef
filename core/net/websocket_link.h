#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/net/http_server.h"
#include "core/net/mailbox.h"

namespace jackfield::net {

struct ServerState;

/// The half of a WebSocket that other threads hold: a bounded queue of what is still to be sent. It
/// may outlive the connection and the server; then send() says false.
class WebSocketLink final : public WebSocket {
 public:
  static constexpr std::uint16_t kTryAgainLater = 1013;

  struct Outgoing {
    std::string data;
    Frame frame = Frame::text;
  };
  struct Closing {
    std::uint16_t code = 1000;
    std::string why;
  };

  WebSocketLink(ServerState& state, std::uint64_t id);

  bool send(std::string data, Frame frame) override;
  void close(std::uint16_t code, std::string_view why) override;

  /// For the session, I/O thread. The next message in order; it counts as backlog until sent().
  std::optional<Outgoing> next();
  void sent(std::size_t bytes);
  /// What close() or a full backlog asked for, once all before it has been taken by next().
  [[nodiscard]] std::optional<Closing> closing();
  /// The code of the first close() or overflow; nothing before.
  [[nodiscard]] std::optional<std::uint16_t> close_code();
  /// The connection has gone.
  void lose();

 private:
  enum class State : std::uint8_t { open, closing, closed };

  void wake();  // With mutex_ held.

  std::shared_ptr<Mailbox> mailbox_;
  ServerState& server_;  // Touched by the mailbox's tasks only, which end before it does.
  std::uint64_t id_;
  std::size_t bytes_max_;
  std::size_t messages_max_;

  std::mutex mutex_;  // Guards all below.
  State state_ = State::open;
  bool woken_ = false;
  std::deque<Outgoing> queue_;
  std::size_t bytes_ = 0;     // Queued and in flight.
  std::size_t messages_ = 0;  // The same.
  Closing closing_;
};

}  // namespace jackfield::net
