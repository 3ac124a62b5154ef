// Sends signed webhooks over keep-alive connections and says how fast the answers came, as JSON.
// Closed loop: each connection sends when it has its answer. Open loop (--rate): on a schedule, and
// a latency begins when the request was due, so that a slow server can't hide behind a slow sender.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "jackfield/json.h"
#include "tests/bench/latencies.h"
#include "tests/bench/signed_webhooks.h"

namespace {

using namespace jackfield;
using bench::Steady;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;
using Socket = asio::basic_stream_socket<tcp, asio::io_context::executor_type>;

struct Options {
  std::uint16_t port = 0;
  std::size_t connections = 64;
  double seconds = 5;
  double warm_up = 0.5;  ///< Sent, answered and not measured.
  double rate = 0;       ///< Requests a second; 0: closed loop.
  std::size_t requests = 200'000;
  bool repeat =
      false;  ///< Begins again when all requests are sent (only for a server without memory).
  bench::WebhookTarget target;
};

class Connection;

/// The whole run. One thread.
class Load {
 public:
  Load(const Options& options, std::vector<std::string> requests);
  /// False: no connection could be made.
  bool run();
  [[nodiscard]] std::string report();

  /// Of a connection that may send again.
  void on_idle(Connection& connection);
  void on_answer(int status, Steady::time_point begun);
  void on_lost() { ++lost_; }

 private:
  void start();
  void tick();
  const std::string* next_request();
  [[nodiscard]] bool is_over() const { return Steady::now() >= end_ || is_used_up_; }

  Options options_;
  std::vector<std::string> requests_;
  asio::io_context io_{1};
  asio::basic_waitable_timer<Steady, asio::wait_traits<Steady>, asio::io_context::executor_type>
      timer_{io_};
  std::vector<std::shared_ptr<Connection>> connections_;
  std::deque<Connection*> idle_;
  std::deque<Steady::time_point> due_;  // At most as many as there are requests.
  std::size_t next_ = 0;
  bool is_used_up_ = false;
  Steady::time_point begin_, measured_from_, end_, last_answer_;
  bench::Latencies latencies_;
  std::uint64_t scheduled_ = 0, answers_ = 0, refused_ = 0, lost_ = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Load& load, asio::io_context& io) : load_(load), socket_(io) {}

  bool connect(std::uint16_t port) {
    error_code error;
    socket_.connect({asio::ip::address_v4::loopback(), port}, error);
    if (!error) {
      socket_.set_option(tcp::no_delay(true), error);
    }
    return !error;
  }

  void send(const std::string& request, Steady::time_point begun) {
    begun_ = begun;
    asio::async_write(socket_, asio::buffer(request),
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        if (error) {
                          self->load_.on_lost();
                        } else {
                          self->read();
                        }
                      });
  }

 private:
  void read() {
    socket_.async_read_some(asio::buffer(buffer_.data() + used_, buffer_.size() - used_),
                            [self = shared_from_this()](const error_code& error, std::size_t size) {
                              if (error) {
                                self->load_.on_lost();
                                return;
                              }
                              self->used_ += size;
                              self->look();
                            });
  }

  void look() {
    const std::string_view text(buffer_.data(), used_);
    const std::size_t head = text.find("\r\n\r\n");
    if (head == std::string_view::npos || used_ < head + 4 + body_size(text.substr(0, head))) {
      read();
      return;
    }
    used_ = 0;  // One request at a time: nothing can follow its answer.
    load_.on_answer(std::atoi(text.data() + std::strlen("HTTP/1.1 ")), begun_);
    load_.on_idle(*this);
  }

  static std::size_t body_size(std::string_view head) {
    for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
      if (const std::size_t at = head.find(name); at != std::string_view::npos) {
        return static_cast<std::size_t>(std::atoi(head.data() + at + name.size()));
      }
    }
    return 0;
  }

  Load& load_;
  Socket socket_;
  std::array<char, 8192> buffer_{};
  std::size_t used_ = 0;
  Steady::time_point begun_;
};

Load::Load(const Options& options, std::vector<std::string> requests)
    : options_(options), requests_(std::move(requests)), latencies_(requests_.size()) {}

