#include "tests/plugins_livechat/fake_host.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "jackfield/plugin.h"
#include "plugins/livechat/channel.h"

using jackfield::abi_bytes;
using jackfield::abi_str;
using jackfield::view;

/// The services, each answering from the FakeHost behind jf_host::impl.
struct FakeHost::Tables {
  static FakeHost& of(const jf_host* host) { return *static_cast<FakeHost*>(host->impl); }
  static jf_status write(jf_sink* sink, std::string_view bytes) {
    return sink->write(sink->ctx, bytes.data(), bytes.size());
  }
  static jf_status hmac(const jf_host*, jf_str, jf_bytes key, jf_bytes data, jf_sink* out) {
    std::array<unsigned char, 32> digest{};
    unsigned length = 0;
    HMAC(EVP_sha256(), key.ptr, static_cast<int>(key.len), data.ptr, data.len, digest.data(),
         &length);
    return out->write(out->ctx, digest.data(), length);
  }
  static jf_status random(const jf_host* host, std::size_t length, jf_sink* out) {
    std::string bytes(length, '\0');
    const std::uint64_t value = of(host).random_next++;
    std::memcpy(bytes.data(), &value, sizeof value);
    return write(out, bytes);
  }
  static jf_status publish(const jf_host* host, std::uint64_t op, const jf_arrival*,
                           const jf_inbound* values, std::size_t count, std::size_t, jf_error*) {
    FakeHost& self = of(host);
    if (self.publish_status != JF_OK) {
      return self.publish_status;
    }
    if (count != 1) {
      return JF_E_INVALID;
    }
    const jf_inbound& value = values[0];
    Published one{op, value.kind, {}, {}};
    one.message.address = view(value.address);
    one.message.key = view(value.dedupe_key);
    one.message.ext_json = view(value.ext_json);
    one.message.name = view(value.display_name);
    for (std::size_t i = 0; i < value.part_count; ++i) {
      one.message.parts.emplace_back(view(value.parts[i].text));
    }
    one.line = std::to_string(value.kind) + " " + std::string(view(value.address));
    if (value.kind == JF_INBOUND_RECEIPT) {
      one.line += (value.receipt == JF_RECEIPT_READ ? " read " : " delivered ");
      one.line += view(value.correlator);
      one.line += (value.flags & JF_INBOUND_UP_TO) != 0 ? " up to" : "";
    } else if (value.kind == JF_INBOUND_TYPING) {
      one.line += (value.flags & JF_INBOUND_OFF) != 0 ? " off" : " on";
    }
    self.published_.push_back(std::move(one));
    return JF_OK;
  }
  static jf_status send(const jf_host* host, std::uint64_t socket, jf_bytes data, std::uint32_t) {
    FakeHost& self = of(host);
    if (const auto found = self.send_status.find(socket); found != self.send_status.end()) {
      return found->second;
    }
    self.sent_[socket].emplace_back(view(data));
    return JF_OK;
  }
  static void close(const jf_host* host, std::uint64_t socket, std::int32_t code, jf_str) {
    of(host).closed.emplace(socket, code);
  }
  static jf_status tag(const jf_host* host, std::uint64_t socket, jf_str tag) {
    of(host).tags[socket] = view(tag);
    return tag.len <= 512 ? JF_OK : JF_E_TOO_LARGE;
  }
  static jf_status kv_get(const jf_host* host, jf_str key, jf_sink* out) {
    const auto found = of(host).kv.find(std::string(view(key)));
    return found == of(host).kv.end() ? JF_E_NOT_FOUND : write(out, found->second);
  }
  static jf_status kv_put(const jf_host* host, jf_str key, jf_bytes value) {
    of(host).kv[std::string(view(key))] = view(value);
    return JF_OK;
  }
  static jf_status read(const jf_host* host, std::uint64_t op, jf_str address, jf_str after,
                        std::uint32_t) {
    if (after.len > 0 && view(after).find('.') == std::string_view::npos) {
      return JF_E_INVALID;
    }
    if (of(host).reads_.size() >= of(host).reads_max) {
      return JF_E_BUSY;
    }
    of(host).reads_.push_back({op, std::string(view(address)), std::string(view(after))});
    return JF_OK;
  }
  static const void* service(const jf_host*, const char* id) {
    static const jf_service_clock clock{
        sizeof(jf_service_clock), 0, [](const jf_host* host) { return of(host).now_ms_; },
        [](const jf_host* host) { return of(host).now_ms_ * 1000; }};
    static const jf_service_timer timer{sizeof(jf_service_timer), 0,
                                        [](const jf_host*, std::uint64_t, std::uint64_t,
                                           std::uint64_t) -> jf_status { return JF_OK; },
                                        [](const jf_host*, std::uint64_t) {}};
    static const jf_service_crypto crypto{
        sizeof(jf_service_crypto),
        0,
        hmac,
        nullptr,
        [](const jf_host*, jf_bytes a, jf_bytes b) -> std::int32_t { return view(a) == view(b); },
        random};
    static const jf_service_delivery delivery{
        sizeof(jf_service_delivery), 0,
        [](const jf_host*, std::uint64_t, const jf_outcome*) -> jf_status { return JF_E_STALE; }};
    static const jf_service_inbound inbound{sizeof(jf_service_inbound), 0, publish};
    static const jf_service_http_server server{
        sizeof(jf_service_http_server), 0,
        [](const jf_host*, std::uint64_t, const jf_route* route, jf_error*) -> jf_status {
          const bool is_right = route->flags == JF_ROUTE_WEBSOCKET && view(route->path) == "/ws";
          return is_right ? JF_OK : JF_E_INVALID;
        },
        nullptr, nullptr};
    static const jf_service_socket socket{sizeof(jf_service_socket), 0, send, close, tag};
    static const jf_service_kv kv{sizeof(jf_service_kv), 0, kv_get, kv_put};
    static const jf_service_history history{sizeof(jf_service_history), 0, read};
    static const jf_service_lifecycle lifecycle{sizeof(jf_service_lifecycle),
                                                0,
                                                [](const jf_host*, jf_str) {},
                                                [](const jf_host*, std::int32_t, jf_str) {},
                                                [](const jf_host* host) { ++of(host).drained; },
                                                [](const jf_host*, jf_str) {}};
    const std::map<std::string_view, const void*> all{
        {JF_SERVICE_CLOCK, &clock},     {JF_SERVICE_TIMER, &timer},
        {JF_SERVICE_CRYPTO, &crypto},   {JF_SERVICE_DELIVERY, &delivery},
        {JF_SERVICE_INBOUND, &inbound}, {JF_SERVICE_HTTP_SERVER, &server},
        {JF_SERVICE_SOCKET, &socket},   {JF_SERVICE_KV, &kv},
        {JF_SERVICE_HISTORY, &history}, {JF_SERVICE_LIFECYCLE, &lifecycle}};
    const auto found = all.find(id);
    return found == all.end() ? nullptr : found->second;
  }
};

