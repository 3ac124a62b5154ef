// What a channel may ask of the host, as typed calls over the services of plugin_abi.h.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jackfield/plugin/abi_values.h"
#include "jackfield/plugin/values.h"

namespace jackfield {
inline namespace sdk_v1 {

enum class LogLevel : std::int32_t {
  debug = JF_LOG_DEBUG,
  info = JF_LOG_INFO,
  warn = JF_LOG_WARN,
  error = JF_LOG_ERROR,
};
using LogFields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// The host as one instance sees it. Cheap to copy; valid until the instance is destroyed. Every
/// call may be made from any thread and never blocks, except where it says "lane". Calls that
/// return a value throw PluginError when the host can't give it; calls that return jf_status report
/// what happened there.
class Host {
 public:
  /// Throws PluginError(JF_E_ABI) when a service that every channel needs is missing.
  explicit Host(const jf_host* host) : host_(host) {
    find(log_, JF_SERVICE_LOG);
    find(clock_, JF_SERVICE_CLOCK);
    find(timer_, JF_SERVICE_TIMER);
    find(config_, JF_SERVICE_CONFIG);
    find(secret_, JF_SERVICE_SECRET);
    find(crypto_, JF_SERVICE_CRYPTO);
    find(delivery_, JF_SERVICE_DELIVERY);
    find(inbound_, JF_SERVICE_INBOUND);
    find(server_, JF_SERVICE_HTTP_SERVER);
    find(client_, JF_SERVICE_HTTP_CLIENT);
    find(socket_, JF_SERVICE_SOCKET);
    find(media_, JF_SERVICE_MEDIA);
    find(kv_, JF_SERVICE_KV);
    find(history_, JF_SERVICE_HISTORY);
    find(metric_, JF_SERVICE_METRIC);
    find(lifecycle_, JF_SERVICE_LIFECYCLE);
    need(JF_HAS(delivery_, complete), JF_SERVICE_DELIVERY);
    need(JF_HAS(inbound_, publish), JF_SERVICE_INBOUND);
    need(JF_HAS(lifecycle_, ready) && JF_HAS(lifecycle_, drained), JF_SERVICE_LIFECYCLE);
  }

  [[nodiscard]] const jf_host* raw() const noexcept { return host_; }
  /// "<channel>:<name>"
  [[nodiscard]] std::string_view account() const noexcept {
    return host_->account != nullptr ? host_->account : "";
  }

  /// `event` is a stable name ("webhook.refused"). Never a message's text, an address or a secret.
  void log(LogLevel level, std::string_view event, LogFields fields = {}) const {
    if (!JF_HAS(log_, write) || static_cast<std::int32_t>(level) < log_->threshold(host_)) {
      return;
    }
    std::vector<jf_kv> list;
    list.reserve(fields.size());
    for (const auto& field : fields) {
      list.push_back({abi_str(field.first), abi_str(field.second)});
    }
    log_->write(host_, static_cast<std::int32_t>(level), abi_str(event), list.data(), list.size());
  }

  /// Wall clock, milliseconds since 1970. A plugin reads no other clock, so that tests can move it.
  [[nodiscard]] std::int64_t unix_ms() const {
    need(JF_HAS(clock_, unix_ms), JF_SERVICE_CLOCK);
    return clock_->unix_ms(host_);
  }
  /// Microseconds that only grow; for intervals.
  [[nodiscard]] std::int64_t monotonic_us() const {
    need(JF_HAS(clock_, monotonic_us), JF_SERVICE_CLOCK);
    return clock_->monotonic_us(host_);
  }

  /// on_timer(id) follows after `delay_ms`, and then each `period_ms` unless that is 0. Arming an
  /// id again replaces it. Throws when more than 10,000 timers are armed.
  void arm(std::uint64_t id, std::uint64_t delay_ms, std::uint64_t period_ms = 0) const {
    need(JF_HAS(timer_, arm), JF_SERVICE_TIMER);
    check(timer_->arm(host_, id, delay_ms, period_ms), "can't arm a timer");
  }
  void disarm(std::uint64_t id) const noexcept {
    if (JF_HAS(timer_, disarm)) {
      timer_->disarm(host_, id);
    }
  }

  /// The setting at this JSON pointer ("/phone_number_id"): strings bare, everything else as JSON;
  /// "" when it is not set. Secrets are not given here.
  [[nodiscard]] std::string config(std::string_view pointer) const {
    std::string out;
    need(JF_HAS(config_, get), JF_SERVICE_CONFIG);
    jf_sink sink = detail::sink_into(out);
    const jf_status status = config_->get(host_, abi_str(pointer), &sink);
    if (status == JF_E_NOT_FOUND) {
      return {};
    }
    check(status, "can't read a setting");
    return out;
  }
  /// As config(); `fallback` when it is not set.
  [[nodiscard]] std::string config_or(std::string_view pointer, std::string_view fallback) const {
    std::string out = config(pointer);
    return out.empty() ? std::string(fallback) : out;
  }
  /// The value of a setting that the schema marks x-secret; "" when it is not set. Never log it.
  [[nodiscard]] std::string secret(std::string_view pointer) const {
    std::string out;
    need(JF_HAS(secret_, get), JF_SERVICE_SECRET);
    jf_sink sink = detail::sink_into(out);
    const jf_status status = secret_->get(host_, abi_str(pointer), &sink);
    if (status == JF_E_NOT_FOUND) {
      return {};
    }
    check(status, "can't read a secret");
    return out;
  }

  /// Raw bytes (32, 20, 32); encoding::to_hex and to_base64 write them as text.
  [[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view data) const {
    return hmac("sha256", key, data);
  }
  [[nodiscard]] std::string hmac_sha1(std::string_view key, std::string_view data) const {
    return hmac("sha1", key, data);
  }
  [[nodiscard]] std::string sha256(std::string_view data) const {
    std::string out;
    need(JF_HAS(crypto_, hash), JF_SERVICE_CRYPTO);
    jf_sink sink = detail::sink_into(out);
    check(crypto_->hash(host_, abi_str("sha256"), abi_bytes(data), &sink), "can't hash");
    return out;
  }
  /// Compares in constant time: for signatures and tokens.
  [[nodiscard]] bool equal(std::string_view a, std::string_view b) const {
    need(JF_HAS(crypto_, equal), JF_SERVICE_CRYPTO);
    return crypto_->equal(host_, abi_bytes(a), abi_bytes(b)) == 1;
  }
  /// Random bytes fit for secrets, at most 1024.
  [[nodiscard]] std::string random(std::size_t len) const {
    std::string out;
    need(JF_HAS(crypto_, random), JF_SERVICE_CRYPTO);
    jf_sink sink = detail::sink_into(out);
    check(crypto_->random(host_, len, &sink), "no random bytes");
    return out;
  }

  /// Hands over what arrived; all values become durable in one transaction. With
  /// arrival.http_request the host answers that request itself, also when this returns an error.
  /// `op` not 0: on_stored(op) follows when this returned JF_OK. Error: JF_E_INVALID /
  /// JF_E_TOO_LARGE (a value breaks a rule; `why` names it), JF_E_BUSY (too much waits),
  /// JF_E_CLOSED.
  jf_status publish(std::uint64_t op, const Arrival& arrival, const std::vector<Inbound>& values,
                    std::string* why = nullptr) const {
    std::vector<jf_part> parts;
    std::vector<jf_inbound> list;
    std::size_t part_total = 0;
    for (const Inbound& value : values) {
      part_total += value.parts.size();
    }
    parts.reserve(part_total);  // so that pointers into it stay valid
    list.reserve(values.size());
    for (const Inbound& value : values) {
      const std::size_t first = parts.size();
      for (const Part& part : value.parts) {
        parts.push_back(detail::abi_part(part));
      }
      list.push_back(abi_inbound(value, parts.data() + first));
    }
    jf_arrival from{};
    from.size = sizeof from;
    from.http_request = arrival.http_request;
    from.reply_content_type = abi_str(arrival.reply_content_type);
    from.reply_body = abi_bytes(arrival.reply_body);
    from.content_type = abi_str(arrival.content_type);
    from.raw = abi_bytes(arrival.raw);
    jf_error error = detail::empty_error();
    const jf_status status =
        inbound_->publish(host_, op, &from, list.data(), list.size(), sizeof(jf_inbound), &error);
    if (status < 0 && why != nullptr) {
      *why = error.message;
    }
    return status;
  }

  /// Ends a token for which deliver() answered Outcome::pending(): exactly once, from any thread.
  /// JF_E_STALE: the host gave up on it before (it counts as unknown), or it was completed already.
  jf_status complete(std::uint64_t token, const Outcome& outcome) const noexcept {
    const jf_outcome from = detail::abi_outcome(outcome);
    return delivery_->complete(host_, token, &from);
  }

  /// Lane, in the constructor or start(). `path` is relative to /in/<channel>/<name>: "/webhook"; a
  /// '*' at its end matches any rest. Requests come to on_request(id, ...). Throws when the host
  /// refuses it.
  void route(std::uint64_t id, std::string_view method, std::string_view path,
             const RouteOptions& options = {}) const {
    need(JF_HAS(server_, add_route), JF_SERVICE_HTTP_SERVER);
    jf_route from{};
    from.size = sizeof from;
    from.flags = options.is_websocket ? static_cast<std::uint32_t>(JF_ROUTE_WEBSOCKET) : 0U;
    from.method = abi_str(method);
    from.path = abi_str(path);
    from.body_bytes_max = options.body_bytes_max;
    from.timeout_ms = options.timeout_ms;
    jf_error error = detail::empty_error();
    const jf_status status = server_->add_route(host_, id, &from, &error);
    if (status < 0) {
      throw PluginError(status, error.message);
    }
  }
  /// Answers a request, once. JF_E_STALE: it was answered, or its time is over.
  jf_status reply(std::uint64_t request, const HttpReply& reply) const {
    need(JF_HAS(server_, reply), JF_SERVICE_HTTP_SERVER);
    std::vector<jf_kv> headers;
    if (!reply.content_type.empty()) {
      headers.push_back({abi_str("content-type"), abi_str(reply.content_type)});
    }
    for (const auto& header : reply.headers) {
      headers.push_back({abi_str(header.first), abi_str(header.second)});
    }
    jf_http_message from{};
    from.size = sizeof from;
    from.status_code = reply.status;
    from.headers = headers.data();
    from.header_count = headers.size();
    from.body = abi_bytes(reply.body);
    return server_->reply(host_, request, &from);
  }
  jf_status reply(std::uint64_t request, int status, std::string_view text = {}) const {
    HttpReply answer;
    answer.status = status;
    answer.content_type = text.empty() ? "" : "text/plain; charset=utf-8";
    answer.body = std::string(text);
    return reply(request, answer);
  }
  /// The address under which the outside reaches `path` of this account.
  [[nodiscard]] std::string public_url(std::string_view path) const {
    std::string out;
    need(JF_HAS(server_, public_url), JF_SERVICE_HTTP_SERVER);
    jf_sink sink = detail::sink_into(out);
    check(server_->public_url(host_, abi_str(path), &sink), "no public URL");
    return out;
  }

  /// Calls a provider. JF_OK: on_response(op) follows exactly once; `op` must not be in use.
  /// Anything else: nothing was sent and no answer follows (`why` says more).
  jf_status http(std::uint64_t op, const HttpCall& call, std::string* why = nullptr) const {
    need(JF_HAS(client_, send), JF_SERVICE_HTTP_CLIENT);
    const detail::AbiCall from(call);
    jf_error error = detail::empty_error();
    const jf_status status = client_->send(host_, op, from.get(), &error);
    if (status < 0 && why != nullptr) {
      *why = error.message;
    }
    return status;
  }
  /// Gives a call up; its on_response still follows.
  void cancel_http(std::uint64_t op) const noexcept {
    if (JF_HAS(client_, cancel)) {
      client_->cancel(host_, op);
    }
  }

  /// JF_E_CLOSED when it is gone; JF_E_BUSY when the peer does not read and is being dropped.
  jf_status socket_send(std::uint64_t socket, std::string_view data, bool is_binary = false) const {
    need(JF_HAS(socket_, send), JF_SERVICE_SOCKET);
    return socket_->send(host_, socket, abi_bytes(data),
                         is_binary ? static_cast<std::uint32_t>(JF_SOCKET_BINARY)
                                   : static_cast<std::uint32_t>(JF_SOCKET_TEXT));
  }
  /// on_socket_close still follows.
  void socket_close(std::uint64_t socket, std::int32_t code, std::string_view why = {}) const {
    need(JF_HAS(socket_, close), JF_SERVICE_SOCKET);
    socket_->close(host_, socket, code, abi_str(why));
  }
  /// What on_socket_open gives back to the next version of the plugin after a swap; at most 512
  /// bytes.
  jf_status socket_tag(std::uint64_t socket, std::string_view tag) const {
    need(JF_HAS(socket_, tag), JF_SERVICE_SOCKET);
    return socket_->tag(host_, socket, abi_str(tag));
  }

  /// Lane. Stores a file and returns its media id. Throws when its type or size is not allowed.
  [[nodiscard]] std::string media_put(std::string_view mime, std::string_view filename,
                                      std::string_view data) const {
    std::string out;
    need(JF_HAS(media_, put), JF_SERVICE_MEDIA);
    jf_sink sink = detail::sink_into(out);
    jf_error error = detail::empty_error();
    const jf_status status =
        media_->put(host_, abi_str(mime), abi_str(filename), abi_bytes(data), &sink, &error);
    if (status < 0) {
      throw PluginError(status, error.message);
    }
    return out;
  }
  /// Lane. Bytes of a stored file from `offset`, fewer than `len` at its end.
  [[nodiscard]] std::string media_read(std::string_view media_id, std::uint64_t offset,
                                       std::uint64_t len) const {
    std::string out;
    need(JF_HAS(media_, read), JF_SERVICE_MEDIA);
    jf_sink sink = detail::sink_into(out);
    jf_error error = detail::empty_error();
    const jf_status status = media_->read(host_, abi_str(media_id), offset, len, &sink, &error);
    if (status < 0) {
      throw PluginError(status, error.message);
    }
    return out;
  }
  /// Answer to on_fetch: downloads straight into the media store and ends the job.
  jf_status media_fetch(std::uint64_t job, const HttpCall& call) const {
    need(JF_HAS(media_, fetch), JF_SERVICE_MEDIA);
    const detail::AbiCall from(call);
    jf_error error = detail::empty_error();
    return media_->fetch(host_, job, from.get(), &error);
  }
  /// Answer to on_fetch: ends the job without a file. JF_E_TRANSIENT and the like are tried again.
  jf_status media_fail(std::uint64_t job, const Outcome& why) const {
    need(JF_HAS(media_, fail), JF_SERVICE_MEDIA);
    const jf_outcome from = detail::abi_outcome(why);
    return media_->fail(host_, job, &from);
  }

  /// Small durable state of this account; sees its own puts at once.
  [[nodiscard]] std::optional<std::string> kv_get(std::string_view key) const {
    std::string out;
    need(JF_HAS(kv_, get), JF_SERVICE_KV);
    jf_sink sink = detail::sink_into(out);
    const jf_status status = kv_->get(host_, abi_str(key), &sink);
    if (status == JF_E_NOT_FOUND) {
      return std::nullopt;
    }
    check(status, "can't read a kept value");
    return out;
  }
  /// Durable soon after; an empty value deletes. Throws over 1,000 keys, 200 bytes of key, 64 KiB
  /// of value.
  void kv_put(std::string_view key, std::string_view value) const {
    need(JF_HAS(kv_, put), JF_SERVICE_KV);
    check(kv_->put(host_, abi_str(key), abi_bytes(value)), "can't keep a value");
  }

  /// What was said with `address`, oldest first, behind `after_message_id` ("" = from the start),
  /// at most `limit` (<= 200) entries: on_history(op) follows when this returned JF_OK.
  jf_status history(std::uint64_t op, std::string_view address, std::string_view after_message_id,
                    std::uint32_t limit) const {
    need(JF_HAS(history_, read), JF_SERVICE_HISTORY);
    return history_->read(host_, op, abi_str(address), abi_str(after_message_id), limit);
  }

  void count(std::string_view name, double by = 1) const noexcept {
    if (JF_HAS(metric_, add)) {
      metric_->add(host_, JF_METRIC_COUNTER, abi_str(name), by);
    }
  }
  void gauge(std::string_view name, double value) const noexcept {
    if (JF_HAS(metric_, add)) {
      metric_->add(host_, JF_METRIC_GAUGE, abi_str(name), value);
    }
  }

  /// Lane, in the constructor: values whose `account` is this provider id belong to this instance.
  void identify(std::string_view provider_account_id) const {
    need(JF_HAS(lifecycle_, identify), JF_SERVICE_LIFECYCLE);
    lifecycle_->identify(host_, abi_str(provider_account_id));
  }
  /// The account can (not) take traffic. Channel::start() says so by itself.
  void ready(bool is_up, std::string_view why = {}) const noexcept {
    lifecycle_->ready(host_, is_up ? 1 : 0, abi_str(why));
  }
  /// Answer to Channel::drain().
  void drained() const noexcept { lifecycle_->drained(host_); }
  /// Something broke that only a fresh instance mends.
  void fault(std::string_view why) const noexcept {
    if (JF_HAS(lifecycle_, fault)) {
      lifecycle_->fault(host_, abi_str(why));
    }
  }

 private:
  template <class Table>
  void find(const Table*& table, const char* id) noexcept {
    table = static_cast<const Table*>(host_->service(host_, id));
  }
  static void need(bool is_there, const char* id) {
    if (!is_there) {
      throw PluginError(JF_E_ABI, std::string("this host does not offer ") + id);
    }
  }
  static void check(jf_status status, const char* what) {
    if (status < 0) {
      throw PluginError(status, std::string(what) + " (status " + std::to_string(status) + ")");
    }
  }
  [[nodiscard]] std::string hmac(std::string_view algorithm, std::string_view key,
                                 std::string_view data) const {
    std::string out;
    need(JF_HAS(crypto_, hmac), JF_SERVICE_CRYPTO);
    jf_sink sink = detail::sink_into(out);
    check(crypto_->hmac(host_, abi_str(algorithm), abi_bytes(key), abi_bytes(data), &sink),
          "can't compute an HMAC");
    return out;
  }
  static jf_inbound abi_inbound(const Inbound& from, const jf_part* parts) noexcept {
    jf_inbound value{};
    value.size = sizeof value;
    value.kind = static_cast<std::int32_t>(from.kind);
    value.flags = from.flags;
    value.receipt = static_cast<std::int32_t>(from.receipt);
    value.dedupe_key = abi_str(from.dedupe_key);
    value.account = abi_str(from.account);
    value.address = abi_str(from.address);
    value.display_name = abi_str(from.display_name);
    value.external_id = abi_str(from.external_id);
    value.correlator = abi_str(from.correlator);
    value.reply_to = abi_str(from.reply_to);
    value.parts = parts;
    value.part_count = from.parts.size();
    value.part_stride = sizeof(jf_part);
    value.provider_unix_ms = from.provider_unix_ms;
    value.provider_code = from.provider_code;
    value.detail = abi_str(from.detail);
    value.raw = abi_str(from.raw);
    value.ext_json = abi_str(from.ext_json);
    return value;
  }

  const jf_host* host_;
  const jf_service_log* log_ = nullptr;
  const jf_service_clock* clock_ = nullptr;
  const jf_service_timer* timer_ = nullptr;
  const jf_service_config* config_ = nullptr;
  const jf_service_secret* secret_ = nullptr;
  const jf_service_crypto* crypto_ = nullptr;
  const jf_service_delivery* delivery_ = nullptr;
  const jf_service_inbound* inbound_ = nullptr;
  const jf_service_http_server* server_ = nullptr;
  const jf_service_http_client* client_ = nullptr;
  const jf_service_socket* socket_ = nullptr;
  const jf_service_media* media_ = nullptr;
  const jf_service_kv* kv_ = nullptr;
  const jf_service_history* history_ = nullptr;
  const jf_service_metric* metric_ = nullptr;
  const jf_service_lifecycle* lifecycle_ = nullptr;
};

}  // namespace sdk_v1
}  // namespace jackfield
