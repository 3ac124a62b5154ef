#include "core/net/http_server.h"

#include <cerrno>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include "core/base/log.h"
#include "core/net/http_connection.h"
#include "core/net/server_state.h"
#include "core/net/socket.h"
#include "core/net/websocket_session.h"

namespace jackfield::net {

namespace {

namespace asio = boost::asio;
namespace log = base::log;
using asio::ip::tcp;
using AsioError = boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::uint16_t kGoingAway = 1001;

/// One listening socket. When descriptors run out it rests, since the pending connection would make
/// it ready again at once and spin.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  using OnSocket = std::function<void(Socket)>;

  Listener(asio::io_context& io, Acceptor acceptor, OnSocket on_socket)
      : acceptor_(std::move(acceptor)), pause_(io), on_socket_(std::move(on_socket)) {}

  void accept() {
    acceptor_.async_accept([self = shared_from_this()](AsioError error, Socket socket) {
      self->on_accepted(error, std::move(socket));
    });
  }

  void close() {
    closed_ = true;
    AsioError ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

 private:
  void on_accepted(AsioError error, Socket socket) {
    if (closed_) {
      return;
    }
    if (!error) {
      on_socket_(std::move(socket));
      if (!closed_) {
        accept();
      }
      return;
    }
    const int code = error.value();
    if (code != EMFILE && code != ENFILE && code != ENOBUFS && code != ENOMEM) {
      accept();  // The client gave up between connecting and accepting.
      return;
    }
    log::error("http.accept_paused", {{"error", error.message()}});
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([self = shared_from_this()](AsioError aborted) {
      if (!aborted && !self->closed_) {
        self->accept();
      }
    });
  }

  Acceptor acceptor_;
  Timer pause_;
  OnSocket on_socket_;
  bool closed_ = false;
};

class Server final : public HttpServer {
 public:
  Server(asio::io_context& io, HttpLimits limits, HttpHandler& handler, TrustedProxies proxies)
      : state_(io, std::move(limits), handler, std::move(proxies)), grace_(io) {}
  ~Server() override;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Result<std::uint16_t> listen(const std::string& address, std::uint16_t port) override;
  void stop(std::chrono::milliseconds grace, std::function<void()> stopped) override;
  std::size_t connections() const override { return state_.count(); }

 private:
  void on_socket(Socket socket);
  void close_listeners();
  void abandon_all();
  void end_stop();

  ServerState state_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  Timer grace_;
  std::function<void()> stopped_;
  // Callbacks of the timer and posts look at it before they touch the server.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

Server::~Server() {
  *alive_ = false;
  state_.mailbox->close();
  state_.stopping = false;
  close_listeners();
  abandon_all();
}

Result<std::uint16_t> Server::listen(const std::string& address, std::uint16_t port) {
  const auto failed = [&](std::string_view what, const AsioError& error) {
    const bool taken = error == asio::error::address_in_use;
    return Error{taken ? ErrorCode::conflict : ErrorCode::invalid,
                 "listen on " + address + ":" + std::to_string(port) + ": " + std::string(what) +
                     ": " + error.message()};
  };
  AsioError error;
  const auto ip = asio::ip::make_address(address, error);
  if (error) {
    return failed("not an address", error);
  }
  const tcp::endpoint endpoint(ip, port);
  Acceptor acceptor(state_.io);
  acceptor.open(endpoint.protocol(), error);
  if (error) {
    return failed("open", error);
  }
  acceptor.set_option(asio::socket_base::reuse_address(true), error);
  acceptor.bind(endpoint, error);
  if (error) {
    return failed("bind", error);
  }
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return failed("listen", error);
  }
  const auto bound = acceptor.local_endpoint(error);
  auto listener = std::make_shared<Listener>(
      state_.io, std::move(acceptor), [this](Socket socket) { on_socket(std::move(socket)); });
  listener->accept();
  listeners_.push_back(std::move(listener));
  return bound.port();
}

void Server::on_socket(Socket socket) {
  AsioError error;
  const auto peer = socket.remote_endpoint(error);
  if (error) {
    return;
  }
  socket.set_option(tcp::no_delay(true), error);
  if (state_.count() >= state_.limits.connections_max) {
    static constexpr std::string_view kFull =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\n"
        "Connection: close\r\n\r\n";
    socket.non_blocking(true, error);
    socket.write_some(asio::buffer(kFull), error);
    socket.shutdown(Socket::shutdown_both, error);
    return;
  }
  const auto address = IpAddress::from(peer.data(), peer.size());
  if (!address) {
    return;
  }
  const std::uint64_t id = ++state_.id_last;
  auto connection = std::make_shared<HttpConnection>(state_, id, std::move(socket), *address);
  state_.add_connection(id, connection);
  connection->start();
}

void Server::close_listeners() {
  for (const auto& listener : listeners_) {
    listener->close();
  }
  listeners_.clear();
}

void Server::abandon_all() {
  const auto connections = std::exchange(state_.connections, {});
  const auto websockets = std::exchange(state_.websockets, {});
  for (const auto& [id, connection] : connections) {
    connection->abandon();
  }
  for (const auto& [id, websocket] : websockets) {
    websocket->abandon(kGoingAway);
  }
}

void Server::stop(std::chrono::milliseconds grace, std::function<void()> stopped) {
  stopped_ = std::move(stopped);
  close_listeners();
  state_.stopping = true;
  state_.on_empty = [this] {
    // Posted: the last connection is still on the stack.
    asio::post(state_.io, [this, alive = alive_] {
      if (*alive) {
        end_stop();
      }
    });
  };
  grace_.expires_after(grace);
  grace_.async_wait([this, alive = alive_](AsioError aborted) {
    if (!aborted && *alive) {
      log::warn("http.grace_over", {{"connections", state_.count()}});
      abandon_all();
      end_stop();
    }
  });
  const auto websockets = state_.websockets;
  for (const auto& [id, websocket] : websockets) {
    websocket->link()->close(kGoingAway, "server stops");
  }
  const auto connections = state_.connections;
  for (const auto& [id, connection] : connections) {
    connection->finish();
  }
  if (state_.count() == 0) {
    state_.on_empty();
  }
}

void Server::end_stop() {
  grace_.cancel();
  if (const auto stopped = std::exchange(stopped_, nullptr)) {
    stopped();
  }
}

}  // namespace

std::unique_ptr<HttpServer> HttpServer::create(boost::asio::io_context& io, HttpLimits limits,
                                               HttpHandler& handler) {
  // Blocks that can't be read trust nobody, which is the safe side; settings are checked at start.
  auto proxies = TrustedProxies::parse(limits.trusted_proxies);
  if (!proxies) {
    log::error("http.trusted_proxies_ignored", {{"error", proxies.error().text}});
  }
  return std::make_unique<Server>(io, std::move(limits), handler,
                                  proxies ? *std::move(proxies) : TrustedProxies{});
}

}  // namespace jackfield::net
