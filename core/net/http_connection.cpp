#include "core/net/http_connection.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "core/base/log.h"
#include "core/net/answer_ticket.h"
#include "core/net/caught.h"
#include "core/net/websocket_session.h"

namespace jackfield::net {

namespace {

namespace asio = boost::asio;
namespace log = base::log;
using std::chrono::milliseconds;

// A first read of 4 KiB takes most requests in one system call: 1.38 times the requests per second
// of Beast's 512 bytes (measured).
constexpr std::size_t kBufferBytes = 4096;
constexpr std::size_t kBodyBufferBytes = 16 * 1024;
// Below this the body is copied behind the head and leaves with it.
constexpr std::size_t kJoinBytesMax = 16 * 1024;
// The slowest peer we wait for, once its timeout has passed: big uploads from slow lines work,
// one byte a second doesn't.
constexpr std::size_t kRateBytesPerSecond = 16 * 1024;
// After a refusal we read what the client still sends, for a moment: closing with unread bytes
// resets the connection, and a reset destroys the answer on its way.
constexpr std::size_t kLingerBytesMax = 1024 * 1024;
constexpr milliseconds kLinger{2'000};

milliseconds time_for(std::size_t bytes) {
  return milliseconds(bytes * 1000 / kRateBytesPerSecond);
}

}  // namespace

HttpConnection::HttpConnection(ServerState& state, std::uint64_t id, Socket socket,
                               const IpAddress& peer)
    : state_(&state),
      id_(id),
      socket_(std::move(socket)),
      timer_(state.io),
      peer_(peer),
      buffer_(kBufferBytes, '\0') {}

void HttpConnection::start() {
  set_deadline(state_->limits.idle_timeout);
  read();
}

void HttpConnection::read() {
  make_room(phase_ == Phase::body ? kBodyBufferBytes : kBufferBytes);
  socket_.async_read_some(asio::buffer(buffer_.data() + end_, buffer_.size() - end_),
                          [self = shared_from_this()](ErrorCode error, std::size_t bytes) {
                            self->on_read(error, bytes);
                          });
}

// Moves what is there to the front; grows to `bytes`, or over it while a head is longer.
void HttpConnection::make_room(std::size_t bytes) {
  if (begin_ > 0) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    bytes = std::max(bytes, std::min(buffer_.size() * 2, state_->limits.header_bytes_max + 1));
  }
  if (buffer_.size() < bytes) {
    buffer_.resize(bytes);
  } else if (end_ == 0 && bytes == kBufferBytes && buffer_.size() > kBufferBytes) {
    std::string(kBufferBytes, '\0').swap(buffer_);  // An idle connection keeps 4 KiB.
  }
}

void HttpConnection::on_read(ErrorCode error, std::size_t bytes) {
  if (phase_ != Phase::head && phase_ != Phase::body) {
    return;  // Closed, or refused as too slow while this read was waiting.
  }
  if (error) {
    close();
    return;
  }
  if (phase_ == Phase::head && begin_ == end_) {
    set_deadline(state_->limits.header_timeout);
  }
  end_ += bytes;
  advance();
}

void HttpConnection::advance() {
  if (phase_ == Phase::head && !take_head()) {
    return;
  }
  if (phase_ == Phase::body && !take_body()) {
    return;
  }
  if (phase_ == Phase::handler) {
    upgrades_ ? dispatch_websocket() : dispatch();
  }
}

// True when a head was taken and the next phase can look at the rest.
bool HttpConnection::take_head() {
  const std::string_view bytes(buffer_.data() + begin_, end_ - begin_);
  const auto found = head_end_.find(bytes, state_->head_limits);
  if (const auto* refused = std::get_if<Refusal>(&found)) {
    refuse(refused->status, refused->why);
    return false;
  }
  const std::size_t length = std::get<std::size_t>(found);
  if (length == 0) {
    read();
    return false;
  }
  head_end_.reset();
  is_head_ = false;  // The last request's.
  auto head = read_head(bytes.substr(0, length), state_->head_limits);
  if (const auto* refused = std::get_if<Refusal>(&head)) {
    refuse(refused->status, refused->why);
    return false;
  }
  begin_ += length;
  return accept_head(std::move(std::get<RequestHead>(head)));
}

bool HttpConnection::accept_head(RequestHead head) {
  ++serial_;
  const bool last =
      head.closes || state_->stopping || serial_ >= state_->limits.requests_per_connection_max;
  after_ = last ? AfterAnswer::close : AfterAnswer::keep;
  is_head_ = head.method == "HEAD";
  upgrades_ = head.upgrades_websocket;
  framing_ = head.framing;
  body_left_ = head.content_length;
  continue_expected_ = head.expects_continue;

  request_ = HttpRequest{};
  request_.method = head.method;
  request_.target = head.target;
  request_.path = std::move(head.path);
  request_.query = head.query;
  const IpAddress client = state_->proxies.client(peer_, head.headers);
  if (!state_->proxies.trusts(peer_)) {
    std::erase_if(head.headers, [](const Header& one) { return is_forwarding_header(one.first); });
  }
  request_.headers = std::move(head.headers);
  request_.peer = client.text();

  if (upgrades_) {
    phase_ = Phase::handler;
    return true;
  }
  try {
    body_max_ = std::min(state_->handler.body_bytes_max(request_.method, request_.path),
                         state_->limits.body_bytes_max);
  } catch (...) {
    log::error("http.route_threw", {{"what", caught()}});
    refuse(500, "internal error");
    return false;
  }
  return begin_body();
}

// Decides whether the body is read, and how. True when the next phase can look at the rest.
bool HttpConnection::begin_body() {
  const bool has_body = framing_ == Framing::chunked || body_left_ > 0;
  if (body_max_ == 0) {
    if (has_body) {
      refuse(404, "not found");
    } else {
      write(plain_answer(404, "not found"));
    }
    return false;
  }
  if (framing_ == Framing::length && body_left_ > body_max_) {
    refuse(413, "body too large");
    return false;
  }
  if (framing_ == Framing::none && begin_ != end_ && request_.method != "GET" && !is_head_) {
    refuse(400, "bytes after a request that announced no body");
    return false;
  }
  if (!has_body) {
    phase_ = Phase::handler;
    return true;
  }
  phase_ = Phase::body;
  chunks_ = ChunkedBody(body_max_);
  body_began_ = Clock::now();
  request_.body.reserve(std::min<std::size_t>(body_left_, kBodyBufferBytes));
  return true;
}

bool HttpConnection::take_body() {
  std::string_view in(buffer_.data() + begin_, end_ - begin_);
  bool complete = false;
  if (framing_ == Framing::length) {
    const auto take = std::min<std::size_t>(in.size(), body_left_);
    request_.body.append(in.substr(0, take));
    body_left_ -= take;
    begin_ += take;
    complete = body_left_ == 0;
  } else {
    const auto progress = chunks_.read(in, request_.body);
    begin_ = end_ - in.size();
    if (progress == ChunkedBody::Progress::refused) {
      refuse(chunks_.refusal().status, chunks_.refusal().why);
      return false;
    }
    complete = progress == ChunkedBody::Progress::done;
  }
  if (complete) {
    phase_ = Phase::handler;
    return true;
  }
  const auto allowed = state_->limits.body_timeout + time_for(request_.body.size());
  const auto passed = Clock::now() - body_began_;
  set_deadline(std::chrono::duration_cast<milliseconds>(allowed - passed));
  if (continue_expected_ && request_.body.empty()) {
    continue_expected_ = false;
    say_continue();
    return false;
  }
  read();
  return false;
}

void HttpConnection::say_continue() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(socket_, asio::buffer(kContinue),
                    [self = shared_from_this()](ErrorCode error, std::size_t) {
                      if (self->phase_ == Phase::body) {
                        error ? self->close() : self->read();
                      }
                    });
}

