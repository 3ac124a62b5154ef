#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/model/ids.h"

namespace jackfield::model {

/// There is no fourth.
enum class ConversationState : std::uint8_t { waiting = 0, owned = 1, archived = 2 };
std::string_view name_of(ConversationState state);

struct Conversation {
  ConversationId id;
  AccountId account;
  AddressId address;
  ContactId contact;
  std::string address_text;  ///< As the plugin wrote it; opaque.
  std::string contact_name;  ///< Display name; may be empty.
  ConversationState state = ConversationState::waiting;
  std::string owner;         ///< Agent id; empty when none.
  std::string queue;         ///< Empty: not routed yet.
  std::int64_t version = 1;  ///< Grows with each change of state, owner or queue.
  std::int64_t last_number = 0;
  UnixMs created_ms = 0;
  UnixMs last_message_ms = 0;
  UnixMs last_inbound_ms = 0;
};

}  // namespace jackfield::model
