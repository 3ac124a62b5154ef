#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <fstream>
#include <string>
#include <string_view>
#include <unordered_map>

#include "jackfield/result.h"

namespace jackfield::sim {

/// One request that created, or might have created, something at the provider.
struct LedgerEntry {
  std::int64_t number = 0;   ///< From 1, without gaps.
  std::int64_t time_ms = 0;  ///< Unix.
  std::string op;            ///< "send", "read_mark", "upload", "remove".
  bool accepted = false;
  int status = 0;         ///< HTTP status meant for the answer; 0: none was given.
  std::int64_t code = 0;  ///< Error code of a refusal.
  std::string account;    ///< Our phone number id.
  std::string to, type, correlator;
  std::string id;            ///< The provider's id of what was created.
  std::string fault;         ///< Name of the fault that struck, or "".
  std::int64_t accepts = 0;  ///< How often this correlator was accepted, this time included.
  std::string content;       ///< The request's JSON, or "".

  [[nodiscard]] std::string to_json() const;
};

/// The ground truth about what the provider took. In memory the newest kEntriesMax entries; in the
/// file, when there is one, all of them, flushed one by one, and read again at the next start.
class Ledger {
 public:
  static constexpr std::size_t kEntriesMax = 100'000;
  static constexpr std::size_t kCorrelatorsMax = 500'000;

  /// Reads `path` if it exists and appends to it from now on. A torn last line is skipped.
  Status open(const std::string& path);
  /// Fills in `number` and `accepts`.
  void add(LedgerEntry entry);
  /// JSON lines of the entries with number > after, at most `limit`.
  [[nodiscard]] std::string lines(std::int64_t after, std::size_t limit) const;
  [[nodiscard]] std::int64_t accepts_of(const std::string& correlator) const;
  [[nodiscard]] std::int64_t accepted() const { return accepted_; }
  [[nodiscard]] std::int64_t refused() const { return refused_; }
  /// Correlators accepted more than once: messages the contact got twice.
  [[nodiscard]] std::int64_t doubled() const { return doubled_; }
  [[nodiscard]] std::int64_t last_number() const { return last_number_; }

 private:
  void count(LedgerEntry& entry);
  void remember(std::int64_t number, std::string line);

  std::deque<std::pair<std::int64_t, std::string>> lines_;
  std::unordered_map<std::string, std::int64_t> accepts_;
  std::int64_t last_number_ = 0, accepted_ = 0, refused_ = 0, doubled_ = 0;
  std::ofstream file_;
};

}  // namespace jackfield::sim
