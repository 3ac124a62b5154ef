#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/net/http_server.h"

namespace jackfield::app {

/// Says whose request it is by the first part of its path: /in/… belongs to the plugins, /livez and
/// /readyz to whoever watches the process, the rest to nobody.
class FrontDoor final : public net::HttpHandler {
 public:
  /// `is_ready` on the I/O thread. Both outlive the door.
  FrontDoor(net::HttpHandler& plugins, std::function<bool()> is_ready)
      : plugins_(plugins), is_ready_(std::move(is_ready)) {}

  std::size_t body_bytes_max(std::string_view method, std::string_view path) override;
  void on_request(net::HttpRequest request, net::Respond respond) override;
  bool on_websocket(const net::HttpRequest& request, std::shared_ptr<net::WebSocket> socket,
                    net::WebSocketEvents& events, net::HttpResponse& refusal) override;

 private:
  net::HttpHandler& plugins_;
  std::function<bool()> is_ready_;
};

}  // namespace jackfield::app
