#include "tools/sim/faults.h"

#include <algorithm>
#include <array>
#include <utility>

namespace jackfield::sim {
namespace {

constexpr std::array<std::pair<Op, std::string_view>, 7> kOps{{
    {Op::send, "send"},
    {Op::upload, "upload"},
    {Op::media, "media"},
    {Op::download, "download"},
    {Op::remove, "remove"},
    {Op::inbound, "inbound"},
    {Op::status, "status"},
}};

constexpr std::array<std::pair<FaultKind, std::string_view>, 23> kKinds{{
    {FaultKind::delay, "delay"},
    {FaultKind::throttle, "throttle"},
    {FaultKind::error, "error"},
    {FaultKind::server_error, "server_error"},
    {FaultKind::hang, "hang"},
    {FaultKind::cut, "cut"},
    {FaultKind::reset, "reset"},
    {FaultKind::cut_after_accept, "cut_after_accept"},
    {FaultKind::half, "half"},
    {FaultKind::garbage, "garbage"},
    {FaultKind::huge, "huge"},
    {FaultKind::drip, "drip"},
    {FaultKind::accept_without_id, "accept_without_id"},
    {FaultKind::redirect, "redirect"},
    {FaultKind::statuses_first, "statuses_first"},
    {FaultKind::reorder_statuses, "reorder_statuses"},
    {FaultKind::duplicate_statuses, "duplicate_statuses"},
    {FaultKind::no_statuses, "no_statuses"},
    {FaultKind::fail_later, "fail_later"},
    {FaultKind::expired_url, "expired_url"},
    {FaultKind::duplicate, "duplicate"},
    {FaultKind::signature, "signature"},
    {FaultKind::broken_element, "broken_element"},
}};

template <class Table, class Key>
std::string_view name_in(const Table& table, Key key) {
  const auto* at =
      std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.first == key; });
  return at == table.end() ? "" : at->second;
}

template <class Table>
auto key_in(const Table& table, std::string_view name) {
  const auto* at =
      std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.second == name; });
  return at == table.end() ? std::nullopt : std::optional(at->first);
}

template <class Table>
std::string names_in(const Table& table) {
  std::string names;
  for (const auto& row : table) {
    names += (names.empty() ? "" : ", ") + std::string(row.second);
  }
  return names;
}

/// A whole number within the bounds, or `otherwise` when the member is missing.
Result<std::int64_t> number(const json::Value& value, std::string_view name, std::int64_t least,
                            std::int64_t most, std::int64_t otherwise) {
  const json::Value member = value[name];
  if (!member) {
    return otherwise;
  }
  const auto found = member.integer();
  if (!found || *found < least || *found > most) {
    return Error{ErrorCode::invalid, std::string(name) + ": give a whole number from " +
                                         std::to_string(least) + " to " + std::to_string(most)};
  }
  return *found;
}

constexpr std::int64_t kDelayMsMax = 600'000;
constexpr std::int64_t kCopiesMax = 1'000;
constexpr std::int64_t kBytesMax = 256LL * 1024 * 1024;

}  // namespace

std::string_view name_of(Op op) {
  return name_in(kOps, op);
}
std::string_view name_of(FaultKind kind) {
  return name_in(kKinds, kind);
}

