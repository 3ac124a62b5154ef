#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "jackfield/plugin/values.h"

namespace jackfield::whatsapp {

/// What came of one call: `status` as in Channel::on_response, and the answer when it is JF_OK.
struct Reply {
  jf_status status = JF_OK;
  int http_status = 0;
  std::string_view retry_after;  ///< The header, as sent.
  std::string_view body;
};
Reply reply_of(jf_status status, const HttpResponse* response);

/// The fate of a message out of the answer to message_call(). `pair_refusals`: how often in a row
/// WhatsApp has said that we are too fast for this contact, this time included when it is that.
/// JF_E_UNKNOWN whenever the message may have been sent: an answer without id, a 5xx that names no
/// code which says it was not, a reset.
Outcome read_send_answer(const Reply& reply, std::uint32_t pair_refusals);

/// True when the answer says that we are too fast for this one contact (131056).
bool is_pair_throttle(const Reply& reply);

/// The result of upload_call() or lookup_call(): what was asked for, or why there is none. Nobody
/// has seen anything of a failed one, so it is never JF_E_UNKNOWN.
struct Obtained {
  std::string text;  ///< Of an upload the media id, of a lookup the URL.
  Outcome failure;   ///< When `text` is empty.
};
Obtained read_upload_answer(const Reply& reply);
Obtained read_lookup_answer(const Reply& reply);

}  // namespace jackfield::whatsapp
