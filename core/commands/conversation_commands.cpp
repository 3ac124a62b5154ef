// Ownership and the other changes of a conversation's state: every one a compare-and-set on its
// version.
#include <optional>
#include <utility>

#include "core/commands/commands.h"
#include "core/model/event_data.h"

namespace jackfield::commands {

using events::Answer;
using events::Reply;
using events::Request;
using model::Conversation;
using model::ConversationState;

namespace {

/// What one command does to a conversation, apart from who asks and how.
struct Change {
  ConversationState to = ConversationState::waiting;
  std::string owner;
  const char* event = "";
};

/// Why the change is not allowed from where the conversation stands; nothing when it is.
std::optional<std::string> objection(const Conversation& now, const Change& change) {
  if (now.state == change.to &&
      (change.to != ConversationState::owned || now.owner != change.owner)) {
    return now.state == ConversationState::owned
               ? "the conversation is owned by " + now.owner
               : "the conversation is " + std::string(name_of(now.state));
  }
  if (change.to == ConversationState::owned && now.state == ConversationState::archived) {
    return "the conversation is archived: unarchive it first";
  }
  return std::nullopt;
}

Answer change_state(store::Transaction& tx, json::Value args, const Change& change,
                    model::UnixMs now) {
  const auto id = model::ConversationId::parse(args["conversation"].text());
  const auto current = id ? tx.conversation(*id) : std::nullopt;
  if (!current) {
    return Error{ErrorCode::not_found,
                 "no conversation " + std::string(args["conversation"].text())};
  }
  const auto expected = args["expected_version"].integer();
  if (expected && *expected != current->version) {
    return conflict_with(*current,
                         "the conversation has changed since version " + std::to_string(*expected));
  }
  const bool is_so_already = current->state == change.to && current->owner == change.owner;
  if (is_so_already && change.to == ConversationState::owned) {
    return model::conversation_json(*current);
  }
  if (const auto why = objection(*current, change)) {
    return conflict_with(*current, *why);
  }
  if (current->state == ConversationState::archived && change.to == ConversationState::waiting &&
      tx.open_conversation(current->account, current->address_text)) {
    return conflict_with(*current, "the contact has a newer open conversation");
  }
  Conversation changed = *current;
  changed.state = change.to;
  changed.owner = change.owner;
  if (!tx.update_conversation(changed, current->version)) {
    return conflict_with(*current, "somebody else was first");
  }
  ++changed.version;
  json::Writer by;
  by.string(current->owner);
  const std::string extra =
      current->owner.empty() ? std::string() : "\"previous_owner\":" + by.take();
  tx.append_event(model::conversation_event(change.event, changed, now, extra));
  return model::conversation_json(changed);
}

}  // namespace

void Commands::take(const Request& request, const Reply& reply) {
  Change change{ConversationState::owned, std::string(request.args["agent"].text()),
                "jf.conversation.taken"};
  run(request, reply, [this, request, change](store::Transaction& tx) {
    return change_state(tx, request.args, change, parts_.clock.unix_ms());
  });
}

void Commands::release(const Request& request, const Reply& reply) {
  run(request, reply, [this, request](store::Transaction& tx) {
    const Change change{ConversationState::waiting, {}, "jf.conversation.released"};
    const auto id = model::ConversationId::parse(request.args["conversation"].text());
    const auto current = id ? tx.conversation(*id) : std::nullopt;
    if (current && current->state == ConversationState::archived) {
      return Answer(conflict_with(*current, "the conversation is archived"));
    }
    return change_state(tx, request.args, change, parts_.clock.unix_ms());
  });
}

void Commands::archive(const Request& request, const Reply& reply) {
  run(request, reply, [this, request](store::Transaction& tx) {
    const Change change{ConversationState::archived, {}, "jf.conversation.archived"};
    return change_state(tx, request.args, change, parts_.clock.unix_ms());
  });
}

void Commands::unarchive(const Request& request, const Reply& reply) {
  run(request, reply, [this, request](store::Transaction& tx) {
    const Change change{ConversationState::waiting, {}, "jf.conversation.unarchived"};
    const auto id = model::ConversationId::parse(request.args["conversation"].text());
    const auto current = id ? tx.conversation(*id) : std::nullopt;
    if (current && current->state != ConversationState::archived) {
      return Answer(conflict_with(*current, "the conversation is not archived"));
    }
    return change_state(tx, request.args, change, parts_.clock.unix_ms());
  });
}

void Commands::typing(const Request& request, const Reply& reply) {
  const bool is_on = request.args["on"].boolean().value_or(false);
  with_conversation(
      request, reply, [this, is_on](store::Reader&, const Conversation& conversation) {
        const Status set =
            parts_.plugins.set_typing(conversation.account, conversation.address_text, is_on);
        return set ? Answer(std::string("{}")) : Answer(set.error());
      });
}

void Commands::read(const Request& request, const Reply& reply) {
  constexpr int kLookBack = 50;
  with_conversation(
      request, reply, [this](store::Reader& reader, const Conversation& conversation) {
        for (const model::Message& message : reader.messages(conversation.id, 0, kLookBack)) {
          if (message.direction == model::Direction::inbound && !message.external_id.empty()) {
            const Status marked = parts_.plugins.mark_read(
                conversation.account, conversation.address_text, message.external_id);
            return marked ? Answer(std::string("{}")) : Answer(marked.error());
          }
        }
        return Answer(Error{ErrorCode::not_found, "there is nothing to mark as read"});
      });
}

void Commands::end_session(const Request& request, const Reply& reply) {
  with_conversation(request, reply, [this](store::Reader&, const Conversation& conversation) {
    const Status ended =
        parts_.plugins.end_session(conversation.account, conversation.address_text, "agent");
    return ended ? Answer(std::string("{}")) : Answer(ended.error());
  });
}

}  // namespace jackfield::commands
