#include "core/events/event_loop.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "core/base/log.h"

namespace jackfield::events {
namespace {

constexpr int kReceiveTurns = 256;  ///< Requests taken before the mailbox has its turn again.
constexpr std::chrono::milliseconds kBlockedRetry{20};
constexpr std::chrono::milliseconds kPollMax{1'000};

}  // namespace

EventLoop::EventLoop(Parts parts, Sockets sockets, std::shared_ptr<Mailbox> mailbox)
    : parts_(std::move(parts)),
      sockets_(std::move(sockets)),
      mailbox_(std::move(mailbox)),
      streams_(*this),
      requests_(parts_.store, parts_.port, mailbox_,
                [this](const Asker& asker, AnswerKind kind, std::string json) {
                  answer_later(asker, kind, std::move(json));
                }) {}

void EventLoop::run() {
  next_heartbeat_ = parts_.clock.monotonic();
  while (!is_stopping_) {
    std::vector<zmq::pollitem_t> items = {
        {sockets_.router.handle(), 0, ZMQ_POLLIN, 0},
        {nullptr, mailbox_->descriptor(), ZMQ_POLLIN, 0},
    };
    if (sockets_.gate) {
      items.push_back({sockets_.gate->socket().handle(), 0, ZMQ_POLLIN, 0});
    }
    const auto due = std::chrono::duration_cast<std::chrono::milliseconds>(
        next_heartbeat_ - parts_.clock.monotonic());
    auto timeout = std::clamp(due, std::chrono::milliseconds(0), kPollMax);
    if (streams_.has_blocked()) {
      timeout = std::min(timeout, kBlockedRetry);
    }
    try {
      zmq::poll(items, timeout);
      if (items.size() > 2 && (items[2].revents & ZMQ_POLLIN) != 0) {
        sockets_.gate->serve();
      }
      const Mailbox::Content content = mailbox_->take();
      for (const auto& task : content.tasks) {
        task();
      }
      dropped_ += content.events_dropped;
      publish(content.events);
      receive_some();
      const Time now = parts_.clock.monotonic();
      const bool may_unblock = last_unblock_ + kBlockedRetry <= now;
      last_unblock_ = may_unblock ? now : last_unblock_;
      streams_.pump(may_unblock ? Streams::Unblock::yes : Streams::Unblock::no);
      if (now >= next_heartbeat_) {
        send_heartbeats();
      }
    } catch (const zmq::error_t& error) {
      if (error.num() == EINTR) {
        continue;
      }
      base::log::error("events.socket_failed", {{"error", error.what()}});
      return;
    }
  }
}

void EventLoop::publish(const std::vector<model::Event>& events) {
  if (events.empty()) {
    return;
  }
  for (const auto& event : events) {
    publish_one(event);
  }
  const Time now = parts_.clock.monotonic();
  // After a pause a consumer that missed the burst would notice only at the next heartbeat.
  if (std::exchange(last_publish_, now) + parts_.heartbeat < now) {
    next_heartbeat_ = now;
  }
}

void EventLoop::publish_one(const model::Event& event) {
  if (event.partition < 0 || event.partition >= kPartitions) {
    return;
  }
  PackedEvent packed{event.partition, event.sequence, event.topic(), {}};
  if (event.sequence == 0) {
    const std::string id = epoch_text(parts_.run) + "-" + std::to_string(++loose_events_);
    packed.json = envelope_json(parts_.node, event, id);
  } else {
    packed.json = envelope_json(parts_.node, event);
    auto& head = parts_.heads[static_cast<std::size_t>(event.partition)];
    head.head = std::max(head.head, event.sequence);
  }
  // A PUB socket never blocks: it drops for the subscriber that does not keep up.
  sockets_.publisher.send(zmq::buffer(packed.topic),
                          zmq::send_flags::sndmore | zmq::send_flags::dontwait);
  sockets_.publisher.send(zmq::buffer(packed.json), zmq::send_flags::dontwait);
  ++published_;
  streams_.offer(packed);
}

void EventLoop::send_heartbeats() {
  const Time now = parts_.clock.monotonic();
  next_heartbeat_ = now + parts_.heartbeat;
  for (int partition = 0; partition < kPartitions; ++partition) {
    const std::string json = heartbeat_json(
        partition, parts_.heads[static_cast<std::size_t>(partition)], parts_.clock.unix_ms());
    sockets_.publisher.send(zmq::buffer(kHeartbeatType),
                            zmq::send_flags::sndmore | zmq::send_flags::dontwait);
    sockets_.publisher.send(zmq::buffer(json), zmq::send_flags::dontwait);
  }
  refresh_oldest();
  drop_idle_peers(now);
  peer_count_ = peers_.size();
  stream_count_ = streams_.size();
}

/// Retention moves `oldest`; nobody tells us.
void EventLoop::refresh_oldest() {
  if (is_refreshing_) {
    return;
  }
  const auto mailbox = mailbox_;
  const Status asked = parts_.store.read([this, mailbox](store::Reader& reader) {
    std::vector<Head> heads;
    try {
      for (int partition = 0; partition < kPartitions; ++partition) {
        heads.push_back(events::read_head(reader, partition));
      }
    } catch (const std::exception& error) {
      base::log::error("events.head_unreadable", {{"error", error.what()}});
    }
    mailbox->put_task([this, heads = std::move(heads)] {
      is_refreshing_ = false;
      for (std::size_t i = 0; i < heads.size(); ++i) {
        parts_.heads[i].oldest = heads[i].oldest;
      }
    });
  });
  is_refreshing_ = asked.has_value();
}

void EventLoop::receive_some() {
  for (int turn = 0; turn < kReceiveTurns && receive_one(); ++turn) {
  }
}

bool EventLoop::read_page(std::int64_t id, int partition, std::int64_t after, int rows) {
  const auto mailbox = mailbox_;
  const Status asked = parts_.store.read(
      [this, mailbox, id, partition, after, rows, node = parts_.node](store::Reader& reader) {
        Page page;
        try {
          page = events::read_page(reader, node, partition, after, rows);
        } catch (const std::exception& error) {
          base::log::error("events.replay_failed", {{"error", error.what()}});
          page.has_failed = true;
        }
        mailbox->put_task([this, id, page = std::move(page)] { streams_.take_page(id, page); });
      });
  return asked.has_value();
}

Sent EventLoop::send_event(const Stream& stream, const PackedEvent& event) {
  const Sent sent =
      send(stream.peer, {kProtocol, "EVENT", stream.request_id, event.topic, event.json});
  streamed_ += sent == Sent::yes ? 1 : 0;
  return sent;
}

void EventLoop::send_last(const Stream& stream, std::string_view verb, std::string json) {
  send(stream.peer, {kProtocol, verb, stream.request_id, json});
}

EventEndpoint::Figures EventLoop::figures() const {
  EventEndpoint::Figures figures;
  figures.published = published_;
  figures.dropped = dropped_;
  figures.streamed = streamed_;
  figures.requests = received_;
  figures.malformed = malformed_;
  figures.peers = peer_count_;
  figures.streams = stream_count_;
  return figures;
}

}  // namespace jackfield::events
