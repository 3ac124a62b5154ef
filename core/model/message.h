#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/ids.h"

namespace jackfield::model {

/// Bounds of everything that may become part of a message.
inline constexpr std::size_t kTextBytesMax = 64 * 1024;
inline constexpr std::size_t kIdBytesMax = 512;
inline constexpr std::size_t kExtBytesMax = 64 * 1024;
inline constexpr std::size_t kPartsMax = 32;
inline constexpr std::size_t kNameBytesMax = 256;

enum class Direction : std::uint8_t { inbound = 1, outbound = 2 };

/// Same numbers as JF_PART_*.
enum class PartKind : std::uint8_t {
  other = 0,
  text = 1,
  media = 2,
  location = 3,
  provider_template = 4,
  interactive = 5,
  contact = 6,
  choice = 7,
  form = 8,
  order = 9,
  unsupported = 10,
};

enum class AttachmentState : std::uint8_t {
  none = 0,
  pending = 1,
  stored = 2,
  failed = 3,
  refused = 4
};

/// One piece of a message's content. For media: the attachment, never its bytes.
struct Part {
  PartKind kind = PartKind::text;
  std::string text;        ///< Text or caption; UTF-8, at most kTextBytesMax.
  std::string media_id;    ///< sha256 in hex, empty until stored.
  std::string media_ref;   ///< What the plugin needs to fetch it; opaque JSON.
  std::string media_kind;  ///< image, video, audio, voice, document, sticker.
  std::string mime;        ///< Sniffed once stored, a claim before.
  std::string filename;    ///< Cleaned.
  std::uint64_t size_bytes = 0;
  AttachmentState attachment = AttachmentState::none;
  std::string json;   ///< The kind's own values: a JSON object or empty.
  std::string error;  ///< Why the attachment is failed or refused.

  bool operator==(const Part&) const = default;
};

/// The best news so far about an outbound message (docs/WORDS.md). The numbers are stored.
enum class MessageStatus : std::uint8_t {
  received = 0,  ///< Inbound: the only status there is.
  pending = 1,
  accepted = 2,
  sent = 3,
  delivered = 4,
  read = 5,
  failed = 6,
  expired = 7,
  unknown = 8,
};

std::string_view name_of(MessageStatus status);
std::string_view name_of(PartKind kind);
std::string_view name_of(AttachmentState state);
std::string_view name_of(Direction direction);

/// Whether `news` about a message or part that is `now` raises its status (P5): the rank only
/// grows; failed, expired and unknown give way to proof of acceptance (accepted .. read), never the
/// other way round, except that a part not yet accepted may become any of them; failed after
/// accepted or sent wins (the provider says so), after delivered it does not.
bool raises(MessageStatus now, MessageStatus news);

/// The status of a message from those of its parts: the worst of failed/unknown/expired when any
/// part is that, else the lowest.
MessageStatus combined(const std::vector<MessageStatus>& parts);

/// JSON of a parts list as stored and published: [{"kind":"text","text":"..."},...]. Empty fields
/// are left out. media_ref is written only when `with_media_ref` (it may hold provider URLs: store
/// yes, publish no).
enum class MediaRef : bool { leave_out, write };
std::string parts_json(const std::vector<Part>& parts, MediaRef media_ref);
/// Reads what parts_json(…, write) wrote. Empty on anything else.
std::vector<Part> parse_parts(std::string_view json);

struct Message {
  MessageId id;
  Direction direction = Direction::inbound;
  MessageStatus status = MessageStatus::received;
  UnixMs created_ms = 0;    ///< Ours: when it was made durable.
  UnixMs provider_ms = 0;   ///< 0: unknown.
  std::string external_id;  ///< Of the (first part of the) message; may be empty.
  std::string reply_to;     ///< External id.
  std::string author;       ///< Outbound: who sent it, e.g. "agent:ada"; may be empty.
  std::string dedupe_key;   ///< Inbound.
  std::vector<Part> parts;
  std::vector<MessageStatus> part_status;  ///< Outbound: one per part.
  std::string ext_json;
  std::string detail;               ///< Why failed/unknown, for people.
  std::int64_t arrival = 0;         ///< Row of the raw body; 0: none.
  bool possible_duplicate = false;  ///< Resent by a person after `unknown`.
};

}  // namespace jackfield::model
