#include "core/model/event_data.h"

#include <utility>

#include "jackfield/json.h"

namespace jackfield::model {
namespace {

std::string route_of(const AccountId& account) {
  return std::string(account.channel()) + "." + std::string(account.name());
}

void write_conversation(json::Writer& out, const Conversation& conversation) {
  out.field("id", conversation.id.text())
      .field("account", conversation.account.text)
      .field("channel", conversation.account.channel())
      .field("state", name_of(conversation.state))
      .optional_field("owner", conversation.owner)
      .optional_field("queue", conversation.queue)
      .field("version", conversation.version);
  out.key("contact").begin_object().field("id", conversation.contact.text());
  out.optional_field("name", conversation.contact_name).end_object();
  out.field("address", conversation.address_text)
      .field("messages", conversation.last_number)
      .field("created", conversation.created_ms)
      .field("last_message", conversation.last_message_ms)
      .field("last_inbound", conversation.last_inbound_ms);
}

}  // namespace

std::string conversation_json(const Conversation& conversation) {
  json::Writer out;
  out.begin_object();
  write_conversation(out, conversation);
  out.end_object();
  return out.take();
}

std::string message_json(const Message& message, const Conversation& conversation) {
  json::Writer out;
  out.begin_object()
      .field("id", message.id.text())
      .field("conversation", message.id.conversation.text())
      .field("number", message.id.number)
      .field("account", conversation.account.text)
      .field("channel", conversation.account.channel())
      .field("address", conversation.address_text);
  out.key("contact").begin_object().field("id", conversation.contact.text());
  out.optional_field("name", conversation.contact_name).end_object();
  out.field("direction", name_of(message.direction))
      .field("status", name_of(message.status))
      .field("created", message.created_ms);
  if (message.provider_ms != 0) {
    out.field("provider_time", message.provider_ms);
  }
  out.optional_field("author", message.author)
      .optional_field("external_id", message.external_id)
      .optional_field("reply_to", message.reply_to)
      .optional_field("detail", message.detail);
  if (message.possible_duplicate) {
    out.flag("possible_duplicate", true);
  }
  out.raw_field("parts", parts_json(message.parts, MediaRef::leave_out));
  if (message.part_status.size() > 1) {
    out.key("part_status").begin_array();
    for (const MessageStatus status : message.part_status) {
      out.string(name_of(status));
    }
    out.end_array();
  }
  if (!message.ext_json.empty()) {
    out.raw_field("ext", message.ext_json);
  }
  out.end_object();
  return out.take();
}

Event message_event(std::string_view type, const Conversation& conversation, const Message& message,
                    UnixMs now) {
  Event event;
  event.time_ms = now;
  event.type = type;
  event.route = route_of(conversation.account) + "." + conversation.id.text();
  event.subject = "message/" + message.id.text();
  event.data = message_json(message, conversation);
  return event;
}

Event conversation_event(std::string_view type, const Conversation& conversation, UnixMs now,
                         std::string_view extra) {
  Event event;
  event.time_ms = now;
  event.type = type;
  event.route = route_of(conversation.account) + "." + conversation.id.text();
  event.subject = "conversation/" + conversation.id.text();
  event.data = conversation_json(conversation);
  if (!extra.empty()) {
    event.data.pop_back();
    event.data.append(",").append(extra).append("}");
  }
  return event;
}

Event account_event(std::string_view type, const AccountId& account, UnixMs now, std::string data) {
  Event event;
  event.time_ms = now;
  event.type = type;
  event.route = route_of(account);
  event.subject = "account/" + account.text;
  event.data = std::move(data);
  return event;
}

}  // namespace jackfield::model
