#include "core/net/websocket_link.h"

#include <utility>

#include "core/net/server_state.h"
#include "core/net/websocket_session.h"

namespace jackfield::net {

namespace {

constexpr std::size_t kCloseReasonMax = 123;  // A control frame's payload without the code.

bool may_be_sent(std::uint16_t code) {
  return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
         (code >= 3000 && code <= 4999);
}

}  // namespace

WebSocketLink::WebSocketLink(ServerState& state, std::uint64_t id)
    : mailbox_(state.mailbox),
      server_(state),
      id_(id),
      bytes_max_(state.limits.websocket_backlog_bytes_max),
      messages_max_(state.limits.websocket_backlog_messages_max) {}

void WebSocketLink::wake() {
  if (std::exchange(woken_, true)) {
    return;
  }
  mailbox_->push([&server = server_, id = id_] {
    const auto found = server.websockets.find(id);
    if (found != server.websockets.end()) {
      const auto held = found->second;
      held->pump();
    }
  });
}

bool WebSocketLink::send(std::string data, Frame frame) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::open) {
    return false;
  }
  wake();
  if (messages_ >= messages_max_ || data.size() > bytes_max_ - bytes_) {
    state_ = State::closing;
    closing_ = Closing{kTryAgainLater, "backlog full"};
    queue_.clear();
    return false;
  }
  ++messages_;
  bytes_ += data.size();
  queue_.push_back(Outgoing{std::move(data), frame});
  return true;
}

void WebSocketLink::close(std::uint16_t code, std::string_view why) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::open) {
    return;
  }
  state_ = State::closing;
  closing_.code = may_be_sent(code) ? code : std::uint16_t{1011};
  closing_.why.assign(why.substr(0, kCloseReasonMax));
  wake();
}

std::optional<WebSocketLink::Outgoing> WebSocketLink::next() {
  const std::lock_guard lock(mutex_);
  woken_ = false;
  if (queue_.empty()) {
    return std::nullopt;
  }
  Outgoing first = std::move(queue_.front());
  queue_.pop_front();
  return first;
}

void WebSocketLink::sent(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  bytes_ -= bytes;
  --messages_;
}

std::optional<WebSocketLink::Closing> WebSocketLink::closing() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::closing || !queue_.empty()) {
    return std::nullopt;
  }
  return closing_;
}

std::optional<std::uint16_t> WebSocketLink::close_code() {
  const std::lock_guard lock(mutex_);
  return state_ == State::open ? std::nullopt : std::optional(closing_.code);
}

void WebSocketLink::lose() {
  const std::lock_guard lock(mutex_);
  state_ = State::closed;
  queue_.clear();
}

}  // namespace jackfield::net
