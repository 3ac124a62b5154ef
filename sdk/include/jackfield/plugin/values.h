// The values a channel plugin works with. Those that a plugin makes own their text; those that it
// is given (views) are valid until the call that brought them returns.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jackfield/encoding.h"
#include "jackfield/plugin_abi.h"

namespace jackfield {
inline namespace sdk_v1 {

inline std::string_view view(jf_str text) noexcept {
  return text.ptr != nullptr ? std::string_view(text.ptr, text.len) : std::string_view();
}
inline std::string_view view(jf_bytes bytes) noexcept {
  return bytes.ptr != nullptr
             ? std::string_view(reinterpret_cast<const char*>(bytes.ptr), bytes.len)
             : std::string_view();
}
inline jf_str abi_str(std::string_view text) noexcept {
  return {text.data(), text.size()};
}
inline jf_bytes abi_bytes(std::string_view bytes) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

/// Ends the call that the host made with this status and sentence. For use inside plugins only: the
/// barrier of Export<T> catches it, nothing is ever thrown across the ABI. `text` must not hold a
/// secret.
class PluginError : public std::exception {
 public:
  PluginError(jf_status status, std::string text, std::uint32_t retry_after_ms = 0,
              std::int32_t provider_code = 0)
      : text_(std::move(text)),
        status_(status),
        retry_after_ms_(retry_after_ms),
        provider_code_(provider_code) {}
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }
  [[nodiscard]] jf_status status() const noexcept { return status_; }
  [[nodiscard]] std::uint32_t retry_after_ms() const noexcept { return retry_after_ms_; }
  [[nodiscard]] std::int32_t provider_code() const noexcept { return provider_code_; }

 private:
  std::string text_;
  jf_status status_;
  std::uint32_t retry_after_ms_;
  std::int32_t provider_code_;
};

enum class PartKind : std::int32_t {
  other = JF_PART_OTHER,
  text = JF_PART_TEXT,
  media = JF_PART_MEDIA,
  location = JF_PART_LOCATION,
  provider_template = JF_PART_TEMPLATE,
  interactive = JF_PART_INTERACTIVE,
  contact = JF_PART_CONTACT,
  choice = JF_PART_CHOICE,
  form = JF_PART_FORM,
  order = JF_PART_ORDER,
  unsupported = JF_PART_UNSUPPORTED,
};

/// One piece of an inbound message; see jf_part for the meaning of each field.
struct Part {
  PartKind kind = PartKind::text;
  std::string text;
  std::string media_id;
  std::string media_ref;
  std::string media_kind;
  std::string mime;
  std::string filename;
  std::uint64_t media_size = 0;
  std::string json;

  static Part of_text(std::string_view text) {
    Part part;
    part.text = std::string(text);
    return part;
  }
  /// `media_kind`: image, video, audio, voice, document or sticker. `media_ref` comes back in
  /// on_fetch.
  static Part of_media(std::string_view media_kind, std::string_view media_ref,
                       std::string_view mime = {}, std::string_view caption = {}) {
    Part part;
    part.kind = PartKind::media;
    part.media_kind = std::string(media_kind);
    part.media_ref = std::string(media_ref);
    part.mime = std::string(mime);
    part.text = std::string(caption);
    return part;
  }
  /// Any other kind: `json` holds its own values, `text` what a person may read.
  static Part of_json(PartKind kind, std::string_view json, std::string_view text = {}) {
    Part part;
    part.kind = kind;
    part.json = std::string(json);
    part.text = std::string(text);
    return part;
  }
};

/// A part that the host owns: of an outbound message or of history.
struct PartView {
  PartKind kind = PartKind::other;
  std::string_view text, media_id, media_ref, media_kind, mime, filename;
  std::uint64_t media_size = 0;
  std::string_view json;

