#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "loopback.h"

namespace jackfield::net::test {

/// A provider that behaves as badly as its script says. Each connection gets a thread that runs the
/// script and then closes.
class ScriptedServer {
 public:
  class Peer {
   public:
    Peer(int fd, Log& bodies) : fd_(fd), bodies_(bodies) {}
    /// The next request, its body noted; empty when the client left.
    std::string read_request();
    bool write(std::string_view bytes);

   private:
    int fd_;
    Log& bodies_;
    std::string in_;
  };
  using Script = std::function<void(Peer&)>;

  explicit ScriptedServer(Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::vector<std::string> bodies() const { return bodies_.lines(); }
  [[nodiscard]] std::size_t connections() const { return connections_; }

 private:
  void accept();

  Script script_;
  int listener_;
  std::uint16_t port_ = 0;
  Log bodies_;
  std::atomic<std::size_t> connections_ = 0;
  std::mutex mutex_;
  std::vector<int> open_;             // Guarded by mutex_.
  std::vector<std::thread> threads_;  // Of the accepting thread.
  std::thread acceptor_;
};

}  // namespace jackfield::net::test
