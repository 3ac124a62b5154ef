#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/event.h"
#include "jackfield/result.h"

/// What travels between the endpoint and its clients (docs/events.md), without sockets.
namespace jackfield::events {

inline constexpr std::string_view kProtocol = "JF1";
inline constexpr std::string_view kHeartbeatType = "jf.heartbeat";

// Bounds of one request.
inline constexpr std::size_t kFramesMax = 5;  ///< Protocol, verb, request id, JSON, binary.
inline constexpr std::size_t kRequestIdBytesMax = 16;
inline constexpr std::size_t kBodyBytesMax = 512 * 1024;
inline constexpr std::size_t kBinaryBytesMax = 512 * 1024;
inline constexpr std::size_t kKeyBytesMax = 128;
inline constexpr std::size_t kCursorNameBytesMax = 64;
inline constexpr std::int64_t kListRowsMax = 200;

// Bounds of one endpoint.
inline constexpr int kPartitions = 1;
inline constexpr std::size_t kPeersMax = 1'024;
inline constexpr std::size_t kRequestsOfPeerMax = 64;  ///< Not answered yet.
inline constexpr std::size_t kRequestsMax = 2'048;     ///< The same, of all peers.
inline constexpr std::int64_t kCreditMax = 4'096;      ///< Events outstanding per stream.
inline constexpr int kPageRows = 256;                  ///< Events read from the store at once.
inline constexpr std::size_t kPagesReadingMax = 4;     ///< Streams that read at the same time.
inline constexpr std::size_t kPublishWaitingMax =
    65'536;  ///< Events between a commit and the sockets.
inline constexpr std::chrono::seconds kPeerIdleMax{60};

/// The errors of the protocol; docs/events.md tells what each adds.
enum class WireError : std::uint8_t {
  gone,
  epoch,
  denied,
  busy,
  conflict,
  fenced,
  bad,
  too_big,
  not_found,
  internal,
};
std::string_view name_of(WireError code);
/// `members`: JSON members without braces to add ("\"oldest\":17"), or empty.
std::string wire_error_json(WireError code, std::string_view text, std::string_view members = {});

/// "2026-11-23T09:15:30.092Z"
std::string rfc3339(model::UnixMs time_ms);
/// 16 hex digits.
std::string epoch_text(std::uint64_t epoch);
/// Nothing unless it is 1 to 16 hex digits.
std::optional<std::uint64_t> parse_epoch(std::string_view text);

/// The JSON frame of an event: CloudEvents 1.0. `loose_id` names an event that is not durable
/// (sequence 0) and must be unique; it is not looked at otherwise. Any thread.
std::string envelope_json(std::string_view node, const model::Event& event,
                          std::string_view loose_id = {});

struct Head {
  std::uint64_t epoch = 0;
  std::int64_t head = 0;    ///< Newest sequence; 0: none yet.
  std::int64_t oldest = 1;  ///< Oldest sequence that can be replayed.
};
std::string heartbeat_json(int partition, const Head& head, model::UnixMs now);

/// Whether `name` can name a cursor: 1 to kCursorNameBytesMax of a-z, A-Z, 0-9, '_', '-', '.'.
bool is_cursor_name(std::string_view name);

/// Where a consumer wants to go on.
enum class StartKind : std::uint8_t { cursor, oldest, now, position };
struct Start {
  StartKind kind = StartKind::now;
  model::Position position;  ///< kind position: the last event the consumer has.
};

/// What a RESUME asks for.
struct ResumeRequest {
  int partition = 0;
  std::string cursor;                 ///< Empty: the consumer keeps its own position.
  std::optional<std::int64_t> fence;  ///< Of an earlier claim: checked instead of claiming again.
  Start start;
  Start start_new{StartKind::oldest,
                  {}};  ///< From "cursor", when the cursor has never been acknowledged.
  bool is_live = true;  ///< False: the stream ends when it has caught up.
};
/// Error: invalid.
Result<ResumeRequest> parse_resume(std::string_view body);

struct AckRequest {
  int partition = 0;
  std::string cursor;
  model::Position position;
  std::int64_t fence = 0;
};
Result<AckRequest> parse_ack(std::string_view body);

}  // namespace jackfield::events
