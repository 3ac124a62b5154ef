// jf.inbound, jf.delivery
#include <string>
#include <utility>
#include <vector>

#include "core/plugin_host/clean_text.h"
#include "core/plugin_host/outcomes.h"
#include "core/plugin_host/service_support.h"
#include "core/plugin_host/services.h"

namespace jackfield::plugin_host {
namespace {

constexpr std::size_t kReplyBytesMax = 64 * 1024;

net::HttpResponse come_again() {
  return {503, {{"Retry-After", "5"}}, ""};
}

/// What the host answers the request with once all is durable.
struct Reply {
  net::Respond respond;  // empty: there is no request
  net::HttpResponse response;
};

jf_status status_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::invalid:
    case ErrorCode::rejected:
      return JF_E_INVALID;
    case ErrorCode::throttled:
      return JF_E_BUSY;
    default:
      return JF_E_TRANSIENT;
  }
}

void tell_stored(Generation& generation, std::uint64_t op, Result<std::vector<Stored>> result) {
  if (op == 0) {
    return;
  }
  const auto kept = std::make_shared<Result<std::vector<Stored>>>(std::move(result));
  generation.lane.post_owed("on_stored", [self = generation.shared_from_this(), op, kept] {
    if (self->instance() == nullptr || !JF_HAS(self->receivers.inbound, on_stored)) {
      return;
    }
    std::vector<jf_stored> list;
    std::vector<std::string> ids;
    if (kept->has_value()) {
      ids.reserve((*kept)->size());  // so that the views in `list` stay valid
      for (const Stored& stored : **kept) {
        ids.push_back(stored.message.conversation ? stored.message.text() : std::string());
        list.push_back({str_of(ids.back()), stored.is_duplicate ? 1 : 0, 0, stored.time_ms});
      }
    }
    const jf_status status = kept->has_value() ? JF_OK : status_of(kept->error());
    self->receivers.inbound->on_stored(self->instance(), op, status, list.data(), list.size(),
                                       sizeof(jf_stored));
  });
}

Arrival copy_arrival(const Generation& generation, const jf_arrival& from, Reply& reply,
                     Refusal& refusal) {
  Arrival arrival;
  arrival.account = generation.account->id;
  arrival.content_type =
      clean_line(copy_text(from.content_type, model::kIdBytesMax, "content_type", refusal),
                 model::kIdBytesMax);
  arrival.raw = copy_bytes(from.raw, kRawBytesMax, "raw", refusal);
  reply.response.body = copy_bytes(from.reply_body, kReplyBytesMax, "reply_body", refusal);
  std::string type = clean_line(
      copy_text(from.reply_content_type, model::kIdBytesMax, "reply_content_type", refusal),
      model::kIdBytesMax);
  if (!type.empty()) {
    reply.response.headers.emplace_back("Content-Type", std::move(type));
  }
  return arrival;
}

jf_status inbound_publish(const jf_host* host, std::uint64_t op, const jf_arrival* from,
                          const jf_inbound* first, std::size_t count, std::size_t stride,
                          jf_error* error) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    if (from == nullptr || from->size < sizeof(jf_arrival)) {
      return fail(error, JF_E_INVALID, "arrival is NULL or its size is wrong");
    }
    Refusal refusal;
    Reply reply;
    Arrival arrival = copy_arrival(generation, *from, reply, refusal);
    arrival.values = copy_values(first, count, stride, !arrival.raw.empty(), refusal);
    if (refusal.is_set()) {  // the request stays open: the plugin may still answer it its own way
      base::log::warn("inbound.publish_refused",
                      {{"account", generation.account->id.text}, {"why", refusal.why}});
      return fail(error, refusal);
    }
    if ((op & Generation::kHostOp) != 0) {
      const auto row = generation.replays.take(op);
      if (!row) {
        return fail(error, JF_E_STALE, "this replay was ended before");
      }
      arrival.replay_of = *row;
    }
    if (from->http_request != 0) {
      reply.respond = generation.account->requests.take(from->http_request);
    }
    const auto kept = std::make_shared<Reply>(std::move(reply));
    const Status taken = generation.environment.ports.inbound.publish(
        std::move(arrival),
        [weak = generation.weak_from_this(), op, kept](Result<std::vector<Stored>> result) {
          if (kept->respond) {
            kept->respond(result ? std::move(kept->response) : come_again());
          }
          if (const auto self = weak.lock()) {
            tell_stored(*self, op, std::move(result));
          }
        });
    if (!taken) {
      if (kept->respond) {
        kept->respond(come_again());
      }
      return fail(error, status_of(taken.error()), taken.error().text);
    }
    return JF_OK;
  });
}

jf_status delivery_complete(const jf_host* host, std::uint64_t token,
                            const jf_outcome* from) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    if (from == nullptr || from->size < sizeof(jf_outcome) || from->status == JF_PENDING) {
      return JF_E_INVALID;
    }
    const OnOutcome done = generation.tokens.take(token);
    if (!done) {
      base::log::warn("delivery.stale_completion", {{"account", generation.account->id.text}});
      return JF_E_STALE;
    }
    Outcome outcome = copy_outcome(from->status, *from, nullptr, Said::after_sending);
    outcome.detail = generation.account->without_secrets(outcome.detail);
    done(std::move(outcome));
    return JF_OK;
  });
}

}  // namespace

const jf_service_inbound& inbound_service() {
  static constexpr jf_service_inbound kTable{sizeof kTable, 0, inbound_publish};
  return kTable;
}
const jf_service_delivery& delivery_service() {
  static constexpr jf_service_delivery kTable{sizeof kTable, 0, delivery_complete};
  return kTable;
}

}  // namespace jackfield::plugin_host
