#include "tools/sim/ledger.h"

#include <algorithm>
#include <utility>

#include "core/base/log.h"
#include "jackfield/json.h"

namespace jackfield::sim {

std::string LedgerEntry::to_json() const {
  json::Writer out;
  out.begin_object().field("n", number).field("time_ms", time_ms).field("op", op);
  out.field("verdict", accepted ? "accepted" : "refused").field("status", std::int64_t{status});
  out.field("code", code).field("account", account).optional_field("to", to);
  out.optional_field("type", type).optional_field("correlator", correlator);
  out.optional_field("id", id).optional_field("fault", fault);
  out.field("accepts", accepts);
  if (!content.empty()) {
    out.raw_field("content", content);
  }
  return out.end_object().take();
}

Status Ledger::open(const std::string& path) {
  std::ifstream before(path, std::ios::binary);
  bool ends_clean = true;
  for (std::string line; std::getline(before, line);) {
    ends_clean = !before.eof();  // A last line without its newline was torn by a kill.
    const auto parsed = json::Document::parse(line);
    if (!parsed) {
      base::log::warn("sim.ledger.line_skipped", {{"bytes", line.size()}});
      continue;
    }
    const json::Value root = parsed->root();
    LedgerEntry entry;
    entry.accepted = root["verdict"].text() == "accepted";
    entry.correlator = root["correlator"].text();
    count(entry);
    last_number_ = std::max(last_number_, root["n"].integer().value_or(0));
    remember(last_number_, std::move(line));
  }
  file_.open(path, std::ios::binary | std::ios::app);
  if (!file_) {
    return Error{ErrorCode::internal, "ledger " + path + ": cannot be opened for appending"};
  }
  if (!ends_clean) {
    file_ << '\n';
  }
  return Done{};
}

void Ledger::add(LedgerEntry entry) {
  entry.number = ++last_number_;
  count(entry);
  std::string line = entry.to_json();
  if (file_.is_open()) {
    file_ << line << '\n' << std::flush;
  }
  remember(entry.number, std::move(line));
}

void Ledger::count(LedgerEntry& entry) {
  ++(entry.accepted ? accepted_ : refused_);
  if (entry.correlator.empty()) {
    return;
  }
  const auto known = accepts_.find(entry.correlator);
  if (known == accepts_.end() && (!entry.accepted || accepts_.size() >= kCorrelatorsMax)) {
    return;
  }
  std::int64_t& accepts = known == accepts_.end() ? accepts_[entry.correlator] : known->second;
  if (entry.accepted && ++accepts == 2) {
    ++doubled_;
  }
  entry.accepts = accepts;
}

void Ledger::remember(std::int64_t number, std::string line) {
  lines_.emplace_back(number, std::move(line));
  if (lines_.size() > kEntriesMax) {
    lines_.pop_front();
  }
}

std::string Ledger::lines(std::int64_t after, std::size_t limit) const {
  std::string text;
  for (const auto& [number, line] : lines_) {
    if (number > after && limit > 0) {
      text += line + '\n';
      --limit;
    }
  }
  return text;
}

std::int64_t Ledger::accepts_of(const std::string& correlator) const {
  const auto known = accepts_.find(correlator);
  return known == accepts_.end() ? 0 : known->second;
}

}  // namespace jackfield::sim
