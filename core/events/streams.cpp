#include "core/events/streams.h"

#include <algorithm>
#include <utility>

namespace jackfield::events {

std::int64_t Streams::open(Stream stream, std::int64_t newest) {
  for (auto it = streams_.begin(); it != streams_.end();) {
    const auto next = std::next(it);
    const Stream& other = it->second;
    const bool is_same_peer = other.peer == stream.peer && other.partition == stream.partition;
    const bool is_same_cursor = !stream.cursor.empty() && other.cursor == stream.cursor;
    if (is_same_peer) {
      streams_.erase(it);
    } else if (is_same_cursor) {
      end(it->first, "ERROR",
          wire_error_json(WireError::fenced, "another consumer has claimed this cursor"));
    }
    it = next;
  }
  stream.id = ++last_id_;
  auto& head = heads_[stream.partition];
  head = std::max(head, newest);
  streams_.emplace(stream.id, std::move(stream));
  return last_id_;
}

Status Streams::grant(std::string_view peer, std::int64_t id, std::int64_t events) {
  const auto it = streams_.find(id);
  if (it == streams_.end() || it->second.peer != peer) {
    return Error{ErrorCode::not_found, "no such stream: RESUME again"};
  }
  if (events < 1) {
    return Error{ErrorCode::invalid, "events must be 1 or more"};
  }
  Stream& stream = it->second;
  stream.credit = std::min(kCreditMax, stream.credit + std::min(events, kCreditMax));
  return Done{};
}

void Streams::close_peer(std::string_view peer) {
  std::erase_if(streams_, [&](const auto& entry) { return entry.second.peer == peer; });
}

Sent Streams::send(Stream& stream, const PackedEvent& event) {
  const Sent sent = port_.send_event(stream, event);
  if (sent == Sent::yes) {
    stream.position = event.sequence;
    --stream.credit;
  }
  stream.is_blocked = sent == Sent::full;
  return sent;
}

void Streams::offer(const PackedEvent& event) {
  if (event.sequence == 0) {
    return;
  }
  auto& head = heads_[event.partition];
  head = std::max(head, event.sequence);
  for (auto it = streams_.begin(); it != streams_.end();) {
    Stream& stream = it->second;
    const bool is_next = stream.partition == event.partition && !stream.is_reading &&
                         !stream.is_blocked && stream.credit > 0 &&
                         stream.position + 1 == event.sequence;
    const bool is_gone = is_next && send(stream, event) == Sent::gone;
    it = is_gone ? streams_.erase(it) : std::next(it);
  }
}

void Streams::take_page(std::int64_t id, Page page) {
  reading_ -= reading_ > 0 ? 1U : 0U;
  const auto it = streams_.find(id);
  if (it == streams_.end()) {
    return;
  }
  Stream& stream = it->second;
  stream.is_reading = false;
  auto& head = heads_[stream.partition];
  head = std::max(head, page.head);
  if (page.has_failed) {
    return end(id, "ERROR", wire_error_json(WireError::internal, "the journal cannot be read"));
  }
  if (page.gone_oldest) {
    return end(id, "ERROR",
               wire_error_json(WireError::gone, "events behind this position were removed",
                               "\"oldest\":" + std::to_string(*page.gone_oldest)));
  }
  for (const PackedEvent& event : page.events) {
    if (stream.credit == 0) {
      break;
    }
    const Sent sent = send(stream, event);
    if (sent == Sent::gone) {
      streams_.erase(it);
      return;
    }
    if (sent == Sent::full) {
      return;
    }
  }
  if (!stream.is_live && stream.position >= page.head) {
    const std::string position = std::to_string(stream.position);
    end(id, "END",
        "{\"stream\":" + std::to_string(id) + ",\"sequence\":" + position +
            ",\"head\":" + std::to_string(page.head) + "}");
  }
}

bool Streams::wants_page(const Stream& stream) const {
  if (stream.is_reading || stream.is_blocked) {
    return false;
  }
  const auto head = heads_.find(stream.partition);
  const bool is_behind = head != heads_.end() && stream.position < head->second;
  return is_behind ? stream.credit > 0 : !stream.is_live;
}

void Streams::pump(Unblock unblock) {
  if (unblock == Unblock::yes) {
    for (auto& [id, stream] : streams_) {
      stream.is_blocked = false;
    }
  }
  // From the one behind the last reader to the end, then from the start: each has its turn.
  auto it = streams_.upper_bound(last_read_);
  for (std::size_t seen = 0; seen < streams_.size() && reading_ < kPagesReadingMax; ++seen) {
    if (it == streams_.end()) {
      it = streams_.begin();
    }
    Stream& stream = it->second;
    if (wants_page(stream)) {
      const auto rows = std::clamp<std::int64_t>(stream.credit, 1, kPageRows);
      if (!port_.read_page(stream.id, stream.partition, stream.position, static_cast<int>(rows))) {
        stream.is_blocked = true;  // The store is busy: at the next tick.
        return;
      }
      stream.is_reading = true;
      last_read_ = stream.id;
      ++reading_;
    }
    ++it;
  }
}

std::vector<std::int64_t> Streams::of_peer(std::string_view peer) const {
  std::vector<std::int64_t> ids;
  for (const auto& [id, stream] : streams_) {
    if (stream.peer == peer) {
      ids.push_back(id);
    }
  }
  return ids;
}

bool Streams::has_blocked() const {
  return std::any_of(streams_.begin(), streams_.end(),
                     [](const auto& entry) { return entry.second.is_blocked; });
}

void Streams::end(std::int64_t id, std::string_view verb, std::string json) {
  const auto it = streams_.find(id);
  const Stream stream = it->second;
  streams_.erase(it);
  port_.send_last(stream, verb, std::move(json));
}

}  // namespace jackfield::events
