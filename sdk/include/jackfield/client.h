// Sends commands and queries to a Jackfield broker. Header-only, C++17, on cppzmq and
// jackfield/json.h. The protocol: docs/events.md. An object belongs to one thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <zmq.hpp>

#include "jackfield/json.h"
#include "jackfield/result.h"

namespace jackfield {

struct BrokerAddress {
  std::string endpoint;  ///< ROUTER: "ipc:///var/lib/jackfield/run/events.sock", "tcp://host:5571".
  std::string pub_endpoint;  ///< PUB; empty: as the broker says.
  std::string server_key;    ///< CURVE, Z85; all three or none.
  std::string public_key;
  std::string secret_key;
  zmq::context_t* context =
      nullptr;  ///< Outlives the object; null: one of its own. One per process is best.
};

/// What the broker answers.
struct Response {
  std::string error;  ///< "": fine. Else GONE, EPOCH, DENIED, BUSY, … or UNREACHABLE.
  std::string json;   ///< The answer, or the error with its `text` and details.
  [[nodiscard]] bool is_ok() const { return error.empty(); }
};

namespace detail {

using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;
constexpr milliseconds kAttempt{2'000};  ///< Without an answer the connection is made anew.

inline milliseconds left(SteadyTime deadline) {
  const auto rest = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
  return std::max(rest, milliseconds(0));
}

inline std::string random_hex() {
  std::random_device random;
  char text[17];
  std::snprintf(text, sizeof(text), "%08x%08x", random(), random());
  return text;
}

inline std::vector<std::string> receive(zmq::socket_t& socket) {
  std::vector<std::string> frames;
  zmq::message_t frame;
  bool has_more = true;
  while (has_more &&
         socket.recv(frame, frames.empty() ? zmq::recv_flags::dontwait : zmq::recv_flags::none)) {
    has_more = frame.more();
    frames.push_back(frame.to_string());
  }
  return frames;
}

inline zmq::socket_t connect(zmq::context_t& context, zmq::socket_type type,
                             const BrokerAddress& address, const std::string& endpoint) {
  zmq::socket_t socket(context, type);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::reconnect_ivl, 50);
  socket.set(zmq::sockopt::reconnect_ivl_max, 2'000);
  socket.set(zmq::sockopt::heartbeat_ivl, 2'000);
  socket.set(zmq::sockopt::heartbeat_timeout, 6'000);
  if (!address.server_key.empty()) {
    socket.set(zmq::sockopt::curve_serverkey, address.server_key);
    socket.set(zmq::sockopt::curve_publickey, address.public_key);
    socket.set(zmq::sockopt::curve_secretkey, address.secret_key);
  }
  if (type == zmq::socket_type::sub) {
    socket.set(zmq::sockopt::sndhwm, 0);  // Or subscriptions get lost when the broker comes back.
    socket.set(zmq::sockopt::rcvhwm, 10'000);
    socket.set(zmq::sockopt::subscribe, "jf.");
  }
  socket.connect(endpoint);
  return socket;
}

inline bool wait_for(zmq::socket_t& socket, milliseconds timeout) {
  zmq::pollitem_t item{socket.handle(), 0, ZMQ_POLLIN, 0};
  return zmq::poll(&item, 1, timeout) > 0;
}

/// Sends without waiting; false when the broker is not there.
inline bool send(zmq::socket_t& socket, std::initializer_list<std::string_view> frames) {
  auto rest = frames.size();
  for (const auto frame : frames) {
    const auto flags = --rest > 0 ? zmq::send_flags::sndmore | zmq::send_flags::dontwait
                                  : zmq::send_flags::dontwait;
    if (!socket.send(zmq::buffer(frame), flags)) {
      return false;
    }
  }
  return true;
}

inline Response response_of(const std::vector<std::string>& frames) {
  Response response;
  response.json = frames.size() > 3 ? frames[3] : "{}";
  if (frames.size() < 4 || frames[1] != "OK") {
    const auto body = json::Document::parse(response.json);
    response.error = body ? std::string(body->root()["code"].text()) : "INTERNAL";
  }
  return response;
}

}  // namespace detail

/// Requests and answers. Each call tries again with the same idempotency key until its time is
/// over, also across a restart of the broker: a command is carried out once.
class Client {
 public:
  using milliseconds = std::chrono::milliseconds;

  /// Does not wait for the broker. Throws zmq::error_t when the address is malformed.
  explicit Client(BrokerAddress address)
      : address_(std::move(address)),
        own_context_(address_.context ? nullptr : std::make_unique<zmq::context_t>()),
        prefix_(detail::random_hex().substr(0, 8)) {}

  /// `key` names the command for 24 hours: the same key and arguments give the same answer. Empty:
  /// a new one. `binary`: a chunk for media.put.
  Response command(std::string_view name, std::string_view args_json, std::string key = {},
                   milliseconds timeout = milliseconds(10'000), std::string_view binary = {}) {
    json::Writer body;
    body.begin_object().field("name", name);
    body.field("key", key.empty() ? detail::random_hex() + detail::random_hex() : key);
    return request("COMMAND", body.raw_field("args", args_json).end_object().take(), timeout,
                   binary);
  }
  Response query(std::string_view name, std::string_view args_json = "{}",
                 milliseconds timeout = milliseconds(10'000)) {
    json::Writer body;
    return request(
        "QUERY",
        body.begin_object().field("name", name).raw_field("args", args_json).end_object().take(),
        timeout);
  }
  /// Any verb that has one answer. Error UNREACHABLE when there was none in time.
  Response request(std::string_view verb, std::string_view body, milliseconds timeout,
                   std::string_view binary = {}) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    Response last{"UNREACHABLE",
                  R"({"code":"UNREACHABLE","text":"no answer from the broker in time"})"};
    do {
      if (!socket_) {
        socket_ = detail::connect(context(), zmq::socket_type::dealer, address_, address_.endpoint);
      }
      char id[17];
      std::snprintf(id, sizeof(id), "%s%08x", prefix_.c_str(), ++count_);
      const bool is_sent = binary.empty() ? detail::send(socket_, {"JF1", verb, id, body})
                                          : detail::send(socket_, {"JF1", verb, id, body, binary});
      const auto answer =
          is_sent
              ? await(id, std::min(deadline, std::chrono::steady_clock::now() + detail::kAttempt))
              : std::nullopt;
      if (!answer) {
        socket_.close();
        continue;
      }
      last = *answer;
      if (last.error != "BUSY") {
        break;
      }
      pause(last, deadline);
    } while (std::chrono::steady_clock::now() < deadline);
    return last;
  }

  [[nodiscard]] const BrokerAddress& address() const { return address_; }
  zmq::context_t& context() { return address_.context ? *address_.context : *own_context_; }

 private:
  std::optional<Response> await(std::string_view id, detail::SteadyTime deadline) {
    while (detail::wait_for(socket_, detail::left(deadline))) {
      const auto frames = detail::receive(socket_);
      if (frames.size() > 2 && frames[2] == id) {
        return detail::response_of(frames);
      }
    }
    return std::nullopt;
  }
  void pause(const Response& busy, detail::SteadyTime deadline) {
    const auto body = json::Document::parse(busy.json);
    const auto retry = body ? body->root()["retry_ms"].integer().value_or(200) : 200;
    const auto wait = std::clamp(milliseconds(retry), milliseconds(1), milliseconds(5'000));
    detail::wait_for(socket_, std::min(wait, detail::left(deadline)));
  }

  BrokerAddress address_;
  std::unique_ptr<zmq::context_t> own_context_;
  zmq::socket_t socket_;
  std::string prefix_;
  unsigned count_ = 0;
};

}  // namespace jackfield
