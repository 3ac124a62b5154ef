// What HTTP alone costs: reads each request whole, as the broker does, and answers a fixed 200.
// Usage: bench_bare_http [port]. Prints {"port":N} when it listens.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;
using boost::system::error_code;

// Knowing the executor's type saves an indirect call and an allocation on every operation.
using Executor = asio::io_context::executor_type;
using Stream = beast::basic_stream<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;

constexpr std::chrono::seconds kReadTimeout{30};
constexpr std::size_t kFirstRead = 4096;  // A whole webhook in one recvmsg.
constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(Stream::socket_type socket) : stream_(std::move(socket)) {
    buffer_.reserve(kFirstRead);
    error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
  }

  void read() {
    request_ = {};
    stream_.expires_after(kReadTimeout);
    beast::http::async_read(stream_, buffer_, request_,
                            [self = shared_from_this()](const error_code& error, std::size_t) {
                              if (!error) {
                                self->answer();
                              }
                            });
  }

 private:
  void answer() {
    asio::async_write(stream_, asio::buffer(kAnswer),
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        if (!error) {
                          self->read();
                        }
                      });
  }

  Stream stream_;
  beast::flat_buffer buffer_;
  beast::http::request<beast::http::string_body> request_;
};

void accept(Acceptor& acceptor) {
  acceptor.async_accept([&acceptor](const error_code& error, Stream::socket_type socket) {
    if (!error) {
      std::make_shared<Connection>(std::move(socket))->read();
    }
    accept(acceptor);
  });
}

}  // namespace

int main(int argc, char** argv) {
  const int port = argc > 1 ? std::atoi(argv[1]) : 0;
  asio::io_context io(1);
  Acceptor acceptor(
      io, tcp::endpoint(asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)));
  std::printf("{\"port\":%d}\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  accept(acceptor);
  io.run();
}
