#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "core/net/http.h"
#include "jackfield/result.h"

namespace jackfield::net {

/// Bounds of the listener (reliability: a peer is hostile until proven otherwise).
struct HttpLimits {
  std::size_t header_bytes_max = 16 * 1024;
  std::size_t header_count_max = 64;
  std::size_t field_bytes_max = 4 * 1024;
  std::size_t target_bytes_max = 2 * 1024;
  std::size_t body_bytes_max = 4 * 1024 * 1024;  ///< Unless the route says less.
  std::size_t connections_max = 10'000;
  std::size_t requests_per_connection_max = 1'000'000;
  std::chrono::milliseconds header_timeout{5'000};
  std::chrono::milliseconds body_timeout{20'000};
  std::chrono::milliseconds idle_timeout{30'000};
  std::chrono::milliseconds answer_timeout{15'000};  ///< 503 when the handler has not answered.
  std::size_t websocket_message_bytes_max = 64 * 1024;
  std::size_t websocket_frames_per_message_max = 64;
  std::size_t websocket_backlog_bytes_max =
      1024 * 1024;  ///< Unsent bytes; beyond it the peer is closed with 1013.
  std::size_t websocket_backlog_messages_max = 256;
  std::chrono::milliseconds websocket_ping{
      25'000};                     ///< After this much silence; lost after twice it.
  std::vector<std::string> hosts;  ///< Allowed Host values without port; empty = any.
  std::vector<std::string>
      trusted_proxies;  ///< CIDRs whose X-Forwarded-For is read, from the right.
};

/// A server-side WebSocket. All calls from any thread. Owned jointly by the connection and whoever
/// talks to it.
class WebSocket {
 public:
  enum class Frame : bool { text, binary };
  virtual ~WebSocket() = default;
  /// False when closed, or when the peer does not read and the backlog is full (it is then closed
  /// with 1013).
  virtual bool send(std::string data, Frame frame) = 0;
  virtual void close(std::uint16_t code, std::string_view why) = 0;
};

/// Called on the I/O thread.
struct WebSocketEvents {
  std::function<void(std::string data, WebSocket::Frame frame)> on_message;
  std::function<void(std::uint16_t code)>
      on_close;  ///< Exactly once; 1006 when the connection was lost.
};

/// Answers one request; any thread; only the first call counts. Dropping it unanswered answers 500.
using Respond = std::function<void(HttpResponse)>;

/// What stands behind the listener. Called on the I/O thread; must not block.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  /// Largest body for this method and path; 0 refuses with 404 before the body is read.
  virtual std::size_t body_bytes_max(std::string_view method, std::string_view path) = 0;
  virtual void on_request(HttpRequest request, Respond respond) = 0;
  /// For upgrade requests: fill `events` and return true to accept; false answers `refusal` (403
  /// unless changed). When accepted, its headers go into the handshake's answer
  /// (Sec-WebSocket-Protocol).
  virtual bool on_websocket(const HttpRequest& request, std::shared_ptr<WebSocket> socket,
                            WebSocketEvents& events, HttpResponse& refusal) = 0;
};

/// HTTP/1.1 and WebSocket listener on one I/O thread. The only place that knows Beast.
class HttpServer {
 public:
  /// `io` and `handler` outlive the server.
  static std::unique_ptr<HttpServer> create(boost::asio::io_context& io, HttpLimits limits,
                                            HttpHandler& handler);
  virtual ~HttpServer() = default;
  /// Listens on address:port (port 0: any free one) and returns the port. Several calls listen on
  /// several.
  [[nodiscard]] virtual Result<std::uint16_t> listen(const std::string& address,
                                                     std::uint16_t port) = 0;
  /// Stops accepting; finishes requests in flight within `grace`, closes idle connections at once
  /// and WebSockets with 1001, then calls `stopped` on the I/O thread.
  virtual void stop(std::chrono::milliseconds grace, std::function<void()> stopped) = 0;
  [[nodiscard]] virtual std::size_t connections() const = 0;
};

}  // namespace jackfield::net
