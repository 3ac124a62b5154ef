#include "core/net/websocket_session.h"

#include <array>
#include <utility>

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "core/base/log.h"
#include "core/net/caught.h"
#include "core/net/frame_counted_socket.h"

namespace jackfield::net {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using ErrorCode = boost::system::error_code;

constexpr std::uint16_t kLost = 1006;
constexpr std::uint16_t kNoCode = 1005;
constexpr std::uint16_t kPolicyViolation = 1008;
constexpr std::uint16_t kInternalError = 1011;
constexpr std::chrono::seconds kCloseWait{5};
constexpr std::size_t kKeptBytesMax = 4096;

}  // namespace

// The second template argument leaves compression out of the code: 204 KB of deflated zeros cost
// 1.2 s of processor time (measured), and every connection would carry a window.
struct WebSocketSession::Stream {
  Stream(Socket socket, std::size_t frames_max) : websocket(std::move(socket), frames_max) {}
  websocket::stream<FrameCountedSocket, false> websocket;
  beast::flat_buffer in;
};

WebSocketSession::WebSocketSession(ServerState& state, std::uint64_t id)
    : state_(&state),
      id_(id),
      link_(std::make_shared<WebSocketLink>(state, id)),
      close_timer_(state.io) {}

WebSocketSession::~WebSocketSession() {
  link_->lose();
}

void WebSocketSession::start(Socket socket, const HttpRequest& request, WebSocketEvents events,
                             std::vector<Header> headers) {
  const HttpLimits& limits = state_->limits;
  events_ = std::move(events);
  stream_ = std::make_unique<Stream>(std::move(socket), limits.websocket_frames_per_message_max);
  auto& ws = stream_->websocket;
  websocket::stream_base::timeout times{};
  times.handshake_timeout = kCloseWait;
  times.idle_timeout = 2 * limits.websocket_ping;  // Beast pings at half of it.
  times.keep_alive_pings = true;
  ws.set_option(times);
  ws.read_message_max(limits.websocket_message_bytes_max);
  ws.auto_fragment(false);  // Whole messages in one frame, and no buffer for pieces.
  ws.set_option(websocket::stream_base::decorator(
      [headers = std::move(headers)](websocket::response_type& response) {
        for (const auto& [name, value] : headers) {
          response.set(name, value);
        }
      }));
  http::request<http::empty_body> handshake;
  handshake.method(http::verb::get);
  handshake.target(request.target);
  handshake.version(11);
  for (const auto& [name, value] : request.headers) {
    handshake.insert(name, value);
  }
  ws.async_accept(handshake, [self = shared_from_this()](ErrorCode error) {
    if (self->finished_) {
      return;
    }
    if (error) {
      self->finish(kLost);
      return;
    }
    self->open_ = true;
    self->read();
    self->pump();
  });
}

void WebSocketSession::read() {
  stream_->websocket.async_read(
      stream_->in,
      [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_read(error); });
}

void WebSocketSession::on_read(ErrorCode error) {
  if (finished_) {
    return;
  }
  if (error) {
    if (our_code_ != 0) {
      return;  // begin_close() finishes.
    }
    if (stream_->websocket.next_layer().exceeded()) {
      say_policy_violation();
      finish(kPolicyViolation);
      return;
    }
    finish(code_for(error));
    return;
  }
  deliver();
  if (!finished_) {
    read();
  }
}

void WebSocketSession::deliver() {
  auto& in = stream_->in;
  std::string data = beast::buffers_to_string(in.data());
  in.clear();
  if (in.capacity() > kKeptBytesMax) {
    in = beast::flat_buffer{};
  }
  if (!events_.on_message || link_->close_code()) {
    return;
  }
  const auto frame =
      stream_->websocket.got_text() ? WebSocket::Frame::text : WebSocket::Frame::binary;
  try {
    events_.on_message(std::move(data), frame);
  } catch (...) {
    base::log::error("websocket.handler_threw", {{"what", caught()}});
    link_->close(kInternalError, "internal error");
  }
}