  PartView() = default;
  explicit PartView(const jf_part& part)
      : kind(static_cast<PartKind>(part.kind)),
        text(view(part.text)),
        media_id(view(part.media_id)),
        media_ref(view(part.media_ref)),
        media_kind(view(part.media_kind)),
        mime(view(part.mime)),
        filename(view(part.filename)),
        media_size(part.media_size),
        json(view(part.json)) {}
};

enum class InboundKind : std::int32_t {
  other = JF_INBOUND_OTHER,
  message = JF_INBOUND_MESSAGE,
  receipt = JF_INBOUND_RECEIPT,
  typing = JF_INBOUND_TYPING,
  session_started = JF_INBOUND_SESSION_STARTED,
  session_ended = JF_INBOUND_SESSION_ENDED,
  reaction = JF_INBOUND_REACTION,
  quarantine = JF_INBOUND_QUARANTINE,
  notice = JF_INBOUND_NOTICE,
  edit = JF_INBOUND_EDIT,
  removal = JF_INBOUND_DELETE,
  echo = JF_INBOUND_ECHO,
};
enum class ReceiptKind : std::int32_t {
  other = JF_RECEIPT_OTHER,
  sent = JF_RECEIPT_SENT,
  delivered = JF_RECEIPT_DELIVERED,
  read = JF_RECEIPT_READ,
  failed = JF_RECEIPT_FAILED,
};

/// One thing that happened at the provider; see jf_inbound for the meaning of each field.
struct Inbound {
  InboundKind kind = InboundKind::message;
  std::uint32_t flags = 0;  ///< JF_INBOUND_OFF, JF_INBOUND_UP_TO, JF_INBOUND_FORWARDED
  ReceiptKind receipt = ReceiptKind::other;
  std::string dedupe_key;
  std::string account;
  std::string address;
  std::string display_name;
  std::string external_id;
  std::string correlator;
  std::string reply_to;
  std::vector<Part> parts;
  std::int64_t provider_unix_ms = 0;
  std::int32_t provider_code = 0;
  std::string detail;
  std::string raw;
  std::string ext_json;

  /// Signed but not understood: `raw` is kept for a later version of the plugin, `why` is for the
  /// operator.
  static Inbound quarantine(std::string_view raw, std::string_view why) {
    Inbound value;
    value.kind = InboundKind::quarantine;
    value.raw = std::string(raw);
    value.detail = std::string(why);
    return value;
  }
};

/// One part of one outbound message, as the host hands it to deliver(). A view: copy what you keep.
struct Outbound {
  std::int32_t attempt = 1;
  std::string_view message_id;
  std::uint32_t part_index = 0, part_total = 1;
  std::string_view account, conversation, to, reply_to;
  PartView part;
  std::int64_t deadline_unix_ms = 0, last_inbound_unix_ms = 0;
  std::string_view ext_json;

  explicit Outbound(const jf_outbound& from)
      : attempt(from.attempt),
        message_id(view(from.message_id)),
        part_index(from.part_index),
        part_total(from.part_total),
        account(view(from.account)),
        conversation(view(from.conversation)),
        to(view(from.to)),
        reply_to(view(from.reply_to)),
        part(from.part_count > 0 ? PartView(from.parts[0]) : PartView()),
        deadline_unix_ms(from.deadline_unix_ms),
        last_inbound_unix_ms(from.last_inbound_unix_ms),
        ext_json(view(from.ext_json)) {}
};

/// How an attempt to deliver ended. JF_OK: the provider accepted it. JF_PENDING (only as the result
/// of deliver): Host::complete() follows. What the host does with each JF_E_* stands in
/// docs/plugins.md: E_UNREACHABLE and E_TRANSIENT try again, E_RATE waits, E_BUSY offers again
/// soon, E_AUTH pauses the account, E_UNKNOWN and E_TIMEOUT are never repeated blindly, all others
/// fail the message.
struct Outcome {
  jf_status status = JF_OK;
  std::string external_id;
  std::int32_t provider_code = 0;
  std::uint32_t retry_after_ms = 0;
  std::string detail;
  std::string ext_json;

  static Outcome accepted(std::string_view external_id = {}) {
    Outcome outcome;
    outcome.external_id = std::string(external_id);
    return outcome;
  }
  static Outcome pending() { return failed(JF_PENDING, {}); }
  static Outcome failed(jf_status status, std::string_view detail, std::int32_t provider_code = 0,
                        std::uint32_t retry_after_ms = 0) {
    Outcome outcome;
    outcome.status = status;
    outcome.detail = std::string(detail);
    outcome.provider_code = provider_code;
    outcome.retry_after_ms = retry_after_ms;
    return outcome;
  }
};

namespace detail {
inline bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto lower = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    };
    if (lower(a[i]) != lower(b[i])) {
      return false;
    }
  }
  return true;
}
}  // namespace detail

