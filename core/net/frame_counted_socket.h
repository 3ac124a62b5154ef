#pragma once

#include <chrono>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/websocket/teardown.hpp>

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

template <class Handler>
void async_teardown(boost::beast::role_type role, FrameCountedSocket& stream, Handler&& handler) {
  using boost::beast::websocket::async_teardown;
  async_teardown(role, stream.socket(), std::forward<Handler>(handler));
}

inline void teardown(boost::beast::role_type role, FrameCountedSocket& stream,
                     boost::system::error_code& error) {
  using boost::beast::websocket::teardown;
  teardown(role, stream.socket(), error);
}

}  // namespace jackfield::net
