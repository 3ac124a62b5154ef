#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/events/protocol.h"
#include "jackfield/result.h"

namespace jackfield::events {

/// An event as it goes out.
struct PackedEvent {
  int partition = 0;
  std::int64_t sequence = 0;
  std::string topic;
  std::string json;
};

/// One RESUME that goes on.
struct Stream {
  std::int64_t id = 0;
  std::string peer;        ///< Routing id of the peer's connection.
  std::string request_id;  ///< Of the RESUME; each of its frames carries it.
  int partition = 0;
  std::string cursor;         ///< Scoped name; empty: none.
  std::int64_t position = 0;  ///< Sequence of the last event sent.
  std::int64_t credit = 0;
  bool is_live = true;
  bool is_reading = false;
  bool is_blocked = false;  ///< The peer's socket was full; tried again at the next tick.
};

enum class Sent : std::uint8_t { yes, full, gone };

/// What streams need from their surroundings.
class StreamPort {
 public:
  virtual ~StreamPort() = default;
  virtual Sent send_event(const Stream& stream, const PackedEvent& event) = 0;
  /// The last frame of a stream: "END" or "ERROR".
  virtual void send_last(const Stream& stream, std::string_view verb, std::string json) = 0;
  /// Reads events behind `after` and calls Streams::take_page(id, …) later. False: not now.
  virtual bool read_page(std::int64_t id, int partition, std::int64_t after, int rows) = 0;
};

/// A page of the journal, seen in one snapshot.
struct Page {
  std::vector<PackedEvent> events;
  std::int64_t head = 0;
  std::optional<std::int64_t> gone_oldest;  ///< Events behind the position were removed.
  bool has_failed = false;
};

/// Which consumer is where: sends events within credit, from the burst that was just committed when
/// the stream is at the head, else from the journal. Holds no events, so memory does not depend on
/// how far anybody is behind. One thread.
class Streams {
 public:
  explicit Streams(StreamPort& port) : port_(port) {}

  /// Takes the place of an older stream of the same peer and partition; ends another peer's stream
  /// of the same cursor with FENCED. `newest`: the last sequence of the partition. Returns the id.
  std::int64_t open(Stream stream, std::int64_t newest);
  /// Clamped so that at most kCreditMax are outstanding. Error: not_found; invalid when `events` is
  /// below 1.
  Status grant(std::string_view peer, std::int64_t id, std::int64_t events);
  void close_peer(std::string_view peer);

  /// Event of a burst, in order.
  void offer(const PackedEvent& event);
  void take_page(std::int64_t id, Page page);
  /// Starts reads for streams that have credit and are behind; round robin. `unblock`: tries
  /// blocked ones.
  enum class Unblock : bool { no, yes };
  void pump(Unblock unblock);

  [[nodiscard]] std::vector<std::int64_t> of_peer(std::string_view peer) const;
  [[nodiscard]] std::size_t size() const { return streams_.size(); }
  [[nodiscard]] bool has_blocked() const;

 private:
  bool wants_page(const Stream& stream) const;
  Sent send(Stream& stream, const PackedEvent& event);
  void end(std::int64_t id, std::string_view verb, std::string json);

  StreamPort& port_;
  std::map<std::int64_t, Stream> streams_;
  std::map<int, std::int64_t> heads_;  ///< By partition.
  std::int64_t last_id_ = 0;
  std::int64_t last_read_ = 0;  ///< Whose turn it was.
  std::size_t reading_ = 0;
};

}  // namespace jackfield::events
