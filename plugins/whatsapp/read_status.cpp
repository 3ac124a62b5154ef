#include "plugins/whatsapp/read_status.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "plugins/whatsapp/bounds.h"

namespace jackfield::whatsapp {

using json::Value;

namespace {

constexpr std::size_t kStatusBytesMax = 32;
constexpr std::size_t kCorrelatorBytesMax = 512;

/// "played" (a voice note was listened to) is more than read, and the nearest word for it.
std::optional<ReceiptKind> receipt_of(std::string_view status) {
  constexpr std::pair<std::string_view, ReceiptKind> kKinds[] = {
      {"sent", ReceiptKind::sent},     {"delivered", ReceiptKind::delivered},
      {"read", ReceiptKind::read},     {"played", ReceiptKind::read},
      {"failed", ReceiptKind::failed},
  };
  for (const auto& [name, kind] : kKinds) {
    if (status == name) {
      return kind;
    }
  }
  return std::nullopt;
}

std::string extra(Value status, std::string_view participant, bool is_notice) {
  json::Writer out;
  out.begin_object();
  if (is_notice) {
    out.field("notice", "status").field("id", status["id"].text());
  }
  out.field("status", status["status"].text()).optional_field("participant", participant);
  for (const std::string_view name : {"conversation", "pricing", "errors"}) {
    if (status[name]) {
      out.raw_field(name, clip_json(status[name].dump(), kPieceBytesMax));
    }
  }
  out.end_object();
  return clip_json(out.take());
}

}  // namespace

std::int32_t error_code(Value error) {
  const std::int64_t code = error["code"].integer().value_or(0);
  const bool fits = code >= 0 && code <= std::numeric_limits<std::int32_t>::max();
  return fits ? static_cast<std::int32_t>(code) : 0;
}

std::string describe_error(Value error) {
  std::string text(error["code"].text());
  std::string_view title = error["title"].text();
  title = title.empty() ? error["message"].text() : title;
  for (const std::string_view piece : {title, error["error_data"]["details"].text()}) {
    if (!piece.empty()) {
      text += (text.empty() ? "" : ": ") + std::string(piece);
    }
  }
  return clip(text, kDetailBytesMax);
}

Result<Inbound> read_status(const Envelope& envelope, Value status) {
  const std::string_view id = status["id"].text();
  const std::string_view name = status["status"].text();
  if (!is_id(id, kMessageIdBytesMax) || !is_id(name, kStatusBytesMax)) {
    return Error{ErrorCode::invalid, "a status without id or status"};
  }
  const std::string_view phone = phone_of(status["recipient_id"]);
  const std::string_view user_id = party_id_of(status["recipient_user_id"]);
  std::string_view recipient = party_id_of(status["recipient_id"]);
  recipient = recipient.empty() ? user_id : recipient;
  std::string_view participant = party_id_of(status["recipient_participant_id"]);
  participant =
      participant.empty() ? party_id_of(status["recipient_participant_user_id"]) : participant;

  Inbound out;
  const auto kind = receipt_of(name);
  out.kind = kind ? InboundKind::receipt : InboundKind::notice;
  out.receipt = kind.value_or(ReceiptKind::other);
  out.account = std::string(envelope.phone_number_id());
  out.external_id = std::string(id);
  const std::string_view who = participant.empty() ? recipient : participant;
  // WhatsApp's ids are unique on their own; the account's id would only make the key longer.
  out.dedupe_key = "wa:" + std::string(id) + ":" + std::string(name) + ":" + std::string(who);
  const bool is_group = status["recipient_type"].text() == "group";
  out.address = is_group && !recipient.empty() ? "wa-group:" + std::string(recipient)
                                               : address_of(phone, user_id);
  const std::string_view correlator = status["biz_opaque_callback_data"].text();
  out.correlator = is_id(correlator, kCorrelatorBytesMax) ? std::string(correlator) : std::string();
  out.provider_unix_ms = read_time(status["timestamp"]);
  if (out.receipt == ReceiptKind::failed) {
    out.provider_code = error_code(status["errors"].at(0));
    out.detail = describe_error(status["errors"].at(0));
    out.detail = out.detail.empty() ? "failed without a reason given" : out.detail;
  }
  out.ext_json = extra(status, participant, !kind);
  out.raw = envelope.raw_with("statuses", status);
  return out;
}

}  // namespace jackfield::whatsapp
