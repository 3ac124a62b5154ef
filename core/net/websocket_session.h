#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/net/http_server.h"
#include "core/net/server_state.h"
#include "core/net/socket.h"
#include "core/net/websocket_link.h"

namespace jackfield::net {

/// The half of a WebSocket that lives on the I/O thread: frames in and out, keep-alive, closing.
///
/// Shared between the server's table and the Asio operations in flight, whichever ends last.
class WebSocketSession : public std::enable_shared_from_this<WebSocketSession> {
 public:
  WebSocketSession(ServerState& state, std::uint64_t id);
  ~WebSocketSession();
  WebSocketSession(const WebSocketSession&) = delete;
  WebSocketSession& operator=(const WebSocketSession&) = delete;

  [[nodiscard]] const std::shared_ptr<WebSocketLink>& link() const { return link_; }

  /// Finishes the handshake that `request` began, adding `headers` to its answer, and reads.
  void start(Socket socket, const HttpRequest& request, WebSocketEvents events,
             std::vector<Header> headers);
  /// Sends what waits in the link; closes when it says so.
  void pump();
  /// Ends now, with on_close(code). The server may be gone afterwards.
  void abandon(std::uint16_t code);

 private:
  struct Stream;  // Keeps Beast out of this header.

  void read();
  void on_read(boost::system::error_code error);
  void deliver();
  void send_next();
  void begin_close(const WebSocketLink::Closing& closing);
  void arm_close_timer();
  void finish(std::uint16_t code);
  [[nodiscard]] std::uint16_t code_for(boost::system::error_code error) const;
  void say_policy_violation();

  ServerState* state_;  // Null after abandon().
  std::uint64_t id_;
  std::shared_ptr<WebSocketLink> link_;
  WebSocketEvents events_;
  std::unique_ptr<Stream> stream_;
  WebSocketLink::Outgoing outgoing_;
  Timer close_timer_;
  std::uint16_t our_code_ = 0;  // Not 0: we are closing.
  bool open_ = false;
  bool writing_ = false;
  bool timer_armed_ = false;
  bool finished_ = false;
};

}  // namespace jackfield::net
