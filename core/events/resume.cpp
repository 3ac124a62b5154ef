#include "core/events/resume.h"

#include <utility>

#include "core/model/event_data.h"
#include "jackfield/json.h"

namespace jackfield::events {
namespace {

constexpr std::size_t kPageBytesMax = 1024 * 1024;

std::string head_members(const Head& head) {
  return "\"epoch\":\"" + epoch_text(head.epoch) + "\",\"head\":" + std::to_string(head.head) +
         ",\"oldest\":" + std::to_string(head.oldest);
}

/// Turns "cursor" into the start it stands for.
Start start_of(const ResumeRequest& request, const std::optional<store::Cursor>& row) {
  if (request.start.kind != StartKind::cursor) {
    return request.start;
  }
  const bool is_new = !row || row->acked.epoch == 0;
  return is_new ? request.start_new : Start{StartKind::position, row->acked};
}

}  // namespace

Head read_head(store::Reader& reader, int partition) {
  const auto position = reader.head(partition);
  return {position.epoch, position.sequence, reader.oldest(partition)};
}

StartPoint find_start(store::Reader& reader, const ResumeRequest& request,
                      std::string_view cursor) {
  StartPoint point;
  point.head = read_head(reader, request.partition);
  const Head& head = point.head;
  std::optional<store::Cursor> row;
  if (!cursor.empty()) {
    row = reader.cursor(cursor, request.partition);
  }
  const Start start = start_of(request, row);
  if (start.kind == StartKind::oldest) {
    point.sequence = head.oldest - 1;
    return point;
  }
  if (start.kind != StartKind::position) {
    point.sequence = head.head;
    return point;
  }
  point.sequence = start.position.sequence;
  if (start.position.epoch != head.epoch) {
    point.error = wire_error_json(WireError::epoch, "the journal is another one since then",
                                  head_members(head));
  } else if (point.sequence > head.head) {
    point.error =
        wire_error_json(WireError::bad, "the position is ahead of the journal", head_members(head));
  } else if (point.sequence + 1 < head.oldest) {
    point.error = wire_error_json(WireError::gone, "events behind this position were removed",
                                  head_members(head));
  }
  return point;
}

Page read_page(store::Reader& reader, std::string_view node, int partition, std::int64_t after,
               int rows) {
  Page page;
  const Head head = read_head(reader, partition);
  page.head = head.head;
  if (after < head.head && after + 1 < head.oldest) {
    page.gone_oldest = head.oldest;
    return page;
  }
  std::size_t bytes = 0;
  std::int64_t expected = after + 1;
  for (const auto& event : reader.events(partition, after, rows)) {
    if (event.sequence != expected) {
      page.has_failed = true;  // A hole in the journal: never passed over in silence.
      return page;
    }
    PackedEvent packed{partition, event.sequence, event.topic(), envelope_json(node, event)};
    bytes += packed.json.size();
    page.events.push_back(std::move(packed));
    if (bytes >= kPageBytesMax) {
      break;
    }
    ++expected;
  }
  page.has_failed = page.events.empty() && after < head.head;
  return page;
}

std::string read_snapshot(store::Reader& reader, int partition, store::PageKey before, int limit) {
  const Head head = read_head(reader, partition);
  const auto rows = reader.conversations(std::nullopt, before, limit);
  json::Writer out;
  out.begin_object().field("partition", partition);
  out.key("position").begin_object();
  out.field("epoch", epoch_text(head.epoch)).field("sequence", head.head).end_object();
  out.key("conversations").begin_array();
  for (const auto& conversation : rows) {
    out.raw(model::conversation_json(conversation));
  }
  out.end_array();
  if (rows.size() == static_cast<std::size_t>(limit)) {
    out.field("next", std::to_string(rows.back().last_message_ms) + "-" +
                          std::to_string(rows.back().id.value));
  }
  return out.end_object().take();
}

std::optional<store::PageKey> parse_page_key(std::string_view text) {
  const auto document = json::Document::parse([&] {
    std::string array = "[" + std::string(text) + "]";
    const auto dash = array.find('-');
    if (dash != std::string::npos) {
      array[dash] = ',';
    }
    return array;
  }());
  if (!document || document->root().size() != 2) {
    return std::nullopt;
  }
  const auto time = document->root().at(0).integer();
  const auto id = document->root().at(1).integer();
  if (!time || !id || *time < 0 || *id < 0) {
    return std::nullopt;
  }
  return store::PageKey{*time, *id};
}

}  // namespace jackfield::events
