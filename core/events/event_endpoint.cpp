#include "core/events/event_endpoint.h"

#include <atomic>
#include <exception>
#include <future>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include <zmq.hpp>

#include "core/base/log.h"
#include "core/events/event_loop.h"

namespace jackfield::events {
namespace {

class RunningEndpoint final : public EventEndpoint {
 public:
  RunningEndpoint(std::unique_ptr<zmq::context_t> context, EventLoop::Parts parts, Sockets sockets,
                  std::shared_ptr<Mailbox> mailbox)
      : context_(std::move(context)),
        endpoint_(sockets.router_endpoint),
        pub_endpoint_(sockets.publisher_endpoint),
        mailbox_(std::move(mailbox)),
        loop_(std::make_unique<EventLoop>(std::move(parts), std::move(sockets), mailbox_)),
        thread_([this] { run(); }) {}
  ~RunningEndpoint() override { RunningEndpoint::stop(); }

  void publish(std::vector<model::Event> events) override {
    mailbox_->put_events(std::move(events));
  }

  void stop() override {
    const std::lock_guard lock(stop_mutex_);
    if (!thread_.joinable()) {
      return;
    }
    loop_->request_stop();
    mailbox_->close();
    thread_.join();
    last_figures_ = loop_->figures();
    loop_.reset();
    context_->shutdown();
  }

  [[nodiscard]] Figures figures() const override {
    const std::lock_guard lock(stop_mutex_);
    return loop_ ? loop_->figures() : last_figures_;
  }
  [[nodiscard]] std::string endpoint() const override { return endpoint_; }
  [[nodiscard]] std::string pub_endpoint() const override { return pub_endpoint_; }
  zmq::context_t& context() override { return *context_; }

 private:
  void run() {
    try {
      loop_->run();
    } catch (const std::exception& error) {
      base::log::error("events.thread_failed", {{"error", error.what()}});
    }
  }

  std::unique_ptr<zmq::context_t> context_;
  const std::string endpoint_;
  const std::string pub_endpoint_;
  std::shared_ptr<Mailbox> mailbox_;
  mutable std::mutex stop_mutex_;
  std::unique_ptr<EventLoop> loop_;
  Figures last_figures_;
  std::thread thread_;
};

Result<std::array<Head, kPartitions>> read_heads(store::Store& store) {
  // Shared: the store may run the read after we stopped waiting for it.
  const auto promise = std::make_shared<std::promise<Result<std::array<Head, kPartitions>>>>();
  auto answer = promise->get_future();
  const Status asked = store.read([promise](store::Reader& reader) {
    try {
      std::array<Head, kPartitions> heads;
      for (int partition = 0; partition < kPartitions; ++partition) {
        heads[static_cast<std::size_t>(partition)] = read_head(reader, partition);
      }
      promise->set_value(heads);
    } catch (const std::exception& error) {
      promise->set_value(Error{ErrorCode::internal, error.what()});
    }
  });
  if (!asked) {
    return asked.error();
  }
  return answer.get();
}

}  // namespace

Result<std::unique_ptr<EventEndpoint>> EventEndpoint::create(const base::EventSettings& settings,
                                                             const std::string& node,
                                                             const std::string& data_dir,
                                                             store::Store& store, CommandPort& port,
                                                             const base::Clock& clock) {
  JACKFIELD_TRY(const auto heads, read_heads(store));
  JACKFIELD_TRY(auto mailbox, Mailbox::create());
  auto context = std::make_unique<zmq::context_t>();
  JACKFIELD_TRY(auto sockets, open_sockets(*context, settings, data_dir));
  std::random_device random;
  const std::uint64_t run = (std::uint64_t{random()} << 32U) | random();
  EventLoop::Parts parts{node, settings.heartbeat, heads, run, store, port, clock};
  base::log::info("events.listening", {{"endpoint", sockets.router_endpoint},
                                       {"pub_endpoint", sockets.publisher_endpoint}});
  return std::unique_ptr<EventEndpoint>(std::make_unique<RunningEndpoint>(
      std::move(context), std::move(parts), std::move(sockets), std::move(mailbox)));
}

}  // namespace jackfield::events
