#include "tools/sim/control.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "tools/sim/query.h"

namespace jackfield::sim {
namespace {

constexpr std::string_view kPrefix = "/control/";

bool is_loopback_name(std::string_view host) {
  const std::string_view name = host.substr(0, host.rfind(':'));
  return name == "127.0.0.1" || name == "localhost" || host == "127.0.0.1" || host == "localhost";
}

std::int64_t number_or(const std::optional<std::string>& text, std::int64_t otherwise) {
  std::int64_t value = otherwise;
  if (text) {
    std::from_chars(text->data(), text->data() + text->size(), value);
  }
  return value;
}

}  // namespace

net::HttpResponse control_answer(std::string json) {
  net::HttpResponse response;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = std::move(json);
  return response;
}

net::HttpResponse control_refusal(int status, std::string_view why) {
  json::Writer out;
  net::HttpResponse response =
      control_answer(out.begin_object().field("error", why).end_object().take());
  response.status = status;
  return response;
}

void Control::on_request(const net::HttpRequest& request, ControlDone done) {
  if (request.header("Origin") || !is_loopback_name(request.header("Host").value_or(""))) {
    return done(control_refusal(403, "the control API is for programs on this machine"));
  }
  const std::string action = request.path.substr(kPrefix.size());
  if (request.method == "GET" && action == "ledger") {
    return done(ledger_lines(request.query));
  }
  run(request.method, action, request.body, std::move(done));
}

void Control::run(const std::string& method, const std::string& action, const std::string& body,
                  ControlDone done) {
  if (method == "GET" && action == "state") {
    return done(control_answer(state()));
  }
  if (method == "GET" && action == "faults") {
    return done(control_answer(parts_.rules.to_json()));
  }
  if (method == "GET" && action == "load") {
    return done(load_ ? control_answer(load_->to_json()) : control_refusal(404, "no load ran yet"));
  }
  if (method == "DELETE" && action == "faults") {
    parts_.rules.clear();
    return done(control_answer("{}"));
  }
  if (method != "POST") {
    return done(control_refusal(404, "no such control; tools/sim/README.md lists them"));
  }
  json::Limits limits;
  limits.bytes_max = 128U * 1024 * 1024;  // Media come as base64.
  const auto parsed = json::Document::parse(body.empty() ? "{}" : body, limits);
  if (!parsed) {
    return done(control_refusal(400, parsed.error().text));
  }
  post(action, parsed->root(), std::move(done));
}

void Control::post(const std::string& action, const json::Value& body, ControlDone done) {
  if (action == "inbound") {
    return parts_.provider.inbound(body, std::move(done));
  }
  if (action == "webhook") {
    return parts_.provider.webhook(body, std::move(done));
  }
  if (action == "handshake") {
    return parts_.provider.handshake(body, std::move(done));
  }
  if (action == "faults") {
    return add_faults(body, done);
  }
  if (action == "load") {
    return load(body, std::move(done));
  }
  done(control_refusal(404, "no such control; tools/sim/README.md lists them"));
}

void Control::add_faults(const json::Value& body, const ControlDone& done) {
  const auto add = [&](const json::Value& rule) {
    const Status added = parts_.rules.add(rule);
    return added ? std::string() : added.error().text;
  };
  std::string wrong;
  if (body.is_array()) {
    for (const json::Value rule : body) {
      wrong = wrong.empty() ? add(rule) : wrong;
    }
  } else {
    wrong = add(body);
  }
  done(wrong.empty() ? control_answer(parts_.rules.to_json()) : control_refusal(400, wrong));
}

void Control::load(const json::Value& body, ControlDone done) {
  const auto plan = LoadPlan::from_json(body);
  if (!plan) {
    return done(control_refusal(400, plan.error().text));
  }
  const WebhookSender::Plan& target = parts_.webhooks.plan();
  if (target.url.empty() || (load_ && load_->is_running())) {
    return done(control_refusal(409, target.url.empty() ? "no --callback to load"
                                                        : "a load is running; GET /control/load"));
  }
  const bool waits = body["wait"].boolean().value_or(true);
  std::function<void()> finished;
  if (waits) {
    finished = [this, done] { done(control_answer(load_->to_json())); };
  }
  load_ = std::make_unique<LoadRun>(
      parts_.io, parts_.client, target.url, target.secret, *plan,
      [this](std::size_t sender) { return parts_.provider.load_body(sender); },
      std::move(finished));
  if (!waits) {
    done(control_answer(load_->to_json()));
  }
}

net::HttpResponse Control::ledger_lines(const std::string& query) const {
  const std::int64_t after = number_or(query_value(query, "after"), 0);
  const std::int64_t limit =
      std::clamp<std::int64_t>(number_or(query_value(query, "limit"), kLinesMax), 1, kLinesMax);
  net::HttpResponse response =
      control_answer(parts_.ledger.lines(after, static_cast<std::size_t>(limit)));
  response.headers = {{"Content-Type", "application/x-ndjson"}};
  return response;
}

std::string Control::state() const {
  const auto& webhooks = parts_.webhooks.counters();
  json::Writer out;
  out.begin_object().key("ledger").begin_object();
  out.field("last", parts_.ledger.last_number()).field("accepted", parts_.ledger.accepted());
  out.field("refused", parts_.ledger.refused()).field("doubled", parts_.ledger.doubled());
  out.end_object().key("webhooks").begin_object();
  out.field("posted", webhooks.posted).field("answered_200", webhooks.answered_200);
  out.field("answered_other", webhooks.answered_other).field("unanswered", webhooks.unanswered);
  out.field("repeated", webhooks.repeated).field("given_up", webhooks.given_up);
  out.field("dropped", webhooks.dropped);
  out.field("pending", static_cast<std::int64_t>(parts_.webhooks.pending())).end_object();
  out.key("meta").begin_object();
  parts_.provider.write_state(out);
  return out.end_object().raw_field("faults", parts_.rules.to_json()).end_object().take();
}

}  // namespace jackfield::sim