/// A request that came in, or the answer to a call that went out. A view.
class HttpMessage {
 public:
  explicit HttpMessage(const jf_http_message& message) : message_(&message) {}
  [[nodiscard]] int status() const { return message_->status_code; }
  [[nodiscard]] std::string_view method() const { return view(message_->method); }
  [[nodiscard]] std::string_view target() const { return view(message_->target); }
  /// Relative to the account: "/webhook".
  [[nodiscard]] std::string_view path() const { return view(message_->path); }
  /// As sent, without '?'.
  [[nodiscard]] std::string_view query() const { return view(message_->query); }
  /// One decoded field of the query, or nothing.
  [[nodiscard]] std::optional<std::string> query_value(std::string_view name) const {
    const encoding::Form form = encoding::parse_form(query());
    const auto value = encoding::form_value(form, name);
    return value ? std::optional(std::string(*value)) : std::nullopt;
  }
  /// First header of that name, in any case; nothing when there is none.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const {
    for (std::size_t i = 0; i < message_->header_count; ++i) {
      if (detail::equal_ignoring_case(view(message_->headers[i].key), name)) {
        return view(message_->headers[i].value);
      }
    }
    return std::nullopt;
  }
  /// How many headers have that name; a signature must come exactly once.
  [[nodiscard]] std::size_t header_count(std::string_view name) const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < message_->header_count; ++i) {
      count += detail::equal_ignoring_case(view(message_->headers[i].key), name) ? 1U : 0U;
    }
    return count;
  }
  [[nodiscard]] std::string_view header_or(std::string_view name, std::string_view other) const {
    return header(name).value_or(other);
  }
  [[nodiscard]] std::string_view content_type() const { return header_or("content-type", {}); }
  [[nodiscard]] std::string_view body() const { return view(message_->body); }
  [[nodiscard]] std::string_view peer() const { return view(message_->peer); }

 private:
  const jf_http_message* message_;
};
using HttpRequest = HttpMessage;
using HttpResponse = HttpMessage;

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// One field of multipart/form-data: bytes, or a file of the media store by its id.
struct FormPart {
  std::string name;
  std::string filename;
  std::string mime;
  std::string data;
  std::string media_id;
};

/// A call to a provider.
struct HttpCall {
  std::string method = "GET";
  std::string url;
  HttpHeaders headers;
  std::string body;
  std::vector<FormPart> form;  ///< When not empty: sent instead of `body`.
  std::uint32_t timeout_ms = 15'000;
  std::uint32_t response_bytes_max = 1024 * 1024;
  bool once = false;  ///< It creates something: a fresh connection, never repeated by the host.
};

struct HttpReply {
  int status = 200;
  std::string content_type;
  std::string body;
  HttpHeaders headers;
};

/// What arrived, for Host::publish. The views are copied before publish() returns.
struct Arrival {
  std::uint64_t http_request = 0;  ///< Not 0: the host answers it, 200 once durable, 503 if not.
  std::string reply_content_type;  ///< Of that 200.
  std::string reply_body;
  std::string_view content_type;  ///< Of `raw`.
  std::string_view raw;           ///< The whole body as it came.
};

struct RouteOptions {
  std::uint64_t body_bytes_max = 1024 * 1024;
  std::uint32_t timeout_ms = 10'000;  ///< Without a reply by then the host answers 503.
  bool is_websocket = false;
};

/// What became of one published value.
struct Stored {
  std::string_view message_id;
  bool is_duplicate = false;  ///< message_id then names the first one.
  std::int64_t unix_ms = 0;
};

/// One message of a conversation's history.
struct HistoryEntry {
  std::string_view message_id;
  bool is_inbound = false;
  std::string_view correlator;  ///< Inbound: the dedupe_key it came with.
  std::string_view status;
  std::int64_t unix_ms = 0;
  std::vector<PartView> parts;
};

}  // namespace sdk_v1
}  // namespace jackfield
