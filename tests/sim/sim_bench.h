#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "core/base/clock.h"
#include "tools/sim/simulator.h"

namespace jackfield::sim {

/// Wall time that a test moves; monotonic time is real.
class TestClock final : public base::Clock {
 public:
  [[nodiscard]] std::int64_t unix_ms() const override { return now_; }
  [[nodiscard]] std::chrono::steady_clock::time_point monotonic() const override {
    return std::chrono::steady_clock::now();
  }
  void advance(std::chrono::milliseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_{1'770'000'000'000};
};

/// The gateway's side: records what is posted to it and answers with `status`.
class FakeGateway final : public WireService {
 public:
  std::chrono::milliseconds pause_before_body(std::string_view, std::string_view) override {
    return std::chrono::milliseconds(0);
  }
  std::size_t body_bytes_max(std::string_view, std::string_view) override { return 8 << 20; }
  void on_request(net::HttpRequest request, WireRespond respond) override;

  /// The answers to come, first to last; afterwards 200.
  void answer_with(std::vector<int> statuses);
  [[nodiscard]] std::vector<net::HttpRequest> requests();

 private:
  std::mutex mutex_;
  std::vector<net::HttpRequest> requests_;
  std::vector<int> statuses_;
};

/// What came back on a raw connection until the peer closed it, was complete, or time was up.
struct RawAnswer {
  std::string text;
  bool closed = false;
  bool timed_out = false;
  [[nodiscard]] int status() const;
  [[nodiscard]] std::string body() const;
};

/// A simulator and a gateway on one I/O thread; the test talks to them over loopback sockets only.
class SimBench {
 public:
  explicit SimBench(SimOptions options = {});
  ~SimBench();
  SimBench(const SimBench&) = delete;
  SimBench& operator=(const SimBench&) = delete;

  RawAnswer exchange(const std::string& bytes,
                     std::chrono::milliseconds patience = std::chrono::seconds(10)) const;
  [[nodiscard]] RawAnswer call(const std::string& method, const std::string& target,
                               const std::string& body = {},
                               const std::string& more_headers = {}) const;
  /// POST /v25.0/106540352242922/messages with the right token.
  [[nodiscard]] RawAnswer send(const std::string& body) const;
  [[nodiscard]] RawAnswer control(const std::string& action, const std::string& body) const;
  /// Entries of the ledger, one JSON text each.
  [[nodiscard]] std::vector<std::string> ledger() const;

  TestClock clock;
  FakeGateway gateway;

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::unique_ptr<WireServer> gateway_server_;
  std::unique_ptr<Simulator> simulator_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// Options with known secrets and no statuses.
SimOptions quiet_options();
/// A text message with that correlator.
std::string text_message(const std::string& correlator, const std::string& text = "hello");
/// Polls until `holds` or ten seconds have passed.
bool eventually(const std::function<bool()>& holds);

}  // namespace jackfield::sim
