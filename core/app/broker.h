#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "core/app/front_door.h"
#include "core/app/ports.h"
#include "core/base/clock.h"
#include "core/base/id_source.h"
#include "core/base/settings.h"
#include "core/commands/commands.h"
#include "core/events/event_endpoint.h"
#include "core/inbound/intake.h"
#include "core/media/media_files.h"
#include "core/media/media_jobs.h"
#include "core/net/http_client.h"
#include "core/net/http_server.h"
#include "core/outbound/sender.h"
#include "core/plugin_host/plugin_host.h"
#include "core/store/store.h"
#include "jackfield/result.h"

namespace jackfield::app {

/// The broker: makes each part in order, hands it to the next, and stops them in reverse.
///
/// Threads it owns: one for I/O (HTTP, timers, sending); the store's, the endpoint's and the
/// plugins' lanes are theirs. Call start() and stop() from one thread.
class Broker {
 public:
  explicit Broker(base::Settings settings);
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  ~Broker();

  /// Error: what could not be made, and why. Call stop() after an error, too.
  Status start();
  /// Takes nothing new, finishes what is under way within kStopGrace, closes the store. Idempotent.
  void stop();

  static constexpr std::chrono::milliseconds kStopGrace{8'000};

  [[nodiscard]] std::uint16_t http_port() const { return http_port_; }
  [[nodiscard]] std::string events_endpoint() const;
  /// False once the disk can't be trusted any more: the process must end (reliability over
  /// availability).
  [[nodiscard]] bool is_healthy() const { return store_ == nullptr || store_->is_healthy(); }

 private:
  Status open_store();
  void make_roads();
  Status add_accounts();
  Status open_endpoints();
  void prune_after(std::chrono::milliseconds delay);
  void after(std::chrono::milliseconds delay, std::function<void()> what);
  [[nodiscard]] std::string status_json() const;

  base::Settings settings_;
  base::SystemClock clock_;
  base::IdSource ids_{clock_};
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  std::thread io_thread_;
  std::atomic<events::EventEndpoint*> publisher_{nullptr};
  std::atomic<bool> is_stopping_{false};
  std::atomic<bool> is_ready_{false};
  std::atomic<std::uint16_t> http_port_{0};

  ConfiguredAccounts accounts_{settings_};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<media::MediaFiles> media_files_;
  std::unique_ptr<net::HttpClient> client_;
  std::unique_ptr<inbound::Intake> intake_;
  std::unique_ptr<StoredHistory> history_;
  std::unique_ptr<StoredKv> kv_;
  std::unique_ptr<media::MediaJobs> media_jobs_;
  std::unique_ptr<plugin_host::PluginHost> plugins_;
  std::unique_ptr<outbound::Sender> sender_;
  std::unique_ptr<commands::Commands> commands_;
  std::unique_ptr<events::EventEndpoint> endpoint_;
  std::unique_ptr<FrontDoor> door_;
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace jackfield::app
