#pragma once

#include "jackfield/json.h"
#include "jackfield/plugin/values.h"
#include "jackfield/result.h"
#include "plugins/whatsapp/envelope.h"

namespace jackfield::whatsapp {

/// Who wrote a message: the contact, or the business with its own phone.
enum class Author : bool { contact, business };

/// One element of value.messages or value.message_echoes: a message, reaction, edit, removal or
/// notice. Error: invalid, with what is missing.
Result<Inbound> read_message(const Envelope& envelope, json::Value message, Author author);

}  // namespace jackfield::whatsapp
