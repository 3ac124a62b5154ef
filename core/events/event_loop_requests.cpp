// The ROUTER side of EventLoop: one function per verb.
#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "core/base/log.h"
#include "core/events/event_loop.h"
#include "jackfield/json.h"

namespace jackfield::events {
namespace {

// Frames behind the peer's routing id.
constexpr std::size_t kVerbFrame = 1;
constexpr std::size_t kIdFrame = 2;
constexpr std::size_t kBodyFrame = 3;
constexpr std::size_t kBinaryFrame = 4;
constexpr std::size_t kVerbBytesMax = 16;
constexpr int kSnapshotRows = 100;

std::string_view view_of(const zmq::message_t& frame) {
  return {static_cast<const char*>(frame.data()), frame.size()};
}

Result<json::Document> parse_object(std::string_view body) {
  JACKFIELD_TRY(auto document, json::Document::parse(body.empty() ? "{}" : body));
  if (!document.root().is_object()) {
    return Error{ErrorCode::invalid, "the body must be a JSON object"};
  }
  return document;
}

/// A consumer can only name cursors of its own.
std::string scoped(const Actor& actor, const std::string& cursor) {
  return cursor.empty() ? std::string() : actor.name + "/" + cursor;
}

std::string head_members(int partition, const Head& head) {
  return "{\"partition\":" + std::to_string(partition) + ",\"epoch\":\"" + epoch_text(head.epoch) +
         "\",\"head\":" + std::to_string(head.head) + ",\"oldest\":" + std::to_string(head.oldest) +
         "}";
}

}  // namespace

bool EventLoop::receive_one() {
  zmq::message_t id;
  if (!sockets_.router.recv(id, zmq::recv_flags::dontwait)) {
    return false;
  }
  // Frames beyond the bound are taken off the socket and forgotten; one more tells that there were
  // too many.
  std::vector<zmq::message_t> frames;
  frames.push_back(std::move(id));
  bool has_more = frames.front().more();
  while (has_more) {
    zmq::message_t frame;
    static_cast<void>(sockets_.router.recv(frame));
    has_more = frame.more();
    if (frames.size() <= kFramesMax + 1) {
      frames.push_back(std::move(frame));
    }
  }
  ++received_;
  try {
    accept(frames);
  } catch (const zmq::error_t&) {
    throw;
  } catch (const std::exception& error) {
    base::log::error("events.request_failed", {{"error", error.what()}});
    refuse(Asker{std::string(view_of(frames.front())), {}}, WireError::internal, error.what());
  }
  return true;
}

void EventLoop::accept(const std::vector<zmq::message_t>& all) {
  Incoming request;
  request.asker.peer = view_of(all.front());
  const std::size_t count = all.size() - 1;
  const auto frame = [&](std::size_t index) {
    return index < count ? view_of(all[index + 1]) : std::string_view();
  };
  const bool has_id = frame(kIdFrame).size() <= kRequestIdBytesMax;
  request.asker.request_id = has_id ? frame(kIdFrame) : std::string_view();
  const Actor* actor = count == 0 ? nullptr : actor_of(all[1]);
  if (count < kIdFrame + 1 || count > kFramesMax || frame(0) != kProtocol || !has_id ||
      frame(kVerbFrame).size() > kVerbBytesMax) {
    ++malformed_;
    return refuse(request.asker, WireError::bad,
                  "a request is the frames JF1, verb, request id (at most 16 bytes), JSON");
  }
  if (actor == nullptr) {
    return refuse(request.asker, WireError::denied, "this connection belongs to no consumer");
  }
  if (frame(kBodyFrame).size() > kBodyBytesMax || frame(kBinaryFrame).size() > kBinaryBytesMax) {
    return refuse(request.asker, WireError::too_big, "JSON and binary have at most 524288 bytes");
  }
  Peer* peer = admit(request.asker.peer, *actor);
  if (peer == nullptr) {
    return refuse(request.asker, WireError::busy, "too many connections", "\"retry_ms\":5000");
  }
  request.verb = frame(kVerbFrame);
  request.body = frame(kBodyFrame);
  request.binary = frame(kBinaryFrame);
  dispatch(*peer, std::move(request));
}

/// libzmq 4.3.4 may lose the metadata of a message's first frame, so a later one is asked.
const Actor* EventLoop::actor_of(const zmq::message_t& frame) const {
  static const Actor kLocal{"local", Role::operator_};
  if (!sockets_.is_router_curve) {
    return &kLocal;
  }
  // cppzmq's gets() throws when the property is missing; zmq_msg_gets wants a mutable handle.
  auto& message = const_cast<zmq::message_t&>(frame);
  const char* user = zmq_msg_gets(message.handle(), "User-Id");
  return user == nullptr || !sockets_.gate ? nullptr : sockets_.gate->find(user);
}

EventLoop::Peer* EventLoop::admit(const std::string& id, const Actor& actor) {
  const Time now = parts_.clock.monotonic();
  auto it = peers_.find(id);
  if (it != peers_.end() && it->second.actor.name != actor.name) {
    drop_peer(id);  // Another consumer came back under a routing id that was free again.
    it = peers_.end();
  }
  if (it == peers_.end()) {
    if (peers_.size() >= kPeersMax) {
      return nullptr;
    }
    it = peers_.emplace(id, Peer{actor, now}).first;
  }
  it->second.last_seen = now;
  return &it->second;
}

void EventLoop::dispatch(Peer& peer, Incoming request) {
  const Asker& asker = request.asker;
  const Actor actor = peer.actor;
  if (request.verb == "HELLO") {
    return hello(asker, actor);
  }
  if (request.verb == "PING") {
    return ping(asker);
  }
  if (request.verb == "CREDIT") {
    return credit(asker, request.body);
  }
  if (peer.unanswered >= kRequestsOfPeerMax || unanswered_ >= kRequestsMax) {
    return refuse(asker, WireError::busy, "too many requests are under way", "\"retry_ms\":200");
  }
  // From here on each way ends in exactly one answer_later().
  ++peer.unanswered;
  ++unanswered_;
  if (request.verb == "COMMAND") {
    return requests_.command(asker, actor, request.body, std::move(request.binary));
  }
  if (request.verb == "QUERY") {
    return requests_.query(asker, actor, request.body);
  }
  if (request.verb == "RESUME") {
    return resume(asker, actor, request.body);
  }
  if (request.verb == "ACK") {
    return ack(asker, actor, request.body);
  }
  if (request.verb == "SNAPSHOT") {
    return snapshot(asker, request.body);
  }
  answer_later(asker, AnswerKind::error, wire_error_json(WireError::bad, "unknown verb"));
}

void EventLoop::hello(const Asker& asker, const Actor& actor) {
  json::Writer out;
  out.begin_object()
      .field("protocol", kProtocol)
      .field("node", parts_.node)
      .field("actor", actor.name)
      .field("role", name_of(actor.role))
      .field("pub", sockets_.publisher_endpoint)
      .field("heartbeat_ms", parts_.heartbeat.count())
      .field("credit_max", kCreditMax)
      .field("time", rfc3339(parts_.clock.unix_ms()));
  out.key("partitions").begin_array();
  for (int partition = 0; partition < kPartitions; ++partition) {
    out.raw(head_members(partition, parts_.heads[static_cast<std::size_t>(partition)]));
  }
  answer(asker, AnswerKind::ok, out.end_array().end_object().take());
}

void EventLoop::ping(const Asker& asker) {
  json::Writer out;
  out.begin_object().field("time", rfc3339(parts_.clock.unix_ms())).key("streams").begin_array();
  for (const auto id : streams_.of_peer(asker.peer)) {
    out.integer(id);
  }
  answer(asker, AnswerKind::ok, out.end_array().end_object().take());
}

void EventLoop::credit(const Asker& asker, std::string_view body) {
  const auto document = parse_object(body);
  if (!document) {
    return refuse(asker, document.error());
  }
  const auto stream = document->root()["stream"].integer();
  const auto events = document->root()["events"].integer();
  const Status granted = streams_.grant(asker.peer, stream.value_or(0), events.value_or(0));
  if (!granted) {
    return refuse(asker, granted.error());
  }
}

void EventLoop::ack(const Asker& asker, const Actor& actor, std::string_view body) {
  auto request = parse_ack(body);
  const auto fail = [&](WireError code, std::string_view text) {
    answer_later(asker, AnswerKind::error, wire_error_json(code, text));
  };
  if (!request) {
    return fail(WireError::bad, request.error().text);
  }
  const Head& head = parts_.heads[static_cast<std::size_t>(request->partition)];
  if (request->position.epoch != head.epoch) {
    return fail(WireError::epoch, "the journal is another one since then");
  }
  if (request->position.sequence > head.head) {
    return fail(WireError::bad, "the position is ahead of the journal");
  }
  const store::Cursor cursor{scoped(actor, request->cursor), request->partition, request->position,
                             request->fence};
  // Shared: the work sets it, maybe twice; done reads it.
  const auto is_newest = std::make_shared<bool>(false);
  const auto mailbox = mailbox_;
  const Status asked = parts_.store.write(
      [cursor, is_newest](store::Transaction& tx) { *is_newest = tx.ack_cursor(cursor); },
      [this, mailbox, asker, is_newest](const Status& status) {
        std::string error;
        if (!status) {
          error = error_json({status.error().code, status.error().text, {}});
        } else if (!*is_newest) {
          error = wire_error_json(WireError::fenced, "another consumer has claimed this cursor");
        }
        mailbox->put_task([this, asker, error] {
          const bool is_ok = error.empty();
          answer_later(asker, is_ok ? AnswerKind::ok : AnswerKind::error, is_ok ? "{}" : error);
        });
      });
  if (!asked) {
    answer_later(asker, AnswerKind::error,
                 error_json({asked.error().code, asked.error().text, {}}));
  }
}

void EventLoop::snapshot(const Asker& asker, std::string_view body) {
  const auto document = parse_object(body);
  const auto fail = [&](const Error& error) {
    answer_later(asker, AnswerKind::error, error_json({error.code, error.text, {}}));
  };
  if (!document) {
    return fail(document.error());
  }
  const json::Value root = document->root();
  const auto partition = root["partition"] ? root["partition"].integer() : 0;
  const auto limit = root["limit"] ? root["limit"].integer() : kSnapshotRows;
  const auto before = root["before"] ? parse_page_key(root["before"].text()) : store::PageKey{};
  if (partition.value_or(-1) < 0 || *partition >= kPartitions || limit.value_or(0) < 1 ||
      *limit > kListRowsMax || !before) {
    return fail({ErrorCode::invalid, "partition, limit (1 to 200) or before is wrong"});
  }
  const auto mailbox = mailbox_;
  const Status asked = parts_.store.read([this, mailbox, asker, partition = *partition,
                                          limit = *limit, key = *before](store::Reader& reader) {
    Answer answer = Error{ErrorCode::internal, "the store cannot be read"};
    try {
      answer = read_snapshot(reader, static_cast<int>(partition), key, static_cast<int>(limit));
    } catch (const std::exception& error) {
      base::log::error("events.snapshot_failed", {{"error", error.what()}});
    }
    mailbox->put_task([this, asker, answer = std::move(answer)] {
      answer_later(asker, answer.is_error() ? AnswerKind::error : AnswerKind::ok, answer.json());
    });
  });
  if (!asked) {
    fail(asked.error());
  }
}

void EventLoop::resume(const Asker& asker, const Actor& actor, std::string_view body) {
  auto request = parse_resume(body);
  if (!request) {
    return answer_later(asker, AnswerKind::error,
                        wire_error_json(WireError::bad, request.error().text));
  }
  const std::string cursor = scoped(actor, request->cursor);
  if (cursor.empty()) {
    return start(asker, *std::move(request), cursor);
  }
  claim_then_start(asker, *std::move(request), cursor);
}

void EventLoop::claim_then_start(const Asker& asker, ResumeRequest request,
                                 const std::string& cursor) {
  // Shared: the work sets it, maybe twice; done reads it. No fence: another consumer has the
  // cursor.
  const auto fence = std::make_shared<std::optional<std::int64_t>>();
  const auto mailbox = mailbox_;
  const Status asked = parts_.store.write(
      [cursor, request, fence](store::Transaction& tx) {
        if (!request.fence) {
          *fence = tx.claim_cursor(cursor);
          return;
        }
        // An ACK of where the cursor stands changes nothing and tells whether the claim is the
        // newest.
        const auto row = tx.cursor(cursor, request.partition);
        const auto acked = row ? row->acked : model::Position();
        const bool is_newest = tx.ack_cursor({cursor, request.partition, acked, *request.fence});
        *fence = is_newest ? request.fence : std::nullopt;
      },
      [this, mailbox, asker, request, cursor, fence](const Status& status) {
        std::string error;
        if (!status) {
          error = error_json({status.error().code, status.error().text, {}});
        } else if (!*fence) {
          error = wire_error_json(WireError::fenced, "another consumer has claimed this cursor");
        }
        mailbox->put_task([this, asker, request, cursor, fence = *fence, error]() mutable {
          if (!error.empty()) {
            return answer_later(asker, AnswerKind::error, error);
          }
          request.fence = fence;
          start(asker, request, cursor);
        });
      });
  if (!asked) {
    answer_later(asker, AnswerKind::error,
                 error_json({asked.error().code, asked.error().text, {}}));
  }
}

void EventLoop::start(const Asker& asker, ResumeRequest request, const std::string& cursor) {
  const auto mailbox = mailbox_;
  const Status asked =
      parts_.store.read([this, mailbox, asker, request, cursor](store::Reader& reader) {
        StartPoint point;
        try {
          point = find_start(reader, request, cursor);
        } catch (const std::exception& error) {
          base::log::error("events.resume_failed", {{"error", error.what()}});
          point.error = wire_error_json(WireError::internal, "the store cannot be read");
        }
        mailbox->put_task([this, asker, request, cursor, point = std::move(point)] {
          begin_stream(asker, request, cursor, point);
        });
      });
  if (!asked) {
    answer_later(asker, AnswerKind::error,
                 error_json({asked.error().code, asked.error().text, {}}));
  }
}

void EventLoop::begin_stream(const Asker& asker, const ResumeRequest& request,
                             const std::string& cursor, const StartPoint& point) {
  if (!point.error.empty()) {
    return answer_later(asker, AnswerKind::error, point.error);
  }
  if (peers_.find(asker.peer) == peers_.end()) {
    return answer_later(asker, AnswerKind::error, "{}");  // Gone meanwhile: nobody reads this.
  }
  Stream stream;
  stream.peer = asker.peer;
  stream.request_id = asker.request_id;
  stream.partition = request.partition;
  stream.cursor = cursor;
  stream.position = point.sequence;
  stream.is_live = request.is_live;
  const std::int64_t id = streams_.open(std::move(stream), point.head.head);
  json::Writer out;
  out.begin_object()
      .field("stream", id)
      .field("partition", request.partition)
      .field("epoch", epoch_text(point.head.epoch))
      .field("sequence", point.sequence)
      .field("head", point.head.head)
      .field("oldest", point.head.oldest);
  if (request.fence) {
    out.field("fence", *request.fence);
  }
  answer_later(asker, AnswerKind::ok, out.end_object().take());
}

void EventLoop::answer_later(const Asker& asker, AnswerKind kind, std::string json) {
  unanswered_ -= unanswered_ > 0 ? 1U : 0U;
  const auto it = peers_.find(asker.peer);
  if (it == peers_.end()) {
    return;
  }
  it->second.unanswered -= it->second.unanswered > 0 ? 1U : 0U;
  answer(asker, kind, json);
}

void EventLoop::answer(const Asker& asker, AnswerKind kind, std::string_view json) {
  const std::string_view verb = kind == AnswerKind::ok ? "OK" : "ERROR";
  if (send(asker.peer, {kProtocol, verb, asker.request_id, json}) != Sent::yes) {
    drop_peer(asker.peer);  // It left, or does not read its answers.
  }
}

void EventLoop::refuse(const Asker& asker, WireError code, std::string_view text,
                       std::string_view members) {
  answer(asker, AnswerKind::error, wire_error_json(code, text, members));
}

void EventLoop::refuse(const Asker& asker, const Error& error) {
  answer(asker, AnswerKind::error, error_json({error.code, error.text, {}}));
}

Sent EventLoop::send(const std::string& peer, std::initializer_list<std::string_view> frames) {
  auto& router = sockets_.router;
  // The first frame decides (ROUTER_MANDATORY): unknown peer or full pipe. The others follow for
  // sure.
  const auto sent = zmq_send(router.handle(), peer.data(), peer.size(), ZMQ_SNDMORE | ZMQ_DONTWAIT);
  if (sent < 0) {
    return zmq_errno() == EAGAIN ? Sent::full : Sent::gone;
  }
  auto left = frames.size();
  for (const std::string_view frame : frames) {
    router.send(zmq::buffer(frame), --left > 0 ? zmq::send_flags::sndmore : zmq::send_flags::none);
  }
  return Sent::yes;
}

void EventLoop::drop_peer(const std::string& id) {
  streams_.close_peer(id);
  const auto it = peers_.find(id);
  if (it != peers_.end()) {
    peers_.erase(it);
  }
}

void EventLoop::drop_idle_peers(Time now) {
  std::vector<std::string> idle;
  for (const auto& [id, peer] : peers_) {
    if (peer.unanswered == 0 && peer.last_seen + kPeerIdleMax < now) {
      idle.push_back(id);
    }
  }
  for (const auto& id : idle) {
    drop_peer(id);
  }
}

}  // namespace jackfield::events
