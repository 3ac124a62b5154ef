#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "core/net/http_server.h"

namespace jackfield::net::test {

/// Bounded polling; false when `holds` never became true.
bool eventually(const std::function<bool()>& holds,
                std::chrono::milliseconds within = std::chrono::seconds(10));

/// Lines any thread may add and the test reads.
class Log {
 public:
  void add(std::string line);
  [[nodiscard]] std::vector<std::string> lines() const;
  [[nodiscard]] bool has(std::string_view line) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// A blocking client that sends exactly the bytes it is told to.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, int receive_buffer = 0);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// False when the peer is gone.
  bool send(std::string_view bytes);
  /// The next whole response as "status|body"; "closed" or "timeout" otherwise.
  std::string response();
  [[nodiscard]] const std::string& head() const { return head_; }
  /// At least `count` bytes, or fewer when the connection ended.
  std::string bytes(std::size_t count);
  /// Everything until the peer closes.
  std::string rest();
  /// True when the peer closes (or resets) before the timeout.
  bool is_closed();
  void close_write();
  /// The next WebSocket frame as "opcode:payload", a close as "close <code>"; "closed" at the end.
  std::string frame();

 private:
  enum class More : std::uint8_t { bytes, closed, timeout };
  More receive();

  int fd_;
  std::string in_;
  std::string head_;
};

/// A masked client frame.
std::string client_frame(unsigned first_byte, std::string_view payload);

/// What the tests put behind the listener.
class FakeHandler : public HttpHandler {
 public:
  std::size_t body_bytes_max(std::string_view method, std::string_view path) override;
  void on_request(HttpRequest request, Respond respond) override;
  bool on_websocket(const HttpRequest& request, std::shared_ptr<WebSocket> socket,
                    WebSocketEvents& events, HttpResponse& refusal) override;

  Log log;
  std::function<void(HttpRequest, Respond)> answer;  ///< Empty: 200 with the body back.
  std::function<bool(std::shared_ptr<WebSocket>, WebSocketEvents&)> websocket;
};

/// An io_context with its thread, and a server on it.
class Loopback {
 public:
  explicit Loopback(HttpLimits limits = {});
  ~Loopback();
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;

  /// Runs on the I/O thread and waits for the end of it.
  void on_io(const std::function<void()>& task);
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::size_t connections();
  boost::asio::io_context& io() { return io_; }
  HttpServer& server() { return *server_; }
  void destroy_server();

  FakeHandler handler;

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::unique_ptr<HttpServer> server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace jackfield::net::test