FakeHost::FakeHost(std::string config)
    : config_(std::move(config)),
      ops_(jackfield::Export<jackfield::livechat::LivechatChannel>::ops()) {
  host_.size = sizeof host_;
  host_.abi_major = JF_ABI_MAJOR;
  host_.impl = this;
  host_.product = "test";
  host_.product_version = "1";
  host_.account = "livechat:shop";
  host_.service = Tables::service;
  create(nullptr);
}

FakeHost::~FakeHost() {
  if (instance_ != nullptr) {
    ops_->destroy(instance_);
  }
}

void FakeHost::create(const jf_handover* previous) {
  jf_error problem{};
  problem.size = sizeof problem;
  status_ = ops_->create(&host_, abi_str(config_), previous, &instance_, &problem);
  error = problem.message;
  if (status_ == JF_OK) {
    status_ = ops_->start(instance_, &problem);
  }
}

void FakeHost::swap() {
  ops_->drain(instance_, 1000);
  store_all();
  std::string state;
  jf_sink sink = jackfield::detail::sink_into(state);
  std::uint32_t schema = 0;
  jf_error problem{};
  problem.size = sizeof problem;
  ops_->save(instance_, &sink, &schema, &problem);
  ops_->destroy(instance_);
  instance_ = nullptr;
  reads_.clear();
  const jf_handover handover{sizeof(jf_handover), schema, "1.0.0", abi_bytes(state)};
  create(&handover);
  for (const auto& [socket, frames] : sent_) {
    if (closed.count(socket) == 0) {
      table<jf_recv_socket>(JF_RECV_SOCKET)
          ->on_open(instance_, 1, socket, nullptr, abi_str(tags[socket]));
    }
  }
}

void FakeHost::open(std::uint64_t socket, std::string_view origin, std::string_view peer) {
  const jf_kv header{abi_str("Origin"), abi_str(origin)};
  jf_http_message message{};
  message.size = sizeof message;
  message.headers = &header;
  message.header_count = origin.empty() ? 0 : 1;
  message.peer = abi_str(peer);
  sent_[socket];
  table<jf_recv_socket>(JF_RECV_SOCKET)->on_open(instance_, 1, socket, &message, abi_str(""));
}

void FakeHost::data(std::uint64_t socket, std::string_view frame, bool is_binary) {
  table<jf_recv_socket>(JF_RECV_SOCKET)
      ->on_data(instance_, socket, abi_bytes(frame),
                is_binary ? static_cast<std::uint32_t>(JF_SOCKET_BINARY) : 0U);
}

void FakeHost::hang_up(std::uint64_t socket) {
  closed.emplace(socket, 1006);
  table<jf_recv_socket>(JF_RECV_SOCKET)->on_close(instance_, socket, 1006);
}

std::vector<std::string> FakeHost::take(std::uint64_t socket) {
  return std::exchange(sent_[socket], {});
}

