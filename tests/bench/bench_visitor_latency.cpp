// From a visitor's send to a subscriber's receive: live-chat visitors on WebSockets say something
// on a schedule (open loop), and a subscriber with the SDK's library sees the events. Prints JSON.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "jackfield/json.h"
#include "jackfield/subscriber.h"
#include "tests/bench/latencies.h"

namespace {

using namespace jackfield;
using bench::Steady;
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using tcp = asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

struct Options {
  std::uint16_t port = 0;
  std::string account = "site";
  std::string origin = "http://shop.example";
  std::string events;  ///< The broker's ROUTER.
  std::size_t visitors = 200;
  double rate = 1'000;
  double seconds = 5;
  double warm_up = 1;  ///< Sent and not measured.
};

constexpr std::chrono::seconds kPatience{10};

/// When each message was sent. Written by the visitors' thread, read by the subscriber's.
class SendTimes {
 public:
  explicit SendTimes(std::size_t count) : times_(count) {}
  void sent(std::size_t index, Steady::time_point when) {
    times_[index] = when.time_since_epoch().count();
  }
  /// Nothing for text that is not ours.
  [[nodiscard]] std::optional<Steady::time_point> of(std::string_view index) const {
    std::size_t value = 0;
    if (std::sscanf(std::string(index).c_str(), "m%zu", &value) != 1 || value >= times_.size()) {
      return std::nullopt;
    }
    return Steady::time_point(Steady::duration(times_[value].load()));
  }
  [[nodiscard]] std::size_t size() const { return times_.size(); }

 private:
  std::vector<std::atomic<Steady::rep>> times_;
};

/// One tab of one visitor.
class Visitor {
 public:
  struct Listener {
    std::function<void()> on_welcome;
    std::function<void(std::string_view client_id)> on_ack;
    std::function<void(std::string_view frame)> on_refusal;
  };

  Visitor(asio::io_context& io, const Options& options, const Listener& listener)
      : socket_(io), listener_(listener) {
    socket_.next_layer().connect({asio::ip::address_v4::loopback(), options.port});
    socket_.next_layer().set_option(tcp::no_delay(true));
    socket_.set_option(websocket::stream_base::decorator(
        [origin = options.origin](websocket::request_type& request) {
          request.set(beast::http::field::origin, origin);
        }));
    socket_.handshake("127.0.0.1", "/in/livechat/" + options.account + "/ws");
    socket_.text(true);
    send(R"({"type":"hello","name":"Vera"})");
    read();
  }

  void send(std::string frame) {
    unsent_.push_back(std::move(frame));
    if (unsent_.size() == 1) {
      write();
    }
  }

 private:
  void write() {
    socket_.async_write(asio::buffer(unsent_.front()),
                        [this](const error_code& error, std::size_t) {
                          unsent_.pop_front();
                          if (!error && !unsent_.empty()) {
                            write();
                          }
                        });
  }

  void read() {
    socket_.async_read(buffer_, [this](const error_code& error, std::size_t) {
      if (error) {
        listener_.on_refusal("the connection was closed: " + error.message());
        return;
      }
      const std::string frame = beast::buffers_to_string(buffer_.data());
      buffer_.consume(buffer_.size());
      on_frame(frame);
      read();
    });
  }

  void on_frame(const std::string& text) {
    const auto frame = json::Document::parse(text);
    if (!frame) {
      listener_.on_refusal(text);
      return;
    }
    const std::string_view type = frame->root()["type"].text();
    if (type == "welcome") {
      listener_.on_welcome();
    } else if (type == "ack") {
      listener_.on_ack(frame->root()["client_id"].text());
    } else {
      listener_.on_refusal(text);
    }
  }

  websocket::stream<tcp::socket> socket_;
  beast::flat_buffer buffer_;
  std::deque<std::string> unsent_;  // At most the messages of this run.
  const Listener& listener_;
};

/// The consumer; a thread of its own.
class Watcher {
 public:
  Watcher(std::string endpoint, const SendTimes& times, std::size_t first_measured)
      : times_(times),
        first_measured_(first_measured),
        latencies_(times.size()),
        thread_([this, endpoint = std::move(endpoint)] { run(endpoint); }) {}
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  ~Watcher() {
    is_stopping_ = true;
    thread_.join();
  }

  [[nodiscard]] bool is_live() const { return is_live_; }
  [[nodiscard]] std::size_t seen() const { return seen_; }
  /// After all is seen.
  bench::Latencies& latencies() { return latencies_; }

 private:
  void run(const std::string& endpoint) {
    BrokerAddress address;
    address.endpoint = endpoint;
    Subscriber subscriber(address, Subscription{});
    while (!is_stopping_) {
      const auto event = subscriber.next(milliseconds(50));
      const auto now = Steady::now();
      is_live_ = subscriber.is_live();
      if (event && *event && (*event)->type == "jf.message.received") {
        take(**event, now);
      }
    }
  }

  void take(const ReceivedEvent& event, Steady::time_point now) {
    const std::string_view text = event.data()["parts"].at(0)["text"].text();
    const auto sent = times_.of(text);
    if (!sent) {
      return;
    }
    if (seen_ >= first_measured_) {
      latencies_.add(now - *sent);
    }
    ++seen_;
  }

