#include "core/events/protocol.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "jackfield/json.h"

namespace jackfield::events {
namespace {

constexpr std::array<std::string_view, 10> kErrorNames = {
    "GONE",   "EPOCH", "DENIED",  "BUSY",      "CONFLICT",
    "FENCED", "BAD",   "TOO_BIG", "NOT_FOUND", "INTERNAL"};

Error bad(const char* text) {
  return Error{ErrorCode::invalid, text};
}

Result<model::Position> parse_position(json::Value value) {
  const auto epoch = parse_epoch(value["epoch"].text());
  const auto sequence = value["sequence"].integer();
  if (!epoch || !sequence || *sequence < 0) {
    return bad("a position is {\"epoch\":\"16 hex digits\",\"sequence\":0 or more}");
  }
  return model::Position{*epoch, *sequence};
}

Result<Start> parse_start(json::Value from, bool has_cursor) {
  if (from.is_object()) {
    JACKFIELD_TRY(const auto position, parse_position(from));
    return Start{StartKind::position, position};
  }
  const std::string_view word = from ? from.text() : has_cursor ? "cursor" : "now";
  if (word == "cursor" && has_cursor) {
    return Start{StartKind::cursor, {}};
  }
  if (word == "oldest") {
    return Start{StartKind::oldest, {}};
  }
  if (word == "now") {
    return Start{StartKind::now, {}};
  }
  return bad("from must be \"cursor\" (with a cursor), \"oldest\", \"now\" or a position");
}

Result<int> parse_partition(json::Value value) {
  const auto number = value ? value.integer() : std::optional<std::int64_t>(0);
  if (!number || *number < 0 || *number >= kPartitions) {
    return bad("there is no such partition; HELLO lists them");
  }
  return static_cast<int>(*number);
}

Result<json::Document> parse_object(std::string_view body) {
  JACKFIELD_TRY(auto document, json::Document::parse(body.empty() ? "{}" : body));
  if (!document.root().is_object()) {
    return bad("the body must be a JSON object");
  }
  return document;
}

}  // namespace

std::string_view name_of(WireError code) {
  return kErrorNames[static_cast<std::size_t>(code)];
}

std::string wire_error_json(WireError code, std::string_view text, std::string_view members) {
  json::Writer out;
  out.begin_object().field("code", name_of(code)).field("text", text).end_object();
  std::string json = out.take();
  if (!members.empty()) {
    json.pop_back();
    json.append(",").append(members).append("}");
  }
  return json;
}

std::string rfc3339(model::UnixMs time_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(time_ms)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

std::string epoch_text(std::uint64_t epoch) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(epoch));
  return text.data();
}

std::optional<std::uint64_t> parse_epoch(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.empty() || text.size() > 16 || error != std::errc() ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::string envelope_json(std::string_view node, const model::Event& event,
                          std::string_view loose_id) {
  const std::string partition = std::to_string(event.partition);
  const bool is_durable = event.sequence > 0;
  const std::string epoch = is_durable ? epoch_text(event.epoch) : std::string();
  json::Writer out;
  out.begin_object().field("specversion", "1.0");
  if (is_durable) {
    out.field("id", epoch + "-" + partition + "-" + std::to_string(event.sequence));
  } else {
    out.field("id", "e-" + std::string(loose_id));
  }
  out.field("source", "/jackfield/" + std::string(node) + "/partition/" + partition)
      .field("type", event.type)
      .optional_field("subject", event.subject)
      .field("time", rfc3339(event.time_ms))
      .field("datacontenttype", "application/json")
      .field("partitionkey", partition);
  if (is_durable) {
    const std::string digits = std::to_string(event.sequence);
    out.field("sequence", std::string(20 - digits.size(), '0') + digits).field("epoch", epoch);
  }
  out.raw_field("data", event.data.empty() ? "{}" : std::string_view(event.data));
  return out.end_object().take();
}

std::string heartbeat_json(int partition, const Head& head, model::UnixMs now) {
  json::Writer out;
  out.begin_object()
      .field("type", kHeartbeatType)
      .field("partition", partition)
      .field("epoch", epoch_text(head.epoch))
      .field("head", head.head)
      .field("oldest", head.oldest)
      .field("time", rfc3339(now));
  return out.end_object().take();
}

bool is_cursor_name(std::string_view name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  return !name.empty() && name.size() <= kCursorNameBytesMax &&
         name.find_first_not_of(kAllowed) == std::string_view::npos;
}

Result<ResumeRequest> parse_resume(std::string_view body) {
  JACKFIELD_TRY(const auto document, parse_object(body));
  const json::Value root = document.root();
  ResumeRequest request;
  JACKFIELD_TRY(request.partition, parse_partition(root["partition"]));
  request.cursor = root["cursor"].text();
  if (root["cursor"] && !is_cursor_name(request.cursor)) {
    return bad("cursor must be 1 to 64 letters, digits, '_', '-' or '.'");
  }
  JACKFIELD_TRY(request.start, parse_start(root["from"], !request.cursor.empty()));
  if (root["new"]) {
    JACKFIELD_TRY(request.start_new, parse_start(root["new"], false));
  }
  if (root["fence"]) {
    request.fence = root["fence"].integer();
    if (!request.fence || request.cursor.empty()) {
      return bad("fence must be the number a RESUME with this cursor answered");
    }
  }
  request.is_live = root["live"].boolean().value_or(true);
  return request;
}

Result<AckRequest> parse_ack(std::string_view body) {
  JACKFIELD_TRY(const auto document, parse_object(body));
  const json::Value root = document.root();
  AckRequest request;
  JACKFIELD_TRY(request.partition, parse_partition(root["partition"]));
  JACKFIELD_TRY(request.position, parse_position(root));
  request.cursor = root["cursor"].text();
  const auto fence = root["fence"].integer();
  if (!is_cursor_name(request.cursor) || !fence) {
    return bad("an ACK needs cursor, partition, epoch, sequence and fence");
  }
  request.fence = *fence;
  return request;
}

}  // namespace jackfield::events
