#pragma once

#include <optional>
#include <string>

#include <zmq.hpp>

#include "core/base/settings.h"
#include "core/events/zap_gate.h"
#include "jackfield/result.h"

namespace jackfield::events {

/// The endpoint's sockets, bound. Made on one thread, then used by one other.
struct Sockets {
  std::optional<ZapGate> gate;  ///< Only when an endpoint is tcp.
  zmq::socket_t router;
  zmq::socket_t publisher;
  bool is_router_curve = false;
  std::string router_endpoint;  ///< With the port the kernel chose.
  std::string publisher_endpoint;
};

/// Binds both endpoints. ipc: the directory is made with mode 0700 and refused when others may
/// enter it. tcp: only with CURVE. inproc: for consumers in the same process and context. Error:
/// invalid, telling which setting is wrong and what to do.
Result<Sockets> open_sockets(zmq::context_t& context, const base::EventSettings& settings,
                             const std::string& data_dir);

}  // namespace jackfield::events
