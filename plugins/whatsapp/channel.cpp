#include "plugins/whatsapp/channel.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "jackfield/encoding.h"
#include "plugins/whatsapp/media_ref.h"
#include "plugins/whatsapp/parse.h"
#include "plugins/whatsapp/verify.h"

namespace jackfield::whatsapp {

namespace {

constexpr std::uint64_t kHandshakeRoute = 1;
constexpr std::uint64_t kWebhookRoute = 2;
constexpr std::uint64_t kGraceTimer = 1;
constexpr std::uint64_t kWebhookBytesMax = 4 * 1024 * 1024;
constexpr std::int64_t kTimeoutMsMin = 1000;
constexpr std::int64_t kWarningEveryUs = 60'000'000;
/// Ours stay apart from the ops that the host chooses for on_replay.
constexpr std::uint64_t kFirstOp = 1ULL << 62U;

std::string secret(const Host& host, std::string_view name) {
  std::string value = host.secret("/" + std::string(name));
  if (value.empty()) {
    throw PluginError(JF_E_INVALID, std::string(name) + ": not set");
  }
  return value;
}

/// Not later than the part's deadline.
void limit_time(HttpCall& call, std::int64_t deadline, std::int64_t now) {
  if (deadline > 0) {
    const std::int64_t left = std::max(deadline - now, kTimeoutMsMin);
    call.timeout_ms = static_cast<std::uint32_t>(std::min<std::int64_t>(call.timeout_ms, left));
  }
}

}  // namespace

WhatsApp::WhatsApp(const Host& host, std::string_view config_json)
    : Channel(host), crypto_(host), last_op_(kFirstOp) {
  Result<Limits> limits = read_limits(kCapabilitiesJson);
  Result<Settings> settings = read_settings(config_json);
  if (!limits || !settings) {
    throw PluginError(JF_E_INVALID, settings ? limits.error().text : settings.error().text);
  }
  limits_ = *std::move(limits);
  settings_ = *std::move(settings);
  limits_.window_ms = settings_.window_ms.value_or(limits_.window_ms);
  app_secret_ = secret(host, "app_secret");
  verify_token_ = secret(host, "verify_token");
  endpoint_.api_base = settings_.api_base;
  endpoint_.api_version = settings_.api_version;
  endpoint_.phone_number_id = settings_.phone_number_id;
  endpoint_.access_token = secret(host, "access_token");
  if (settings_.sends_proof) {
    endpoint_.proof = encoding::to_hex(host.hmac_sha256(app_secret_, endpoint_.access_token));
  }
  host.identify(settings_.phone_number_id);
  host.route(kHandshakeRoute, "GET", "/webhook");
  RouteOptions options;
  options.body_bytes_max = kWebhookBytesMax;
  host.route(kWebhookRoute, "POST", "/webhook", options);
}

// ---- out

jf_status WhatsApp::begin(Call call, HttpCall http, std::string* why) {
  if (calls_.size() >= kCallsMax) {
    return JF_E_BUSY;
  }
  limit_time(http, call.outgoing.deadline_unix_ms, host().unix_ms());
  const std::uint64_t op = ++last_op_;
  const jf_status status = host().http(op, http, why);
  if (status == JF_OK) {
    calls_.emplace(op, std::move(call));
  }
  return status;
}

Outcome WhatsApp::deliver(std::uint64_t token, const Outbound& outbound) {
  if (is_draining_) {
    return Outcome::failed(JF_E_BUSY, "a new version takes over");
  }
  OutgoingPart outgoing = copy_of(outbound);
  Outcome checked = check(outgoing, limits_, host().unix_ms());
  if (checked.status != JF_OK) {
    return checked;
  }
  if (outgoing.part.kind != PartKind::media) {
    return send(token, std::move(outgoing), {}, {});
  }
  HttpCall http = upload_call(endpoint_, outgoing);
  Call call;
  call.purpose = Purpose::upload;
  call.token = token;
  call.media_kind = media_kind_of(outgoing, limits_);
  call.outgoing = std::move(outgoing);
  std::string why;
  const jf_status status = begin(std::move(call), std::move(http), &why);
  return status == JF_OK ? Outcome::pending() : Outcome::failed(status, why);
}

/// Outcome::pending() once the call is under way.
Outcome WhatsApp::send(std::uint64_t token, OutgoingPart outgoing, std::string media_kind,
                       std::string_view uploaded_id) {
  HttpCall http = message_call(endpoint_, outgoing, media_kind, uploaded_id);
  Call call;
  call.purpose = Purpose::message;
  call.token = token;
  call.outgoing = std::move(outgoing);
  std::string why;
  const jf_status status = begin(std::move(call), std::move(http), &why);
  return status == JF_OK ? Outcome::pending() : Outcome::failed(status, why);
}

void WhatsApp::cancel(std::uint64_t token) {
  for (const auto& [op, call] : calls_) {
    const bool is_delivery = call.purpose == Purpose::upload || call.purpose == Purpose::message;
    if (is_delivery && call.token == token) {
      host().cancel_http(op);
    }
  }
}

void WhatsApp::on_response(std::uint64_t op, jf_status status, const HttpResponse* response) {
  const auto found = calls_.find(op);
  if (found == calls_.end()) {
    return;
  }
  Call call = std::move(found->second);
  calls_.erase(found);
  const Reply reply = reply_of(status, response);
  switch (call.purpose) {
    case Purpose::upload:
      on_uploaded(std::move(call), reply);
      break;
    case Purpose::message:
      on_sent(call, reply);
      break;
    case Purpose::lookup:
      on_looked_up(call, reply);
      break;
    case Purpose::read:
      host().count(reply.http_status == 200 ? "read_marks" : "read_marks_refused");
      break;
  }
  check_drained();
}

void WhatsApp::on_uploaded(Call call, const Reply& reply) {
  const Obtained uploaded = read_upload_answer(reply);
  const std::uint64_t token = call.token;
  const std::int64_t deadline = call.outgoing.deadline_unix_ms;
  Outcome outcome = uploaded.failure;
  if (!uploaded.text.empty() && deadline > 0 && host().unix_ms() >= deadline) {
    outcome = Outcome::failed(JF_E_TRANSIENT, "the upload took all the time there was");
  } else if (!uploaded.text.empty()) {
    outcome = send(token, std::move(call.outgoing), std::move(call.media_kind), uploaded.text);
  }
  if (outcome.status != JF_PENDING) {
    host().complete(token, outcome);
  }
}

void WhatsApp::on_sent(const Call& call, const Reply& reply) {
  const std::string& to = call.outgoing.to;
  const std::uint32_t refusals = is_pair_throttle(reply) ? pair_refusals_.add(to) : 0;
  const Outcome outcome = read_send_answer(reply, refusals);
  if (outcome.status == JF_OK) {
    pair_refusals_.clear(to);
  } else {
    const std::string code = std::to_string(outcome.provider_code);
    host().log(LogLevel::warn, "outbound.refused",
               {{"message", call.outgoing.message_id},
                {"code", code},
                {"status", std::to_string(outcome.status)}});
  }
  host().complete(call.token, outcome);
}

jf_status WhatsApp::set_typing(std::string_view address, bool is_on) {
  const std::string who(address);
  if (!is_on) {
    return JF_OK;  // WhatsApp takes it away by itself: after 25 s, or when a message is sent.
  }
  if (!newest_.knows(who)) {
    return JF_E_NOT_FOUND;
  }
  const std::string answered = newest_.typing_due(who, host().monotonic_us());
  return answered.empty() ? JF_OK : begin({}, read_call(endpoint_, answered, Typing::yes));
}

jf_status WhatsApp::mark_read(std::string_view, std::string_view external_id) {
  return external_id.empty() ? JF_E_INVALID
                             : begin({}, read_call(endpoint_, external_id, Typing::no));
}

// ---- in

void WhatsApp::on_request(std::uint64_t route, std::uint64_t request, const HttpRequest& message) {
  if (route == kHandshakeRoute) {
    const HttpReply reply = answer_handshake(crypto_, verify_token_, message.query());
    if (reply.status != 200) {
      warn_refused(reply.status);
    }
    host().reply(request, reply);
    return;
  }
  on_webhook(request, message);
}

void WhatsApp::on_webhook(std::uint64_t request, const HttpRequest& message) {
  const int status = check_signature(crypto_, app_secret_, message);
  if (status != 200) {
    warn_refused(status);
    host().reply(request, status);
    return;
  }
  publish(0, request, message.content_type(), message.body(),
          parse_webhook(message.body(), crypto_));
}

/// Anybody can send wrong signatures: one line a minute tells as much as a thousand.
void WhatsApp::warn_refused(int status) {
  host().count("webhooks_refused");
  const std::int64_t now = host().monotonic_us();
  if (now >= quiet_until_us_) {
    quiet_until_us_ = now + kWarningEveryUs;
    host().log(LogLevel::warn, "webhook.refused", {{"status", std::to_string(status)}});
  }
}

void WhatsApp::on_replay(std::uint64_t op, std::string_view content_type, std::string_view raw) {
  publish(op, 0, content_type, raw, parse_webhook(raw, crypto_));
}

void WhatsApp::publish(std::uint64_t op, std::uint64_t request, std::string_view content_type,
                       std::string_view raw, std::vector<Inbound> values) {
  for (const Inbound& value : values) {
    const bool is_ours = value.account == settings_.phone_number_id;
    if (value.kind == InboundKind::message && is_ours && !value.external_id.empty()) {
      newest_.remember(value.address, value.external_id);
    }
  }
  if (values.size() > kValuesPerPublish) {
    if (long_arrivals_.size() >= kLongArrivalsMax) {
      if (request != 0) {
        host().reply(request, 503);
      }
      return;
    }
    const std::uint64_t own = ++last_op_;
    long_arrivals_[own] = {request,           op, std::string(content_type), std::string(raw),
                           std::move(values), 0};
    publish_next(own);
    return;
  }
  Arrival arrival;
  arrival.http_request = request;
  arrival.content_type = content_type;
  arrival.raw = raw;
  std::string why;
  if (host().publish(op, arrival, values, &why) < 0) {
    host().log(LogLevel::error, "webhook.not_taken", {{"why", why}});
  }
}

void WhatsApp::publish_next(std::uint64_t op) {
  const auto found = long_arrivals_.find(op);
  if (found == long_arrivals_.end()) {
    return;
  }
  LongArrival& whole = found->second;
  const std::size_t count = std::min(kValuesPerPublish, whole.values.size() - whole.next);
  const auto first = whole.values.begin() + static_cast<std::ptrdiff_t>(whole.next);
  const std::vector<Inbound> piece(
      std::make_move_iterator(first),
      std::make_move_iterator(first + static_cast<std::ptrdiff_t>(count)));
  whole.next += count;
  const bool is_last = whole.next == whole.values.size();
  const std::uint64_t request = whole.request;
  Arrival arrival;
  arrival.http_request = is_last ? request : 0;
  arrival.content_type = whole.content_type;
  arrival.raw = whole.raw;
  std::string why;
  const bool is_taken = host().publish(is_last ? whole.replay_op : op, arrival, piece, &why) >= 0;
  if (!is_taken) {
    host().log(LogLevel::error, "webhook.not_taken", {{"why", why}});
    if (request != 0 && !is_last) {
      host().reply(request, 503);
    }
  }
  if (is_last || !is_taken) {
    long_arrivals_.erase(found);
    check_drained();
  }
}

void WhatsApp::on_stored(std::uint64_t op, jf_status status, const std::vector<Stored>&) {
  const auto found = long_arrivals_.find(op);
  if (found == long_arrivals_.end()) {
    return;
  }
  if (status == JF_OK) {
    publish_next(op);
    return;
  }
  if (found->second.request != 0) {
    host().reply(found->second.request, 503);
  }
  long_arrivals_.erase(found);
  check_drained();
}

// ---- media

void WhatsApp::on_fetch(std::uint64_t job, std::string_view media_ref, std::string_view) {
  const Result<MediaRef> ref = read_media_ref(media_ref);
  if (!ref) {
    fail_media(job, Outcome::failed(JF_E_PERMANENT, ref.error().text));
    return;
  }
  if (ref->id.empty()) {
    download(job, ref->url);
    return;
  }
  Call call;
  call.purpose = Purpose::lookup;
  call.token = job;
  std::string why;
  const jf_status status = begin(std::move(call), lookup_call(endpoint_, ref->id), &why);
  if (status != JF_OK) {
    fail_media(job, Outcome::failed(JF_E_TRANSIENT, why.empty() ? "too many calls" : why));
  }
}

void WhatsApp::on_looked_up(const Call& call, const Reply& reply) {
  const Obtained url = read_lookup_answer(reply);
  if (url.text.empty()) {
    fail_media(call.token, url.failure);
    return;
  }
  download(call.token, url.text);
}

/// The URL is the provider's, yet hostile until proven otherwise.
void WhatsApp::download(std::uint64_t job, const std::string& url) {
  const auto origin = origin_of(url);
  const auto api = origin_of(settings_.api_base);
  const bool is_allowed =
      origin && (origin->scheme == "https" || (api && origin->scheme == api->scheme));
  if (!is_allowed) {
    fail_media(job, Outcome::failed(JF_E_PERMANENT, "the media's address is not an https one"));
    return;
  }
  const HttpCall call = download_call(endpoint_, url, may_see_token(settings_, url));
  if (host().media_fetch(job, call) < 0) {
    fail_media(job, Outcome::failed(JF_E_TRANSIENT, "the download could not begin"));
  }
}

/// A token can be renewed and a throttle ends while the media still lives: those are tried again.
void WhatsApp::fail_media(std::uint64_t job, Outcome why) {
  const bool can_heal =
      why.status == JF_E_AUTH || why.status == JF_E_RATE || why.status == JF_E_UNREACHABLE;
  why.status = can_heal ? JF_E_TRANSIENT : why.status;
  host().media_fail(job, why);
}

// ---- the end

void WhatsApp::drain(std::uint32_t grace_ms) {
  is_draining_ = true;
  host().arm(kGraceTimer, grace_ms);
  check_drained();
}

/// The grace is over: what is still under way ends as unknown.
void WhatsApp::on_timer(std::uint64_t id) {
  if (id == kGraceTimer && is_draining_ && !is_drained_) {
    is_drained_ = true;
    host().drained();
  }
}

void WhatsApp::check_drained() {
  if (is_draining_ && !is_drained_ && calls_.empty() && long_arrivals_.empty()) {
    host().disarm(kGraceTimer);
    is_drained_ = true;
    host().drained();
  }
}

}  // namespace jackfield::whatsapp