Result<Fault> Fault::from_json(const json::Value& value) {
  Fault fault;
  const auto kind = key_in(kKinds, value["fault"] ? value["fault"].text() : "delay");
  if (!kind) {
    return Error{ErrorCode::invalid, "fault: unknown; known are " + names_in(kKinds)};
  }
  fault.kind = *kind;
  JACKFIELD_TRY(const auto read_ms, number(value, "before_read_ms", 0, kDelayMsMax, 0));
  JACKFIELD_TRY(const auto answer_ms, number(value, "before_answer_ms", 0, kDelayMsMax, 0));
  JACKFIELD_TRY(const auto every_ms, number(value, "every_ms", 1, kDelayMsMax, 100));
  JACKFIELD_TRY(const auto status, number(value, "status", 100, 599, 0));
  JACKFIELD_TRY(const auto code, number(value, "code", 0, 9'999'999, 0));
  JACKFIELD_TRY(const auto copies, number(value, "copies", 1, kCopiesMax, 2));
  JACKFIELD_TRY(const auto bytes, number(value, "bytes", 0, kBytesMax, 50LL * 1024 * 1024));
  fault.before_read = std::chrono::milliseconds(read_ms);
  fault.before_answer = std::chrono::milliseconds(answer_ms);
  fault.every = std::chrono::milliseconds(every_ms);
  fault.status = static_cast<int>(status);
  fault.code = code;
  fault.copies = static_cast<int>(copies);
  fault.bytes = static_cast<std::size_t>(bytes);
  fault.accept = value["accept"].boolean();
  if (value["retry_after"]) {
    fault.retry_after = std::string(value["retry_after"].text());
  }
  fault.details = value["details"].text();
  fault.location = value["location"].text();
  fault.signing = value["signing"].text();
  fault.parallel = value["parallel"].boolean().value_or(false);
  return fault;
}

bool Fault::accepts() const {
  switch (kind) {
    case FaultKind::throttle:
    case FaultKind::error:
    case FaultKind::server_error:
    case FaultKind::hang:
    case FaultKind::cut:
    case FaultKind::reset:
    case FaultKind::redirect:
      return accept.value_or(false);
    default:
      return accept.value_or(true);
  }
}

bool FaultRules::Rule::fits(const Occasion& occasion) const {
  const auto same = [](const std::string& wanted, std::string_view found) {
    return wanted.empty() || wanted == found;
  };
  return op == occasion.op && same(to, occasion.to) && same(correlator, occasion.correlator) &&
         same(type, occasion.type) && occasion.text.find(text) != std::string_view::npos;
}

Status FaultRules::add(const json::Value& value) {
  std::erase_if(rules_, [](const Rule& rule) { return rule.is_spent(); });
  if (rules_.size() >= kRulesMax) {
    return Error{ErrorCode::throttled, "there are " + std::to_string(kRulesMax) +
                                           " fault rules already; DELETE /control/faults first"};
  }
  const auto op = key_in(kOps, value["on"] ? value["on"].text() : "send");
  if (!op) {
    return Error{ErrorCode::invalid, "on: unknown; known are " + names_in(kOps)};
  }
  Rule rule;
  rule.op = *op;
  const json::Value where = value["where"];
  rule.to = where["to"].text();
  rule.correlator = where["correlator"].text();
  rule.type = where["type"].text();
  rule.text = where["text"].text();
  JACKFIELD_TRY(rule.skip, number(value, "skip", 0, 1'000'000'000, 0));
  JACKFIELD_TRY(rule.times, number(value, "times", 0, 1'000'000'000, 1));
  JACKFIELD_TRY(rule.fault, Fault::from_json(value));
  rules_.push_back(std::move(rule));
  return Done{};
}

std::optional<Fault> FaultRules::take(const Occasion& occasion) {
  for (Rule& rule : rules_) {
    if (rule.is_spent() || !rule.fits(occasion)) {
      continue;
    }
    if (rule.skip > 0) {
      --rule.skip;
      continue;
    }
    ++rule.hits;
    return rule.fault;
  }
  return std::nullopt;
}

std::chrono::milliseconds FaultRules::pause_before_body(Op op) const {
  for (const Rule& rule : rules_) {
    if (rule.op == op && !rule.is_spent() && rule.skip == 0 && rule.fault.before_read.count() > 0) {
      return rule.fault.before_read;
    }
  }
  return std::chrono::milliseconds(0);
}

std::string FaultRules::to_json() const {
  json::Writer out;
  out.begin_array();
  for (const Rule& rule : rules_) {
    out.begin_object().field("on", name_of(rule.op)).field("fault", name_of(rule.fault.kind));
    out.optional_field("to", rule.to).optional_field("correlator", rule.correlator);
    out.optional_field("type", rule.type).optional_field("text", rule.text);
    out.field("skip", rule.skip).field("times", rule.times).field("hits", rule.hits).end_object();
  }
  return out.end_array().take();
}

}  // namespace jackfield::sim
