#include <optional>
#include <utility>

#include "core/commands/commands.h"
#include "core/events/resume.h"
#include "core/model/event_data.h"

namespace jackfield::commands {

using events::Answer;
using json::Value;
using json::Writer;
using model::Conversation;

namespace {

constexpr int kLimitDefault = 50;

int limit_of(Value args) {
  return static_cast<int>(args["limit"].integer().value_or(kLimitDefault));
}

std::string_view name_of(store::OutboxState state) {
  switch (state) {
    case store::OutboxState::queued:
      return "queued";
    case store::OutboxState::sending:
      return "sending";
    case store::OutboxState::unknown:
      return "unknown";
  }
  return "";
}

std::string_view name_of(store::QuarantineState state) {
  switch (state) {
    case store::QuarantineState::held:
      return "held";
    case store::QuarantineState::replayed:
      return "replayed";
    case store::QuarantineState::discarded:
      return "discarded";
  }
  return "";
}

std::optional<store::QuarantineState> quarantine_state(std::string_view text) {
  for (const auto state : {store::QuarantineState::held, store::QuarantineState::replayed,
                           store::QuarantineState::discarded}) {
    if (name_of(state) == text) {
      return state;
    }
  }
  return std::nullopt;
}

std::optional<model::ConversationState> conversation_state(std::string_view text) {
  for (const auto state : {model::ConversationState::waiting, model::ConversationState::owned,
                           model::ConversationState::archived}) {
    if (model::name_of(state) == text) {
      return state;
    }
  }
  return std::nullopt;
}

void write_account(Writer& out, const plugin_host::AccountState& state) {
  out.begin_object()
      .field("account", state.account.text)
      .field("title", state.channel_title)
      .flag("ready", state.is_ready)
      .optional_field("why_not", state.why_not)
      .field("plugin", state.plugin_id)
      .field("plugin_version", state.plugin_version)
      .field("isolation", state.isolation)
      .field("generation", static_cast<std::int64_t>(state.generation))
      .field("lane_backlog", static_cast<std::int64_t>(state.lane_backlog));
  out.key("provider_ids").begin_array();
  for (const std::string& id : state.provider_ids) {
    out.string(id);
  }
  out.end_array().raw_field("capabilities",
                            state.capabilities_json.empty() ? "{}" : state.capabilities_json);
  out.end_object();
}

}  // namespace

Answer Commands::find_conversation(store::Reader& reader, Value args) {
  const auto id = model::ConversationId::parse(args["id"].text());
  const auto conversation = id ? reader.conversation(*id) : std::nullopt;
  if (!conversation) {
    return Error{ErrorCode::not_found, "no conversation " + std::string(args["id"].text())};
  }
  return model::conversation_json(*conversation);
}

Answer Commands::list_conversations(store::Reader& reader, Value args) {
  const auto before =
      args["before"] ? events::parse_page_key(args["before"].text()) : store::PageKey{};
  if (!before) {
    return Error{ErrorCode::invalid, "before: not a page key of an answer's \"next\""};
  }
  const int limit = limit_of(args);
  const auto rows = reader.conversations(conversation_state(args["state"].text()), *before, limit);
  Writer out;
  out.begin_object().key("conversations").begin_array();
  for (const Conversation& conversation : rows) {
    out.raw(model::conversation_json(conversation));
  }
  out.end_array();
  if (rows.size() == static_cast<std::size_t>(limit)) {
    const Conversation& last = rows.back();
    out.field("next", std::to_string(last.last_message_ms) + "-" + std::to_string(last.id.value));
  }
  out.end_object();
  return out.take();
}

Answer Commands::find_message(store::Reader& reader, Value args) {
  const auto id = model::MessageId::parse(args["id"].text());
  const auto message = id ? reader.message(*id) : std::nullopt;
  const auto conversation = message ? reader.conversation(id->conversation) : std::nullopt;
  if (!conversation) {
    return Error{ErrorCode::not_found, "no message " + std::string(args["id"].text())};
  }
  return model::message_json(*message, *conversation);
}

Answer Commands::list_messages(store::Reader& reader, Value args) {
  const auto id = model::ConversationId::parse(args["conversation"].text());
  const auto conversation = id ? reader.conversation(*id) : std::nullopt;
  if (!conversation) {
    return Error{ErrorCode::not_found,
                 "no conversation " + std::string(args["conversation"].text())};
  }
  const int limit = limit_of(args);
  const auto rows = reader.messages(*id, args["before"].integer().value_or(0), limit);
  Writer out;
  out.begin_object().key("messages").begin_array();
  for (const model::Message& message : rows) {
    out.raw(model::message_json(message, *conversation));
  }
  out.end_array();
  if (rows.size() == static_cast<std::size_t>(limit)) {
    out.field("next", rows.back().id.number);
  }
  out.end_object();
  return out.take();
}

Answer Commands::list_outbox(store::Reader& reader, Value args) {
  const auto account = model::AccountId::parse(args["account"].text());
  if (args["account"] && !account) {
    return Error{ErrorCode::invalid, "account: not of the form <channel>:<name>"};
  }
  const auto rows = reader.outbox(account, args["after"].integer().value_or(0), limit_of(args));
  Writer out;
  out.begin_object().key("outbox").begin_array();
  for (const store::OutboxRow& row : rows) {
    out.begin_object()
        .field("id", row.id)
        .field("message", row.message.text())
        .field("part", static_cast<std::int64_t>(row.part_index))
        .field("account", row.account.text)
        .field("state", name_of(row.state))
        .field("attempt", static_cast<std::int64_t>(row.attempt))
        .field("not_before", row.not_before_ms)
        .field("expires", row.expires_ms)
        .end_object();
  }
  out.end_array().end_object();
  return out.take();
}

Answer Commands::list_quarantine(store::Reader& reader, Value args) {
  const auto rows = reader.quarantine(quarantine_state(args["state"].text()),
                                      args["after"].integer().value_or(0), limit_of(args));
  Writer out;
  out.begin_object().key("quarantine").begin_array();
  for (const store::QuarantineRow& row : rows) {
    out.begin_object()
        .field("id", row.id)
        .field("account", row.account.text)
        .field("created", row.created_ms)
        .field("reason", row.reason)
        .field("state", name_of(row.state))
        .field("attempts", static_cast<std::int64_t>(row.attempts))
        .field("bytes", static_cast<std::int64_t>(row.raw.size()))
        .end_object();
  }
  out.end_array().end_object();
  return out.take();
}

Answer Commands::status(store::Reader& reader, Value) {
  Writer out;
  out.begin_object();
  out.key("counts").begin_object();
  for (const auto& [name, count] : reader.counts()) {
    out.field(name, count);
  }
  const model::Position head = reader.head(0);
  out.end_object().field("journal_head", head.sequence).field("journal_oldest", reader.oldest(0));
  out.raw_field("broker", parts_.status_json()).end_object();
  return out.take();
}

Answer Commands::accounts(store::Reader&, Value) {
  Writer out;
  out.begin_object().key("accounts").begin_array();
  for (const plugin_host::AccountState& state : parts_.plugins.accounts()) {
    write_account(out, state);
  }
  out.end_array().end_object();
  return out.take();
}

Answer Commands::plugins(store::Reader&, Value) {
  Writer out;
  out.begin_object().key("plugins").begin_array();
  for (const plugin_host::AccountState& state : parts_.plugins.accounts()) {
    out.begin_object()
        .field("plugin", state.plugin_id)
        .field("version", state.plugin_version)
        .field("file", state.plugin_file)
        .field("sha256", state.plugin_sha256)
        .field("account", state.account.text)
        .field("generation", static_cast<std::int64_t>(state.generation))
        .flag("ready", state.is_ready)
        .end_object();
  }
  out.end_array().end_object();
  return out.take();
}

}  // namespace jackfield::commands
