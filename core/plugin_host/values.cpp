#include "core/plugin_host/values.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/base/log.h"
#include "core/plugin_host/clean_text.h"
#include "jackfield/json.h"

namespace jackfield::plugin_host {
namespace {

void refuse(Refusal& refusal, jf_status status, std::string why) {
  if (!refusal.is_set()) {
    refusal = {status, std::move(why)};
  }
}

/// The bytes, or nothing and a refusal.
std::string_view checked(const void* pointer, std::size_t len, std::size_t max, const char* what,
                         Refusal& refusal) {
  if (len == 0) {
    return {};
  }
  if (len > max) {
    refuse(refusal, JF_E_TOO_LARGE,
           std::string(what) + " has " + std::to_string(len) + " bytes, at most " +
               std::to_string(max) + " are taken");
    return {};
  }
  if (pointer == nullptr) {
    refuse(refusal, JF_E_INVALID, std::string(what) + " is NULL with a length");
    return {};
  }
  return {static_cast<const char*>(pointer), len};
}

/// Ids are compared, so a repaired one would be another id: what is not clean is refused.
std::string copy_id(jf_str text, const char* what, Refusal& refusal) {
  const std::string_view id = checked(text.ptr, text.len, model::kIdBytesMax, what, refusal);
  const bool has_control = std::any_of(id.begin(), id.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (has_control || !json::is_valid_utf8(id)) {
    refuse(refusal, JF_E_INVALID, std::string(what) + " has control characters or invalid UTF-8");
    return {};
  }
  return std::string(id);
}

/// A JSON object, or "".
std::string copy_object(jf_str text, const char* what, Refusal& refusal) {
  std::string object = copy_text(text, model::kExtBytesMax, what, refusal);
  if (object.empty()) {
    return object;
  }
  const Result<json::Document> document = json::Document::parse(object);
  if (!document || !document->root().is_object()) {
    refuse(refusal, JF_E_INVALID, std::string(what) + " is not a JSON object");
    return {};
  }
  return object;
}

model::PartKind part_kind(std::int32_t kind) {
  return kind >= 0 && kind <= JF_PART_UNSUPPORTED ? static_cast<model::PartKind>(kind)
                                                  : model::PartKind::other;
}

model::Part copy_part(const jf_part& from, Refusal& refusal) {
  model::Part part;
  part.kind = part_kind(from.kind);
  part.text = copy_text(from.text, model::kTextBytesMax, "part.text", refusal);
  part.media_id = copy_id(from.media_id, "part.media_id", refusal);
  part.media_ref = copy_text(from.media_ref, model::kExtBytesMax, "part.media_ref", refusal);
  part.media_kind = copy_id(from.media_kind, "part.media_kind", refusal);
  part.mime = copy_id(from.mime, "part.mime", refusal);
  part.filename =
      clean_filename(copy_text(from.filename, model::kTextBytesMax, "part.filename", refusal));
  part.size_bytes = from.media_size;
  part.json = copy_object(from.json, "part.json", refusal);
  if (part.kind == model::PartKind::media) {
    part.attachment =
        part.media_id.empty() ? model::AttachmentState::pending : model::AttachmentState::stored;
    if (part.media_id.empty() && part.media_ref.empty()) {
      refuse(refusal, JF_E_INVALID, "a media part has neither media_id nor media_ref");
    }
  }
  return part;
}

void copy_parts(const jf_inbound& from, InboundValue& value, Refusal& refusal) {
  if (from.part_count == 0) {
    return;
  }
  if (from.part_count > model::kPartsMax) {
    refuse(refusal, JF_E_TOO_LARGE,
           "it has " + std::to_string(from.part_count) + " parts, at most 32 are taken");
    return;
  }
  if (from.parts == nullptr || from.part_stride < sizeof(jf_part) ||
      from.part_stride > kStrideMax || from.part_stride % alignof(jf_part) != 0) {
    refuse(refusal, JF_E_INVALID, "parts is NULL or part_stride is wrong");
    return;
  }
  const char* base = reinterpret_cast<const char*>(from.parts);
  for (std::size_t i = 0; i < from.part_count && !refusal.is_set(); ++i) {
    value.parts.push_back(
        copy_part(*reinterpret_cast<const jf_part*>(base + i * from.part_stride), refusal));
  }
}

InboundKind inbound_kind(std::int32_t kind) {
  return kind >= 0 && kind <= JF_INBOUND_ECHO ? static_cast<InboundKind>(kind) : InboundKind::other;
}

model::MessageStatus receipt_status(std::int32_t receipt, Refusal& refusal) {
  switch (receipt) {
    case JF_RECEIPT_SENT:
      return model::MessageStatus::sent;
    case JF_RECEIPT_DELIVERED:
      return model::MessageStatus::delivered;
    case JF_RECEIPT_READ:
      return model::MessageStatus::read;
    case JF_RECEIPT_FAILED:
      return model::MessageStatus::failed;
    default:
      refuse(refusal, JF_E_INVALID, "receipt has an unknown kind");
      return model::MessageStatus::sent;
  }
}

/// What each kind can't do without.
void check_rules(const InboundValue& value, Refusal& refusal) {
  const bool is_content = value.kind == InboundKind::message || value.kind == InboundKind::echo;
  const bool points_back = value.kind == InboundKind::reaction || value.kind == InboundKind::edit ||
                           value.kind == InboundKind::removal;
  const bool is_receipt = value.kind == InboundKind::receipt;
  if ((is_content || points_back || is_receipt) && value.dedupe_key.empty()) {
    refuse(refusal, JF_E_INVALID, "dedupe_key is empty");
  }
  const bool needs_address = value.kind != InboundKind::quarantine &&
                             value.kind != InboundKind::notice &&
                             value.kind != InboundKind::other && !is_receipt;
  if (needs_address && value.address.empty()) {
    refuse(refusal, JF_E_INVALID, "address is empty");
  }
  if (points_back && value.reply_to.empty()) {
    refuse(refusal, JF_E_INVALID, "reply_to is empty: it names the message this is about");
  }
  if (is_content && value.parts.empty()) {
    refuse(refusal, JF_E_INVALID, "a message without parts");
  }
  const bool says_up_to = (value.flags & JF_INBOUND_UP_TO) != 0 && !value.address.empty();
  if (is_receipt && value.external_id.empty() && value.correlator.empty() && !says_up_to) {
    refuse(refusal, JF_E_INVALID, "a receipt needs external_id, correlator, or UP_TO with address");
  }
}

std::size_t bytes_of(const InboundValue& value) {
  std::size_t sum = value.raw.size() + value.ext_json.size() + value.detail.size();
  for (const model::Part& part : value.parts) {
    sum += part.text.size() + part.json.size() + part.media_ref.size();
  }
  return sum;
}

InboundValue quarantined(const jf_inbound& from, const Refusal& why) {
  InboundValue value;
  value.kind = InboundKind::quarantine;
  Refusal ignored;
  value.raw = copy_text(from.raw, kRawBytesMax, "raw", ignored);
  value.provider_account = copy_id(from.account, "account", ignored);
  value.detail = clean_line("the plugin's value was refused: " + why.why, kDetailBytesMax);
  return value;
}

}  // namespace

std::string copy_text(jf_str text, std::size_t max, const char* what, Refusal& refusal) {
  return json::valid_utf8(checked(text.ptr, text.len, max, what, refusal));
}

std::string copy_bytes(jf_bytes bytes, std::size_t max, const char* what, Refusal& refusal) {
  return std::string(checked(bytes.ptr, bytes.len, max, what, refusal));
}

InboundValue copy_value(const jf_inbound& from, Refusal& refusal) {
  InboundValue value;
  value.kind = inbound_kind(from.kind);
  value.flags = from.flags;
  if (value.kind == InboundKind::receipt) {
    value.receipt = receipt_status(from.receipt, refusal);
  }
  value.dedupe_key = copy_id(from.dedupe_key, "dedupe_key", refusal);
  value.provider_account = copy_id(from.account, "account", refusal);
  value.address = copy_id(from.address, "address", refusal);
  value.display_name =
      clean_line(copy_text(from.display_name, model::kTextBytesMax, "display_name", refusal),
                 model::kNameBytesMax);
  value.external_id = copy_id(from.external_id, "external_id", refusal);
  value.correlator = copy_id(from.correlator, "correlator", refusal);
  value.reply_to = copy_id(from.reply_to, "reply_to", refusal);
  copy_parts(from, value, refusal);
  value.provider_ms = std::max<std::int64_t>(from.provider_unix_ms, 0);
  value.provider_code = from.provider_code;
  value.detail =
      clean_line(copy_text(from.detail, model::kTextBytesMax, "detail", refusal), kDetailBytesMax);
  value.raw = copy_text(from.raw, kRawBytesMax, "raw", refusal);
  value.ext_json = copy_object(from.ext_json, "ext_json", refusal);
  check_rules(value, refusal);
  return value;
}

std::vector<InboundValue> copy_values(const jf_inbound* first, std::size_t count,
                                      std::size_t stride, bool has_raw, Refusal& refusal) {
  std::vector<InboundValue> values;
  if (count > kValuesMax) {
    refuse(refusal, JF_E_TOO_LARGE, "more than 1,000 values in one publish");
    return values;
  }
  if (count > 0 && (first == nullptr || stride < sizeof(jf_inbound) || stride > kStrideMax ||
                    stride % alignof(jf_inbound) != 0)) {
    refuse(refusal, JF_E_INVALID, "values is NULL or stride is wrong");
    return values;
  }
  std::size_t bytes = 0;
  const char* base = reinterpret_cast<const char*>(first);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& from = *reinterpret_cast<const jf_inbound*>(base + i * stride);
    Refusal problem;
    if (from.size < sizeof(jf_inbound) || from.size > stride) {
      refuse(refusal, JF_E_INVALID, "value " + std::to_string(i) + ": size is wrong");
      return {};
    }
    InboundValue value = copy_value(from, problem);
    if (problem.is_set()) {
      value = quarantined(from, problem);
      if (value.raw.empty() && !has_raw) {
        refuse(refusal, problem.status, "value " + std::to_string(i) + ": " + problem.why);
        return {};
      }
      base::log::warn("inbound.value_quarantined",
                      {{"why", problem.why}, {"value", i}, {"of", count}});
    }
    bytes += bytes_of(value);
    if (bytes > kPublishBytesMax) {
      refuse(refusal, JF_E_TOO_LARGE, "more than 16 MiB in one publish");
      return {};
    }
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace jackfield::plugin_host
