// What the host asks of an instance, each as a task on its lane.
#include <utility>

#include "core/base/log.h"
#include "core/plugin_host/generation.h"
#include "core/plugin_host/http_view.h"
#include "core/plugin_host/outcomes.h"

namespace jackfield::plugin_host {
namespace {

jf_part abi_part(const model::Part& part) {
  jf_part out{};
  out.kind = static_cast<std::int32_t>(part.kind);
  out.text = str_of(part.text);
  out.media_id = str_of(part.media_id);
  out.media_ref = str_of(part.media_ref);
  out.media_kind = str_of(part.media_kind);
  out.mime = str_of(part.mime);
  out.filename = str_of(part.filename);
  out.media_size = part.size_bytes;
  out.json = str_of(part.json);
  return out;
}

Outcome busy(std::string why) {
  Outcome outcome;
  outcome.kind = OutcomeKind::busy;
  outcome.detail = std::move(why);
  return outcome;
}

Error cannot(const char* what) {
  return {ErrorCode::invalid, std::string("this channel can't ") + what};
}

Error lane_full() {
  return {ErrorCode::throttled, "too much waits for this account's plugin"};
}

}  // namespace

void Generation::deliver(OutboundPart part, OnOutcome done) {
  if (is_closed_ || lane.is_stuck()) {
    done(busy(is_closed_ ? "the plugin is stopping" : "the plugin does not return"));
    return;
  }
  const auto gives_up_at = now() + 2 * environment.options.send_timeout;
  const std::optional<std::uint64_t> token = tokens.open(done, gives_up_at);
  if (!token) {
    done(busy("too many messages are under way"));
    return;
  }
  const auto kept = std::make_shared<OutboundPart>(std::move(part));
  const bool is_taken = lane.post("deliver", [self = shared_from_this(), token, kept] {
    self->deliver_on_lane(*token, *kept);
  });
  if (const OnOutcome refused = is_taken ? nullptr : tokens.take(*token)) {
    refused(busy("the plugin's queue is full"));
  }
}

void Generation::deliver_on_lane(std::uint64_t token, const OutboundPart& part) {
  if (instance_ == nullptr || !tokens.is_open(token)) {
    return;  // given up while it waited; whoever did that has told
  }
  const std::string message = part.message.text();
  const std::string conversation = part.message.conversation.text();
  const jf_part abi = abi_part(part.part);
  jf_outbound outbound{};
  outbound.size = sizeof outbound;
  outbound.attempt = part.attempt;
  outbound.message_id = str_of(message);
  outbound.part_index = part.part_index;
  outbound.part_total = part.part_total;
  outbound.account = str_of(part.account.text);
  outbound.conversation = str_of(conversation);
  outbound.to = str_of(part.address);
  outbound.reply_to = str_of(part.reply_to);
  outbound.parts = &abi;
  outbound.part_count = 1;
  outbound.part_stride = sizeof abi;
  outbound.deadline_unix_ms = part.deadline_ms;
  outbound.last_inbound_unix_ms = part.last_inbound_ms;
  outbound.ext_json = str_of(part.ext_json);
  jf_outcome said{};
  said.size = sizeof said;
  jf_error error{};
  error.size = sizeof error;
  const std::uint64_t sends_before = sends_.load();
  const jf_status status = channel.ops->deliver(instance_, token, &outbound, &said, &error);
  if (status == JF_PENDING) {
    return;
  }
  if (const OnOutcome done = tokens.take(token)) {
    const Said when = sends_.load() == sends_before ? Said::before_sending : Said::after_sending;
    Outcome outcome = copy_outcome(status, said, &error, when);
    outcome.detail = account->without_secrets(outcome.detail);
    done(std::move(outcome));
  }
}

void Generation::fetch_media(std::int64_t job, std::string media_ref, std::string media_kind) {
  MediaPort& media = environment.ports.media;
  if (!JF_HAS(receivers.media, on_fetch)) {
    media.fail_job(job, "this channel fetches no media", MediaPort::Again::no);
    return;
  }
  const auto id = static_cast<std::uint64_t>(job);
  if (!jobs.add(id, job, now() + kJobWithin)) {
    media.fail_job(job, "too many downloads are under way", MediaPort::Again::yes);
    return;
  }
  const bool is_taken = lane.post(
      "on_fetch",
      [self = shared_from_this(), id, ref = std::move(media_ref), kind = std::move(media_kind)] {
        if (self->instance_ != nullptr) {
          self->receivers.media->on_fetch(self->instance_, id, str_of(ref), str_of(kind));
        }
      });
  if (!is_taken && jobs.take(id)) {
    media.fail_job(job, "the plugin's queue is full", MediaPort::Again::yes);
  }
}

Status Generation::replay(std::int64_t row, std::string content_type, std::string raw) {
  if (!JF_HAS(receivers.inbound, on_replay)) {
    return cannot("parse a kept body again");
  }
  const std::uint64_t op = kHostOp | ++last_op_;
  if (!replays.add(op, row, now() + 2 * environment.options.send_timeout)) {
    return lane_full();
  }
  const bool is_taken = lane.post(
      "on_replay",
      [self = shared_from_this(), op, type = std::move(content_type), body = std::move(raw)] {
        if (self->instance_ != nullptr) {
          self->receivers.inbound->on_replay(self->instance_, op, str_of(type), bytes_of(body));
        }
      });
  if (!is_taken) {
    replays.take(op);
    return lane_full();
  }
  return Done{};
}

Status Generation::set_typing(std::string address, bool is_on) {
  if (!JF_HAS(receivers.typing, set)) {
    return cannot("show typing");
  }
  const bool is_taken =
      lane.post("typing.set", [self = shared_from_this(), to = std::move(address), is_on] {
        if (self->instance_ != nullptr) {
          self->receivers.typing->set(self->instance_, str_of(to), is_on ? 1 : 0);
        }
      });
  return is_taken ? Status(Done{}) : lane_full();
}

Status Generation::mark_read(std::string address, std::string external_id) {
  if (!JF_HAS(receivers.read, mark)) {
    return cannot("mark messages as read");
  }
  const bool is_taken = lane.post("read.mark", [self = shared_from_this(), to = std::move(address),
                                                id = std::move(external_id)] {
    if (self->instance_ != nullptr) {
      self->receivers.read->mark(self->instance_, str_of(to), str_of(id));
    }
  });
  return is_taken ? Status(Done{}) : lane_full();
}

Status Generation::end_session(std::string address, std::string reason) {
  if (!JF_HAS(receivers.session, end)) {
    return cannot("end sessions");
  }
  const bool is_taken = lane.post(
      "session.end", [self = shared_from_this(), to = std::move(address), why = std::move(reason)] {
        if (self->instance_ != nullptr) {
          self->receivers.session->end(self->instance_, str_of(to), str_of(why));
        }
      });
  return is_taken ? Status(Done{}) : lane_full();
}

bool Generation::on_request(std::uint64_t route, std::uint64_t request_id,
                            net::HttpRequest request) {
  const auto kept = std::make_shared<net::HttpRequest>(std::move(request));
  return lane.post("on_request", [self = shared_from_this(), route, request_id, kept] {
    jf_status status = JF_E_CLOSED;
    if (self->instance_ != nullptr) {
      const HttpView view(*kept, path_below_account(kept->path));
      status = self->receivers.http->on_request(self->instance_, route, request_id, view.get());
    }
    if (status >= 0) {
      return;
    }
    if (const net::Respond respond = self->account->requests.take(request_id)) {
      base::log::warn("webhook.plugin_failed",
                      {{"account", self->account->id.text}, {"status", status}});
      respond({500, {}, ""});
    }
  });
}

bool Generation::on_socket_open(std::uint64_t route, std::uint64_t socket,
                                net::HttpRequest request) {
  const auto kept = std::make_shared<net::HttpRequest>(std::move(request));
  return lane.post("on_open", [self = shared_from_this(), route, socket, kept] {
    if (self->instance_ != nullptr) {
      const HttpView view(*kept, path_below_account(kept->path));
      self->receivers.socket->on_open(self->instance_, route, socket, view.get(), {});
    }
  });
}

void Generation::on_socket_data(std::uint64_t socket, std::string data,
                                net::WebSocket::Frame frame) {
  if (!JF_HAS(receivers.socket, on_data)) {
    return;
  }
  const std::uint32_t flags = frame == net::WebSocket::Frame::binary
                                  ? static_cast<std::uint32_t>(JF_SOCKET_BINARY)
                                  : static_cast<std::uint32_t>(JF_SOCKET_TEXT);
  const bool is_taken =
      lane.post("on_data", [self = shared_from_this(), socket, flags, bytes = std::move(data)] {
        if (self->instance_ != nullptr) {
          self->receivers.socket->on_data(self->instance_, socket, bytes_of(bytes), flags);
        }
      });
  if (const auto peer = is_taken ? nullptr : account->sockets.find(socket)) {
    peer->close(1013, "try again later");
  }
}

void Generation::on_socket_close(std::uint64_t socket, std::uint16_t code) {
  lane.post_owed("on_close", [self = shared_from_this(), socket, code] {
    if (self->instance_ != nullptr) {
      self->receivers.socket->on_close(self->instance_, socket, code);
    }
  });
}

}  // namespace jackfield::plugin_host
