#include <algorithm>
#include <array>

#include "core/model/message.h"
#include "jackfield/json.h"

namespace jackfield::model {
namespace {

/// A part's own values stand two levels deep in a list that must itself be readable again.
constexpr std::size_t kPartDepthMax = 48;
/// kPartsMax texts of kTextBytesMax, each byte written as \u00XX, and as much again for the rest.
constexpr std::size_t kListBytesMax = 2 * kPartsMax * kTextBytesMax * 6;

constexpr std::array kKinds = {PartKind::other,
                               PartKind::text,
                               PartKind::media,
                               PartKind::location,
                               PartKind::provider_template,
                               PartKind::interactive,
                               PartKind::contact,
                               PartKind::choice,
                               PartKind::form,
                               PartKind::order,
                               PartKind::unsupported};
constexpr std::array kAttachments = {AttachmentState::none, AttachmentState::pending,
                                     AttachmentState::stored, AttachmentState::failed,
                                     AttachmentState::refused};

template <class Enum, std::size_t n>
std::optional<Enum> named(const std::array<Enum, n>& values, std::string_view name) {
  const auto* const found = std::find_if(values.begin(), values.end(),
                                         [&](Enum value) { return name_of(value) == name; });
  return found == values.end() ? std::nullopt : std::optional(*found);
}

/// `text` if it is a JSON object, else nothing: a bad one must not spoil the list.
std::string object_or_nothing(const std::string& text) {
  if (text.empty()) {
    return {};
  }
  json::Limits limits;
  limits.depth_max = kPartDepthMax;
  const auto document = json::Document::parse(text, limits);
  return document && document->root().is_object() ? document->root().dump() : std::string();
}

void write_part(json::Writer& out, const Part& part, MediaRef media_ref) {
  out.begin_object()
      .field("kind", name_of(part.kind))
      .optional_field("text", part.text)
      .optional_field("media_id", part.media_id)
      .optional_field("media_ref", media_ref == MediaRef::write ? part.media_ref : std::string())
      .optional_field("media_kind", part.media_kind)
      .optional_field("mime", part.mime)
      .optional_field("filename", part.filename);
  if (part.size_bytes != 0) {
    out.field("size_bytes", static_cast<std::int64_t>(part.size_bytes));
  }
  if (part.attachment != AttachmentState::none) {
    out.field("attachment", name_of(part.attachment));
  }
  if (const std::string values = object_or_nothing(part.json); !values.empty()) {
    out.raw_field("json", values);
  }
  out.optional_field("error", part.error).end_object();
}

std::optional<Part> parse_part(const json::Value& value) {
  Part part;
  const auto kind = named(kKinds, value["kind"].text());
  const auto attachment =
      value["attachment"] ? named(kAttachments, value["attachment"].text()) : AttachmentState::none;
  const auto size = value["size_bytes"] ? value["size_bytes"].integer() : 0;
  if (!kind || !attachment || !size || *size < 0) {
    return std::nullopt;
  }
  part.kind = *kind;
  part.text = value["text"].text();
  part.media_id = value["media_id"].text();
  part.media_ref = value["media_ref"].text();
  part.media_kind = value["media_kind"].text();
  part.mime = value["mime"].text();
  part.filename = value["filename"].text();
  part.size_bytes = static_cast<std::uint64_t>(*size);
  part.attachment = *attachment;
  part.json = value["json"].is_object() ? value["json"].dump() : std::string();
  part.error = value["error"].text();
  return part;
}

}  // namespace

std::string parts_json(const std::vector<Part>& parts, MediaRef media_ref) {
  json::Writer out;
  out.begin_array();
  for (const Part& part : parts) {
    write_part(out, part, media_ref);
  }
  return out.end_array().take();
}

std::vector<Part> parse_parts(std::string_view json) {
  json::Limits limits;
  limits.bytes_max = kListBytesMax;
  const auto document = json::Document::parse(json, limits);
  if (!document || !document->root().is_array()) {
    return {};
  }
  std::vector<Part> parts;
  for (const json::Value value : document->root()) {
    auto part = parse_part(value);
    if (!part) {
      return {};
    }
    parts.push_back(*std::move(part));
  }
  return parts;
}

}  // namespace jackfield::model
