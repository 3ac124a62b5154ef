#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <zmq.hpp>

#include "core/base/settings.h"
#include "core/events/endpoint.h"
#include "jackfield/result.h"

namespace jackfield::events {

/// Who a connection belongs to.
struct Actor {
  std::string name;
  Role role = Role::subscriber;
};

/// The allow-list of CURVE keys, asked by libzmq at each handshake (ZAP, RFC 27). CURVE alone lets
/// any key in; with ZAP_ENFORCE_DOMAIN and nobody answering here, nobody gets in. One thread.
class ZapGate {
 public:
  /// Binds the ZAP socket of `context`; do it before any CURVE socket is bound. Error: invalid,
  /// when a consumer's name, key or role is wrong or given twice.
  static Result<ZapGate> open(zmq::context_t& context,
                              const std::vector<base::ConsumerSettings>& consumers);
  /// Answers the request that waits, if any.
  void serve();
  [[nodiscard]] zmq::socket_ref socket() { return socket_; }
  /// The consumer that a message's User-Id names; null: none.
  [[nodiscard]] const Actor* find(std::string_view user_id) const;

 private:
  ZapGate() = default;
  zmq::socket_t socket_;
  std::map<std::string, Actor, std::less<>> by_key_;  ///< Raw 32-byte public key.
  std::map<std::string, Actor, std::less<>> by_name_;
};

}  // namespace jackfield::events
