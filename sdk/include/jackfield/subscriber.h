// Follows a Jackfield broker's events without loss or doubles. Header-only, C++17, on cppzmq and
// jackfield/json.h. The protocol: docs/events.md. An object belongs to one thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <zmq.hpp>

#include "jackfield/client.h"
#include "jackfield/json.h"
#include "jackfield/result.h"

namespace jackfield {

struct EventPosition {
  std::string epoch;  ///< 16 hex digits; empty: none.
  std::int64_t sequence = 0;
};

struct ReceivedEvent {
  std::string topic;
  std::string type;
  EventPosition position;  ///< sequence 0: not durable, never replayed.
  std::string json;        ///< The whole CloudEvents envelope.
  std::shared_ptr<const json::Document>
      document;  ///< The same, parsed; shared so that events can be copied.
  [[nodiscard]] json::Value data() const { return document->root()["data"]; }
};

/// Where to go on. With a position the caller stores its own place, in one transaction with what it
/// does: then each event has its effect exactly once. With a cursor the broker keeps the place,
/// moved by ack().
struct Subscription {
  std::string cursor;        ///< Empty: none.
  std::string from = "now";  ///< "now" or "oldest"; with a cursor: only while the cursor is new.
  EventPosition position;    ///< Not empty: behind this event; no cursor.
  int partition = 0;
  std::int64_t window = 512;  ///< Events under way to us while catching up.
  /// The journal has changed (EPOCH: restored from a backup) or our place is removed (GONE). The
  /// answer, "oldest" or "now", says where to go on; usually the caller reads a SNAPSHOT first.
  /// Unset: next() gives the error.
  std::function<std::string(const Response&)> on_reset;
};

/// Every event of one partition, each once, in order: live from PUB, from the journal whenever
/// something was missed. States: connect, resume, catch up, live, and back when there is a gap.
class Subscriber {
 public:
  using milliseconds = std::chrono::milliseconds;

  Subscriber(BrokerAddress address, Subscription subscription)
      : client_(std::move(address)), want_(std::move(subscription)), position_(want_.position) {}

  /// The next event; nothing when none came in time. Asking for the next one says that the one
  /// before is done: with a cursor it is acknowledged, in batches. Error: conflict (another
  /// consumer has the cursor), invalid (EPOCH and GONE without on_reset, BAD), denied.
  Result<std::optional<ReceivedEvent>> next(milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    do {
      send_ack();
      JACKFIELD_TRY(auto event, step(deadline));
      if (event) {
        return std::optional<ReceivedEvent>(*std::move(event));
      }
    } while (std::chrono::steady_clock::now() < deadline);
    return std::optional<ReceivedEvent>();
  }

