#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/events/event_endpoint.h"
#include "core/events/mailbox.h"
#include "core/events/protocol.h"
#include "core/events/requests.h"
#include "core/events/resume.h"
#include "core/events/sockets.h"
#include "core/events/streams.h"
#include "core/store/store.h"

namespace jackfield::events {

/// What the endpoint's thread runs: sockets on one side, mailbox on the other.
class EventLoop final : private StreamPort {
 public:
  struct Parts {
    std::string node;
    std::chrono::milliseconds heartbeat;
    std::array<Head, kPartitions> heads;
    std::uint64_t run = 0;  ///< Random; names events that are not durable.
    store::Store& store;
    CommandPort& port;
    const base::Clock& clock;
  };
  EventLoop(Parts parts, Sockets sockets, std::shared_ptr<Mailbox> mailbox);

  /// Returns after request_stop().
  void run();
  /// Any thread; wake the mailbox afterwards.
  void request_stop() { is_stopping_ = true; }
  [[nodiscard]] EventEndpoint::Figures figures() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Peer {
    Actor actor;
    Time last_seen;
    std::size_t unanswered = 0;
  };
  struct Incoming {
    Asker asker;
    std::string_view verb;
    std::string_view body;
    std::string binary;
  };

  // Live side.
  void publish(const std::vector<model::Event>& events);
  void publish_one(const model::Event& event);
  void send_heartbeats();
  void refresh_oldest();

  // Requests.
  void receive_some();
  bool receive_one();
  void accept(const std::vector<zmq::message_t>& frames);
  [[nodiscard]] const Actor* actor_of(const zmq::message_t& frame) const;
  Peer* admit(const std::string& id, const Actor& actor);
  void dispatch(Peer& peer, Incoming request);
  void hello(const Asker& asker, const Actor& actor);
  void ping(const Asker& asker);
  void credit(const Asker& asker, std::string_view body);
  void ack(const Asker& asker, const Actor& actor, std::string_view body);
  void snapshot(const Asker& asker, std::string_view body);
  void resume(const Asker& asker, const Actor& actor, std::string_view body);
  void claim_then_start(const Asker& asker, ResumeRequest request, const std::string& cursor);
  void start(const Asker& asker, ResumeRequest request, const std::string& cursor);
  void begin_stream(const Asker& asker, const ResumeRequest& request, const std::string& cursor,
                    const StartPoint& point);

  // Answers.
  void answer_later(const Asker& asker, AnswerKind kind, std::string json);
  void answer(const Asker& asker, AnswerKind kind, std::string_view json);
  void refuse(const Asker& asker, WireError code, std::string_view text,
              std::string_view members = {});
  void refuse(const Asker& asker, const Error& error);
  Sent send(const std::string& peer, std::initializer_list<std::string_view> frames);
  void drop_peer(const std::string& id);
  void drop_idle_peers(Time now);

  Sent send_event(const Stream& stream, const PackedEvent& event) override;
  void send_last(const Stream& stream, std::string_view verb, std::string json) override;
  bool read_page(std::int64_t id, int partition, std::int64_t after, int rows) override;

  Parts parts_;
  Sockets sockets_;
  std::shared_ptr<Mailbox> mailbox_;
  Streams streams_;
  Requests requests_;
  std::map<std::string, Peer> peers_;  ///< By routing id; at most kPeersMax.
  std::size_t unanswered_ = 0;
  bool is_refreshing_ = false;
  std::uint64_t loose_events_ = 0;
  Time last_publish_{};
  Time next_heartbeat_{};
  Time last_unblock_{};
  std::atomic<bool> is_stopping_ = false;
  std::atomic<std::uint64_t> published_ = 0, dropped_ = 0, streamed_ = 0, received_ = 0,
                             malformed_ = 0;
  std::atomic<std::size_t> peer_count_ = 0, stream_count_ = 0;
};

}  // namespace jackfield::events
