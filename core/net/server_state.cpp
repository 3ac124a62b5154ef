#include "core/net/server_state.h"

#include <utility>

#include "core/net/http_connection.h"
#include "core/net/response_text.h"
#include "core/net/websocket_session.h"

namespace jackfield::net {

ServerState::ServerState(boost::asio::io_context& context, HttpLimits bounds, HttpHandler& behind,
                         TrustedProxies trusted)
    : io(context),
      limits(std::move(bounds)),
      handler(behind),
      proxies(std::move(trusted)),
      mailbox(std::make_shared<Mailbox>(context)) {
  head_limits.block_bytes_max = limits.header_bytes_max;
  head_limits.count_max = limits.header_count_max;
  head_limits.field_bytes_max = limits.field_bytes_max;
  head_limits.target_bytes_max = limits.target_bytes_max;
  head_limits.hosts = limits.hosts;
}

void ServerState::add_connection(std::uint64_t id, std::shared_ptr<HttpConnection> connection) {
  connections.emplace(id, std::move(connection));
  recount();
}

void ServerState::add_websocket(std::uint64_t id, std::shared_ptr<WebSocketSession> websocket) {
  websockets.emplace(id, std::move(websocket));
  recount();
}

void ServerState::forget_connection(std::uint64_t id) {
  connections.erase(id);
  recount();
  tell_when_empty();
}

void ServerState::forget_websocket(std::uint64_t id) {
  websockets.erase(id);
  recount();
  tell_when_empty();
}

void ServerState::tell_when_empty() {
  if (stopping && count() == 0 && on_empty) {
    on_empty();
  }
}

std::string_view ServerState::date() {
  constexpr std::int64_t kSecond = 1'000;
  const std::int64_t second = clock_.unix_ms() / kSecond;
  if (second != date_second_) {
    date_ = http_date(second);
    date_second_ = second;
  }
  return date_;
}

}  // namespace jackfield::net
