#pragma once

#include <string>
#include <string_view>

#include "core/model/conversation.h"
#include "core/model/event.h"
#include "core/model/message.h"

/// What consumers read about messages and conversations: the same JSON in events and in answers to
/// queries.
namespace jackfield::model {

/// {"id","account","channel","state","owner"?,"queue"?,"version","contact":{"id","name"?},"address",…}
std::string conversation_json(const Conversation& conversation);
/// {"id","conversation","number","direction","status","created","parts":[…],…}; no provider URLs,
/// no raw body.
std::string message_json(const Message& message, const Conversation& conversation);

/// An event about a message; its data is message_json().
Event message_event(std::string_view type, const Conversation& conversation, const Message& message,
                    UnixMs now);
/// An event about a conversation; its data is conversation_json() with `extra` (a JSON object's
/// members without braces, e.g. "\"by\":\"agent:ada\"", or empty) added.
Event conversation_event(std::string_view type, const Conversation& conversation, UnixMs now,
                         std::string_view extra = {});
/// An event about an account; `data` is a JSON object.
Event account_event(std::string_view type, const AccountId& account, UnixMs now, std::string data);

}  // namespace jackfield::model
