#include "loopback.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <future>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <boost/asio/post.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/net/run_guarded.h"

namespace jackfield::net::test {

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds within) {
  const auto end = std::chrono::steady_clock::now() + within;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

void Log::add(std::string line) {
  const std::lock_guard lock(mutex_);
  lines_.push_back(std::move(line));
}

std::vector<std::string> Log::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

bool Log::has(std::string_view line) const {
  const auto all = lines();
  return std::find(all.begin(), all.end(), line) != all.end();
}

RawClient::RawClient(std::uint16_t port, int receive_buffer)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer > 0) {
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
  }
  const timeval patience{10, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    throw std::runtime_error("connect failed");
  }
}

RawClient::~RawClient() {
  ::close(fd_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

RawClient::More RawClient::receive() {
  std::array<char, 65536> part{};
  const ssize_t got = ::recv(fd_, part.data(), part.size(), 0);
  if (got > 0) {
    in_.append(part.data(), static_cast<std::size_t>(got));
    return More::bytes;
  }
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? More::timeout : More::closed;
}

std::string RawClient::response() {
  for (;;) {
    const std::size_t end = in_.find("\r\n\r\n");
    if (end != std::string::npos) {
      head_ = in_.substr(0, end + 4);
      std::size_t length = 0;
      constexpr std::string_view kLength = "Content-Length: ";
      if (const std::size_t at = head_.find(kLength); at != std::string::npos) {
        std::from_chars(head_.data() + at + kLength.size(), head_.data() + head_.size(), length);
      }
      if (in_.size() >= head_.size() + length) {
        std::string text = head_.substr(9, 3) + "|" + in_.substr(head_.size(), length);
        in_.erase(0, head_.size() + length);
        return text;
      }
    }
    if (const More more = receive(); more != More::bytes) {
      return more == More::closed ? "closed" : "timeout";
    }
  }
}

std::string RawClient::bytes(std::size_t count) {
  while (in_.size() < count && receive() == More::bytes) {
  }
  return std::exchange(in_, {});
}

std::string RawClient::rest() {
  while (receive() == More::bytes) {
  }
  return std::exchange(in_, {});
}

bool RawClient::is_closed() {
  More more = More::bytes;
  while ((more = receive()) == More::bytes) {
  }
  return more == More::closed;
}

void RawClient::close_write() {
  ::shutdown(fd_, SHUT_WR);
}

std::string RawClient::frame() {
  for (;;) {
    const auto byte = [this](std::size_t i) { return static_cast<unsigned char>(in_[i]); };
    std::size_t head = 2;
    std::size_t length = in_.size() >= 2 ? byte(1) & 0x7fU : 0;
    if (length >= 126) {
      const std::size_t wide = length == 126 ? 2 : 8;
      head += wide;
      length = 0;
      for (std::size_t i = 2; i < head && i < in_.size(); ++i) {
        length = length << 8U | byte(i);
      }
    }
    if (in_.size() >= head && in_.size() >= head + length) {
      const unsigned opcode = byte(0) & 0x0fU;
      const std::string payload = in_.substr(head, length);
      in_.erase(0, head + length);
      if (opcode == 8 && payload.size() >= 2) {
        const auto* p = reinterpret_cast<const unsigned char*>(payload.data());
        return "close " + std::to_string(p[0] << 8U | p[1]);
      }
      return std::to_string(opcode) + ":" + payload;
    }
    if (const More more = receive(); more != More::bytes) {
      return more == More::closed ? "closed" : "timeout";
    }
  }
}

std::string client_frame(unsigned first_byte, std::string_view payload) {
  std::string out(1, static_cast<char>(first_byte));
  const std::uint64_t size = payload.size();
  if (size < 126) {
    out += static_cast<char>(0x80U | size);
  } else {
    const int bytes = size < 65536 ? 2 : 8;
    out += static_cast<char>(0x80U | (bytes == 2 ? 126U : 127U));
    for (int i = bytes - 1; i >= 0; --i) {
      out += static_cast<char>(size >> static_cast<unsigned>(8 * i) & 0xffU);
    }
  }
  constexpr std::string_view kMask =
      "m\x01\xfe"
      "k";
  out += kMask;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out += static_cast<char>(payload[i] ^ kMask[i % kMask.size()]);
  }
  return out;
}

std::size_t FakeHandler::body_bytes_max(std::string_view, std::string_view path) {
  if (path == "/throws-early") {
    throw std::runtime_error("route");
  }
  return path == "/none" ? 0 : path == "/small" ? 10 : 1 << 20;
}

void FakeHandler::on_request(HttpRequest request, Respond respond) {
  log.add(request.method + " " + request.path + " " + std::to_string(request.body.size()));
  if (answer) {
    answer(std::move(request), std::move(respond));
    return;
  }
  HttpResponse response;
  response.body = std::move(request.body);
  respond(std::move(response));
}

bool FakeHandler::on_websocket(const HttpRequest& request, std::shared_ptr<WebSocket> socket,
                               WebSocketEvents& events, HttpResponse& refusal) {
  log.add("WS " + request.path);
  if (!websocket) {
    refusal.status = 404;
    return false;
  }
  refusal.headers.emplace_back("Sec-WebSocket-Protocol", "chat");
  return websocket(std::move(socket), events);
}

Loopback::Loopback(HttpLimits limits)
    : work_(io_.get_executor()), server_(HttpServer::create(io_, std::move(limits), handler)) {
  port_ = *server_->listen("127.0.0.1", 0);
  thread_ = std::thread([this] { run_guarded(io_); });
}

Loopback::~Loopback() {
  destroy_server();
  work_.reset();
  io_.stop();
  thread_.join();
}

void Loopback::on_io(const std::function<void()>& task) {
  std::promise<void> done;
  boost::asio::post(io_, [&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

std::size_t Loopback::connections() {
  std::size_t count = 0;
  on_io([&] { count = server_ ? server_->connections() : 0; });
  return count;
}

void Loopback::destroy_server() {
  on_io([this] { server_.reset(); });
}

}  // namespace jackfield::net::test
