#include <limits>

#include "core/events/declarations.h"
#include "core/events/protocol.h"

namespace jackfield::events {
namespace {

constexpr std::int64_t kNumberMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kIdMax = 40;
constexpr std::int64_t kPageKeyMax = 80;
constexpr std::int64_t kAccountMax = 81;

Field limit_field() {
  return integer_field("limit", 1, kListRowsMax, "Rows of the page; default 50.");
}

Declaration query(std::string name, Role role, std::string about, std::vector<Field> fields) {
  Declaration made;
  made.kind = DeclaredKind::query;
  made.name = std::move(name);
  made.about = std::move(about);
  made.role = role;
  made.fields = std::move(fields);
  return made;
}

}  // namespace

std::vector<Declaration> declared_queries() {
  const Field conversation = text_field("conversation", kIdMax, "Id of the conversation.");
  const Field account = text_field("account", kAccountMax, "`<channel>:<name>`.");
  const Field after = integer_field("after", 0, kNumberMax, "Rows with a greater id only.");
  const Field before = text_field("before", kPageKeyMax, "`next` of the page before.");
  return {
      query("status", Role::subscriber, "How the broker is: versions, counts, health.", {}),
      query("accounts", Role::subscriber, "Every account and whether it is ready.", {}),
      query("plugins", Role::operator_, "Every loaded plugin with its version and state.", {}),
      query("conversation", Role::agent_client, "One conversation.",
            {required(text_field("id", kIdMax, "Id of the conversation."))}),
      query("conversations", Role::agent_client,
            "Conversations, newest activity first; open ones unless `state` says otherwise.",
            {choice_field("state", {"waiting", "owned", "archived"}, "Only this state."), before,
             limit_field()}),
      query("messages", Role::agent_client, "Messages of a conversation, newest first.",
            {required(conversation),
             integer_field("before", 0, kNumberMax, "Numbers below this one; 0: from the newest."),
             limit_field()}),
      query("message", Role::agent_client, "One message.",
            {required(text_field("id", kIdMax, "Id of the message."))}),
      query("outbox", Role::operator_, "Outbound parts that have no fate yet, oldest first.",
            {account, after, limit_field()}),
      query("quarantine", Role::operator_, "Arrivals that could not be understood, oldest first.",
            {choice_field("state", {"held", "replayed", "discarded"}, "Only this state."), after,
             limit_field()}),
      query("declarations", Role::subscriber,
            "This table: names, roles and JSON Schemas of everything the endpoint takes and sends.",
            {}),
  };
}

}  // namespace jackfield::events
