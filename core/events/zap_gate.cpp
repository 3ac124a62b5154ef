#include "core/events/zap_gate.h"

#include <array>
#include <utility>

#include "core/base/log.h"

namespace jackfield::events {
namespace {

constexpr std::size_t kZ85KeyBytes = 40;
constexpr std::size_t kRawKeyBytes = 32;
constexpr std::size_t kZapFramesMax = 8;
// version, request id, domain, address, identity, mechanism, credentials.
constexpr std::size_t kMechanismFrame = 5;
constexpr std::size_t kKeyFrame = 6;

Result<std::string> decode_key(const base::ConsumerSettings& consumer) {
  std::array<std::uint8_t, kRawKeyBytes> raw{};
  if (consumer.public_key.size() != kZ85KeyBytes ||
      zmq_z85_decode(raw.data(), consumer.public_key.c_str()) == nullptr) {
    return Error{ErrorCode::invalid, "events.consumers: the public key of \"" + consumer.name +
                                         "\" is not a Z85 key of 40 characters; make one with "
                                         "`jackctl keygen`"};
  }
  return std::string(raw.begin(), raw.end());
}

}  // namespace

Result<ZapGate> ZapGate::open(zmq::context_t& context,
                              const std::vector<base::ConsumerSettings>& consumers) {
  ZapGate gate;
  for (const auto& consumer : consumers) {
    const auto role = parse_role(consumer.role);
    if (!role || consumer.name.empty() || consumer.name.find('/') != std::string::npos) {
      return Error{ErrorCode::invalid, "events.consumers: \"" + consumer.name +
                                           "\" needs a name without '/' and one of the roles "
                                           "subscriber, agent_client, router, operator"};
    }
    JACKFIELD_TRY(auto key, decode_key(consumer));
    const Actor actor{consumer.name, *role};
    if (!gate.by_name_.emplace(consumer.name, actor).second ||
        !gate.by_key_.emplace(std::move(key), actor).second) {
      return Error{ErrorCode::invalid,
                   "events.consumers: the name or key of \"" + consumer.name + "\" is there twice"};
    }
  }
  gate.socket_ = zmq::socket_t(context, zmq::socket_type::rep);
  gate.socket_.set(zmq::sockopt::linger, 0);
  gate.socket_.bind("inproc://zeromq.zap.01");
  return gate;
}

void ZapGate::serve() {
  std::vector<std::string> frames;
  bool has_more = true;
  while (has_more) {
    zmq::message_t frame;
    if (!socket_.recv(frame, zmq::recv_flags::dontwait)) {
      return;
    }
    has_more = frame.more();
    if (frames.size() < kZapFramesMax) {
      frames.push_back(frame.to_string());
    }
  }
  const Actor* actor = nullptr;
  if (frames.size() == kKeyFrame + 1 && frames[kMechanismFrame] == "CURVE") {
    const auto it = by_key_.find(frames[kKeyFrame]);
    actor = it == by_key_.end() ? nullptr : &it->second;
  }
  if (actor == nullptr) {
    base::log::warn("events.peer_refused");
  }
  const std::string request_id = frames.size() > 1 ? frames[1] : std::string();
  const std::array<std::string, 6> reply = {
      "1.0", request_id, actor ? "200" : "400", actor ? "OK" : "denied", actor ? actor->name : "",
      ""};
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const auto flags = i + 1 < reply.size() ? zmq::send_flags::sndmore : zmq::send_flags::none;
    socket_.send(zmq::buffer(reply[i]), flags);
  }
}

const Actor* ZapGate::find(std::string_view user_id) const {
  const auto it = by_name_.find(user_id);
  return it == by_name_.end() ? nullptr : &it->second;
}

}  // namespace jackfield::events