void HttpConnection::dispatch() {
  set_deadline(state_->limits.answer_timeout);
  guarded_dispatch(AnswerTicket::make(*state_, id_, serial_));
}

// The last thing a callback does: the answer may come, and the connection go, before it returns.
void HttpConnection::guarded_dispatch(Respond respond) {
  const auto held = shared_from_this();
  const std::uint64_t serial = serial_;
  try {
    state_->handler.on_request(std::move(request_), std::move(respond));
    return;
  } catch (...) {
    log::error("http.handler_threw", {{"what", caught()}});
  }
  answer(serial, plain_answer(500, "internal error"));
}

void HttpConnection::dispatch_websocket() {
  if (begin_ != end_) {
    refuse(400, "bytes before the WebSocket handshake was answered");
    return;
  }
  const auto held = shared_from_this();
  const std::uint64_t id = ++state_->id_last;
  auto session = std::make_shared<WebSocketSession>(*state_, id);
  WebSocketEvents events;
  HttpResponse extra;
  extra.status = 403;
  bool accepted = false;
  try {
    accepted = state_->handler.on_websocket(request_, session->link(), events, extra);
  } catch (...) {
    log::error("http.websocket_route_threw", {{"what", caught()}});
    extra = plain_answer(500, "internal error");
  }
  if (phase_ == Phase::closed) {
    return;
  }
  if (!accepted || state_->stopping || !has_safe_headers(extra)) {
    session->link()->lose();
    write(accepted ? plain_answer(503, "stopping") : std::move(extra));
    return;
  }
  // The socket moves on; this connection ends without closing it.
  state_->add_websocket(id, session);
  session->start(std::move(socket_), request_, std::move(events), std::move(extra.headers));
  close();
}

