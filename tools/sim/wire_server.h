#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "core/net/http.h"
#include "jackfield/result.h"

namespace jackfield::sim {

/// An answer and how it goes over the wire.
struct WireAnswer {
  enum class Ending : std::uint8_t {
    whole,
    half,   ///< The header, promising the whole body, then half of the body, then close.
    cut,    ///< Close without a byte.
    reset,  ///< The same with a TCP reset.
    hang,   ///< Never answer; the connection stays open until the peer or kHangMax ends it.
    drip,   ///< One byte each `drip_every`.
  };
  net::HttpResponse response;
  Ending ending = Ending::whole;
  std::chrono::milliseconds delay{0};  ///< Before the first byte.
  std::chrono::milliseconds drip_every{100};
};

/// Answers one request; on the I/O thread; at most once.
using WireRespond = std::function<void(WireAnswer)>;

/// What stands behind a WireServer. Called on the I/O thread.
class WireService {
 public:
  virtual ~WireService() = default;
  /// How long to leave the body unread once the header is in.
  virtual std::chrono::milliseconds pause_before_body(std::string_view method,
                                                      std::string_view path) = 0;
  virtual std::size_t body_bytes_max(std::string_view method, std::string_view path) = 0;
  virtual void on_request(net::HttpRequest request, WireRespond respond) = 0;
};

/// A small HTTP/1.1 listener on 127.0.0.1 that can misbehave on purpose, which a proper server
/// (core/net) must not be able to do. One I/O thread; all calls on it, or before it runs.
class WireServer {
 public:
  static constexpr std::size_t kConnectionsMax = 2'048;
  static constexpr std::chrono::minutes kHangMax{10};

  /// `io` and `service` outlive the server.
  static std::unique_ptr<WireServer> create(boost::asio::io_context& io, WireService& service);
  virtual ~WireServer() = default;
  /// Port 0: any free one. Returns the port.
  [[nodiscard]] virtual Result<std::uint16_t> listen(std::uint16_t port) = 0;
  /// Stops accepting and closes every connection.
  virtual void stop() = 0;
};

}  // namespace jackfield::sim
