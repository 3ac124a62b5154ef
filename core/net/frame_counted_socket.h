#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>

#include "core/net/socket.h"
#include "core/net/websocket_frames.h"

namespace jackfield::net {

/// A socket that counts the WebSocket frames it reads and fails the read when they are too many.
/// Beast's stream stands on it.
class FrameCountedSocket {
 public:
  using executor_type = Socket::executor_type;
  using ErrorCode = boost::system::error_code;

  FrameCountedSocket(Socket socket, std::size_t frames_per_message_max)
      : socket_(std::move(socket)), counter_(frames_per_message_max) {}

  executor_type get_executor() { return socket_.get_executor(); }
  [[nodiscard]] Socket& socket() { return socket_; }
  [[nodiscard]] bool exceeded() const { return counter_.exceeded(); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_compose<Token, void(ErrorCode, std::size_t)>(
        Read<Buffers>{*this, buffers}, token, socket_);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return socket_.async_write_some(buffers, std::forward<Token>(token));
  }

 private:
  template <class Buffers>
  struct Read {
    FrameCountedSocket& owner;
    Buffers buffers;
    bool begun = false;

    template <class Self>
    void operator()(Self& self, ErrorCode error = {}, std::size_t bytes = 0) {
      if (!begun) {
        begun = true;
        auto& socket = owner.socket_;
        const Buffers into = buffers;  // `this` moves with `self`.
        socket.async_read_some(into, std::move(self));
        return;
      }
      if (!error && !owner.count(buffers, bytes)) {
        error = boost::asio::error::message_size;
        bytes = 0;
      }
      self.complete(error, bytes);
    }
  };

  template <class Buffers>
  bool count(const Buffers& buffers, std::size_t bytes) {
    const auto now = std::chrono::steady_clock::now();
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto one = boost::asio::buffer_sequence_begin(buffers); one != end && bytes > 0; ++one) {
      const boost::asio::mutable_buffer part(*one);
      const std::size_t size = std::min(part.size(), bytes);
      if (!counter_.take(part.data(), size, now)) {
        return false;
      }
      bytes -= size;
    }
    return true;
  }

  Socket socket_;
  FrameCounter counter_;
};

// Found by Beast by argument-dependent lookup.
inline void beast_close_socket(FrameCountedSocket& stream) {
  boost::system::error_code ignored;
  stream.socket().close(ignored);
}

// Beast would wait for the peer's end of the connection, and a peer that doesn't end it would keep
// ours for as long as it likes. Both close frames have been exchanged or the peer broke the
// protocol, so we leave. What it sent meanwhile is read: closing with unread bytes resets the
// connection, and a reset can destroy the close frame on its way.
inline void teardown(boost::beast::role_type, FrameCountedSocket& stream,
                     boost::system::error_code& error) {
  constexpr int kReadsMax = 16;
  std::array<char, 16384> unread{};
  auto& socket = stream.socket();
  boost::system::error_code ignored;
  socket.shutdown(Socket::shutdown_send, ignored);
  socket.non_blocking(true, ignored);
  for (int i = 0; i < kReadsMax && !ignored; ++i) {
    socket.read_some(boost::asio::buffer(unread), ignored);
  }
  error = {};
}

template <class Handler>
void async_teardown(boost::beast::role_type role, FrameCountedSocket& stream, Handler&& handler) {
  boost::system::error_code error;
  teardown(role, stream, error);
  boost::asio::post(stream.get_executor(),
                    boost::beast::bind_front_handler(std::forward<Handler>(handler), error));
}

}  // namespace jackfield::net
