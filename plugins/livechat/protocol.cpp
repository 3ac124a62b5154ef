#include "plugins/livechat/protocol.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "jackfield/json.h"

namespace jackfield::livechat {

namespace {

constexpr json::Limits kFrameLimits{256 * 1024, 8, 200, false};

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// `text` without control characters, at most `bytes_max` bytes and `chars_max` characters, cut
/// between characters. Valid UTF-8 stays valid.
std::string tidy(std::string_view text, std::size_t bytes_max, std::size_t chars_max) {
  std::string out;
  std::size_t chars = 0;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = 1;
    while (i + length < text.size() &&
           (static_cast<unsigned char>(text[i + length]) & 0xC0U) == 0x80U) {
      ++length;
    }
    if (!is_control(text[i])) {
      if (out.size() + length > bytes_max || ++chars > chars_max) {
        break;
      }
      out.append(text.substr(i, length));
    }
    i += length;
  }
  return out;
}
std::string tidy(json::Value value, std::size_t bytes_max) {
  return tidy(value.string().value_or(""), bytes_max, bytes_max);
}

/// An id as this server writes them; a part's ("<message>/<part>") names its message.
std::optional<std::string> message_id(json::Value value) {
  std::string_view id = value.string().value_or("");
  id = id.substr(0, id.find('/'));
  const bool is_plain = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
  if (id.empty() || id.size() > kIdCharsMax || !is_plain) {
    return std::nullopt;
  }
  return std::string(id);
}

Error bad(std::string_view why) {
  return {ErrorCode::invalid, std::string(why)};
}

Result<ClientFrame> parse_hello(json::Value frame) {
  Hello hello;
  hello.token = frame["token"].string().value_or("");
  if (hello.token.size() > kTokenCharsMax) {
    hello.token = "?";
  }
  const json::Value after = frame["after"];
  if (after.is_string() && !after.text().empty()) {
    auto id = message_id(after);
    if (!id) {
      return bad("\"after\" is not a message id");
    }
    hello.after = *std::move(id);
  }
  hello.name = tidy(frame["name"].string().value_or(""), kNameCharsMax * 4, kNameCharsMax);
  hello.email = tidy(frame["email"], kEmailBytesMax);
  hello.page = tidy(frame["page"], kUrlBytesMax);
  hello.referrer = tidy(frame["referrer"], kUrlBytesMax);
  hello.locale = tidy(frame["locale"], kLocaleBytesMax);
  return ClientFrame(std::move(hello));
}

Result<ClientFrame> parse_say(json::Value frame) {
  const auto client_id = frame["client_id"].string();
  if (!client_id || !is_client_id(*client_id)) {
    return bad("\"client_id\" must be 1 to 64 characters of A-Z a-z 0-9 _ -");
  }
  const auto text = frame["text"].string();
  if (!text || text->find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return bad("\"text\" must be a string that is not empty");
  }
  if (text->find('\0') != std::string_view::npos) {
    return bad("\"text\" must not hold U+0000");
  }
  return ClientFrame(Say{std::string(*client_id), std::string(*text)});
}

Result<ClientFrame> parse_mark(json::Value frame, ReceiptKind kind) {
  auto id = message_id(frame["id"]);
  if (!id) {
    return bad("\"id\" is not a message id");
  }
  return ClientFrame(Mark{kind, *std::move(id)});
}

Result<ClientFrame> parse_root(json::Value frame) {
  if (!frame.is_object()) {
    return bad("a frame is a JSON object");
  }
  const auto type = frame["type"].string();
  if (!type) {
    return bad("\"type\" must be a string");
  }
  if (*type == "message") {
    return parse_say(frame);
  }
  if (*type == "hello") {
    return parse_hello(frame);
  }
  if (*type == "typing") {
    const auto is_on = frame["on"].boolean();
    return is_on ? Result<ClientFrame>(ClientFrame(Typing{*is_on}))
                 : Result<ClientFrame>(bad("\"on\" must be true or false"));
  }
  if (*type == "read" || *type == "received") {
    return parse_mark(frame, *type == "read" ? ReceiptKind::read : ReceiptKind::delivered);
  }
  if (*type == "next") {
    return ClientFrame(NextPage{});
  }
  if (*type == "end") {
    return ClientFrame(End{});
  }
  if (*type == "ping") {
    return ClientFrame(Ping{});
  }
  return bad("\"type\" is not known");
}

void write_part(json::Writer& out, const PartView& part) {
  out.begin_object();
  if (part.kind == PartKind::text) {
    out.field("kind", "text").field("text", part.text);
  } else if (part.kind == PartKind::media) {
    out.field("kind", part.media_kind.empty() ? "document" : part.media_kind)
        .field("media_id", part.media_id)
        .optional_field("filename", part.filename)
        .optional_field("mime", part.mime);
    if (part.media_size > 0) {
      out.field("size", static_cast<std::int64_t>(part.media_size));
    }
    out.optional_field("text", part.text);
  } else {
    out.field("kind", "unsupported").optional_field("text", part.text);
  }
  out.end_object();
}

}  // namespace

