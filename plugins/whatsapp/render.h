#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jackfield/plugin/values.h"
#include "jackfield/result.h"
#include "plugins/whatsapp/limits.h"
#include "plugins/whatsapp/outgoing.h"

namespace jackfield::whatsapp {

/// Where calls of one account go and what they are signed with.
struct Endpoint {
  std::string api_base;
  std::string api_version;
  std::string phone_number_id;
  std::string access_token;
  std::string proof;  ///< appsecret_proof in hex; empty: not sent.
};

/// The kind that a media part is sent as: its own when WhatsApp takes its type as that, else the
/// next best ("a GIF goes as a document"). Empty: it can't be sent.
std::string media_kind_of(const OutgoingPart& outgoing, const Limits& limits);

/// Why this part is not even tried, with a sentence for the agent; status JF_OK when it may go.
/// Looks at the reply window (templates are exempt), sizes, types and the content's form.
Outcome check(const OutgoingPart& outgoing, const Limits& limits, std::int64_t now_unix_ms);

/// POST /{version}/{phone_number_id}/media. Nobody sees its result, so it may be repeated.
HttpCall upload_call(const Endpoint& endpoint, const OutgoingPart& outgoing);

/// POST /{version}/{phone_number_id}/messages, for a part that check() let pass. `uploaded_id` is
/// the provider's id of its media, `media_kind` what media_kind_of() says.
/// https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages (read 2026-11)
HttpCall message_call(const Endpoint& endpoint, const OutgoingPart& outgoing,
                      std::string_view media_kind, std::string_view uploaded_id);

enum class Typing : bool { no, yes };
/// Marks an inbound message and all before it as read; with Typing::yes the contact also sees, for
/// at most 25 s, that somebody writes.
HttpCall read_call(const Endpoint& endpoint, std::string_view external_id, Typing typing);

/// GET /{version}/{media id}: its answer says where the bytes are for the next five minutes.
HttpCall lookup_call(const Endpoint& endpoint, std::string_view media_id);

/// The bytes themselves. With the token only when `shows_token`.
HttpCall download_call(const Endpoint& endpoint, std::string_view url, bool shows_token);

}  // namespace jackfield::whatsapp
