#include "plugins/livechat/channel.h"

#include <utility>

#include "plugins/livechat/origins.h"
#include "plugins/livechat/visitor_token.h"

namespace jackfield::livechat {

namespace {

constexpr std::uint64_t kSocketRoute = 1;
constexpr std::uint64_t kSweepTimer = 1;
constexpr std::uint64_t kDrainTimer = 2;
constexpr std::uint64_t kSweepMs = 1'000;
constexpr std::uint32_t kSavedSchema = 1;
constexpr Rate kRefusalsLogged{6, 3};
constexpr std::string_view kTokenKeyName = "token-key";

Settings settings_or_throw(std::string_view config_json) {
  auto settings = parse_settings(config_json);
  if (!settings) {
    throw PluginError(JF_E_INVALID, settings.error().text);
  }
  return *std::move(settings);
}

}  // namespace

jf_status LivechatChannel::HostOutlet::send(std::uint64_t socket, std::string_view frame) {
  return host_.socket_send(socket, frame);
}
void LivechatChannel::HostOutlet::close(std::uint64_t socket, CloseCode code,
                                        std::string_view why) {
  host_.socket_close(socket, code, why);
}
void LivechatChannel::HostOutlet::tag(std::uint64_t socket, std::string_view tag) {
  host_.socket_tag(socket, tag);
}
jf_status LivechatChannel::HostOutlet::publish(std::uint64_t op, const Inbound& value) {
  return host_.publish(op, Arrival{}, {value});
}
jf_status LivechatChannel::HostOutlet::read_history(std::uint64_t op, std::string_view address,
                                                    std::string_view after, std::uint32_t limit) {
  return host_.history(op, address, after, limit);
}
std::string LivechatChannel::HostOutlet::new_visitor_id() {
  return to_base64url(host_.random(kVisitorBytes));
}
void LivechatChannel::HostOutlet::count(std::string_view metric) {
  host_.count("livechat_" + std::string(metric));
}

LivechatChannel::LivechatChannel(Host host, std::string_view config_json)
    : Channel(host),
      outlet_(host),
      visitors_(
          settings_or_throw(config_json),
          TokenMint(
              [this](std::string_view data) { return this->host().hmac_sha256(token_key_, data); },
              [this](std::string_view a, std::string_view b) { return this->host().equal(a, b); }),
          outlet_) {
  RouteOptions options;
  options.is_websocket = true;
  // The most that any setting of text_bytes_max needs; each frame is measured again.
  options.body_bytes_max = frame_bytes_max(32'768);
  host.route(kSocketRoute, "GET", "/ws", options);
}

void LivechatChannel::load_token_key() {
  auto key = host().kv_get(kTokenKeyName);
  if (!key || key->size() != kTokenKeyBytes) {
    if (key) {
      host().log(LogLevel::warn, "livechat.token_key_replaced",
                 {{"why", "the kept one has a wrong size; visitors start anew"}});
    }
    key = host().random(kTokenKeyBytes);
    host().kv_put(kTokenKeyName, *key);
  }
  token_key_ = *std::move(key);
}

void LivechatChannel::start() {
  load_token_key();
  is_draining_ = false;
  visitors_.resume_publishing();
  host().arm(kSweepTimer, kSweepMs, kSweepMs);
  host().ready(true);
}

Outcome LivechatChannel::deliver(std::uint64_t, const Outbound& outbound) {
  return visitors_.deliver(outbound, now());
}

void LivechatChannel::drain(std::uint32_t grace_ms) {
  visitors_.stop_publishing();
  is_draining_ = true;
  if (visitors_.is_idle()) {
    end_drain();
  } else {
    host().arm(kDrainTimer, grace_ms);
  }
}

void LivechatChannel::end_drain() {
  if (std::exchange(is_draining_, false)) {
    host().disarm(kDrainTimer);
    host().disarm(kSweepTimer);
    host().drained();
  }
}

std::optional<Saved> LivechatChannel::save() {
  return Saved{kSavedSchema, visitors_.save()};
}

void LivechatChannel::restore(std::uint32_t schema, std::string_view, std::string_view state) {
  if (schema == kSavedSchema) {
    visitors_.restore(state);
  }
}

void LivechatChannel::on_timer(std::uint64_t id) {
  if (id == kDrainTimer) {
    end_drain();
    return;
  }
  visitors_.sweep(now());
  host().gauge("livechat_sockets", static_cast<double>(visitors_.socket_count()));
  host().gauge("livechat_visitors", static_cast<double>(visitors_.visitor_count()));
}

void LivechatChannel::on_stored(std::uint64_t op, jf_status status,
                                const std::vector<Stored>& values) {
  visitors_.stored(op, status, values);
  if (is_draining_ && visitors_.is_idle()) {
    end_drain();
  }
}

void LivechatChannel::on_socket_open(std::uint64_t, std::uint64_t socket,
                                     const HttpRequest* message, std::string_view tag) {
  if (message == nullptr) {
    visitors_.inherit(socket, tag, now());
    return;
  }
  const auto origin = message->header("origin");
  const auto admission = visitors_.open(socket, {origin, message->peer()}, now());
  if (admission == Visitors::Admission::wrong_origin &&
      refusals_logged_.take(kRefusalsLogged, now().monotonic_ms) == 0) {
    host().log(LogLevel::warn, "livechat.origin_refused",
               {{"origin", origin.value_or("(none)").substr(0, kOriginBytesMax)},
                {"hint", "add it to this account's setting `origins` if the site is yours"}});
  }
}

void LivechatChannel::on_socket_data(std::uint64_t socket, std::string_view data, bool is_binary) {
  visitors_.data(socket, data, is_binary, now());
}

void LivechatChannel::on_socket_close(std::uint64_t socket, std::int32_t) {
  visitors_.closed(socket);
}

void LivechatChannel::on_history(std::uint64_t op, jf_status status,
                                 const std::vector<HistoryEntry>& entries, bool has_more) {
  visitors_.history(op, status, entries, has_more);
}

jf_status LivechatChannel::set_typing(std::string_view address, bool is_on) {
  return visitors_.set_typing(address, is_on);
}
jf_status LivechatChannel::mark_read(std::string_view address, std::string_view external_id) {
  return visitors_.mark_read(address, external_id);
}
jf_status LivechatChannel::end_session(std::string_view address, std::string_view reason) {
  return visitors_.end_session(address, reason);
}

jf_status LivechatChannel::reconfigure(std::string_view config_json) {
  visitors_.configure(settings_or_throw(config_json));
  return JF_OK;
}

Now LivechatChannel::now() const {
  return {host().monotonic_us() / 1000, host().unix_ms()};
}

}  // namespace jackfield::livechat
