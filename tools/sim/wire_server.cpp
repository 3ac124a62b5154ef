#include "tools/sim/wire_server.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

namespace jackfield::sim {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint32_t kHeaderBytesMax = 16 * 1024;

std::string header_text(const net::HttpResponse& response) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + ' ' +
                     std::string(http::obsolete_reason(
                         http::int_to_status(static_cast<unsigned>(response.status)))) +
                     "\r\n";
  for (const auto& [name, value] : response.headers) {
    text += name + ": " + value + "\r\n";
  }
  return text + "Content-Length: " + std::to_string(response.body.size()) + "\r\n\r\n";
}

net::HttpRequest request_of(http::request<http::string_body>&& message) {
  net::HttpRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  const std::size_t mark = request.target.find('?');
  request.path = request.target.substr(0, mark);
  request.query = mark == std::string::npos ? "" : request.target.substr(mark + 1);
  for (const auto& field : message) {
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  request.body = std::move(message.body());
  request.peer = "127.0.0.1";
  return request;
}

class Connection;
struct Open {
  std::set<std::shared_ptr<Connection>> connections;
};

/// One peer. Kept alive by Open and by its pending operations.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, WireService& service, std::weak_ptr<Open> open)
      : socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        service_(&service),
        open_(std::move(open)) {}

  void read_header() {
    parser_.emplace();
    parser_->header_limit(kHeaderBytesMax);
    // The limit depends on the path, which the header tells; Beast checks Content-Length against
    // the limit as soon as it has the header, so the widest stands until then.
    parser_->body_limit(kBodyBytesMax);
    http::async_read_header(
        socket_, buffer_, *parser_,
        [self = shared_from_this()](error_code failed, std::size_t) { self->header_read(failed); });
  }

  void close() {
    error_code ignored;
    timer_.cancel();
    socket_.close(ignored);
    service_ = nullptr;
    if (const auto open = open_.lock()) {
      open->connections.erase(shared_from_this());
    }
  }

 private:
  static constexpr std::size_t kBodyBytesMax = 112U * 1024 * 1024;

  void header_read(error_code failed) {
    if (failed || service_ == nullptr) {
      return close();
    }
    const auto& header = parser_->get();
    const std::string target(header.target());
    const std::string path = target.substr(0, target.find('?'));
    const std::string method(header.method_string());
    body_bytes_max_ = service_->body_bytes_max(method, path);
    const bool expects = header.find(http::field::expect) != header.end();
    after(service_->pause_before_body(method, path),
          [expects](Connection& self) { expects ? self.invite_body() : self.read_body(); });
  }

  /// Clients with a large body wait for this line before they send it.
  void invite_body() {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(socket_, asio::buffer(kContinue),
                      [self = shared_from_this()](error_code failed, std::size_t) {
                        failed ? self->close() : self->read_body();
                      });
  }

  void read_body() {
    http::async_read(
        socket_, buffer_, *parser_,
        [self = shared_from_this()](error_code failed, std::size_t) { self->body_read(failed); });
  }

  void body_read(error_code failed) {
    if (failed || service_ == nullptr) {
      return close();
    }
    keep_alive_ = parser_->get().keep_alive();
    net::HttpRequest request = request_of(parser_->release());
    if (request.body.size() > body_bytes_max_) {
      keep_alive_ = false;
      WireAnswer refusal;
      refusal.response.status = 413;
      return answer(std::move(refusal));
    }
    service_->on_request(std::move(request), [weak = weak_from_this()](WireAnswer reply) {
      if (const auto self = weak.lock()) {
        self->answer(std::move(reply));
      }
    });
  }

  void answer(WireAnswer reply) {
    reply_ = std::move(reply);
    after(reply_.delay, [](Connection& self) { self.send(); });
  }

  void send() {
    using Ending = WireAnswer::Ending;
    switch (reply_.ending) {
      case Ending::reset:
      case Ending::cut: {
        error_code ignored;
        socket_.set_option(asio::socket_base::linger(reply_.ending == Ending::reset, 0), ignored);
        return close();
      }
      case Ending::hang:
        watch_peer();
        return after(WireServer::kHangMax, [](Connection& self) { self.close(); });
      case Ending::half:
        out_ = header_text(reply_.response) +
               reply_.response.body.substr(0, reply_.response.body.size() / 2);
        keep_alive_ = false;
        return write();
      case Ending::drip:
        out_ = header_text(reply_.response) + reply_.response.body;
        keep_alive_ = false;
        return drip(0);
      case Ending::whole:
        out_ = header_text(reply_.response) + reply_.response.body;
        return write();
    }
  }

  void write() {
    asio::async_write(socket_, asio::buffer(out_),
                      [self = shared_from_this()](error_code failed, std::size_t) {
                        failed || !self->keep_alive_ ? self->close() : self->read_header();
                      });
  }

  void drip(std::size_t at) {
    if (at == out_.size()) {
      return close();
    }
    asio::async_write(socket_, asio::buffer(&out_[at], 1),
                      [self = shared_from_this(), at](error_code failed, std::size_t) {
                        if (failed) {
                          return self->close();
                        }
                        self->after(self->reply_.drip_every,
                                    [at](Connection& me) { me.drip(at + 1); });
                      });
  }

  /// A peer that gives up on a hanging answer frees its place here.
  void watch_peer() {
    socket_.async_read_some(asio::buffer(watched_),
                            [self = shared_from_this()](error_code failed, std::size_t) {
                              failed ? self->close() : self->watch_peer();
                            });
  }

  template <class Next>
  void after(std::chrono::milliseconds delay, Next next) {
    if (delay.count() <= 0) {
      return next(*this);
    }
    timer_.expires_after(delay);
    timer_.async_wait([self = shared_from_this(), next](error_code failed) {
      if (!failed && self->service_ != nullptr) {
        next(*self);
      }
    });
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  WireService* service_;  ///< Null once closed.
  std::weak_ptr<Open> open_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::size_t body_bytes_max_ = 0;
  bool keep_alive_ = true;
  WireAnswer reply_;
  std::string out_;
  std::array<char, 64> watched_{};
};

class Listener final : public WireServer {
 public:
  Listener(asio::io_context& io, WireService& service)
      : acceptor_(io), pause_(io), service_(service) {}
  ~Listener() override { stop(); }

  Result<std::uint16_t> listen(std::uint16_t port) override {
    const tcp::endpoint place(asio::ip::address_v4::loopback(), port);
    error_code failed;
    acceptor_.open(place.protocol(), failed);
    if (!failed) {
      acceptor_.set_option(tcp::acceptor::reuse_address(true), failed);
    }
    if (!failed) {
      acceptor_.bind(place, failed);
    }
    if (!failed) {
      acceptor_.listen(asio::socket_base::max_listen_connections, failed);
    }
    if (failed) {
      return Error{ErrorCode::internal, "cannot listen on 127.0.0.1:" + std::to_string(port) +
                                            ": " + failed.message() + "; choose another port"};
    }
    const std::uint16_t bound = acceptor_.local_endpoint().port();
    accept();
    return bound;
  }

  void stop() override {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    const auto connections = open_->connections;  // close() erases from the original.
    for (const auto& connection : connections) {
      connection->close();
    }
  }

 private:
  void accept() {
    acceptor_.async_accept(
        [this, alive = std::weak_ptr<Open>(open_)](error_code failed, tcp::socket socket) {
          if (failed == asio::error::operation_aborted || alive.expired()) {
            return;
          }
          if (!failed && open_->connections.size() < kConnectionsMax) {
            error_code ignored;
            socket.set_option(tcp::no_delay(true), ignored);
            auto connection = std::make_shared<Connection>(std::move(socket), service_, open_);
            open_->connections.insert(connection);
            connection->read_header();
          }
          failed ? accept_later() : accept();
        });
  }

  /// Out of file descriptors: trying again at once would only burn the thread.
  void accept_later() {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this, alive = std::weak_ptr<Open>(open_)](error_code failed) {
      if (!failed && !alive.expired() && acceptor_.is_open()) {
        accept();
      }
    });
  }

  static constexpr std::chrono::milliseconds kAcceptPause{50};

  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  WireService& service_;
  std::shared_ptr<Open> open_ = std::make_shared<Open>();
};

}  // namespace

std::unique_ptr<WireServer> WireServer::create(asio::io_context& io, WireService& service) {
  return std::make_unique<Listener>(io, service);
}

}  // namespace jackfield::sim
