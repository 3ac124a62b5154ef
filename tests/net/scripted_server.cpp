#include "scripted_server.h"

#include <array>
#include <charconv>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace jackfield::net::test {

std::string ScriptedServer::Peer::read_request() {
  for (;;) {
    const std::size_t end = in_.find("\r\n\r\n");
    if (end != std::string::npos) {
      std::size_t length = 0;
      constexpr std::string_view kLength = "Content-Length: ";
      if (const std::size_t at = in_.find(kLength); at < end) {
        std::from_chars(in_.data() + at + kLength.size(), in_.data() + end, length);
      }
      if (in_.size() >= end + 4 + length) {
        std::string request = in_.substr(0, end + 4 + length);
        in_.erase(0, request.size());
        bodies_.add(request.substr(end + 4));
        return request;
      }
    }
    std::array<char, 4096> part{};
    const ssize_t got = ::recv(fd_, part.data(), part.size(), 0);
    if (got <= 0) {
      return {};
    }
    in_.append(part.data(), static_cast<std::size_t>(got));
  }
}

bool ScriptedServer::Peer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

ScriptedServer::ScriptedServer(Script script)
    : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  ::listen(listener_, 64);
  socklen_t size = sizeof(address);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept(); });
}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) {
      ::shutdown(fd, SHUT_RDWR);
    }
  }
  for (auto& thread : threads_) {
    thread.join();
  }
  ::close(listener_);
}

void ScriptedServer::accept() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) {
      return;
    }
    ++connections_;
    {
      const std::lock_guard lock(mutex_);
      open_.push_back(fd);
    }
    threads_.emplace_back([this, fd] {
      Peer peer(fd, bodies_);
      script_(peer);
      const std::lock_guard lock(mutex_);
      std::erase(open_, fd);
      ::close(fd);
    });
  }
}

}  // namespace jackfield::net::test