void FakeHost::store_all(jf_status status) {
  while (!published_.empty()) {
    const Published one = std::move(published_.front());
    published_.pop_front();
    std::string id;
    std::int32_t is_duplicate = 0;
    if (status == JF_OK && one.kind == JF_INBOUND_MESSAGE) {
      const auto same = std::find_if(messages.begin(), messages.end(),
                                     [&](const Message& m) { return m.key == one.message.key; });
      is_duplicate = same == messages.end() ? 0 : 1;
      id = is_duplicate != 0 ? same->id : "c." + std::to_string(messages.size() + 1);
      if (is_duplicate == 0) {
        messages.push_back(one.message);
        messages.back().id = id;
        messages.back().text = one.message.parts.front();
        messages.back().status = "received";
      }
    } else if (status == JF_OK) {
      other.push_back(one.line);
    }
    if (one.op != 0) {
      const jf_stored stored{abi_str(id), is_duplicate, 0, 5000};
      table<jf_recv_inbound>(JF_RECV_INBOUND)
          ->on_stored(instance_, one.op, status, &stored, status == JF_OK ? 1 : 0, sizeof stored);
    }
  }
}

void FakeHost::answer(const Read& read, std::size_t page_max) {
  std::vector<jf_history_entry> entries;
  std::deque<std::vector<jf_part>> parts;
  bool is_behind = read.after.empty();
  bool has_more = false;
  for (const Message& message : messages) {
    if (is_behind && message.address == read.address) {
      if (entries.size() == page_max) {
        has_more = true;
        break;
      }
      parts.emplace_back();
      for (const std::string& text : message.parts) {
        jf_part part{};
        part.kind = JF_PART_TEXT;
        part.text = abi_str(text);
        parts.back().push_back(part);
      }
      entries.push_back({abi_str(message.id),
                         message.is_inbound ? JF_DIRECTION_INBOUND : JF_DIRECTION_OUTBOUND,
                         static_cast<std::uint32_t>(message.parts.size()), abi_str(message.key),
                         abi_str(message.status), 5000, parts.back().data(), parts.back().size(),
                         sizeof(jf_part)});
    }
    is_behind = is_behind || message.id == read.after;
  }
  table<jf_recv_history>(JF_RECV_HISTORY)
      ->on_history(instance_, read.op, is_behind ? JF_OK : JF_E_NOT_FOUND, entries.data(),
                   entries.size(), sizeof(jf_history_entry), has_more ? 1 : 0);
}

void FakeHost::answer_history(std::size_t page_max) {
  for (std::size_t waiting = reads_.size(); waiting > 0; --waiting) {
    const Read read = reads_.front();
    reads_.pop_front();
    answer(read, page_max);
  }
}

void FakeHost::answer_history_with(jf_status status) {
  const Read read = reads_.front();
  reads_.pop_front();
  table<jf_recv_history>(JF_RECV_HISTORY)
      ->on_history(instance_, read.op, status, nullptr, 0, sizeof(jf_history_entry), 0);
}

void FakeHost::settle() {
  while (!published_.empty() || !reads_.empty()) {
    store_all();
    answer_history();
  }
}

std::string FakeHost::write(std::string_view visitor, std::vector<std::string> parts) {
  Message message;
  message.id = "c." + std::to_string(messages.size() + 1);
  message.address = "visitor:" + std::string(visitor);
  message.status = "pending";
  message.is_inbound = false;
  message.parts = std::move(parts);
  messages.push_back(message);
  return message.id;
}

jf_status FakeHost::deliver(std::string_view id, std::uint32_t part, int kind) {
  const auto found =
      std::find_if(messages.begin(), messages.end(), [&](const Message& m) { return m.id == id; });
  jf_part content{};
  content.kind = kind;
  content.text = abi_str(found->parts.at(part));
  if (kind == JF_PART_MEDIA) {
    content.media_id = abi_str("m1");
    content.media_kind = abi_str("image");
    content.filename = abi_str("a.png");
    content.mime = abi_str("image/png");
    content.media_size = 7;
  }
  jf_outbound outbound{};
  outbound.size = sizeof outbound;
  outbound.attempt = 1;
  outbound.message_id = abi_str(found->id);
  outbound.part_index = part;
  outbound.part_total = static_cast<std::uint32_t>(found->parts.size());
  outbound.to = abi_str(found->address);
  outbound.parts = &content;
  outbound.part_count = 1;
  outbound.part_stride = sizeof content;
  jf_outcome outcome{};
  outcome.size = sizeof outcome;
  jf_error problem{};
  problem.size = sizeof problem;
  const jf_status status = ops_->deliver(instance_, 1, &outbound, &outcome, &problem);
  if (status == JF_OK) {
    found->status = "accepted";
    last_external_id = view(outcome.external_id);
  }
  return status;
}

std::string FakeHost::say(std::string_view visitor, std::vector<std::string> parts) {
  const auto count = static_cast<std::uint32_t>(parts.size());
  const std::string id = write(visitor, std::move(parts));
  for (std::uint32_t part = 0; part < count; ++part) {
    deliver(id, part);
  }
  return id;
}

void FakeHost::pass(std::int64_t ms) {
  now_ms_ += ms;
  table<jf_recv_timer>(JF_RECV_TIMER)->on_timer(instance_, 1);
}
