#include <limits>

#include "core/events/declarations.h"
#include "core/events/protocol.h"
#include "core/model/message.h"

namespace jackfield::events {
namespace {

constexpr std::int64_t kNumberMax = std::numeric_limits<std::int64_t>::max();
constexpr auto kNameMax = static_cast<std::int64_t>(model::kNameBytesMax);
constexpr auto kTextMax = static_cast<std::int64_t>(model::kTextBytesMax);
constexpr auto kExternalIdMax = static_cast<std::int64_t>(model::kIdBytesMax);
constexpr std::int64_t kIdMax = 40;
constexpr std::int64_t kAccountMax = 81;
constexpr std::int64_t kMediaBytesMax = 100LL * 1024 * 1024;

Field conversation_field() {
  return required(text_field("conversation", kIdMax, "Id of the conversation."));
}
Field account_field() {
  return required(text_field("account", kAccountMax, "`<channel>:<name>`."));
}
Field version_field() {
  return integer_field("expected_version", 1, kNumberMax,
                       "Refused with CONFLICT when the conversation has another version.");
}
Field author_field() {
  return text_field("author", kNameMax, "Who says it, e.g. `agent:ada`.");
}

Field parts_field() {
  Field parts;
  parts.name = "parts";
  parts.type = FieldType::array;
  parts.is_required = true;
  parts.min = 1;
  parts.max = static_cast<std::int64_t>(model::kPartsMax);
  parts.about = "What is said, in order.";
  parts.shapes = {
      {required(choice_field("kind", {"text"}, "Plain text.")),
       required(text_field("text", kTextMax, "UTF-8."))},
      {required(choice_field("kind", {"media"}, "A file that media.put has stored.")),
       required(text_field("media_id", 64, "Of the file; from media.put.")),
       text_field("caption", kTextMax, "Text shown with the file."),
       text_field("filename", kNameMax, "Name the contact sees."),
       choice_field("media_kind", {"image", "video", "audio", "voice", "document", "sticker"},
                    "Default: by the file's type.")},
      {required(choice_field("kind", {"template", "interactive"}, "A form of the channel's own.")),
       required(object_field("json", "As the channel's plugin documents it."))}};
  return parts;
}

Declaration command(std::string name, Role role, std::string about, std::vector<Field> fields) {
  Declaration made;
  made.kind = DeclaredKind::command;
  made.name = std::move(name);
  made.about = std::move(about);
  made.role = role;
  made.fields = std::move(fields);
  return made;
}

void add_message_commands(std::vector<Declaration>& table) {
  table.push_back(command(
      "message.send", Role::agent_client,
      "Promises a message to the conversation's contact; its fate comes as jf.message.status.",
      {conversation_field(), parts_field(),
       text_field("reply_to", kExternalIdMax, "External id of the message it answers."),
       author_field(), version_field(),
       boolean_field("take", "Take the conversation for the author in the same step.")}));
  table.push_back(command(
      "message.resend", Role::agent_client,
      "Sends a message whose fate is failed, expired or unknown again, marked as possibly doubled.",
      {required(text_field("message", kIdMax, "Id of the message."))}));
  Declaration put = command(
      "media.put", Role::agent_client,
      "Stores a file chunk by chunk; the bytes are the binary frame. The last chunk's answer has "
      "the `media_id`.",
      {required(text_field("filename", kNameMax, "Name of the file.")),
       text_field("mime", kNameMax, "A claim; the stored type is sniffed."),
       text_field("upload", 64, "From the first chunk's answer; absent in the first chunk."),
       integer_field("offset", 0, kMediaBytesMax, "Where the chunk begins; default 0."),
       required(integer_field("total", 1, kMediaBytesMax, "Bytes of the whole file."))});
  put.takes_binary = true;
  table.push_back(std::move(put));
}

void add_conversation_commands(std::vector<Declaration>& table) {
  table.push_back(command(
      "conversation.start", Role::agent_client,
      "Writes first to an address; opens its conversation.",
      {account_field(),
       required(text_field("address", kExternalIdMax, "As the account's channel writes it.")),
       parts_field(), author_field()}));
  table.push_back(command(
      "conversation.take", Role::agent_client,
      "Makes an agent the owner of a waiting conversation.",
      {conversation_field(), required(text_field("agent", kNameMax, "Who becomes the owner.")),
       required(version_field())}));
  table.push_back(command("conversation.release", Role::agent_client,
                          "Gives an owned conversation back; it waits again.",
                          {conversation_field(), version_field()}));
  table.push_back(command("conversation.archive", Role::agent_client,
                          "Dealt with: no owner, out of every inbox, kept.",
                          {conversation_field(), version_field()}));
  table.push_back(command("conversation.unarchive", Role::agent_client,
                          "Makes an archived conversation wait again.",
                          {conversation_field(), version_field()}));
  table.push_back(
      command("conversation.typing", Role::agent_client,
              "Shows or hides \"is typing\" where the channel can.",
              {conversation_field(), required(boolean_field("on", "Whether someone is typing."))}));
  table.push_back(
      command("conversation.read", Role::agent_client,
              "Tells the contact that everything so far was read, where the channel can.",
              {conversation_field()}));
  table.push_back(command("conversation.end_session", Role::agent_client,
                          "Ends the live session of the conversation's contact.",
                          {conversation_field()}));
}

void add_operator_commands(std::vector<Declaration>& table) {
  const Field row = required(integer_field("id", 1, kNumberMax, "Row of the quarantine."));
  table.push_back(command("quarantine.replay", Role::operator_,
                          "Gives a quarantined arrival to its plugin again.", {row}));
  table.push_back(command("quarantine.discard", Role::operator_,
                          "Marks a quarantined arrival as not wanted; it is kept.", {row}));
  table.push_back(command("account.pause", Role::operator_,
                          "Holds the account's outbox; arrivals are still taken in.",
                          {account_field()}));
  table.push_back(command("account.resume", Role::operator_, "Sends the account's outbox again.",
                          {account_field()}));
}

}  // namespace

std::vector<Declaration> declared_commands() {
  std::vector<Declaration> table;
  add_message_commands(table);
  add_conversation_commands(table);
  add_operator_commands(table);
  return table;
}

}  // namespace jackfield::events
