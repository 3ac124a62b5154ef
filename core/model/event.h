#pragma once

#include <cstdint>
#include <string>

#include "core/model/ids.h"

namespace jackfield::model {

/// Journal position. Sequences are gap-free within a partition and start at 1; the epoch is new
/// when the journal is created or restored from a backup.
struct Position {
  std::uint64_t epoch = 0;
  std::int64_t sequence = 0;
  auto operator<=>(const Position&) const = default;
};

/// A fact in the journal, written in the transaction that made it true.
struct Event {
  int partition = 0;
  std::uint64_t epoch = 0;    ///< Set by the store.
  std::int64_t sequence = 0;  ///< Set by the store; 0 = not durable (typing).
  UnixMs time_ms = 0;
  std::string type;  ///< "jf.message.received".
  std::string
      route;  ///< "<channel>.<account>.<conversation>": the rest of the topic; may be shorter.
  std::string subject;  ///< "conversation/<id>", "message/<id>", "account/<id>".
  std::string data;     ///< JSON object.

  [[nodiscard]] std::string topic() const { return route.empty() ? type : type + "." + route; }
};

}  // namespace jackfield::model
