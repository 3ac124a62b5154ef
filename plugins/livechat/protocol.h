#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "jackfield/plugin/values.h"
#include "jackfield/result.h"

/// The frames of docs/livechat-protocol.md as values. Pure: no clock, no I/O, no state.
namespace jackfield::livechat {

inline constexpr std::size_t kIdCharsMax = 64;
inline constexpr std::size_t kNameCharsMax = 100;
inline constexpr std::size_t kEmailBytesMax = 254;
inline constexpr std::size_t kUrlBytesMax = 1000;
inline constexpr std::size_t kLocaleBytesMax = 35;
inline constexpr std::size_t kTokenCharsMax = 128;
inline constexpr std::size_t kReasonBytesMax = 200;
inline constexpr std::size_t kExtBytesMax = 2048;

struct Hello {
  std::string
      token;  ///< "" when there is none; longer than kTokenCharsMax: "?", which no key made.
  std::string after;  ///< Id of the newest outbound message that the browser has; "" = none.
  std::string name;   ///< At most kNameCharsMax characters, without control characters.
  std::string email, page, referrer, locale;  ///< Claims, cut to their bounds.
};
struct Say {
  std::string client_id;  ///< 1 to kIdCharsMax of A-Z a-z 0-9 _ -
  std::string text;       ///< Not empty, no NUL; its size is the caller's to judge.
};
struct Typing {
  bool is_on = false;
};
struct Mark {
  ReceiptKind kind = ReceiptKind::read;  ///< read or delivered
  std::string id;                        ///< Message id: this one and all before it.
};
struct NextPage {};
struct End {};
struct Ping {};
using ClientFrame = std::variant<Hello, Say, Typing, Mark, NextPage, End, Ping>;

/// The largest frame that can hold a message of `text_bytes_max` bytes: each may be written \u00XX.
[[nodiscard]] constexpr std::size_t frame_bytes_max(std::size_t text_bytes_max) {
  return text_bytes_max * 6 + 4096;
}

/// Error: invalid, when it is not a frame of the protocol; the text says why and repeats nothing of
/// the frame. Unknown members are ignored; optional members of a wrong type count as absent.
Result<ClientFrame> parse_client_frame(std::string_view frame);

/// 1 to kIdCharsMax of A-Z a-z 0-9 _ -
[[nodiscard]] bool is_client_id(std::string_view text);

/// What a visitor's page says about itself as an object of at most kExtBytesMax bytes; members that
/// do not fit are left out. "" when there is nothing to say.
[[nodiscard]] std::string context_json(const Hello& hello);

struct Limits {
  std::size_t text_bytes_max = 0;
  int messages_per_minute = 0;
  int messages_burst = 0;
};
enum class TokenNote : std::uint8_t { none, refused };
enum class SaidBy : std::uint8_t { contact, us };

/// Content of one message frame: all parts of a message or a run of them.
struct MessageFrame {
  std::string_view id;
  SaidBy said_by = SaidBy::us;
  std::string_view client_id;  ///< Of the contact's own messages.
  std::int64_t unix_ms = 0;
  std::uint32_t part_first = 0, part_total = 1;
  const std::vector<PartView>& parts;
};

[[nodiscard]] std::string welcome_frame(std::string_view visitor, std::string_view token,
                                        bool is_resumed, TokenNote note, const Limits& limits);
[[nodiscard]] std::string message_frame(const MessageFrame& message);
[[nodiscard]] std::string replayed_frame(bool has_more);
struct Ack {
  std::string_view client_id, id;
  std::int64_t unix_ms = 0;
  bool is_duplicate = false;
};
[[nodiscard]] std::string ack_frame(const Ack& ack);
/// Our agent types or stopped.
[[nodiscard]] std::string typing_frame(bool is_on);
/// Our agent has read the contact's message `client_id`.
[[nodiscard]] std::string read_frame(std::string_view client_id);
[[nodiscard]] std::string ended_frame(std::string_view reason);
[[nodiscard]] std::string pong_frame();
/// Nothing was taken: the same frame may be sent again after `retry_after_ms`.
[[nodiscard]] std::string busy_frame(std::string_view client_id, std::int64_t retry_after_ms);
struct ErrorFrame {
  std::string_view code, text;
  std::string_view client_id = {};  ///< Of the message it is about.
  std::int64_t retry_after_ms = 0;
};
[[nodiscard]] std::string error_frame(const ErrorFrame& error);

}  // namespace jackfield::livechat