bool Load::run() {
  for (std::size_t i = 0; i < options_.connections; ++i) {
    connections_.push_back(std::make_shared<Connection>(*this, io_));
    if (!connections_.back()->connect(options_.port)) {
      return false;
    }
  }
  start();
  io_.run();
  return true;
}

void Load::start() {
  const auto seconds = [](double value) {
    return std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(value));
  };
  begin_ = Steady::now();
  last_answer_ = begin_;
  measured_from_ = begin_ + seconds(options_.warm_up);
  end_ = measured_from_ + seconds(options_.seconds);
  for (const auto& connection : connections_) {
    on_idle(*connection);
  }
  if (options_.rate > 0) {
    tick();
  }
}

void Load::tick() {
  const std::chrono::duration<double> gap(1 / options_.rate);
  const auto due_at = [&] {
    return begin_ +
           std::chrono::duration_cast<Steady::duration>(gap * static_cast<double>(scheduled_));
  };
  for (; due_at() <= Steady::now(); ++scheduled_) {
    due_.push_back(due_at());
    if (!idle_.empty()) {
      Connection& connection = *idle_.front();
      idle_.pop_front();
      on_idle(connection);
    }
  }
  if (is_over()) {
    return;
  }
  timer_.expires_at(due_at());
  timer_.async_wait([this](const error_code&) { tick(); });
}

void Load::on_idle(Connection& connection) {
  if (is_over()) {
    return;
  }
  const bool is_open_loop = options_.rate > 0;
  if (is_open_loop && due_.empty()) {
    idle_.push_back(&connection);
    return;
  }
  const std::string* request = next_request();
  if (request == nullptr) {
    return;
  }
  Steady::time_point begun = Steady::now();
  if (is_open_loop) {
    begun = due_.front();
    due_.pop_front();
  }
  connection.send(*request, begun);
}

const std::string* Load::next_request() {
  if (next_ == requests_.size()) {
    next_ = 0;
    is_used_up_ = !options_.repeat;
  }
  return is_used_up_ ? nullptr : &requests_[next_++];
}

void Load::on_answer(int status, Steady::time_point begun) {
  ++answers_;
  refused_ += status == 200 ? 0 : 1;
  last_answer_ = Steady::now();
  if (begun >= measured_from_ && status == 200) {
    latencies_.add(last_answer_ - begun);
  }
}

std::string Load::report() {
  const auto since = [this](Steady::time_point begin) {
    return std::max(std::chrono::duration<double>(last_answer_ - begin).count(), 1e-9);
  };
  json::Writer out;
  out.begin_object();
  out.key("per_second").number(static_cast<double>(latencies_.count()) / since(measured_from_));
  latencies_.write(out, "latency");
  out.field("answers", static_cast<std::int64_t>(answers_));  // With the warm-up's.
  out.key("seconds").number(since(begin_));
  out.field("not_200", static_cast<std::int64_t>(refused_));
  out.field("lost_connections", static_cast<std::int64_t>(lost_));
  out.field("never_sent", static_cast<std::int64_t>(due_.size()));
  out.flag("used_up", is_used_up_).end_object();
  return out.take();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Sends signed WhatsApp webhooks and measures the answers");
  app.add_option("--port", options.port)->required();
  app.add_option("--path", options.target.path);
  app.add_option("--app-secret", options.target.app_secret);
  app.add_option("--phone-number-id", options.target.phone_number_id);
  app.add_option("--senders", options.target.senders)->check(CLI::Range(1, 1'000'000));
  app.add_option("--connections", options.connections)->check(CLI::Range(1, 10'000));
  app.add_option("--seconds", options.seconds);
  app.add_option("--warm-up", options.warm_up, "Seconds before the measured ones");
  app.add_option("--rate", options.rate, "Requests a second (open loop); 0: closed loop");
  app.add_option("--requests", options.requests, "How many to make before the clock starts")
      ->check(CLI::Range(1, 2'000'000));
  app.add_flag("--repeat", options.repeat, "Send them again when all are sent");
  CLI11_PARSE(app, argc, argv);

  Load load(options, bench::make_signed_webhooks(options.target, options.requests));
  if (!load.run()) {
    std::fprintf(stderr, "nothing answers at 127.0.0.1:%d: start the server first\n", options.port);
    return 1;
  }
  std::printf("%s\n", load.report().c_str());
}