bool is_client_id(std::string_view text) {
  return !text.empty() && text.size() <= kIdCharsMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

Result<ClientFrame> parse_client_frame(std::string_view frame) {
  auto document = json::Document::parse(frame, kFrameLimits);
  if (!document && frame.find("\\u") != std::string_view::npos) {
    // A browser writes half of an emoji that was cut in two as a lone surrogate.
    document = json::Document::parse(json::replace_lone_surrogates(frame), kFrameLimits);
  }
  if (!document) {
    return document.error();
  }
  return parse_root(document->root());
}

std::string context_json(const Hello& hello) {
  const std::array<std::pair<std::string_view, std::string_view>, 4> members{
      {{"page", hello.page},
       {"referrer", hello.referrer},
       {"locale", hello.locale},
       {"email", hello.email}}};
  std::string out;
  for (const auto& [name, text] : members) {
    if (text.empty()) {
      continue;
    }
    json::Writer member;
    member.begin_object().field(name, text).end_object();
    const std::string object = member.take();
    if (out.empty()) {
      out = object.size() <= kExtBytesMax ? object : std::string();
    } else if (out.size() + object.size() - 1 <= kExtBytesMax) {
      out.back() = ',';
      out.append(object, 1);
    }
  }
  return out;
}

std::string welcome_frame(std::string_view visitor, std::string_view token, bool is_resumed,
                          TokenNote note, const Limits& limits) {
  json::Writer out;
  out.begin_object().field("type", "welcome").field("visitor", visitor).field("token", token);
  out.flag("resumed", is_resumed);
  if (note == TokenNote::refused) {
    out.field("note", "token_refused");
  }
  out.key("limits")
      .begin_object()
      .field("text_bytes", static_cast<std::int64_t>(limits.text_bytes_max))
      .field("messages_per_minute", static_cast<std::int64_t>(limits.messages_per_minute))
      .field("messages_burst", static_cast<std::int64_t>(limits.messages_burst))
      .end_object()
      .end_object();
  return out.take();
}

std::string message_frame(const MessageFrame& message) {
  json::Writer out;
  out.begin_object()
      .field("type", "message")
      .field("id", message.id)
      .field("direction", message.said_by == SaidBy::us ? "outbound" : "inbound")
      .optional_field("client_id", message.client_id)
      .field("at", message.unix_ms)
      .field("part", static_cast<std::int64_t>(message.part_first))
      .field("part_total", static_cast<std::int64_t>(message.part_total))
      .key("parts")
      .begin_array();
  for (const PartView& part : message.parts) {
    write_part(out, part);
  }
  out.end_array().end_object();
  return out.take();
}

std::string replayed_frame(bool has_more) {
  json::Writer out;
  out.begin_object().field("type", "replayed").flag("has_more", has_more).end_object();
  return out.take();
}

std::string ack_frame(const Ack& ack) {
  json::Writer out;
  out.begin_object()
      .field("type", "ack")
      .field("client_id", ack.client_id)
      .field("id", ack.id)
      .field("at", ack.unix_ms);
  if (ack.is_duplicate) {
    out.flag("duplicate", true);
  }
  out.end_object();
  return out.take();
}

std::string typing_frame(bool is_on) {
  json::Writer out;
  out.begin_object().field("type", "typing").flag("on", is_on).end_object();
  return out.take();
}

std::string read_frame(std::string_view client_id) {
  json::Writer out;
  out.begin_object().field("type", "read").field("client_id", client_id).end_object();
  return out.take();
}

std::string ended_frame(std::string_view reason) {
  json::Writer out;
  out.begin_object()
      .field("type", "ended")
      .field("reason", tidy(reason, kReasonBytesMax, kReasonBytesMax))
      .end_object();
  return out.take();
}

std::string pong_frame() {
  return R"({"type":"pong"})";
}

std::string busy_frame(std::string_view client_id, std::int64_t retry_after_ms) {
  json::Writer out;
  out.begin_object()
      .field("type", "busy")
      .optional_field("client_id", client_id)
      .field("retry_after_ms", retry_after_ms)
      .end_object();
  return out.take();
}

std::string error_frame(const ErrorFrame& error) {
  json::Writer out;
  out.begin_object()
      .field("type", "error")
      .field("code", error.code)
      .field("text", error.text)
      .optional_field("client_id", error.client_id);
  if (error.retry_after_ms > 0) {
    out.field("retry_after_ms", error.retry_after_ms);
  }
  out.end_object();
  return out.take();
}

}  // namespace jackfield::livechat
