#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "core/net/http.h"
#include "jackfield/json.h"
#include "tools/sim/faults.h"
#include "tools/sim/wire_server.h"

namespace jackfield::sim {

/// The answer to a control request; on the I/O thread, exactly once.
using ControlDone = std::function<void(net::HttpResponse)>;

/// One provider that is played: its API as the gateway calls it, and the world behind it (contacts
/// who write, phones that report). All calls on the I/O thread.
class Provider {
 public:
  virtual ~Provider() = default;

  /// Which of its operations a request is.
  [[nodiscard]] virtual Op op_of(std::string_view method, std::string_view path) const = 0;
  /// A call to its API. Everything not under /control/ comes here.
  virtual void on_request(net::HttpRequest request, WireRespond respond) = 0;

  /// A contact writes: one message, or {"batch":[…]} of them in one webhook.
  virtual void inbound(const json::Value& what, ControlDone done) = 0;
  /// Any bytes as a webhook: {"body":"…"} or {"body_base64":"…"}, with "signing".
  virtual void webhook(const json::Value& what, ControlDone done) = 0;
  /// The provider checks the callback URL.
  virtual void handshake(const json::Value& what, ControlDone done) = 0;
  /// Body of a webhook with one new text message from the n-th contact of a crowd.
  [[nodiscard]] virtual std::string load_body(std::size_t contact) = 0;
  /// Its counters, as members of an object ("\"a\":1,\"b\":2").
  virtual void write_state(json::Writer& out) const = 0;
};

/// {"error":"…"} with that status: the control API's refusal.
[[nodiscard]] net::HttpResponse control_refusal(int status, std::string_view why);
[[nodiscard]] net::HttpResponse control_answer(std::string json);

}  // namespace jackfield::sim
