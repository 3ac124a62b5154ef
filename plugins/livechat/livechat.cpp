#include "plugins/livechat/channel.h"

namespace {

// Members and bounds as in settings.cpp; a test compares the two.
constexpr char kSchema[] = R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "origins": {
      "title": "Sites that may open this chat, as scheme://host[:port]; none is listed, none may",
      "type": "array", "maxItems": 100, "items": {"type": "string", "maxLength": 300}
    },
    "allow_any_origin": {"title": "Any site may open this chat", "type": "boolean"},
    "text_bytes_max": {"title": "Longest message", "type": "integer", "minimum": 1, "maximum": 32768},
    "messages_per_minute": {"title": "Messages per visitor and minute",
      "type": "integer", "minimum": 1, "maximum": 6000},
    "messages_burst": {"title": "Messages at once", "type": "integer", "minimum": 1, "maximum": 1000},
    "typing_per_minute": {"title": "Typing signs per visitor and minute",
      "type": "integer", "minimum": 1, "maximum": 6000},
    "new_visitors_per_minute": {"title": "New visitors per network address and minute",
      "type": "integer", "minimum": 1, "maximum": 60000},
    "sockets_per_visitor": {"title": "Tabs per visitor", "type": "integer", "minimum": 1, "maximum": 100},
    "sockets_max": {"title": "Tabs in all", "type": "integer", "minimum": 1, "maximum": 100000},
    "hello_timeout_ms": {"title": "Time for the first frame", "type": "integer", "minimum": 100, "maximum": 60000},
    "bad_frames_max": {"title": "Bad frames before a tab is closed", "type": "integer", "minimum": 1, "maximum": 1000},
    "token_days": {"title": "Days after which a visitor who stayed away is a new one",
      "type": "integer", "minimum": 1, "maximum": 3650}
  }
})";

constexpr char kCapabilities[] = R"({
  "text": {"bytes_max": 16384},
  "media": {"by_reference": true},
  "typing": {"in": true, "out": true},
  "read": {"in": true, "out": true},
  "delivered": true,
  "end_session": true
})";

}  // namespace

JACKFIELD_PLUGIN(jackfield::livechat::LivechatChannel, "jackfield.livechat", "1.0.0", "livechat",
                 "Live chat",
                 JF_CAP_TEXT | JF_CAP_MEDIA_OUT | JF_CAP_DELIVERED | JF_CAP_READ_IN |
                     JF_CAP_READ_OUT | JF_CAP_TYPING_IN | JF_CAP_TYPING_OUT | JF_CAP_END_SESSION |
                     JF_CAP_IDEMPOTENT,
                 kSchema, kCapabilities);