  /// Acknowledges everything that next() has returned, and waits until it is durable. False: not in
  /// time.
  bool ack(milliseconds timeout = milliseconds(5'000)) {
    if (want_.cursor.empty() || position_.epoch.empty() || !fence_) {
      return false;
    }
    const auto response = client_.request("ACK", ack_body(), timeout);
    acked_ = response.is_ok() ? position_.sequence : acked_;
    return response.is_ok();
  }

  /// Of the last durable event that next() has returned.
  [[nodiscard]] const EventPosition& position() const { return position_; }
  [[nodiscard]] bool is_live() const { return state_ == State::live; }
  /// For commands and queries; not while next() runs.
  Client& client() { return client_; }

 private:
  enum class State : std::uint8_t { connect, resume, catch_up, live };
  using Step = Result<std::optional<ReceivedEvent>>;
  static constexpr std::int64_t kAckBatch = 64;
  static constexpr milliseconds kAckPause{500};
  static constexpr milliseconds kGapPatience{250};
  static constexpr milliseconds kSilenceMin{3'000};

  static detail::SteadyTime now() { return std::chrono::steady_clock::now(); }

  Step step(detail::SteadyTime deadline) {
    switch (state_) {
      case State::connect:
        return connect(deadline);
      case State::resume:
      case State::catch_up:
        return read_stream(deadline);
      case State::live:
        return read_live(deadline);
    }
    return std::optional<ReceivedEvent>();
  }

  /// Subscribes first, then asks for what was before: nothing can fall between.
  Step connect(detail::SteadyTime deadline) {
    const Response hello =
        client_.request("HELLO", "{}", std::min(detail::left(deadline), detail::kAttempt));
    if (hello.error == "DENIED") {
      return Error{ErrorCode::denied, hello.json};
    }
    const auto body = json::Document::parse(hello.json);
    if (!hello.is_ok() || !body) {
      return std::optional<ReceivedEvent>();
    }
    silence_max_ = std::max(
        kSilenceMin, 4 * milliseconds(body->root()["heartbeat_ms"].integer().value_or(1'000)));
    live_ = detail::connect(client_.context(), zmq::socket_type::sub, client_.address(),
                            pub_endpoint(body->root()["pub"].text()));
    resume();
    return std::optional<ReceivedEvent>();
  }

  /// A broker that listens everywhere names no host: ours is the one we asked.
  std::string pub_endpoint(std::string_view told) const {
    const auto& address = client_.address();
    if (!address.pub_endpoint.empty()) {
      return address.pub_endpoint;
    }
    const bool is_anywhere =
        told.substr(0, 14) == "tcp://0.0.0.0:" || told.substr(0, 11) == "tcp://[::]:";
    if (!is_anywhere) {
      return std::string(told);
    }
    return address.endpoint.substr(0, address.endpoint.rfind(':')) +
           std::string(told.substr(told.rfind(':')));
  }

  void resume() {
    stream_ = detail::connect(client_.context(), zmq::socket_type::dealer, client_.address(),
                              client_.address().endpoint);
    json::Writer body;
    body.begin_object().field("partition", want_.partition).flag("live", false);
    if (!want_.cursor.empty()) {
      body.field("cursor", want_.cursor).field("new", want_.from);
      if (fence_) {
        body.field("fence", *fence_);
      }
    }
    if (!position_.epoch.empty()) {
      body.key("from").begin_object().field("epoch", position_.epoch);
      body.field("sequence", position_.sequence).end_object();
    } else {
      body.field("from", want_.cursor.empty() || is_reset_ ? want_.from : "cursor");
    }
    detail::send(stream_, {"JF1", "RESUME", "resume", body.end_object().take()});
    gap_since_.reset();
    heard_ = now();
    state_ = State::resume;
  }

  Step read_stream(detail::SteadyTime deadline) {
    const auto patience = heard_ + detail::kAttempt;
    if (!detail::wait_for(stream_, detail::left(std::min(deadline, patience)))) {
      if (now() >= patience) {
        resume();  // A new connection: the broker may have come back without our stream.
      }
      return std::optional<ReceivedEvent>();
    }
    heard_ = now();
    const auto frames = detail::receive(stream_);
    if (frames.size() < 4 || frames[2] == "ack") {
      return ack_answer(frames);
    }
    if (frames[1] == "ERROR") {
      return stream_error(detail::response_of(frames));
    }
    if (frames[1] == "END") {
      state_ = State::live;
      return std::optional<ReceivedEvent>();
    }
    if (frames[1] == "EVENT" && frames.size() > 4) {
      return stream_event(frames);
    }
    return frames[1] == "OK" ? begin_catch_up(frames[3]) : Step(std::optional<ReceivedEvent>());
  }

  Step begin_catch_up(const std::string& json) {
    JACKFIELD_TRY(const auto body, json::Document::parse(json));
    const json::Value root = body.root();
    stream_id_ = root["stream"].integer().value_or(0);
    position_ = {std::string(root["epoch"].text()), root["sequence"].integer().value_or(0)};
    acked_ = fence_ ? acked_ : position_.sequence;
    fence_ = root["fence"].integer();
    is_reset_ = false;
    state_ = State::catch_up;
    credit_used_ = 0;
    grant(want_.window);
    return std::optional<ReceivedEvent>();
  }

  void grant(std::int64_t events) {
    json::Writer body;
    body.begin_object().field("stream", stream_id_).field("events", events).end_object();
    detail::send(stream_, {"JF1", "CREDIT", "credit", body.take()});
  }

  Step stream_event(const std::vector<std::string>& frames) {
    if (++credit_used_ >= want_.window / 2) {
      grant(credit_used_);
      credit_used_ = 0;
    }
    JACKFIELD_TRY(auto event, parse(frames[3], frames[4]));
    if (event.position.sequence <= position_.sequence) {
      return std::optional<ReceivedEvent>();
    }
    if (event.position.sequence != position_.sequence + 1) {
      resume();
      return std::optional<ReceivedEvent>();
    }
    position_ = event.position;
    return std::optional<ReceivedEvent>(std::move(event));
  }

  Step stream_error(const Response& response) {
    if (response.error == "EPOCH" || response.error == "GONE") {
      if (want_.on_reset) {
        want_.from = want_.on_reset(response);
        position_ = {};
        is_reset_ = true;
        resume();
        return std::optional<ReceivedEvent>();
      }
      return Error{ErrorCode::invalid, response.json};
    }
    if (response.error == "FENCED") {
      return Error{ErrorCode::conflict, "another consumer has claimed the cursor " + want_.cursor};
    }
    if (response.error == "BAD" || response.error == "DENIED") {
      return Error{response.error == "BAD" ? ErrorCode::invalid : ErrorCode::denied, response.json};
    }
    if (response.error == "NOT_FOUND") {
      resume();  // The broker has no such stream any more.
    }
    return std::optional<ReceivedEvent>();  // BUSY and the like: asked again after kAttempt.
  }

  Step read_live(detail::SteadyTime deadline) {
    zmq::pollitem_t items[] = {{live_.handle(), 0, ZMQ_POLLIN, 0},
                               {stream_.handle(), 0, ZMQ_POLLIN, 0}};
    auto wake = std::min(deadline, heard_ + silence_max_);
    wake = gap_since_ ? std::min(wake, *gap_since_ + kGapPatience) : wake;
    wake = acked_ < position_.sequence && fence_ ? std::min(wake, last_ack_ + kAckPause) : wake;
    zmq::poll(items, 2, detail::left(wake));
    if ((items[1].revents & ZMQ_POLLIN) != 0) {
      JACKFIELD_TRY(auto nothing, ack_answer(detail::receive(stream_)));
      static_cast<void>(nothing);
    }
    if ((items[0].revents & ZMQ_POLLIN) != 0) {
      heard_ = now();
      return live_frame(detail::receive(live_));
    }
    if (now() >= heard_ + silence_max_) {
      state_ = State::connect;
    } else if (gap_since_ && now() >= *gap_since_ + kGapPatience) {
      resume();
    }
    return std::optional<ReceivedEvent>();
  }

  Step live_frame(const std::vector<std::string>& frames) {
    if (frames.size() != 2) {
      return std::optional<ReceivedEvent>();
    }
    if (frames[0] == "jf.heartbeat") {
      heartbeat(frames[1]);
      return std::optional<ReceivedEvent>();
    }
    JACKFIELD_TRY(auto event, parse(frames[0], frames[1]));
    const auto partition = event.document->root()["partitionkey"].integer();
    if (partition != want_.partition) {
      return std::optional<ReceivedEvent>();
    }
    if (event.position.sequence == 0) {
      return std::optional<ReceivedEvent>(std::move(event));
    }
    if (event.position.epoch != position_.epoch ||
        event.position.sequence > position_.sequence + 1) {
      resume();
      return std::optional<ReceivedEvent>();
    }
    if (event.position.sequence <= position_.sequence) {
      return std::optional<ReceivedEvent>();
    }
    position_ = event.position;
    gap_since_ = position_.sequence < gap_head_ ? gap_since_ : std::nullopt;
    return std::optional<ReceivedEvent>(std::move(event));
  }

  /// Finds what was lost at the tail, and a broker that came back with another journal.
  void heartbeat(const std::string& json) {
    const auto body = json::Document::parse(json);
    if (!body || body->root()["partition"].integer() != want_.partition) {
      return;
    }
    gap_head_ = body->root()["head"].integer().value_or(0);
    if (body->root()["epoch"].text() != position_.epoch) {
      resume();
    } else if (gap_head_ > position_.sequence) {
      gap_since_ = gap_since_ ? gap_since_ : std::optional(now());
    }
  }

  static Result<ReceivedEvent> parse(const std::string& topic, const std::string& json) {
    JACKFIELD_TRY(auto document, json::Document::parse(json));
    const json::Value root = document.root();
    ReceivedEvent event;
    event.topic = topic;
    event.type = root["type"].text();
    event.position = {std::string(root["epoch"].text()), root["sequence"].integer().value_or(0)};
    event.json = json;
    event.document = std::make_shared<const json::Document>(std::move(document));
    return event;
  }

  std::string ack_body() const {
    json::Writer body;
    body.begin_object().field("cursor", want_.cursor).field("partition", want_.partition);
    body.field("epoch", position_.epoch).field("sequence", position_.sequence);
    return body.field("fence", fence_.value_or(0)).end_object().take();
  }

  void send_ack() {
    const bool is_due = position_.sequence - acked_ >= kAckBatch || now() >= last_ack_ + kAckPause;
    if (!fence_ || acked_ >= position_.sequence || !is_due) {
      return;
    }
    if (stream_ && detail::send(stream_, {"JF1", "ACK", "ack", ack_body()})) {
      acked_ = position_.sequence;
    }
    last_ack_ = now();
  }

  Step ack_answer(const std::vector<std::string>& frames) {
    if (frames.size() > 3 && frames[1] == "ERROR" && frames[2] == "ack") {
      const Response response = detail::response_of(frames);
      if (response.error == "FENCED") {
        return stream_error(response);
      }
    }
    return std::optional<ReceivedEvent>();
  }

  Client client_;
  Subscription want_;
  State state_ = State::connect;
  EventPosition position_;
  std::optional<std::int64_t> fence_;
  std::int64_t acked_ = 0;
  std::int64_t stream_id_ = 0;
  std::int64_t credit_used_ = 0;
  std::int64_t gap_head_ = 0;
  std::optional<detail::SteadyTime> gap_since_;
  detail::SteadyTime heard_{};
  detail::SteadyTime last_ack_{};
  milliseconds silence_max_{kSilenceMin};
  bool is_reset_ = false;
  zmq::socket_t live_;
  zmq::socket_t stream_;
};

}  // namespace jackfield
