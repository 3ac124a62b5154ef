#include "core/events/sockets.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>

#include <sys/stat.h>

#include "core/base/log.h"
#include "core/events/protocol.h"

namespace jackfield::events {
namespace {

constexpr std::size_t kIpcPathBytesMax = 107;  // sun_path less its final zero.
constexpr std::size_t kZ85KeyBytes = 40;
constexpr std::int64_t kRouterFrameBytesMax = 1024 * 1024;
constexpr std::int64_t kSubscriptionBytesMax = 4 * 1024;
constexpr int kPublisherHwm = 10'000;
constexpr int kRouterReceiveHwm = 64;
constexpr int kHandshakeMs = 5'000;
constexpr int kHeartbeatMs = 2'000;
constexpr int kHeartbeatTimeoutMs = 6'000;
constexpr int kZapEnforceDomain = 93;  // ZMQ_ZAP_ENFORCE_DOMAIN stands in zmq.h's draft part.
constexpr std::string_view kIpc = "ipc://";

bool begins_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

Error invalid(std::string text) {
  return Error{ErrorCode::invalid, std::move(text)};
}

Status prepare_ipc(const std::string& endpoint) {
  const std::filesystem::path path = endpoint.substr(kIpc.size());
  if (path.native().size() > kIpcPathBytesMax) {
    return invalid("events: the socket path " + path.native() + " has " +
                   std::to_string(path.native().size()) + " bytes, the kernel allows " +
                   std::to_string(kIpcPathBytesMax) +
                   "; use a shorter data_dir or set events.endpoint and events.pub_endpoint");
  }
  const std::string directory = path.parent_path().native();
  std::error_code error;
  std::filesystem::create_directories(path.parent_path().parent_path(), error);
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return invalid("events: cannot make the directory " + directory +
                   "; make it, or change data_dir");
  }
  struct stat found{};
  if (::stat(directory.c_str(), &found) != 0 || !S_ISDIR(found.st_mode) ||
      (found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return invalid("events: " + directory +
                   " is open to other users, who could send commands; chmod 700 it");
  }
  return Done{};
}

Result<std::string> read_secret_key(const std::string& file) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) {
    return invalid("events.curve_secret_key_file: cannot read " + file);
  }
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return invalid("events.curve_secret_key_file: " + file +
                   " can be read by other users; chmod 600 it");
  }
  std::ifstream in(file);
  std::string key;
  in >> key;
  std::array<std::uint8_t, 32> raw{};
  if (key.size() != kZ85KeyBytes || zmq_z85_decode(raw.data(), key.c_str()) == nullptr) {
    return invalid("events.curve_secret_key_file: " + file +
                   " does not hold a Z85 key of 40 characters; make one with `jackctl keygen`");
  }
  return key;
}

void set_common(zmq::socket_t& socket) {
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::handshake_ivl, kHandshakeMs);
  socket.set(zmq::sockopt::heartbeat_ivl, kHeartbeatMs);
  socket.set(zmq::sockopt::heartbeat_timeout, kHeartbeatTimeoutMs);
  socket.set(zmq::sockopt::heartbeat_ttl, kHeartbeatTimeoutMs);
  socket.set(zmq::sockopt::tcp_keepalive, 1);
}

Status set_curve(zmq::socket_t& socket, const std::string& secret_key) {
  const int on = 1;
  socket.set(zmq::sockopt::curve_server, true);
  socket.set(zmq::sockopt::curve_secretkey, secret_key);
  socket.set(zmq::sockopt::zap_domain, "jackfield");
  if (zmq_setsockopt(socket.handle(), kZapEnforceDomain, &on, sizeof(on)) != 0) {
    return Error{ErrorCode::internal, "events: this libzmq cannot enforce ZAP; tcp stays closed"};
  }
  return Done{};
}

Result<std::string> listen(zmq::socket_t& socket, const std::string& endpoint,
                           const std::string& secret_key) {
  if (begins_with(endpoint, "tcp://")) {
    JACKFIELD_TRY([[maybe_unused]] Done curve, set_curve(socket, secret_key));
  } else if (begins_with(endpoint, kIpc)) {
    JACKFIELD_TRY([[maybe_unused]] Done ipc, prepare_ipc(endpoint));
  } else if (!begins_with(endpoint, "inproc://")) {
    return invalid("events: " + endpoint + " must begin with ipc://, tcp:// or inproc://");
  }
  try {
    socket.bind(endpoint);
  } catch (const zmq::error_t& error) {
    return invalid("events: cannot listen at " + endpoint + ": " + error.what());
  }
  return socket.get(zmq::sockopt::last_endpoint);
}

}  // namespace

Result<Sockets> open_sockets(zmq::context_t& context, const base::EventSettings& settings,
                             const std::string& data_dir) {
  const std::string run = std::string(kIpc) + data_dir + "/run/";
  const std::string router = settings.endpoint.empty() ? run + "events.sock" : settings.endpoint;
  const std::string publisher =
      settings.pub_endpoint.empty() ? run + "events-pub.sock" : settings.pub_endpoint;
  const bool is_router_tcp = begins_with(router, "tcp://");
  Sockets sockets;
  std::string secret_key;
  if (is_router_tcp || begins_with(publisher, "tcp://")) {
    if (settings.curve_secret_key_file.empty()) {
      return invalid(
          "events: a tcp endpoint needs events.curve_secret_key_file and events.consumers; "
          "use ipc:// or make a key with `jackctl keygen`");
    }
    JACKFIELD_TRY(secret_key, read_secret_key(settings.curve_secret_key_file));
    if (settings.consumers.empty()) {
      base::log::warn("events.no_consumers");
    }
    JACKFIELD_TRY(auto gate, ZapGate::open(context, settings.consumers));
    sockets.gate = std::move(gate);
  }
  sockets.router = zmq::socket_t(context, zmq::socket_type::router);
  set_common(sockets.router);
  sockets.router.set(zmq::sockopt::router_mandatory, true);
  sockets.router.set(zmq::sockopt::router_handover, false);
  sockets.router.set(zmq::sockopt::maxmsgsize, kRouterFrameBytesMax);
  sockets.router.set(zmq::sockopt::sndhwm, static_cast<int>(kCreditMax) * 2);
  sockets.router.set(zmq::sockopt::rcvhwm, kRouterReceiveHwm);
  sockets.publisher = zmq::socket_t(context, zmq::socket_type::pub);
  set_common(sockets.publisher);
  sockets.publisher.set(zmq::sockopt::maxmsgsize, kSubscriptionBytesMax);
  sockets.publisher.set(zmq::sockopt::sndhwm, kPublisherHwm);
  JACKFIELD_TRY(sockets.router_endpoint, listen(sockets.router, router, secret_key));
  JACKFIELD_TRY(sockets.publisher_endpoint, listen(sockets.publisher, publisher, secret_key));
  sockets.is_router_curve = is_router_tcp;
  return sockets;
}

}  // namespace jackfield::events
