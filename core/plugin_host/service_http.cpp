// jf.http-server, jf.http-client
#include <algorithm>
#include <string>
#include <utility>

#include "core/plugin_host/http_calls.h"
#include "core/plugin_host/service_support.h"
#include "core/plugin_host/services.h"

namespace jackfield::plugin_host {
namespace {

constexpr std::size_t kBodyBytesDefault = 1024 * 1024;
constexpr std::size_t kReplyBytesMax = 4 * 1024 * 1024;
constexpr std::size_t kResponseBytesDefault = 1024 * 1024;
// The client ends every call by itself; this only bounds how long an op stays known.
constexpr std::chrono::hours kCallKept{1};

jf_status add_route(const jf_host* host, std::uint64_t id, const jf_route* from,
                    jf_error* error) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    if (!generation.is_starting()) {
      return fail(error, JF_E_UNSUPPORTED, "routes are added in create or start only");
    }
    if (from == nullptr || from->size < sizeof(jf_route)) {
      return fail(error, JF_E_INVALID, "route is NULL or its size is wrong");
    }
    Refusal refusal;
    Route route;
    route.id = id;
    route.method = copy_text(from->method, 16, "method", refusal);
    route.path = copy_text(from->path, Routes::kPathBytesMax, "path", refusal);
    route.body_bytes_max = from->body_bytes_max != 0 ? from->body_bytes_max : kBodyBytesDefault;
    route.timeout = std::chrono::milliseconds(from->timeout_ms != 0 ? from->timeout_ms : 10'000);
    route.is_websocket = (from->flags & JF_ROUTE_WEBSOCKET) != 0;
    if (refusal.is_set()) {
      return fail(error, refusal);
    }
    const Status added = generation.account->routes.add(std::move(route));
    return added ? JF_OK : fail(error, JF_E_INVALID, added.error().text);
  });
}

jf_status reply(const jf_host* host, std::uint64_t request, const jf_http_message* from) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    if (from == nullptr || from->size < sizeof(jf_http_message) || from->status_code < 200 ||
        from->status_code > 599) {
      return JF_E_INVALID;
    }
    Refusal refusal;
    net::HttpResponse response;
    response.status = from->status_code;
    response.headers = copy_headers(from->headers, from->header_count, refusal);
    response.body = copy_bytes(from->body, kReplyBytesMax, "body", refusal);
    if (refusal.is_set()) {
      base::log::warn("webhook.reply_refused",
                      {{"account", generation.account->id.text}, {"why", refusal.why}});
      return refusal.status;
    }
    const net::Respond respond = generation.account->requests.take(request);
    if (!respond) {
      return JF_E_STALE;
    }
    respond(std::move(response));
    return JF_OK;
  });
}

jf_status public_url(const jf_host* host, jf_str path, jf_sink* sink) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    Refusal refusal;
    const std::string below = copy_text(path, Routes::kPathBytesMax, "path", refusal);
    if (refusal.is_set()) {
      return refusal.status;
    }
    const model::AccountId& account = generation.account->id;
    std::string url = generation.environment.options.public_url + "/in/";
    url.append(account.channel()).append("/").append(account.name()).append(below);
    return write_to(sink, url);
  });
}

void tell_response(const std::shared_ptr<Generation>& generation, std::uint64_t op,
                   Result<net::HttpResponse> result) {
  const auto call = generation->calls.take(op);
  if (!call) {
    return;
  }
  const auto kept = std::make_shared<Result<net::HttpResponse>>(std::move(result));
  const bool is_cancelled = call->is_cancelled;
  generation->lane.post_owed("on_response", [generation, op, kept, is_cancelled] {
    if (generation->instance() == nullptr || !JF_HAS(generation->receivers.http, on_response)) {
      return;
    }
    if (kept->has_value()) {
      const HttpView view(**kept);
      generation->receivers.http->on_response(generation->instance(), op, JF_OK, view.get());
      return;
    }
    const jf_status status = is_cancelled ? JF_E_CANCELLED : call_status(kept->error());
    generation->receivers.http->on_response(generation->instance(), op, status, nullptr);
  });
}

jf_status send(const jf_host* host, std::uint64_t op, const jf_http_call* from,
               jf_error* error) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    Refusal refusal;
    net::HttpCall call = copy_call(generation, from, kResponseBytesDefault, refusal);
    if (refusal.is_set()) {
      return fail(error, refusal);
    }
    if (!generation.calls.add(op, {}, generation.now() + kCallKept)) {
      return fail(error, JF_E_BUSY, "this op is in use, or 1,024 calls are under way");
    }
    generation.note_sending();
    const std::uint64_t handle = generation.environment.client.call(
        std::move(call),
        [weak = generation.weak_from_this(), op](Result<net::HttpResponse> result) {
          if (const auto self = weak.lock()) {
            tell_response(self, op, std::move(result));
          }
        });
    bool is_cancelled = false;
    generation.calls.update(op, [&](CallUnderWay& under_way) {
      under_way.handle = handle;
      is_cancelled = under_way.is_cancelled;
    });
    if (is_cancelled) {
      generation.environment.client.cancel(handle);
    }
    return JF_OK;
  });
}

void cancel(const jf_host* host, std::uint64_t op) noexcept {
  serve(host, [&](Generation& generation) -> jf_status {
    std::uint64_t handle = 0;
    generation.calls.update(op, [&](CallUnderWay& under_way) {
      under_way.is_cancelled = true;
      handle = under_way.handle;
    });
    if (handle != 0) {
      generation.environment.client.cancel(handle);
    }
    return JF_OK;
  });
}

}  // namespace

const jf_service_http_server& http_server_service() {
  static constexpr jf_service_http_server kTable{sizeof kTable, 0, add_route, reply, public_url};
  return kTable;
}
const jf_service_http_client& http_client_service() {
  static constexpr jf_service_http_client kTable{sizeof kTable, 0, send, cancel};
  return kTable;
}

}  // namespace jackfield::plugin_host
