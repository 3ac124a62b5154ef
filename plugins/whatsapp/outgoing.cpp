#include "plugins/whatsapp/outgoing.h"

namespace jackfield::whatsapp {

OutgoingPart copy_of(const Outbound& outbound) {
  OutgoingPart out;
  out.message_id = std::string(outbound.message_id);
  out.part_index = outbound.part_index;
  out.to = std::string(outbound.to);
  out.reply_to = std::string(outbound.reply_to);
  out.part.kind = outbound.part.kind;
  out.part.text = std::string(outbound.part.text);
  out.part.media_id = std::string(outbound.part.media_id);
  out.part.media_kind = std::string(outbound.part.media_kind);
  out.part.mime = std::string(outbound.part.mime);
  out.part.filename = std::string(outbound.part.filename);
  out.part.media_size = outbound.part.media_size;
  out.part.json = std::string(outbound.part.json);
  out.deadline_unix_ms = outbound.deadline_unix_ms;
  out.last_inbound_unix_ms = outbound.last_inbound_unix_ms;
  return out;
}

std::string correlator_of(const OutgoingPart& outgoing) {
  return outgoing.part_index == 0 ? outgoing.message_id
                                  : outgoing.message_id + "/" + std::to_string(outgoing.part_index);
}

}  // namespace jackfield::whatsapp
