// The world behind the Graph API: contacts who write, and Meta calling the callback.
#include <algorithm>
#include <memory>
#include <utility>

#include "core/net/query.h"
#include "tools/sim/digest.h"
#include "tools/sim/meta/graph.h"

namespace jackfield::sim::meta {
namespace {

constexpr std::string_view kBrokenMessage = R"({"from":["x"],"id":null,"timestamp":{},"type":7})";

void write_answers(json::Writer& out, const std::vector<Posted>& posted) {
  out.key("answers").begin_array();
  for (const Posted& one : posted) {
    out.begin_object().field("status", std::int64_t{one.status});
    out.field("ms", one.took.count()).end_object();
  }
  out.end_array();
}

/// The members that say how a webhook is posted, on top of what a fault rule says.
Status read_posting(const json::Value& what, Posting& posting) {
  if (const auto copies = what["copies"].integer()) {
    if (*copies < 1 || *copies > 1'000) {
      return Error{ErrorCode::invalid, "copies: give 1 to 1000"};
    }
    posting.copies = static_cast<int>(*copies);
  }
  posting.parallel = what["parallel"].boolean().value_or(posting.parallel);
  posting.retries = what["retries"].boolean().value_or(posting.retries);
  if (what["signing"]) {
    posting.signing = what["signing"].text();
  }
  JACKFIELD_TRY([[maybe_unused]] const auto headers, sign("", "", posting.signing));
  return Done{};
}

/// Posts and answers the control request: with the answers of the callback, or at once.
void post_and_tell(WebhookSender& webhooks, Posting posting, bool waits, std::string ids,
                   ControlDone done) {
  if (!waits) {
    webhooks.post(std::move(posting));
    json::Writer out;
    out.begin_object().raw_field("ids", ids).end_object();
    return done(control_answer(out.take()));
  }
  webhooks.post(std::move(posting),
                [ids = std::move(ids), done = std::move(done)](const std::vector<Posted>& posted) {
                  if (posted.empty()) {
                    return done(control_refusal(409,
                                                "nothing was posted: no --callback, or too many "
                                                "webhooks wait for it"));
                  }
                  json::Writer out;
                  out.begin_object().raw_field("ids", ids);
                  write_answers(out, posted);
                  done(control_answer(out.end_object().take()));
                });
}

}  // namespace

Result<std::vector<Change>> Graph::changes_of(const json::Value& what, json::Writer& ids,
                                              std::optional<Fault>& fault) {
  const json::Value batch = what["batch"];
  const std::size_t count = batch.is_array() ? batch.size() : 1;
  if (count == 0 || count > kBatchMax) {
    return Error{ErrorCode::invalid, "batch: give 1 to " + std::to_string(kBatchMax) + " messages"};
  }
  const bool one_each = what["layout"].text() == "changes";
  std::vector<Change> changes;
  const auto change_for = [&](const std::string& id) -> Change& {
    for (Change& change : changes) {
      if (!one_each && change.line.phone_number_id == id) {
        return change;
      }
    }
    changes.emplace_back();
    changes.back().line = line_of(id);
    return changes.back();
  };
  const auto add = [&](const json::Value& element) -> Status {
    std::string account(element["phone_number_id"].text());
    account = account.empty() ? options_.phone_number_ids.front() : account;
    if (element["type"].text() == "broken") {
      change_for(account).messages.push_back(element["raw"] ? element["raw"].dump()
                                                            : std::string(kBrokenMessage));
      return Done{};
    }
    JACKFIELD_TRY(const Inbound message,
                  make_inbound(element, media_, world_.clock.unix_ms() / 1000));
    remember(message);
    ids.string(message.id);
    Change& change = change_for(account);
    const auto known = std::find(change.contacts.begin(), change.contacts.end(), message.contact);
    if (!message.contact.empty() && known == change.contacts.end()) {
      change.contacts.push_back(message.contact);
    }
    change.messages.push_back(message.message);
    Occasion occasion;
    occasion.op = Op::inbound;
    occasion.to = message.from;
    occasion.type = message.type;
    occasion.text = message.text;
    if (!fault) {
      fault = world_.rules.take(occasion);
    }
    if (fault && fault->kind == FaultKind::broken_element) {
      change.messages.insert(change.messages.begin(), std::string(kBrokenMessage));
      fault->kind = FaultKind::delay;
    }
    return Done{};
  };
  if (!batch.is_array()) {
    JACKFIELD_TRY([[maybe_unused]] const Done added, add(what));
    return changes;
  }
  for (const json::Value element : batch) {
    JACKFIELD_TRY([[maybe_unused]] const Done added, add(element));
  }
  return changes;
}

void Graph::inbound(const json::Value& what, ControlDone done) {
  json::Writer ids;
  ids.begin_array();
  std::optional<Fault> fault;
  const auto changes = changes_of(what, ids, fault);
  if (!changes) {
    return done(control_refusal(400, changes.error().text));
  }
  Posting posting = posting_of(webhook_body(*changes), fault);
  if (const Status read = read_posting(what, posting); !read) {
    return done(control_refusal(400, read.error().text));
  }
  const bool waits = what["wait"].boolean().value_or(true);
  post_and_tell(world_.webhooks, std::move(posting), waits, ids.end_array().take(),
                std::move(done));
}

void Graph::remember(const Inbound& message) {
  ++inbound_messages_;
  say(message.name + " (whatsapp) " + message.shown);
  if (message.from.empty()) {
    return;
  }
  if (phones_.size() >= kPhonesMax) {
    phones_.erase(phones_.begin());
  }
  Phone& phone = phones_[message.from];
  phone.name = message.name;
  phone.wrote_at = world_.clock.unix_ms() / 1000;
}

void Graph::webhook(const json::Value& what, ControlDone done) {
  Posting posting;
  posting.body = what["body"].text();
  if (const json::Value encoded = what["body_base64"]) {
    auto bytes = base64_decoded(encoded.text());
    if (!bytes) {
      return done(control_refusal(400, "body_base64: not padded base64"));
    }
    posting.body = std::move(*bytes);
  }
  posting.retries = false;  // Odd bodies are posted to see one answer.
  if (const Status read = read_posting(what, posting); !read) {
    return done(control_refusal(400, read.error().text));
  }
  const bool waits = what["wait"].boolean().value_or(true);
  post_and_tell(world_.webhooks, std::move(posting), waits, "[]", std::move(done));
}

void Graph::handshake(const json::Value& what, ControlDone done) {
  const std::string& url = world_.webhooks.plan().url;
  if (url.empty()) {
    return done(control_refusal(409, "no --callback to check"));
  }
  const std::string challenge =
      what["challenge"].is_string()
          ? std::string(what["challenge"].text())
          : std::to_string(1'000'000'000 + inbound_messages_) + hex(random_bytes(2));
  net::QueryPairs query;
  const auto add = [&](std::string_view member, std::string_view name, std::string otherwise) {
    const json::Value given = what[member];
    if (given.type() != json::Type::null) {  // null leaves the parameter out.
      query.emplace_back(name, given ? std::string(given.text()) : std::move(otherwise));
    }
  };
  add("mode", "hub.mode", "subscribe");
  add("challenge", "hub.challenge", challenge);
  add("token", "hub.verify_token", options_.verify_token);
  net::HttpCall call;
  call.url = url + (url.find('?') == std::string::npos ? "?" : "&") + net::format_query(query);
  call.headers = {{"User-Agent", "facebookplatform/1.0 (+http://developers.facebook.com)"}};
  call.public_addresses_only = false;
  world_.client.call(std::move(call), [challenge, done = std::move(done)](
                                          const Result<net::HttpResponse>& answer) {
    json::Writer out;
    out.begin_object().field("status", std::int64_t{answer ? answer->status : 0});
    out.flag("verified", answer && answer->status == 200 && answer->body == challenge);
    if (answer) {
      out.field("content_type", answer->header("Content-Type").value_or(""));
    }
    done(control_answer(out.end_object().take()));
  });
}

std::string Graph::load_body(std::size_t contact) {
  const std::string from = std::to_string(12'020'000'000 + static_cast<std::int64_t>(contact));
  json::Writer content;
  content.begin_object().field("from", from).field("id", new_wamid());
  content.field("timestamp", std::to_string(world_.clock.unix_ms() / 1000));
  content.field("type", "text").key("text").begin_object();
  content.field("body", "Load message from " + from + ", with a little text like a real one.");
  content.end_object().end_object();
  Change change;
  change.line = line_of(options_.phone_number_ids.front());
  change.contacts.push_back(contact_json("Contact " + from, from, "", ""));
  change.messages.push_back(content.take());
  return webhook_body({change});
}

}  // namespace jackfield::sim::meta