void HttpConnection::answer(std::uint64_t serial, HttpResponse response) {
  if (phase_ != Phase::handler || serial != serial_) {
    return;
  }
  if (response.status < 200 || response.status > 999 || !has_safe_headers(response)) {
    log::error("http.bad_answer", {{"status", response.status}});
    response = plain_answer(500, "internal error");
  }
  const auto connection = response.header("Connection");
  if (state_->stopping || (connection && *connection == "close")) {
    after_ = AfterAnswer::close;
  }
  write(std::move(response));
}

void HttpConnection::refuse(int status, std::string_view why) {
  log::debug("http.refused", {{"status", status}, {"why", why}});
  after_ = AfterAnswer::close;
  write(plain_answer(status, why));
}

void HttpConnection::write(HttpResponse response) {
  phase_ = Phase::write;
  set_deadline(state_->limits.idle_timeout + time_for(response.body.size()));
  const bool with_body = sends_body(response, is_head_);
  const bool joined = with_body && response.body.size() <= kJoinBytesMax;
  const ResponseContext context{is_head_, after_, state_->date()};
  out_head_ = format_head(response, context, joined ? response.body.size() : 0);
  out_body_.clear();
  if (joined) {
    out_head_ += response.body;
  } else if (with_body) {
    out_body_ = std::move(response.body);
  }
  const auto done = [self = shared_from_this()](ErrorCode error, std::size_t) {
    self->on_written(error);
  };
  if (out_body_.empty()) {
    asio::async_write(socket_, asio::buffer(out_head_), done);
    return;
  }
  const std::array<asio::const_buffer, 2> parts{asio::buffer(out_head_), asio::buffer(out_body_)};
  asio::async_write(socket_, parts, done);
}

void HttpConnection::on_written(ErrorCode error) {
  if (phase_ == Phase::closed) {
    return;
  }
  std::string().swap(out_body_);
  if (out_head_.capacity() > kBufferBytes) {
    std::string().swap(out_head_);
  }
  if (error) {
    close();
    return;
  }
  if (after_ == AfterAnswer::close || state_->stopping) {
    linger();
    return;
  }
  phase_ = Phase::head;
  if (begin_ == end_) {
    set_deadline(state_->limits.idle_timeout);
    read();
    return;
  }
  set_deadline(state_->limits.header_timeout);
  advance();
}

void HttpConnection::linger() {
  ErrorCode ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  phase_ = Phase::linger;
  set_deadline(kLinger);
  begin_ = end_ = 0;
  on_lingered({}, 0);
}

void HttpConnection::on_lingered(ErrorCode error, std::size_t bytes) {
  if (phase_ == Phase::closed) {
    return;
  }
  lingered_ += bytes;
  if (error || lingered_ > kLingerBytesMax) {
    close();
    return;
  }
  socket_.async_read_some(asio::buffer(buffer_),
                          [self = shared_from_this()](ErrorCode failed, std::size_t count) {
                            self->on_lingered(failed, count);
                          });
}

void HttpConnection::finish() {
  after_ = AfterAnswer::close;
  if (phase_ == Phase::linger || (phase_ == Phase::head && begin_ == end_)) {
    close();
  }
}

void HttpConnection::close() {
  if (phase_ == Phase::closed) {
    return;
  }
  phase_ = Phase::closed;
  ErrorCode ignored;
  socket_.close(ignored);
  timer_.cancel();
  if (state_ != nullptr) {
    std::exchange(state_, nullptr)->forget_connection(id_);
  }
}

void HttpConnection::abandon() {
  state_ = nullptr;
  close();
}

// One timer per connection, moved lazily: most deadlines are never reached, so a later deadline
// only changes a number, and the timer looks again when it fires.
void HttpConnection::set_deadline(milliseconds from_now) {
  deadline_ = Clock::now() + from_now;
  if (deadline_ < timer_at_) {
    arm_timer();
  }
}

void HttpConnection::arm_timer() {
  timer_at_ = deadline_;
  timer_.expires_at(deadline_);
  timer_.async_wait([self = shared_from_this()](ErrorCode error) {
    if (!error && self->phase_ != Phase::closed) {
      self->on_timer();
    }
  });
}

void HttpConnection::on_timer() {
  if (Clock::now() < deadline_) {
    arm_timer();
    return;
  }
  timer_at_ = Clock::time_point::max();
  on_deadline();
}

void HttpConnection::on_deadline() {
  switch (phase_) {
    case Phase::head:
    case Phase::body:
      if (phase_ == Phase::head && begin_ == end_) {
        close();  // Idle: nothing was asked.
        return;
      }
      // The read in flight ends first; its callback must not take this for a closed peer.
      socket_.cancel();
      refuse(408, "request too slow");
      return;
    case Phase::handler:
      log::warn("http.answer_late");
      answer(serial_, plain_answer(503, "no answer in time"));
      return;
    case Phase::write:
    case Phase::linger:
      close();
      return;
    case Phase::closed:
      return;
  }
}

}  // namespace jackfield::net
