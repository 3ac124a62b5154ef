#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/net/http_client.h"
#include "jackfield/json.h"
#include "jackfield/result.h"

namespace jackfield::sim {

/// How many webhooks, how fast, from how many contacts.
struct LoadPlan {
  static constexpr std::int64_t kCountMax = 1'000'000;
  static constexpr std::int64_t kRateMax = 20'000;
  static constexpr std::int64_t kConnectionsMax = 256;

  std::int64_t count = 1'000, rate = 100, connections = 8, senders = 100;

  /// Error: invalid, naming the member out of bounds.
  static Result<LoadPlan> from_json(const json::Value& value);
};

/// Posts signed webhooks at a steady rate, at most `connections` at once, and measures the answers.
/// Not repeated: what is not 200 is counted. I/O thread only.
class LoadRun {
 public:
  using Body = std::function<std::string(std::size_t sender)>;

  /// `io` and `client` outlive it. Begins at once.
  LoadRun(boost::asio::io_context& io, net::HttpClient& client, std::string url, std::string secret,
          LoadPlan plan, Body body, std::function<void()> finished);
  ~LoadRun();
  LoadRun(const LoadRun&) = delete;
  LoadRun& operator=(const LoadRun&) = delete;

  [[nodiscard]] bool is_running() const { return answered_ < plan_.count; }
  /// {"running","posted","answered","non_200","p50_ms","p99_ms","max_ms","seconds","by_status"}
  [[nodiscard]] std::string to_json() const;

 private:
  void tick();
  void post();

  net::HttpClient& client_;
  std::string url_, secret_;
  LoadPlan plan_;
  Body body_;
  std::function<void()> finished_;
  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::time_point begun_, ended_;
  std::int64_t posted_ = 0, answered_ = 0, in_flight_ = 0;
  std::map<int, std::int64_t> by_status_;
  std::vector<std::uint32_t> micros_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace jackfield::sim
