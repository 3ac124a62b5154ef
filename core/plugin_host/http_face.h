#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/net/http_server.h"
#include "core/plugin_host/account.h"

namespace jackfield::plugin_host {

/// What the outside reaches under /in/<channel>/<name>/…: 404 for what no account takes, 405 for
/// another method, 503 with Retry-After while the account can't take traffic. I/O thread.
class HttpFace final : public net::HttpHandler {
 public:
  /// Both outlive it.
  HttpFace(const Accounts& accounts, const base::Clock& clock);

  std::size_t body_bytes_max(std::string_view method, std::string_view path) override;
  void on_request(net::HttpRequest request, net::Respond respond) override;
  bool on_websocket(const net::HttpRequest& request, std::shared_ptr<net::WebSocket> socket,
                    net::WebSocketEvents& events, net::HttpResponse& refusal) override;

 private:
  [[nodiscard]] std::shared_ptr<Account> account_at(std::string_view path) const;

  const Accounts& accounts_;
  const base::Clock& clock_;
};

}  // namespace jackfield::plugin_host
