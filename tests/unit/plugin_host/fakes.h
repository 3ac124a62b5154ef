#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "core/base/clock.h"
#include "core/net/http_client.h"
#include "core/net/http_server.h"
#include "core/plugin_host/plugin_host.h"
#include "core/plugin_host/ports.h"

namespace jackfield::plugin_host {

/// Polls until `condition` holds; false after 10 s.
bool eventually(const std::function<bool()>& condition);

class ManualClock final : public base::Clock {
 public:
  [[nodiscard]] std::int64_t unix_ms() const override { return 1'770'000'000'000; }
  [[nodiscard]] std::chrono::steady_clock::time_point monotonic() const override {
    return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(now_ns_.load()));
  }
  void advance(std::chrono::nanoseconds by) { now_ns_.fetch_add(by.count()); }

 private:
  std::atomic<std::int64_t> now_ns_{1'000'000'000};
};

/// Keeps what is published and answers as told.
class FakeInbound final : public InboundPort {
 public:
  enum class Answer { stored, refused, failed };
  Status publish(Arrival arrival, OnStored done) override;
  std::vector<Arrival> arrivals() const {
    const std::lock_guard lock(mutex_);
    return arrivals_;
  }
  std::atomic<Answer> answer{Answer::stored};

 private:
  mutable std::mutex mutex_;
  std::vector<Arrival> arrivals_;
};

class FakeHistory final : public HistoryPort {
 public:
  Status read(model::AccountId, std::string, model::MessageId, int, Done done) override {
    done(std::vector<model::Message>{});
    return jackfield::Done{};
  }
};

class FakeMedia final : public MediaPort {
 public:
  Result<File> put(std::string_view, std::string_view) override {
    return Error{ErrorCode::invalid, "not in this test"};
  }
  Result<File> find(std::string_view) override { return Error{ErrorCode::not_found, "none"}; }
  std::string new_download_path() override { return "/nonexistent/download"; }
  void finish_job(std::int64_t job, const std::string& path) override {
    add("finished " + std::to_string(job) + " " + path);
  }
  void fail_job(std::int64_t job, std::string_view, Again again) override {
    add((again == Again::yes ? "again " : "failed ") + std::to_string(job));
  }
  std::vector<std::string> log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }

 private:
  void add(std::string line) {
    const std::lock_guard lock(mutex_);
    log_.push_back(std::move(line));
  }
  mutable std::mutex mutex_;
  std::vector<std::string> log_;
};

class FakeKv final : public KvPort {
 public:
  std::map<std::string, std::string> load(const model::AccountId&) override { return {}; }
  void put(const model::AccountId&, std::string, std::string) override {}
};

/// Answers every call with `status`.
class FakeClient final : public net::HttpClient {
 public:
  explicit FakeClient(boost::asio::io_context& io) : io_(io) {}
  std::uint64_t call(net::HttpCall call, net::HttpDone done) override;
  void cancel(std::uint64_t) override {}
  std::atomic<int> status{200};

 private:
  boost::asio::io_context& io_;
};

/// A plugin host with fake surroundings and a running I/O thread.
class HostFixture {
 public:
  explicit HostFixture(std::string plugin_directory);
  ~HostFixture();

  PluginHost& host() { return *host_; }
  /// Stops, and throws the host away.
  void stop();
  /// Asks over the HTTP face; the answer must come within 10 s (status 0 otherwise).
  net::HttpResponse ask(const std::string& method, const std::string& path,
                        const std::string& body = {}, std::vector<net::Header> headers = {});
  /// Delivers a text and waits for its outcome.
  Outcome deliver(const std::string& account);
  std::optional<double> metric(const std::string& name);
  std::string state_directory() const { return state_directory_; }

  ManualClock clock;
  FakeInbound inbound;
  FakeHistory history;
  FakeMedia media;
  FakeKv kv;
  boost::asio::io_context io;
  FakeClient client{io};

 private:
  std::string state_directory_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::unique_ptr<PluginHost> host_;
  std::thread thread_;
};

base::AccountSettings account_settings(const std::string& id, const std::string& plugin,
                                       const std::string& config = "{}");

}  // namespace jackfield::plugin_host
