#include "tests/sim/sim_bench.h"

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <poll.h>

#include "tools/sim/query.h"

namespace jackfield::sim {

namespace asio = boost::asio;
using asio::ip::tcp;

void FakeGateway::on_request(net::HttpRequest request, WireRespond respond) {
  WireAnswer answer;
  answer.response.body =
      request.method == "GET" ? query_value(request.query, "hub.challenge").value_or("") : "";
  {
    const std::scoped_lock lock(mutex_);
    if (!statuses_.empty()) {
      answer.response.status = statuses_.front();
      statuses_.erase(statuses_.begin());
    }
    requests_.push_back(std::move(request));
  }
  respond(std::move(answer));
}

void FakeGateway::answer_with(std::vector<int> statuses) {
  const std::scoped_lock lock(mutex_);
  statuses_ = std::move(statuses);
}

std::vector<net::HttpRequest> FakeGateway::requests() {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

int RawAnswer::status() const {
  return text.size() > 12 ? std::atoi(text.substr(9, 3).c_str()) : 0;
}

std::string RawAnswer::body() const {
  const std::size_t end = text.find("\r\n\r\n");
  return end == std::string::npos ? "" : text.substr(end + 4);
}

SimBench::SimBench(SimOptions options) : work_(io_.get_executor()) {
  gateway_server_ = WireServer::create(io_, gateway);
  const auto gateway_port = gateway_server_->listen(0);
  if (!gateway_port) {
    throw std::runtime_error(gateway_port.error().text);
  }
  options.callback = "http://127.0.0.1:" + std::to_string(*gateway_port) + "/hook";
  simulator_ = std::make_unique<Simulator>(io_, clock, std::move(options), Transcript());
  const auto port = simulator_->start();
  if (!port) {
    throw std::runtime_error(port.error().text);
  }
  port_ = *port;
  thread_ = std::thread([this] { io_.run(); });
}

SimBench::~SimBench() {
  io_.stop();
  thread_.join();
  simulator_.reset();
  gateway_server_.reset();
}

RawAnswer SimBench::exchange(const std::string& bytes, std::chrono::milliseconds patience) const {
  asio::io_context io;
  tcp::socket socket(io);
  socket.connect({asio::ip::address_v4::loopback(), port_});
  asio::write(socket, asio::buffer(bytes));
  RawAnswer answer;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::array<char, 4096> chunk{};
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd waiting{socket.native_handle(), POLLIN, 0};
    if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) <= 0) {
      answer.timed_out = true;
      return answer;
    }
    boost::system::error_code failed;
    const std::size_t count = socket.read_some(asio::buffer(chunk), failed);
    if (failed) {
      answer.closed = true;
      return answer;
    }
    answer.text.append(chunk.data(), count);
  }
}

RawAnswer SimBench::call(const std::string& method, const std::string& target,
                         const std::string& body, const std::string& more_headers) const {
  return exchange(method + ' ' + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" +
                  more_headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                  body);
}

RawAnswer SimBench::send(const std::string& body) const {
  return call("POST", "/v25.0/106540352242922/messages", body,
              "Authorization: Bearer dev-access-token\r\nContent-Type: application/json\r\n");
}

RawAnswer SimBench::control(const std::string& action, const std::string& body) const {
  return call("POST", "/control/" + action, body);
}

std::vector<std::string> SimBench::ledger() const {
  std::vector<std::string> entries;
  const std::string text = call("GET", "/control/ledger?after=0").body();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    entries.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return entries;
}

SimOptions quiet_options() {
  SimOptions options;
  options.graph.access_token = "dev-access-token";
  options.graph.app_secret = "dev-app-secret";
  options.graph.verify_token = "dev-verify-token";
  options.first_retry = std::chrono::milliseconds(10);
  return options;
}

std::string text_message(const std::string& correlator, const std::string& text) {
  return R"({"messaging_product":"whatsapp","recipient_type":"individual","to":"12025550122",)"
         R"("type":"text","biz_opaque_callback_data":")" +
         correlator + R"(","text":{"body":")" + text + R"("}})";
}

bool eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < deadline) {
    if (holds()) {
      return true;
    }
    poll(nullptr, 0, 10);
  }
  return holds();
}

}  // namespace jackfield::sim
