#include "core/plugin_host/http_face.h"

#include <utility>

#include "core/plugin_host/generation.h"
#include "core/plugin_host/http_view.h"

namespace jackfield::plugin_host {
namespace {

constexpr std::string_view kPrefix = "/in/";

net::HttpResponse plain(int status) {
  return {status, {}, ""};
}
net::HttpResponse come_again() {
  return {503, {{"Retry-After", "1"}}, ""};
}

/// Takes traffic now; else nullptr.
std::shared_ptr<Generation> serving(const Account& account) {
  std::shared_ptr<Generation> generation = account.is_ready() ? account.current() : nullptr;
  return generation && !generation->is_closed() && !generation->lane.is_stuck() ? generation
                                                                                : nullptr;
}

}  // namespace

HttpFace::HttpFace(const Accounts& accounts, const base::Clock& clock)
    : accounts_(accounts), clock_(clock) {}

std::shared_ptr<Account> HttpFace::account_at(std::string_view path) const {
  if (path.substr(0, kPrefix.size()) != kPrefix) {
    return nullptr;
  }
  path.remove_prefix(kPrefix.size());
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) {
    return nullptr;
  }
  std::string id(path.substr(0, slash));
  id += ':';
  id += path.substr(slash + 1, path.find('/', slash + 1) - slash - 1);
  return accounts_.find(id);
}

std::size_t HttpFace::body_bytes_max(std::string_view method, std::string_view path) {
  const std::shared_ptr<Account> account = account_at(path);
  if (!account) {
    return 0;
  }
  const Routes::Match match = account->routes.find(method, path_below_account(path));
  return match.route ? match.route->body_bytes_max : match.body_bytes_max;
}

void HttpFace::on_request(net::HttpRequest request, net::Respond respond) {
  const std::shared_ptr<Account> account = account_at(request.path);
  if (!account) {
    respond(plain(404));
    return;
  }
  Routes::Match match = account->routes.find(request.method, path_below_account(request.path));
  if (!match.is_known_path) {
    respond(plain(404));
    return;
  }
  if (!match.route) {
    respond({405, {{"Allow", match.allowed}}, ""});
    return;
  }
  if (match.route->is_websocket) {
    respond({426, {{"Upgrade", "websocket"}}, ""});
    return;
  }
  const std::shared_ptr<Generation> generation = serving(*account);
  if (!generation) {
    respond(come_again());
    return;
  }
  const auto id = account->requests.open(respond, clock_.monotonic() + match.route->timeout);
  if (!id) {
    respond(come_again());
    return;
  }
  if (generation->on_request(match.route->id, *id, std::move(request))) {
    return;
  }
  if (const net::Respond refused = account->requests.take(*id)) {
    refused(come_again());
  }
}

bool HttpFace::on_websocket(const net::HttpRequest& request, std::shared_ptr<net::WebSocket> socket,
                            net::WebSocketEvents& events, net::HttpResponse& refusal) {
  refusal = plain(404);
  const std::shared_ptr<Account> account = account_at(request.path);
  if (!account) {
    return false;
  }
  const Routes::Match match =
      account->routes.find(request.method, path_below_account(request.path));
  if (!match.route || !match.route->is_websocket) {
    return false;
  }
  refusal = come_again();
  const std::shared_ptr<Generation> generation = serving(*account);
  const auto id = generation ? account->sockets.open(std::move(socket), match.route->id)
                             : std::optional<std::uint64_t>();
  if (!id) {
    return false;
  }
  if (!generation->on_socket_open(match.route->id, *id, request)) {
    account->sockets.remove(*id);
    return false;
  }
  // The account, not this generation: a later version of the plugin takes the socket over.
  events.on_message = [account, id = *id](std::string data, net::WebSocket::Frame frame) {
    if (const auto current = account->current()) {
      current->on_socket_data(id, std::move(data), frame);
    }
  };
  events.on_close = [account, id = *id](std::uint16_t code) {
    const bool was_open = account->sockets.remove(id);
    if (const auto current = was_open ? account->current() : nullptr) {
      current->on_socket_close(id, code);
    }
  };
  return true;
}

}  // namespace jackfield::plugin_host