  const SendTimes& times_;
  const std::size_t first_measured_;
  bench::Latencies latencies_;
  std::atomic<bool> is_live_{false}, is_stopping_{false};
  std::atomic<std::size_t> seen_{0};
  std::thread thread_;
};

class Run {
 public:
  explicit Run(const Options& options)
      : options_(options),
        first_measured_(static_cast<std::size_t>(options.rate * options.warm_up)),
        times_(first_measured_ + static_cast<std::size_t>(options.rate * options.seconds)),
        acks_(times_.size()),
        watcher_(options.events, times_, first_measured_) {
    listener_.on_welcome = [this] { ++welcomed_; };
    listener_.on_ack = [this](std::string_view id) { on_ack(id); };
    listener_.on_refusal = [this](std::string_view frame) { on_refusal(frame); };
  }

  /// False: it could not begin.
  bool run() {
    for (std::size_t i = 0; i < options_.visitors; ++i) {
      visitors_.push_back(std::make_unique<Visitor>(io_, options_, listener_));
    }
    if (!run_until([this] { return welcomed_ == options_.visitors && watcher_.is_live(); })) {
      std::fprintf(stderr, "%zu of %zu visitors were welcomed, the subscriber is %s\n", welcomed_,
                   options_.visitors, watcher_.is_live() ? "live" : "not live");
      return false;
    }
    begin_ = Steady::now();
    tick();
    run_until([this] {
      return acked_ + refused_ >= times_.size() && watcher_.seen() + refused_ >= times_.size();
    });
    return true;
  }

  std::string report() {
    json::Writer out;
    out.begin_object();
    watcher_.latencies().write(out, "to_subscriber");
    acks_.write(out, "to_ack");
    out.field("sent", static_cast<std::int64_t>(sent_));
    out.field("seen", static_cast<std::int64_t>(watcher_.seen()));
    out.field("acked", static_cast<std::int64_t>(acked_));
    out.field("refused", static_cast<std::int64_t>(refused_));
    out.key("seconds").number(std::chrono::duration<double>(last_ack_ - begin_).count());
    out.field("late_sends", static_cast<std::int64_t>(late_)).end_object();
    return out.take();
  }

 private:
  /// Until the condition holds; gives up when nothing was sent or answered for kPatience.
  template <typename Condition>
  bool run_until(Condition condition) {
    auto last_progress = Steady::now();
    std::size_t progress = 0;
    while (!condition()) {
      io_.run_for(milliseconds(20));
      const std::size_t now = sent_ + acked_ + welcomed_ + watcher_.seen();
      if (now != progress) {
        progress = now;
        last_progress = Steady::now();
      } else if (Steady::now() - last_progress > kPatience) {
        return false;
      }
    }
    return true;
  }

  [[nodiscard]] Steady::time_point due_at(std::size_t index) const {
    return begin_ + std::chrono::duration_cast<Steady::duration>(
                        std::chrono::duration<double>(static_cast<double>(index) / options_.rate));
  }

  void tick() {
    const auto now = Steady::now();
    while (sent_ < times_.size() && due_at(sent_) <= now) {
      late_ += now - due_at(sent_) > milliseconds(1) ? 1U : 0U;
      send(sent_);
      ++sent_;
    }
    if (sent_ == times_.size()) {
      return;
    }
    timer_.expires_at(due_at(sent_));
    timer_.async_wait([this](const error_code&) { tick(); });
  }

  void send(std::size_t index) {
    const std::string id = "m" + std::to_string(index);
    const std::string text =
        id +
        " Hello, is the blue one still there? I would like to have it before the weekend, and "
        "could you tell me what it costs to send it to Gothenburg? Thank you very much indeed!";
    json::Writer frame;
    frame.begin_object().field("type", "message").field("client_id", id).field("text", text);
    frame.end_object();
    times_.sent(index, Steady::now());
    visitors_[index % visitors_.size()]->send(frame.take());
  }

  void on_ack(std::string_view id) {
    last_ack_ = Steady::now();
    const auto sent = times_.of(id);
    if (sent && acked_ >= first_measured_) {
      acks_.add(last_ack_ - *sent);
    }
    ++acked_;
  }

  void on_refusal(std::string_view frame) {
    if (refused_ == 0) {
      std::fprintf(stderr, "refused: %.*s\n", static_cast<int>(frame.size()), frame.data());
    }
    ++refused_;
  }

  const Options& options_;
  asio::io_context io_{1};
  asio::steady_timer timer_{io_};
  const std::size_t first_measured_;
  SendTimes times_;
  bench::Latencies acks_;
  Visitor::Listener listener_;
  std::vector<std::unique_ptr<Visitor>> visitors_;
  std::size_t welcomed_ = 0, sent_ = 0, acked_ = 0, refused_ = 0, late_ = 0;
  Steady::time_point begin_, last_ack_;
  Watcher watcher_;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Measures the way of a live-chat message from visitor to subscriber");
  app.add_option("--port", options.port)->required();
  app.add_option("--events", options.events, "ipc://… or tcp://… of the broker's ROUTER")
      ->required();
  app.add_option("--account", options.account);
  app.add_option("--origin", options.origin);
  app.add_option("--visitors", options.visitors)->check(CLI::Range(1, 10'000));
  app.add_option("--rate", options.rate, "Messages a second, of all visitors together")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--seconds", options.seconds);
  app.add_option("--warm-up", options.warm_up);
  CLI11_PARSE(app, argc, argv);
  try {
    Run run(options);
    if (!run.run()) {
      return 1;
    }
    std::printf("%s\n", run.report().c_str());
  } catch (const boost::system::system_error& error) {
    std::fprintf(stderr, "no WebSocket at 127.0.0.1:%d: %s\n", options.port, error.what());
    return 1;
  }
}
