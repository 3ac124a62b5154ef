#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/system/error_code.hpp>

#include "core/net/chunked_body.h"
#include "core/net/http_server.h"
#include "core/net/request_head.h"
#include "core/net/response_text.h"
#include "core/net/server_state.h"
#include "core/net/socket.h"

namespace jackfield::net {

/// One client connection: reads a request, hands it over, writes the answer, and again. One request
/// at a time; what the client sends meanwhile waits in the kernel.
///
/// Shared between the server's table and the Asio operations in flight, whichever ends last.
/// Threads: I/O thread only.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(ServerState& state, std::uint64_t id, Socket socket, const IpAddress& peer);
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  void start();
  /// Answers request `serial`; ignored when that one has been answered.
  void answer(std::uint64_t serial, HttpResponse response);
  /// Closes at once when no request is in flight, else after its answer.
  void finish();
  /// Closes now. The server may be gone afterwards.
  void abandon();

 private:
  enum class Phase : std::uint8_t { head, body, handler, write, linger, closed };
  using Clock = std::chrono::steady_clock;
  using ErrorCode = boost::system::error_code;

  void read();
  void on_read(ErrorCode error, std::size_t bytes);
  void advance();
  bool take_head();
  bool take_body();
  bool accept_head(RequestHead head);
  bool begin_body();
  void say_continue();
  void dispatch();
  void dispatch_websocket();
  void guarded_dispatch(Respond respond);

  void refuse(int status, std::string_view why);
  void write(HttpResponse response);
  void on_written(ErrorCode error);
  void linger();
  void on_lingered(ErrorCode error, std::size_t bytes);
  void close();

  void set_deadline(std::chrono::milliseconds from_now);
  void arm_timer();
  void on_timer();
  void on_deadline();
  void make_room(std::size_t bytes);

  ServerState* state_;  // Null after abandon().
  std::uint64_t id_;
  Socket socket_;
  Timer timer_;
  IpAddress peer_;
  Phase phase_ = Phase::head;
  Clock::time_point deadline_{};
  Clock::time_point timer_at_ = Clock::time_point::max();  // When the armed timer fires.

  std::string buffer_;  // Its size is its room; [begin_, end_) is filled.
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  HeadEnd head_end_;

  HttpRequest request_;
  Framing framing_ = Framing::none;
  std::uint64_t body_left_ = 0;  // With Framing::length.
  std::size_t body_max_ = 0;
  ChunkedBody chunks_{0};
  Clock::time_point body_began_{};
  bool upgrades_ = false;
  bool continue_expected_ = false;

  std::uint64_t serial_ = 0;  // Of the current request; counts the requests of this connection.
  AfterAnswer after_ = AfterAnswer::keep;
  bool is_head_ = false;
  std::string out_head_, out_body_;
  std::size_t lingered_ = 0;
};

}  // namespace jackfield::net
