#include <algorithm>
#include <utility>

#include "plugins/livechat/visitors.h"

// What goes to browsers: live messages, history, marks, the end.
namespace jackfield::livechat {

namespace {

constexpr std::string_view kScheme = "visitor:";

/// The visitor's id, or "" when `address` is none of ours.
std::string_view visitor_of(std::string_view address) {
  if (address.substr(0, kScheme.size()) != kScheme) {
    return {};
  }
  address.remove_prefix(kScheme.size());
  return is_visitor_id(address) ? address : std::string_view();
}

/// Never said to the contact: it must not appear in a replay either.
bool was_never_said(const HistoryEntry& entry) {
  return !entry.is_inbound && (entry.status == "failed" || entry.status == "expired");
}

bool is_unknown_cursor(jf_status status) {
  return status == JF_E_NOT_FOUND || status == JF_E_INVALID;
}

/// The client_id in the dedupe key "lc:<visitor>:<client_id>", or "".
std::string_view client_id_of(std::string_view dedupe_key, std::string_view visitor) {
  const std::string prefix = "lc:" + std::string(visitor) + ":";
  if (dedupe_key.substr(0, prefix.size()) != prefix) {
    return {};
  }
  dedupe_key.remove_prefix(prefix.size());
  return is_client_id(dedupe_key) ? dedupe_key : std::string_view();
}

}  // namespace

Outcome Visitors::deliver(const Outbound& outbound, Now now) {
  const std::string_view visitor_id = visitor_of(outbound.to);
  if (visitor_id.empty()) {
    return Outcome::failed(JF_E_INVALID, "the address is not one of this channel's visitors");
  }
  if (outbound.part.kind != PartKind::text && outbound.part.kind != PartKind::media) {
    return Outcome::failed(JF_E_UNSUPPORTED, "live chat carries text and files only");
  }
  std::string external_id(outbound.message_id);
  if (outbound.part_index > 0) {
    external_id += "/" + std::to_string(outbound.part_index);
  }
  const auto visitor = visitors_.find(std::string(visitor_id));
  if (visitor != visitors_.end()) {
    const std::vector<PartView> parts{outbound.part};
    const std::string frame = message_frame({outbound.message_id,
                                             SaidBy::us,
                                             {},
                                             now.unix_ms,
                                             outbound.part_index,
                                             std::max(outbound.part_total, outbound.part_index + 1),
                                             parts});
    for (const std::uint64_t socket : visitor->second.sockets) {
      if (Peer* peer = find_open(socket)) {
        offer(*peer, outbound.message_id, frame);
      }
    }
  }
  return Outcome::accepted(external_id);
}

jf_status Visitors::set_typing(std::string_view address, bool is_on) {
  if (visitor_of(address).empty()) {
    return JF_E_INVALID;
  }
  if (const Visitor* visitor = find_visitor(address)) {
    send_all(*visitor, typing_frame(is_on));
  }
  return JF_OK;
}

jf_status Visitors::mark_read(std::string_view address, std::string_view external_id) {
  const std::string_view id = visitor_of(address);
  // We gave the message "<visitor>:<client_id>" for an external id.
  const bool is_theirs = !id.empty() && external_id.substr(0, id.size()) == id &&
                         external_id.substr(id.size(), 1) == ":";
  if (!is_theirs || !is_client_id(external_id.substr(id.size() + 1))) {
    return JF_E_INVALID;
  }
  if (const Visitor* visitor = find_visitor(address)) {
    send_all(*visitor, read_frame(external_id.substr(id.size() + 1)));
  }
  return JF_OK;
}

jf_status Visitors::end_session(std::string_view address, std::string_view reason) {
  const std::string_view id = visitor_of(address);
  if (id.empty()) {
    return JF_E_INVALID;
  }
  end_all(std::string(id), reason);
  return JF_OK;
}

void Visitors::end_all(const std::string& id, std::string_view reason) {
  const auto visitor = visitors_.find(id);
  if (visitor == visitors_.end()) {
    return;
  }
  const std::string frame = ended_frame(reason);
  for (const std::uint64_t socket : visitor->second.sockets) {
    Peer* peer = find_open(socket);
    if (peer != nullptr && send(*peer, frame)) {
      close(*peer, kCloseEnded, "ended");
    }
  }
}

void Visitors::acknowledge(const Pending& pending, const Stored& stored) {
  bool is_duplicate = stored.is_duplicate;
  for (const std::uint64_t waiter : pending.waiters) {
    if (Peer* peer = find_open(waiter)) {
      send(*peer, ack_frame({pending.client_id, stored.message_id, stored.unix_ms, is_duplicate}));
    }
    is_duplicate = true;
  }
}

void Visitors::echo(const Pending& pending, const Stored& stored) {
  const auto visitor = visitors_.find(pending.visitor);
  if (visitor == visitors_.end() || stored.is_duplicate || stored.message_id.empty()) {
    return;
  }
  PartView part;
  part.kind = PartKind::text;
  part.text = pending.text;
  const std::vector<PartView> parts{part};
  const std::string frame = message_frame(
      {stored.message_id, SaidBy::contact, pending.client_id, stored.unix_ms, 0, 1, parts});
  for (const std::uint64_t socket : visitor->second.sockets) {
    const auto& waiters = pending.waiters;
    Peer* peer = find_open(socket);
    if (peer != nullptr && std::find(waiters.begin(), waiters.end(), socket) == waiters.end()) {
      offer(*peer, stored.message_id, frame);
    }
  }
}

void Visitors::read_page(Peer& peer) {
  const std::uint64_t op = next_op_++;
  const jf_status status = outlet_.read_history(op, std::string(kScheme) + peer.second.visitor,
                                                peer.second.feed.cursor(), kPageMessages);
  if (status >= 0) {
    reads_[op] = peer.first;
  } else if (status == JF_E_BUSY && late_reads_.size() < kLateReadsMax) {
    // Many come back at once after a restart: they take turns.
    late_reads_.push_back(peer.first);
  } else if (is_unknown_cursor(status) && !peer.second.feed.cursor().empty()) {
    peer.second.feed.replay_after({});
    read_page(peer);
  } else {
    close(peer, kCloseTryLater, "history is not available now");
  }
}

void Visitors::read_late_pages() {
  for (std::size_t left = late_reads_.size(); left > 0; --left) {
    const std::uint64_t socket = late_reads_.front();
    late_reads_.pop_front();
    Peer* peer = find_open(socket);
    if (peer == nullptr) {
      continue;
    }
    read_page(*peer);
    if (!late_reads_.empty() && late_reads_.back() == socket) {
      // Still too many: it keeps its place.
      late_reads_.pop_back();
      late_reads_.push_front(socket);
      return;
    }
  }
}

void Visitors::history(std::uint64_t op, jf_status status, const std::vector<HistoryEntry>& entries,
                       bool has_more) {
  const auto node = reads_.extract(op);
  if (node.empty()) {
    return;
  }
  show_history(node.mapped(), status, entries, has_more);
  read_late_pages();
}

void Visitors::show_history(std::uint64_t socket, jf_status status,
                            const std::vector<HistoryEntry>& entries, bool has_more) {
  Peer* peer = find_open(socket);
  if (peer == nullptr || peer->second.feed.phase() != Feed::Phase::reading) {
    return;
  }
  if (is_unknown_cursor(status) && !peer->second.feed.cursor().empty()) {
    peer->second.feed.replay_after({});
    read_page(*peer);
    return;
  }
  if (is_unknown_cursor(status)) {
    finish_page(*peer, false);
    return;
  }
  if (status != JF_OK) {
    close(*peer, kCloseTryLater, "history is not available now");
    return;
  }
  const Page page = send_page(*peer, entries);
  if (page != Page::socket_lost) {
    finish_page(*peer, page == Page::cut || (has_more && !entries.empty()));
  }
}

Visitors::Page Visitors::send_page(Peer& peer, const std::vector<HistoryEntry>& entries) {
  std::size_t bytes = 0;
  for (const HistoryEntry& entry : entries) {
    if (bytes > kPageBytesMax) {
      return Page::cut;
    }
    if (was_never_said(entry)) {
      peer.second.feed.pass_over(entry.message_id);
      continue;
    }
    peer.second.feed.show(entry.message_id);
    const auto total = static_cast<std::uint32_t>(std::max<std::size_t>(1, entry.parts.size()));
    const std::string frame =
        message_frame({entry.message_id, entry.is_inbound ? SaidBy::contact : SaidBy::us,
                       client_id_of(entry.correlator, peer.second.visitor), entry.unix_ms, 0, total,
                       entry.parts});
    bytes += frame.size();
    if (!send(peer, frame)) {
      return Page::socket_lost;
    }
  }
  return Page::whole;
}

void Visitors::finish_page(Peer& peer, bool has_more) {
  if (!send(peer, replayed_frame(has_more))) {
    return;
  }
  Feed& feed = peer.second.feed;
  if (has_more) {
    feed.wait_for_next();
  } else {
    for (const std::string& frame : feed.go_live()) {
      if (!send(peer, frame)) {
        return;
      }
    }
  }
  outlet_.tag(peer.first, feed.tag(peer.second.visitor));
}

std::size_t Visitors::open_sockets(const Visitor& visitor) const {
  return static_cast<std::size_t>(
      std::count_if(visitor.sockets.begin(), visitor.sockets.end(),
                    [&](std::uint64_t socket) { return !sockets_.at(socket).is_closing; }));
}

Visitors::Peer* Visitors::find_open(std::uint64_t socket) {
  const auto found = sockets_.find(socket);
  return found == sockets_.end() || found->second.is_closing ? nullptr : &*found;
}

Visitors::Visitor* Visitors::find_visitor(std::string_view address) {
  const auto found = visitors_.find(std::string(visitor_of(address)));
  return found == visitors_.end() ? nullptr : &found->second;
}

bool Visitors::send(Peer& peer, std::string_view frame) {
  if (outlet_.send(peer.first, frame) >= 0) {
    return true;
  }
  outlet_.count("socket_dropped");
  close(peer, kCloseTryLater, "too slow");
  return false;
}

void Visitors::send_all(const Visitor& visitor, std::string_view frame) {
  for (const std::uint64_t socket : visitor.sockets) {
    if (Peer* peer = find_open(socket)) {
      send(*peer, frame);
    }
  }
}

void Visitors::offer(Peer& peer, std::string_view id, std::string_view frame) {
  switch (peer.second.feed.offer(id, frame)) {
    case Feed::Verdict::send:
      send(peer, frame);
      return;
    case Feed::Verdict::overflow:
      close(peer, kCloseTryLater, "too slow");
      return;
    case Feed::Verdict::held:
    case Feed::Verdict::known:
      return;
  }
}

void Visitors::close(Peer& peer, CloseCode code, std::string_view why) {
  peer.second.is_closing = true;
  awaiting_hello_.erase(peer.first);
  outlet_.close(peer.first, code, why);
}

}  // namespace jackfield::livechat
