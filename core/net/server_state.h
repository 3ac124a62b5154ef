#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <boost/asio/io_context.hpp>

#include "core/base/clock.h"
#include "core/net/http_server.h"
#include "core/net/mailbox.h"
#include "core/net/request_head.h"
#include "core/net/trusted_proxies.h"

namespace jackfield::net {

class HttpConnection;
class WebSocketSession;

/// What the listener, its connections and its WebSockets share. I/O thread only; lives as long as
/// the server. Connections are told when it goes, since Asio may still hold them for a last
/// callback.
struct ServerState {
  ServerState(boost::asio::io_context& context, HttpLimits bounds, HttpHandler& behind,
              TrustedProxies trusted);

  boost::asio::io_context& io;
  HttpLimits limits;
  HeadLimits head_limits;
  HttpHandler& handler;
  TrustedProxies proxies;
  std::shared_ptr<Mailbox> mailbox;
  bool stopping = false;
  std::uint64_t id_last = 0;
  std::unordered_map<std::uint64_t, std::shared_ptr<HttpConnection>> connections;
  std::unordered_map<std::uint64_t, std::shared_ptr<WebSocketSession>> websockets;
  std::function<void()> on_empty;  ///< When stopping and the last one has gone.

  /// What is open, of both kinds; the one thing here that any thread may ask for.
  [[nodiscard]] std::size_t count() const { return open_; }
  void add_connection(std::uint64_t id, std::shared_ptr<HttpConnection> connection);
  void add_websocket(std::uint64_t id, std::shared_ptr<WebSocketSession> websocket);
  void forget_connection(std::uint64_t id);
  void forget_websocket(std::uint64_t id);
  /// The Date header of now, made once a second.
  [[nodiscard]] std::string_view date();

 private:
  void recount() { open_ = connections.size() + websockets.size(); }
  void tell_when_empty();

  std::atomic<std::size_t> open_{0};

  base::SystemClock clock_;
  std::int64_t date_second_ = -1;
  std::string date_;
};

}  // namespace jackfield::net
