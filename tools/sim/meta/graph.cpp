#include "tools/sim/meta/graph.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "tools/sim/digest.h"
#include "tools/sim/meta/fault_answer.h"
#include "tools/sim/query.h"

namespace jackfield::sim::meta {
namespace {

constexpr std::size_t kLedgerContentMax = 64 * 1024;
constexpr std::int64_t kWindowSeconds = 24 * 3600;

net::HttpResponse json_answer(std::string body) {
  net::HttpResponse response;
  response.headers = {{"Content-Type", "application/json; charset=UTF-8"}};
  response.body = std::move(body);
  return response;
}

std::string accepted_body(const SendFacts& facts, const std::string& wamid) {
  json::Writer out;
  out.begin_object().field("messaging_product", "whatsapp").key("contacts").begin_array();
  out.begin_object().field("input", facts.input);
  out.field(facts.to_user_id ? "user_id" : "wa_id", facts.to).end_object().end_array();
  out.key("messages").begin_array().begin_object().field("id", wamid);
  out.field("message_status", "accepted").end_object().end_array();
  return out.end_object().take();
}

bool is_version(std::string_view segment) {
  return segment.size() > 1 && segment[0] == 'v' &&
         std::all_of(segment.begin() + 1, segment.end(), [](unsigned char letter) {
           return std::isdigit(letter) != 0 || letter == '.';
         });
}

std::string_view take_segment(std::string_view& path) {
  if (path.starts_with('/')) {
    path.remove_prefix(1);
  }
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

std::string shown(const SendFacts& facts) {
  if (facts.type == "text" || facts.type == "interactive") {
    return facts.text;
  }
  return '(' + facts.type + ')' + (facts.text.empty() ? "" : ' ' + facts.text);
}

}  // namespace

GraphRoute graph_route(std::string_view method, std::string_view path) {
  GraphRoute route;
  if (path.starts_with("/whatsapp_business/attachments")) {
    route.op = method == "GET" ? std::optional(Op::download) : std::nullopt;
    return route;
  }
  std::string_view object = take_segment(path);
  if (is_version(object)) {
    object = take_segment(path);
  }
  route.object = object;
  const std::string_view edge = take_segment(path);
  if (object.empty() || !path.empty()) {
    return route;
  }
  if (method == "POST" && edge == "messages") {
    route.op = Op::send;
  } else if (method == "POST" && edge == "media") {
    route.op = Op::upload;
  } else if (method == "GET" && edge.empty()) {
    route.op = Op::media;
  } else if (method == "DELETE" && edge.empty()) {
    route.op = Op::remove;
  }
  return route;
}

Graph::Graph(GraphWorld world, GraphOptions options, Transcript transcript)
    : world_(world),
      options_(std::move(options)),
      transcript_(std::move(transcript)),
      statuses_(world.io, world.clock, world.rules, world.webhooks, transcript_) {}

Op Graph::op_of(std::string_view method, std::string_view path) const {
  return graph_route(method, path).op.value_or(Op::media);
}

void Graph::on_request(net::HttpRequest request, WireRespond respond) {
  const GraphRoute route = graph_route(request.method, request.path);
  Exchange exchange;
  exchange.request = std::move(request);
  exchange.respond = std::move(respond);
  exchange.entry.time_ms = world_.clock.unix_ms();
  if (!route.op) {
    GraphError error = no_such_object(exchange.request.method, route.object);
    return refuse(std::move(exchange), error, false);
  }
  exchange.entry.op = name_of(*route.op);
  const bool recorded = *route.op == Op::send || *route.op == Op::upload || *route.op == Op::remove;
  if (const auto denied = check_access(exchange.request)) {
    return refuse(std::move(exchange), *denied, recorded);
  }
  switch (*route.op) {
    case Op::send:
      return send(std::move(exchange), route.object);
    case Op::upload:
      return upload(std::move(exchange), route.object);
    case Op::download:
      return download(std::move(exchange));
    case Op::remove:
      return remove_media(std::move(exchange), route.object);
    default:
      return describe_media(std::move(exchange), route.object);
  }
}

std::optional<GraphError> Graph::check_access(const net::HttpRequest& request) const {
  const std::string_view header = request.header("Authorization").value_or("");
  const std::string token = header.starts_with("Bearer ")
                                ? std::string(header.substr(7))
                                : query_value(request.query, "access_token").value_or("");
  if (!equal_in_constant_time(token, options_.access_token)) {
    return bad_token();
  }
  const auto proof = query_value(request.query, "appsecret_proof");
  if (proof && *proof != hmac_sha256_hex(options_.app_secret, token)) {
    return bad_parameter("Invalid appsecret_proof provided in the API argument");
  }
  return std::nullopt;
}

bool Graph::is_ours(const std::string& phone_number_id) const {
  const auto& ids = options_.phone_number_ids;
  return std::find(ids.begin(), ids.end(), phone_number_id) != ids.end();
}

Line Graph::line_of(const std::string& phone_number_id) const {
  const auto& ids = options_.phone_number_ids;
  const auto index = std::find(ids.begin(), ids.end(), phone_number_id) - ids.begin();
  Line line;
  line.waba = options_.waba;
  line.phone_number_id = phone_number_id;
  line.display_phone_number = std::to_string(15'550'100'000 + index);
  return line;
}

std::optional<Fault> Graph::pick_fault(const net::HttpRequest& request, const Occasion& occasion) {
  if (const auto header = request.header("X-Sim-Fault")) {
    const auto parsed = json::Document::parse(*header);
    if (parsed) {
      const auto fault = Fault::from_json(parsed->root());
      if (fault) {
        return *fault;
      }
    }
  }
  return world_.rules.take(occasion);
}

void Graph::send(Exchange exchange, const std::string& phone_number_id) {
  exchange.entry.account = phone_number_id;
  if (!is_ours(phone_number_id)) {
    return refuse(std::move(exchange), no_such_object("post", phone_number_id), true);
  }
  const auto parsed = json::Document::parse(exchange.request.body);
  if (!parsed) {
    return refuse(std::move(exchange), bad_parameter("Invalid JSON payload"), true);
  }
  const SendCheck check = check_send(parsed->root());
  const SendFacts& facts = check.facts;
  exchange.entry.to = facts.to;
  exchange.entry.type = facts.type;
  exchange.entry.correlator = facts.correlator;
  if (exchange.request.body.size() <= kLedgerContentMax) {
    exchange.entry.content = parsed->root().dump();
  }
  Occasion occasion;
  occasion.to = facts.to;
  occasion.correlator = facts.correlator;
  occasion.type = facts.type;
  occasion.text = facts.text;
  exchange.fault = pick_fault(exchange.request, occasion);
  if (check.error) {
    return refuse(std::move(exchange), *check.error, true);
  }
  if (!facts.media_id.empty() && media_.find(facts.media_id) == nullptr) {
    const GraphError error = bad_parameter("Param " + facts.type +
                                           "['id'] is not a valid whatsapp business account "
                                           "media attachment ID");
    return refuse(std::move(exchange), error, true);
  }
  if (facts.is_read_mark) {
    return accept_read_mark(std::move(exchange), facts);
  }
  accept_send(std::move(exchange), facts);
}

void Graph::accept_read_mark(Exchange exchange, const SendFacts& facts) {
  exchange.entry.op = "read_mark";
  exchange.entry.id = facts.message_id;
  say(options_.business + " has read it" + (facts.shows_typing ? " and is typing" : ""));
  finish(std::move(exchange), json_answer(R"({"success":true})"), true);
}

void Graph::accept_send(Exchange exchange, const SendFacts& facts) {
  const bool is_accepted = !exchange.fault || exchange.fault->accepts();
  exchange.entry.id = is_accepted ? new_wamid() : "";
  net::HttpResponse good = json_answer(accepted_body(facts, exchange.entry.id));
  if (!is_accepted) {
    return finish(std::move(exchange), std::move(good), true);
  }
  say("received from " + options_.business + ": " + shown(facts));
  if (accepted_) {
    accepted_(facts);
  }
  if (exchange.fault && exchange.fault->kind == FaultKind::statuses_first) {
    const auto held = std::make_shared<Exchange>(std::move(exchange));
    return report_fate(*held, facts, [this, held, good = std::move(good)] {
      finish(std::move(*held), good, true);
    });
  }
  report_fate(exchange, facts, {});
  finish(std::move(exchange), std::move(good), true);
}

void Graph::report_fate(const Exchange& exchange, const SendFacts& facts,
                        std::function<void()> all_answered) {
  AcceptedMessage message;
  message.line = line_of(exchange.entry.account);
  message.wamid = exchange.entry.id;
  message.recipient = facts.to;
  message.recipient_name = name_of_phone(facts.to);
  message.correlator = facts.correlator;
  message.category = facts.type == "template" ? "utility" : "service";
  message.to_user_id = facts.to_user_id;
  std::optional<Fault> fault = exchange.fault;
  auto steps = status_plan(options_.status_delays, fault);
  const auto phone = phones_.find(facts.to);
  const std::int64_t now = world_.clock.unix_ms() / 1000;
  const bool is_open = phone != phones_.end() && now - phone->second.wrote_at < kWindowSeconds;
  if (options_.enforces_window && !is_open && facts.type != "template") {
    StatusStep failed;
    failed.status = "failed";
    failed.code = 131047;
    failed.details =
        "Message failed to send because more than 24 hours have passed since the "
        "customer last replied to this number.";
    steps.assign(1, failed);
  }
  const bool repeats = fault && fault->kind == FaultKind::duplicate_statuses;
  statuses_.report(std::move(message), std::move(steps), repeats ? fault->copies : 1,
                   std::move(all_answered));
}

void Graph::finish(Exchange exchange, net::HttpResponse good, bool recorded) {
  WireAnswer answer;
  answer.response = std::move(good);
  LedgerEntry entry = std::move(exchange.entry);
  entry.accepted = true;
  if (exchange.fault) {
    const Fault& fault = *exchange.fault;
    answer = fault_answer(fault, std::move(answer.response));
    entry.accepted = fault.accepts();
    entry.fault = name_of(fault.kind);
    entry.code = refusal_code(fault);
  }
  const bool is_answered = answer.ending == WireAnswer::Ending::whole ||
                           answer.ending == WireAnswer::Ending::half ||
                           answer.ending == WireAnswer::Ending::drip;
  entry.status = is_answered ? answer.response.status : 0;
  if (recorded) {
    world_.ledger.add(std::move(entry));
  }
  exchange.respond(std::move(answer));
}

void Graph::refuse(Exchange exchange, const GraphError& error, bool recorded) {
  WireAnswer answer;
  answer.response = refusal(error);
  LedgerEntry entry = std::move(exchange.entry);
  entry.status = error.status;
  entry.code = error.code;
  if (recorded) {
    world_.ledger.add(std::move(entry));
  }
  exchange.respond(std::move(answer));
}

std::string Graph::name_of_phone(const std::string& number) const {
  const auto phone = phones_.find(number);
  return phone == phones_.end() ? number : phone->second.name;
}

void Graph::say(const std::string& line) const {
  if (transcript_) {
    transcript_(line);
  }
}

void Graph::write_state(json::Writer& out) const {
  out.field("inbound_messages", inbound_messages_);
  out.field("contacts", static_cast<std::int64_t>(phones_.size()));
  out.field("media", static_cast<std::int64_t>(media_.size()));
  out.field("statuses_planned", static_cast<std::int64_t>(statuses_.planned()));
}

}  // namespace jackfield::sim::meta
