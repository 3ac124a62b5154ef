#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jackfield/plugin/values.h"

namespace jackfield::whatsapp {

/// One part on its way out, kept while its media is uploaded.
struct OutgoingPart {
  std::string message_id;
  std::uint32_t part_index = 0;
  std::string to;
  std::string reply_to;
  Part part;
  std::int64_t deadline_unix_ms = 0;
  std::int64_t last_inbound_unix_ms = 0;
};

OutgoingPart copy_of(const Outbound& outbound);

/// biz_opaque_callback_data: "<message>" for the first part, "<message>/<index>" for the others.
/// WhatsApp gives it back with each status.
std::string correlator_of(const OutgoingPart& outgoing);

}  // namespace jackfield::whatsapp