void WebSocketSession::pump() {
  if (finished_) {
    return;
  }
  if (link_->close_code()) {
    arm_close_timer();  // Also when the write in flight never ends.
  }
  if (open_ && !writing_ && our_code_ == 0) {
    send_next();
  }
}

void WebSocketSession::send_next() {
  auto message = link_->next();
  if (!message) {
    if (const auto closing = link_->closing()) {
      begin_close(*closing);
    }
    return;
  }
  outgoing_ = std::move(*message);
  writing_ = true;
  stream_->websocket.text(outgoing_.frame == WebSocket::Frame::text);
  stream_->websocket.async_write(asio::buffer(outgoing_.data),
                                 [self = shared_from_this()](ErrorCode error, std::size_t) {
                                   self->writing_ = false;
                                   self->link_->sent(self->outgoing_.data.size());
                                   std::string().swap(self->outgoing_.data);
                                   if (self->finished_) {
                                     return;
                                   }
                                   if (error) {
                                     // The read in flight fails too and knows why; without one we
                                     // were closing.
                                     return;
                                   }
                                   self->pump();
                                 });
}

void WebSocketSession::begin_close(const WebSocketLink::Closing& closing) {
  our_code_ = closing.code;
  const websocket::close_reason reason(static_cast<websocket::close_code>(closing.code),
                                       closing.why);
  stream_->websocket.async_close(
      reason, [self = shared_from_this()](ErrorCode) { self->finish(self->our_code_); });
}

void WebSocketSession::arm_close_timer() {
  if (std::exchange(timer_armed_, true)) {
    return;
  }
  close_timer_.expires_after(kCloseWait);
  close_timer_.async_wait([self = shared_from_this()](ErrorCode error) {
    if (!error) {
      self->finish(self->link_->close_code().value_or(kLost));
    }
  });
}

std::uint16_t WebSocketSession::code_for(ErrorCode error) const {
  if (error == websocket::error::closed) {
    const auto code = stream_->websocket.reason().code;
    return code == websocket::close_code::none ? kNoCode : code;
  }
  if (error == websocket::error::message_too_big || error == websocket::error::buffer_overflow) {
    return websocket::close_code::too_big;
  }
  if (error == websocket::error::bad_frame_payload) {
    return websocket::close_code::bad_payload;
  }
  if (error == websocket::condition::protocol_violation) {
    return websocket::close_code::protocol_error;
  }
  return kLost;
}

// Beast's stream failed with its socket, so the close frame is written past it; best effort.
void WebSocketSession::say_policy_violation() {
  if (writing_) {
    return;
  }
  static constexpr std::array<unsigned char, 4> kFrame{0x88, 0x02, kPolicyViolation >> 8,
                                                       kPolicyViolation & 0xff};
  auto& socket = stream_->websocket.next_layer().socket();
  ErrorCode ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(kFrame), ignored);
  socket.shutdown(Socket::shutdown_send, ignored);
}

void WebSocketSession::finish(std::uint16_t code) {
  if (std::exchange(finished_, true)) {
    return;
  }
  link_->lose();
  close_timer_.cancel();
  if (stream_) {
    beast_close_socket(stream_->websocket.next_layer());
  }
  const auto held = shared_from_this();
  // Taken out: what it captured may hold the link, and the cycle ends here.
  const WebSocketEvents events = std::move(events_);
  if (state_ != nullptr) {
    std::exchange(state_, nullptr)->forget_websocket(id_);
  }
  if (!events.on_close) {
    return;
  }
  try {
    events.on_close(code);
  } catch (...) {
    base::log::error("websocket.handler_threw", {{"what", caught()}});
  }
}

void WebSocketSession::abandon(std::uint16_t code) {
  state_ = nullptr;
  finish(code);
}

}  // namespace jackfield::net
