#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/events/protocol.h"
#include "core/events/streams.h"
#include "core/store/store.h"

/// What requests read from the store, in one snapshot each.
namespace jackfield::events {

/// Where a stream begins, or the error to answer.
struct StartPoint {
  std::int64_t sequence = 0;  ///< Last event the consumer has.
  Head head;
  std::string error;  ///< JSON; empty: none.
};
/// `cursor`: its scoped name. Never gives events that the consumer did not ask for: a position of
/// another epoch is EPOCH, one ahead of the journal BAD, one whose successor is removed GONE.
StartPoint find_start(store::Reader& reader, const ResumeRequest& request, std::string_view cursor);

Head read_head(store::Reader& reader, int partition);

/// At most `rows` events behind `after`, and at most 1 MiB of them.
Page read_page(store::Reader& reader, std::string_view node, int partition, std::int64_t after,
               int rows);

/// Answer to SNAPSHOT: a page of open conversations and the position it is valid at.
std::string read_snapshot(store::Reader& reader, int partition, store::PageKey before, int limit);
/// "<time>-<id>", as `next` of a page says; nothing when `text` is something else.
std::optional<store::PageKey> parse_page_key(std::string_view text);

}  // namespace jackfield::events
