#include <limits>

#include "core/events/declarations.h"

namespace jackfield::events {
namespace {

constexpr std::int64_t kNumberMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kIdMax = 40;
constexpr std::int64_t kTextMax = 64 * 1024;
constexpr const char* kOfConversation = "<channel>.<account>.<conversation>";
constexpr const char* kOfAccount = "<channel>.<account>";

Declaration event(std::string name, const char* route, std::string about,
                  std::vector<Field> fields) {
  Declaration made;
  made.kind = DeclaredKind::event;
  made.name = std::move(name);
  made.about = std::move(about);
  made.route = route;
  made.fields = std::move(fields);
  return made;
}

/// What every event about a message carries; a query "message" answers with the same.
std::vector<Field> message_fields() {
  return {required(text_field("id", kIdMax, "Id of the message.")),
          required(text_field("conversation", kIdMax, "Id of its conversation.")),
          required(integer_field("number", 1, kNumberMax, "Its number in the conversation.")),
          required(text_field("account", 81, "`<channel>:<name>`.")),
          required(choice_field("direction", {"inbound", "outbound"}, "Who says it.")),
          required(choice_field("status",
                                {"received", "pending", "accepted", "sent", "delivered", "read",
                                 "failed", "expired", "unknown"},
                                "The best news so far.")),
          required(integer_field("created", 0, kNumberMax, "Unix milliseconds.")),
          object_field("contact", "`id` and perhaps `name`."),
          text_field("author", 256, "Outbound: who wrote it."),
          text_field("detail", kTextMax, "Why it failed, for people.")};
}

/// What is said about an earlier message. Without an open conversation the topic ends with the
/// account.
std::vector<Field> reference_fields() {
  return {required(text_field("account", 81, "`<channel>:<name>`.")),
          required(text_field("to", 512, "External id of the message it is about.")),
          text_field("conversation", kIdMax, "Id of the open conversation."),
          text_field("message", kIdMax, "Id of the message, when it is one of ours.")};
}

/// What every event about a conversation carries; a query "conversation" answers with the same.
std::vector<Field> conversation_fields(bool had_owner) {
  std::vector<Field> fields = {
      required(text_field("id", kIdMax, "Id of the conversation.")),
      required(text_field("account", 81, "`<channel>:<name>`.")),
      required(choice_field("state", {"waiting", "owned", "archived"}, "Its state now.")),
      text_field("owner", 256, "The agent who owns it."),
      text_field("queue", 256, "The queue it waits in."),
      required(integer_field("version", 1, kNumberMax,
                             "Grows with each change of state, owner or queue.")),
      object_field("contact", "`id` and perhaps `name`.")};
  if (had_owner) {
    fields.push_back(text_field("previous_owner", 256, "Who owned it before."));
  }
  return fields;
}

std::vector<Field> status_fields() {
  const std::vector<std::string> statuses = {"pending", "accepted", "sent",    "delivered",
                                             "read",    "failed",   "expired", "unknown"};
  return {required(text_field("id", kIdMax, "Id of the message.")),
          required(text_field("conversation", kIdMax, "Id of its conversation.")),
          required(choice_field("status", statuses, "The best news so far about the message.")),
          required(integer_field("part", 0, kNumberMax, "The part that the news is about.")),
          required(choice_field("part_status", statuses, "The best news so far about the part.")),
          integer_field("attempt", 1, kNumberMax, "The attempt that ended so."),
          text_field("external_id", 512, "The provider's id."),
          integer_field("provider_code", -kNumberMax, kNumberMax, "The provider's error code."),
          integer_field("provider_time", 0, kNumberMax, "Unix milliseconds, the provider's clock."),
          text_field("detail", kTextMax, "Why it failed, for people.")};
}

std::vector<Declaration> message_events() {
  return {
      event("jf.message.received", kOfConversation, "A contact said something.", message_fields()),
      event("jf.message.pending", kOfConversation, "A message of ours was promised.",
            message_fields()),
      event("jf.message.status", kOfConversation, "There is better news about a message of ours.",
            status_fields()),
      event("jf.message.edited", kOfConversation, "The contact changed a message.",
            reference_fields()),
      event("jf.message.removed", kOfConversation, "The contact took a message back.",
            reference_fields()),
      event("jf.message.reaction", kOfConversation,
            "The contact reacted to a message, or took the reaction back.", reference_fields()),
      event("jf.attachment.stored", kOfConversation, "A file of a message can be fetched now.",
            message_fields()),
      event("jf.attachment.failed", kOfConversation, "A file of a message is lost or refused.",
            message_fields())};
}

std::vector<Declaration> conversation_events() {
  std::vector<Declaration> table = {
      event("jf.conversation.opened", kOfConversation, "A new conversation waits.",
            conversation_fields(false)),
      event("jf.conversation.taken", kOfConversation, "A conversation has an owner.",
            conversation_fields(true)),
      event("jf.conversation.released", kOfConversation, "The owner gave it back.",
            conversation_fields(true)),
      event("jf.conversation.archived", kOfConversation, "It was dealt with.",
            conversation_fields(true)),
      event("jf.conversation.unarchived", kOfConversation, "It waits again.",
            conversation_fields(true))};
  Declaration typing =
      event("jf.contact.typing", kOfConversation, "The contact is typing, or stopped.",
            {required(text_field("conversation", kIdMax, "Id of the conversation.")),
             required(boolean_field("on", "Whether they are typing."))});
  typing.durable = Durable::no;
  table.push_back(std::move(typing));
  table.push_back(event("jf.session.started", kOfConversation, "A live session began.",
                        conversation_fields(false)));
  table.push_back(event("jf.session.ended", kOfConversation, "A live session ended.",
                        conversation_fields(false)));
  return table;
}

std::vector<Declaration> account_events() {
  const Field account = required(text_field("account", 81, "`<channel>:<name>`."));
  const Field reason = text_field("reason", kTextMax, "For people.");
  const Field row = required(integer_field("id", 1, kNumberMax, "Row of the quarantine."));
  return {
      event("jf.account.ready", kOfAccount, "The account works.", {account}),
      event("jf.account.fault", kOfAccount, "The account does not work; `reason` says why.",
            {account, reason, boolean_field("paused", "Whether its outbox is held.")}),
      event("jf.account.notice", kOfAccount,
            "The provider or the plugin has something to say; the members are the plugin's.", {}),
      event("jf.quarantine.added", kOfAccount, "An arrival could not be understood; it is kept.",
            {account, row, reason}),
      event("jf.quarantine.replayed", kOfAccount, "A kept arrival was taken in after all.",
            {account, row})};
}

}  // namespace

std::vector<Declaration> declared_events() {
  auto table = message_events();
  for (auto part : {conversation_events(), account_events()}) {
    for (auto& declaration : part) {
      table.push_back(std::move(declaration));
    }
  }
  return table;
}

}  // namespace jackfield::events
