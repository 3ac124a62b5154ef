#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "jackfield/json.h"
#include "tools/sim/meta/graph_error.h"

namespace jackfield::sim::meta {

/// What a POST to /{phone_number_id}/messages asks for.
struct SendFacts {
  bool is_read_mark = false;  ///< {"status":"read"}: no message.
  bool shows_typing = false;
  bool to_user_id = false;  ///< `recipient` (a user id) instead of `to` (a phone number).
  std::string to;           ///< Digits of the phone number, or the user id.
  std::string input;        ///< As it was written.
  std::string type, correlator;
  std::string message_id;  ///< Read mark: what was read. Otherwise context.message_id or the
                           ///< reacted message.
  std::string media_id;    ///< Of media sent by id.
  std::string text;        ///< For the transcript and for rules: body, caption, button labels …
};

struct SendCheck {
  SendFacts facts;  ///< As far as they could be read, also when refused.
  std::optional<GraphError> error;
};

/// Checks a message against the documented required members and limits (read March to September
/// 2026).
[[nodiscard]] SendCheck check_send(const json::Value& body);

/// Building blocks, shared with interactive_rules.
using Refusal = std::optional<GraphError>;
[[nodiscard]] std::size_t code_points(std::string_view text);
[[nodiscard]] GraphError missing(std::string_view path);
/// A string of least..most code points. A missing one is refused unless least is 0.
[[nodiscard]] Refusal check_text(const json::Value& value, std::string_view path, std::size_t least,
                                 std::size_t most);
/// The object `interactive`.
[[nodiscard]] Refusal check_interactive(const json::Value& interactive);
/// The object `template`.
[[nodiscard]] Refusal check_template(const json::Value& form);
/// Exactly one of id and link; link is http or https.
[[nodiscard]] Refusal check_media_source(const json::Value& media, std::string_view path);

}  // namespace jackfield::sim::meta
