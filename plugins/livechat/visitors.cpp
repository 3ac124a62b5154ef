#include "plugins/livechat/visitors.h"

#include <algorithm>
#include <utility>

#include "jackfield/json.h"
#include "plugins/livechat/origins.h"

// Sockets, hello and what browsers send. What goes to browsers: visitors_outbound.cpp.
namespace jackfield::livechat {

namespace {

constexpr std::int64_t kSweepTablesMs = 60'000;
constexpr std::int64_t kBusyRetryMs = 1'000;
constexpr std::int64_t kDaySeconds = 86'400;

bool is_refused_for_good(jf_status status) {
  return status == JF_E_INVALID || status == JF_E_TOO_LARGE || status == JF_E_PERMANENT ||
         status == JF_E_UNSUPPORTED;
}

}  // namespace

Visitors::Visitors(Settings settings, TokenMint mint, Outlet& outlet)
    : settings_(std::move(settings)), mint_(std::move(mint)), outlet_(outlet) {}

Visitors::Admission Visitors::open(std::uint64_t socket, const Upgrade& upgrade, Now now) {
  if (!settings_.allow_any_origin && !is_origin_allowed(settings_.origins, upgrade.origin)) {
    outlet_.count("origin_refused");
    outlet_.close(socket, kCloseOrigin, "this site is not on the list");
    return Admission::wrong_origin;
  }
  if (sockets_.size() >= settings_.sockets_max || awaiting_hello_.size() >= kAwaitingHelloMax) {
    outlet_.count("socket_refused");
    outlet_.close(socket, kCloseTryLater, "too many connections");
    return Admission::no_room;
  }
  sockets_[socket].peer_key = peer_key(upgrade.peer);
  awaiting_hello_[socket] = now.monotonic_ms + settings_.hello_timeout_ms;
  return Admission::open;
}

void Visitors::inherit(std::uint64_t socket, std::string_view tag, Now now) {
  Peer& peer = *sockets_.try_emplace(socket).first;
  if (tag.empty()) {
    awaiting_hello_[socket] = now.monotonic_ms + settings_.hello_timeout_ms;
    return;
  }
  auto inherited = Feed::parse_tag(tag);
  if (!inherited) {
    close(peer, kCloseTryLater, "connect again");
    return;
  }
  peer.second.feed = std::move(inherited->feed);
  attach(peer, inherited->visitor_id);
  if (peer.second.feed.phase() == Feed::Phase::reading) {
    read_page(peer);
  }
}

void Visitors::closed(std::uint64_t socket) {
  const auto found = sockets_.find(socket);
  if (found == sockets_.end()) {
    return;
  }
  const std::string id = std::move(found->second.visitor);
  sockets_.erase(found);
  awaiting_hello_.erase(socket);
  const auto visitor = visitors_.find(id);
  if (visitor == visitors_.end()) {
    return;
  }
  auto& sockets = visitor->second.sockets;
  sockets.erase(std::remove(sockets.begin(), sockets.end(), socket), sockets.end());
  if (!sockets.empty()) {
    return;
  }
  if (visitor->second.is_typing) {
    Inbound value;
    value.kind = InboundKind::typing;
    value.flags = JF_INBOUND_OFF;
    value.address = "visitor:" + id;
    outlet_.publish(0, value);
  }
  visitors_.erase(visitor);
}

void Visitors::data(std::uint64_t socket, std::string_view frame_text, bool is_binary, Now now) {
  Peer* peer = find_open(socket);
  if (peer == nullptr) {
    return;
  }
  if (const auto wait_ms = peer->second.frames.take(kFrames, now.monotonic_ms); wait_ms > 0) {
    bad_frame(*peer, "rate", "too many frames");
    return;
  }
  if (is_binary || frame_text.size() > frame_bytes_max(settings_.text_bytes_max)) {
    bad_frame(*peer, is_binary ? "bad_frame" : "too_large",
              is_binary ? "frames are text" : "the frame is too large");
    return;
  }
  const Result<ClientFrame> parsed = parse_client_frame(frame_text);
  const auto* first = parsed ? std::get_if<Hello>(&*parsed) : nullptr;
  if (peer->second.visitor.empty() && first == nullptr) {
    send(*peer, error_frame({"hello_first", "the first frame must be a valid hello"}));
    close(*peer, kCloseBadFrames, "the first frame must be hello");
  } else if (!parsed) {
    bad_frame(*peer, "bad_frame", parsed.error().text);
  } else {
    frame(*peer, *parsed, now);
  }
}

void Visitors::frame(Peer& peer, const ClientFrame& frame, Now now) {
  if (const auto* first = std::get_if<Hello>(&frame)) {
    if (peer.second.visitor.empty()) {
      hello(peer, *first, now);
    } else {
      bad_frame(peer, "bad_frame", "hello comes once");
    }
    return;
  }
  const std::string& id = peer.second.visitor;
  Visitor& visitor = visitors_.at(id);
  if (const auto* message = std::get_if<Say>(&frame)) {
    say(peer, *message, now);
  } else if (const auto* typed = std::get_if<Typing>(&frame)) {
    typing(visitor, id, typed->is_on, now);
  } else if (const auto* marked = std::get_if<Mark>(&frame)) {
    mark(visitor, id, *marked, now);
  } else if (std::get_if<NextPage>(&frame) != nullptr) {
    if (peer.second.feed.phase() == Feed::Phase::waiting) {
      peer.second.feed.read_next();
      read_page(peer);
    } else {
      bad_frame(peer, "bad_frame", "there is no next page to ask for");
    }
  } else if (std::get_if<End>(&frame) != nullptr) {
    end(peer, now);
  } else {
    send(peer, pong_frame());
  }
}

std::optional<Visitors::Identity> Visitors::identify(Peer& peer, const Hello& hello, Now now) {
  auto known =
      mint_.visitor_of(hello.token, now.unix_ms / 1000, settings_.token_days * kDaySeconds);
  const std::int64_t wait_ms =
      known ? hellos_.take(*known, kHellos, now.monotonic_ms)
            : newcomers_.take(peer.second.peer_key, settings_.new_visitors, now.monotonic_ms);
  if (wait_ms > 0) {
    outlet_.count("hello_refused");
    send(peer, error_frame({"rate", "too many connections, try again later", {}, wait_ms}));
    close(peer, kCloseRate, "too many connections");
    return std::nullopt;
  }
  return known ? Identity{*std::move(known), true} : Identity{outlet_.new_visitor_id(), false};
}

void Visitors::hello(Peer& peer, const Hello& hello, Now now) {
  const auto identity = identify(peer, hello, now);
  if (!identity) {
    return;
  }
  const std::string& id = identity->visitor;
  const bool is_resumed = identity->is_known;
  const auto known = visitors_.find(id);
  if (known != visitors_.end() && open_sockets(known->second) >= settings_.sockets_per_visitor) {
    send(peer, error_frame({"too_many_sockets", "too many tabs are open"}));
    close(peer, kCloseTooManySockets, "too many tabs");
    return;
  }
  Introduction& introduction = attach(peer, id).introduction;
  if (!hello.name.empty()) {
    introduction.name = hello.name;
  }
  std::string context = context_json(hello);
  if (!context.empty() && context != introduction.context) {
    introduction.context = std::move(context);
    introduction.is_context_sent = false;
  }
  const TokenNote note = hello.token.empty() || is_resumed ? TokenNote::none : TokenNote::refused;
  const Limits limits{settings_.text_bytes_max, settings_.messages.per_minute,
                      settings_.messages.burst};
  if (!send(peer,
            welcome_frame(id, mint_.issue(id, now.unix_ms / 1000), is_resumed, note, limits))) {
    return;
  }
  if (is_resumed) {
    peer.second.feed.replay_after(hello.after);
  }
  outlet_.tag(peer.first, peer.second.feed.tag(id));
  if (is_resumed) {
    read_page(peer);
  }
}

Visitors::Visitor& Visitors::attach(Peer& peer, const std::string& id) {
  awaiting_hello_.erase(peer.first);
  peer.second.visitor = id;
  Visitor& visitor = visitors_[id];
  visitor.sockets.push_back(peer.first);
  if (const auto saved = saved_.find(id); saved != saved_.end()) {
    visitor.introduction = std::move(saved->second);
    saved_.erase(saved);
  }
  return visitor;
}

void Visitors::say(Peer& peer, const Say& say, Now now) {
  if (say.text.size() > settings_.text_bytes_max) {
    send(peer, error_frame({"too_large", "the message is too long", say.client_id}));
    return;
  }
  const std::string& id = peer.second.visitor;
  Inbound value;
  value.dedupe_key = "lc:" + id + ":" + say.client_id;
  if (const auto same = pending_by_key_.find(value.dedupe_key); same != pending_by_key_.end()) {
    auto& waiters = pending_.at(same->second).waiters;
    if (std::find(waiters.begin(), waiters.end(), peer.first) == waiters.end()) {
      waiters.push_back(peer.first);
    }
    return;
  }
  if (!is_publishing_ || pending_.size() >= kPendingMax) {
    send(peer, busy_frame(say.client_id, kBusyRetryMs));
    return;
  }
  if (const auto wait_ms = messages_.take(id, settings_.messages, now.monotonic_ms); wait_ms > 0) {
    outlet_.count("message_throttled");
    send(peer, error_frame({"rate", "too many messages", say.client_id, wait_ms}));
    return;
  }
  Introduction& introduction = visitors_.at(id).introduction;
  value.address = "visitor:" + id;
  value.display_name = introduction.name;
  value.external_id = id + ":" + say.client_id;
  value.parts.push_back(Part::of_text(say.text));
  value.provider_unix_ms = now.unix_ms;
  value.ext_json = introduction.is_context_sent ? std::string() : introduction.context;
  const std::uint64_t op = next_op_++;
  const jf_status status = outlet_.publish(op, value);
  if (status < 0) {
    send(peer, is_refused_for_good(status)
                   ? error_frame({"refused", "the message was not taken", say.client_id})
                   : busy_frame(say.client_id, kBusyRetryMs));
    return;
  }
  introduction.is_context_sent = true;
  pending_by_key_[value.dedupe_key] = op;
  pending_[op] = {Pending::Kind::message, id, say.client_id, say.text, {peer.first}};
}

void Visitors::typing(Visitor& visitor, const std::string& id, bool is_on, Now now) {
  if (!is_publishing_ || visitor.typing.take(settings_.typing, now.monotonic_ms) > 0) {
    return;
  }
  Inbound value;
  value.kind = InboundKind::typing;
  value.flags = is_on ? 0U : static_cast<std::uint32_t>(JF_INBOUND_OFF);
  value.address = "visitor:" + id;
  if (outlet_.publish(0, value) >= 0) {
    visitor.is_typing = is_on;
  }
}

void Visitors::mark(Visitor& visitor, const std::string& id, const Mark& mark, Now now) {
  const bool is_read = mark.kind == ReceiptKind::read;
  std::string& last = is_read ? visitor.last_read : visitor.last_received;
  if (last == mark.id || !is_publishing_ || visitor.marks.take(kMarks, now.monotonic_ms) > 0) {
    return;
  }
  Inbound value;
  value.kind = InboundKind::receipt;
  value.receipt = mark.kind;
  value.flags = JF_INBOUND_UP_TO;
  value.dedupe_key = "lc:" + id + (is_read ? ":r:" : ":d:") + mark.id;
  value.address = "visitor:" + id;
  // Only the correlator: the host looks for it among this address's messages, so that nobody can
  // mark another visitor's.
  value.correlator = mark.id;
  if (outlet_.publish(0, value) >= 0) {
    last = mark.id;
  }
}

void Visitors::end(Peer& peer, Now now) {
  const std::string& id = peer.second.visitor;
  Visitor& visitor = visitors_.at(id);
  if (visitor.is_ending) {
    return;
  }
  if (!is_publishing_ || pending_.size() >= kPendingMax) {
    send(peer, busy_frame({}, kBusyRetryMs));
    return;
  }
  if (const auto wait_ms = messages_.take(id, settings_.messages, now.monotonic_ms); wait_ms > 0) {
    send(peer, error_frame({"rate", "too many messages", {}, wait_ms}));
    return;
  }
  Inbound value;
  value.kind = InboundKind::session_ended;
  value.dedupe_key = "lc:" + id + ":e:" + std::to_string(now.unix_ms);
  value.address = "visitor:" + id;
  value.provider_unix_ms = now.unix_ms;
  const std::uint64_t op = next_op_++;
  if (outlet_.publish(op, value) < 0) {
    send(peer, busy_frame({}, kBusyRetryMs));
    return;
  }
  visitor.is_ending = true;
  pending_[op] = {Pending::Kind::end, id, {}, {}, {peer.first}};
}

void Visitors::bad_frame(Peer& peer, std::string_view code, std::string_view why) {
  outlet_.count("bad_frame");
  if (!send(peer, error_frame({code, why}))) {
    return;
  }
  if (++peer.second.bad_frames >= settings_.bad_frames_max) {
    close(peer, kCloseBadFrames, "too many bad frames");
  }
}

void Visitors::stored(std::uint64_t op, jf_status status, const std::vector<Stored>& values) {
  auto node = pending_.extract(op);
  if (node.empty()) {
    return;
  }
  const Pending& pending = node.mapped();
  const bool is_stored = status == JF_OK && !values.empty();
  if (pending.kind == Pending::Kind::end) {
    if (is_stored) {
      end_all(pending.visitor, "visitor");
    } else if (const auto visitor = visitors_.find(pending.visitor); visitor != visitors_.end()) {
      visitor->second.is_ending = false;
    }
  } else {
    pending_by_key_.erase("lc:" + pending.visitor + ":" + pending.client_id);
  }
  if (is_stored && pending.kind == Pending::Kind::message) {
    acknowledge(pending, values.front());
    echo(pending, values.front());
  }
  if (is_stored) {
    return;
  }
  for (const std::uint64_t waiter : pending.waiters) {
    if (Peer* peer = find_open(waiter)) {
      send(*peer, is_refused_for_good(status)
                      ? error_frame({"refused", "the message was not taken", pending.client_id})
                      : busy_frame(pending.client_id, kBusyRetryMs));
    }
  }
}

void Visitors::sweep(Now now) {
  std::vector<std::uint64_t> late;
  for (const auto& [socket, deadline_ms] : awaiting_hello_) {
    if (deadline_ms <= now.monotonic_ms) {
      late.push_back(socket);
    }
  }
  for (const std::uint64_t socket : late) {
    awaiting_hello_.erase(socket);
    if (Peer* peer = find_open(socket)) {
      close(*peer, kCloseNoHello, "no hello in time");
    }
  }
  read_late_pages();
  if (now.monotonic_ms - tables_swept_ms_ < kSweepTablesMs) {
    return;
  }
  tables_swept_ms_ = now.monotonic_ms;
  newcomers_.sweep(settings_.new_visitors, now.monotonic_ms);
  messages_.sweep(settings_.messages, now.monotonic_ms);
  hellos_.sweep(kHellos, now.monotonic_ms);
}

std::string Visitors::save() const {
  json::Writer out;
  out.begin_object().key("visitors").begin_array();
  std::size_t bytes = 0;
  for (const auto& [id, visitor] : visitors_) {
    const Introduction& introduction = visitor.introduction;
    // Six bytes are the most that JSON makes of one.
    bytes += 100 + 6 * (introduction.name.size() + introduction.context.size());
    if (bytes > kSavedBytesMax) {
      break;
    }
    if (!introduction.name.empty() || !introduction.context.empty()) {
      out.begin_object().field("id", id).field("name", introduction.name);
      out.field("context", introduction.context).flag("sent", introduction.is_context_sent);
      out.end_object();
    }
  }
  out.end_array().end_object();
  return out.take();
}

void Visitors::restore(std::string_view saved) {
  const auto document = json::Document::parse(saved);
  if (!document) {
    return;
  }
  for (const json::Value one : document->root()["visitors"]) {
    const std::string_view id = one["id"].text();
    if (is_visitor_id(id)) {
      saved_[std::string(id)] = {std::string(one["name"].text()),
                                 std::string(one["context"].text()),
                                 one["sent"].boolean().value_or(false)};
    }
  }
}

}  // namespace jackfield::livechat
