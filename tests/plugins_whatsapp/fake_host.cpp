#include "tests/plugins_whatsapp/fake_host.h"

#include <cstring>

#include "jackfield/encoding.h"
#include "plugins/whatsapp/channel.h"
#include "tests/plugins_whatsapp/support.h"

namespace jackfield::whatsapp {

namespace {

constexpr std::string_view kAppSecret = "dev-app-secret";

std::vector<jf_kv> views(const FakeHost::Headers& headers) {
  std::vector<jf_kv> list;
  for (const auto& header : headers) {
    list.push_back({abi_str(header.first), abi_str(header.second)});
  }
  return list;
}

jf_status give(jf_sink* sink, const std::string& text) {
  return sink->write(sink->ctx, text.data(), text.size());
}

std::string call_line(const jf_http_call* call) {
  std::string line = std::string(view(call->request->method)) + " " + std::string(view(call->url));
  line += (call->flags & JF_HTTP_ONCE) != 0 ? " once" : "";
  for (std::size_t i = 0; i < call->request->header_count; ++i) {
    const bool is_token = view(call->request->headers[i].key) == "Authorization";
    line += is_token ? " token" : "";
  }
  line += call->form_count > 0 ? " form" : "";
  return line;
}

}  // namespace

/// The services, as functions that find their FakeHost behind jf_host.
struct FakeHost::Tables {
  static FakeHost& self(const jf_host* host) { return *static_cast<FakeHost*>(host->impl); }
  static void say(const jf_host* host, std::string line) {
    self(host).lines_.push_back(std::move(line));
  }

  static std::int64_t unix_ms(const jf_host* host) { return self(host).now_ms; }
  static std::int64_t monotonic_us(const jf_host* host) { return self(host).now_ms * 1000; }
  static jf_status arm(const jf_host*, std::uint64_t, std::uint64_t, std::uint64_t) {
    return JF_OK;
  }
  static void disarm(const jf_host*, std::uint64_t) {}
  static jf_status secret(const jf_host* host, jf_str pointer, jf_sink* sink) {
    if (view(pointer) == "/access_token") {
      return give(sink, self(host).access_token);
    }
    return give(sink, view(pointer) == "/app_secret" ? std::string(kAppSecret) : "open sesame");
  }
  static jf_status hmac(const jf_host*, jf_str, jf_bytes key, jf_bytes data, jf_sink* sink) {
    return give(sink, TestCrypto().hmac_sha256(view(key), view(data)));
  }
  static jf_status hash(const jf_host*, jf_str, jf_bytes data, jf_sink* sink) {
    return give(sink, TestCrypto().sha256(view(data)));
  }
  static std::int32_t equal(const jf_host*, jf_bytes a, jf_bytes b) {
    return TestCrypto().equal(view(a), view(b)) ? 1 : 0;
  }
  static jf_status complete(const jf_host* host, std::uint64_t token, const jf_outcome* outcome) {
    Outcome read = Outcome::failed(outcome->status, view(outcome->detail), outcome->provider_code,
                                   outcome->retry_after_ms);
    read.external_id = std::string(view(outcome->external_id));
    say(host, "complete " + std::to_string(token) + " " + describe(read));
    return JF_OK;
  }
  static jf_status publish(const jf_host* host, std::uint64_t op, const jf_arrival* arrival,
                           const jf_inbound*, std::size_t count, std::size_t, jf_error*) {
    self(host).last_op = op;
    say(host, "publish " + std::to_string(count) + " for request " +
                  std::to_string(arrival->http_request));
    return op != 0 ? JF_PENDING : JF_OK;
  }
  static jf_status add_route(const jf_host* host, std::uint64_t, const jf_route* route, jf_error*) {
    say(host, "route " + std::string(view(route->method)) + " " + std::string(view(route->path)));
    return JF_OK;
  }
  static jf_status reply(const jf_host* host, std::uint64_t request, const jf_http_message* with) {
    say(host, "reply " + std::to_string(request) + " " + std::to_string(with->status_code) + " " +
                  std::string(view(with->body)));
    return JF_OK;
  }
  static jf_status send(const jf_host* host, std::uint64_t op, const jf_http_call* call,
                        jf_error*) {
    if (self(host).http_status == JF_OK) {
      self(host).last_op = op;
      say(host, call_line(call));
    }
    return self(host).http_status;
  }
  static void cancel(const jf_host*, std::uint64_t) {}
  static jf_status fetch(const jf_host* host, std::uint64_t job, const jf_http_call* call,
                         jf_error*) {
    say(host, "fetch " + std::to_string(job) + " " + call_line(call));
    return JF_OK;
  }
  static jf_status fail(const jf_host* host, std::uint64_t job, const jf_outcome* why) {
    say(host, "fail " + std::to_string(job) + " " +
                  describe(Outcome::failed(why->status, view(why->detail), why->provider_code)));
    return JF_OK;
  }
  static void identify(const jf_host* host, jf_str id) {
    say(host, "identify " + std::string(view(id)));
  }
  static void ready(const jf_host* host, std::int32_t up, jf_str) {
    say(host, up != 0 ? "ready" : "not ready");
  }
  static void drained(const jf_host* host) { say(host, "drained"); }

  static const void* service(const jf_host*, const char* id) {
    static const jf_service_clock clock{sizeof clock, 0, unix_ms, monotonic_us};
    static const jf_service_timer timer{sizeof timer, 0, arm, disarm};
    static const jf_service_secret secrets{sizeof secrets, 0, secret};
    static const jf_service_crypto crypto{sizeof crypto, 0, hmac, hash, equal, nullptr};
    static const jf_service_delivery delivery{sizeof delivery, 0, complete};
    static const jf_service_inbound inbound{sizeof inbound, 0, publish};
    static const jf_service_http_server server{sizeof server, 0, add_route, reply, nullptr};
    static const jf_service_http_client client{sizeof client, 0, send, cancel};
    static const jf_service_media media{sizeof media, 0, nullptr, nullptr, fetch, fail};
    static const jf_service_lifecycle life{sizeof life, 0, identify, ready, drained, nullptr};
    const std::pair<const char*, const void*> services[] = {
        {JF_SERVICE_CLOCK, &clock},        {JF_SERVICE_TIMER, &timer},
        {JF_SERVICE_SECRET, &secrets},     {JF_SERVICE_CRYPTO, &crypto},
        {JF_SERVICE_DELIVERY, &delivery},  {JF_SERVICE_INBOUND, &inbound},
        {JF_SERVICE_HTTP_SERVER, &server}, {JF_SERVICE_HTTP_CLIENT, &client},
        {JF_SERVICE_MEDIA, &media},        {JF_SERVICE_LIFECYCLE, &life},
    };
    for (const auto& [name, table] : services) {
      if (std::strcmp(name, id) == 0) {
        return table;
      }
    }
    return nullptr;
  }
};

FakeHost::FakeHost(std::string config) : config_(std::move(config)), ops_(Export<WhatsApp>::ops()) {
  host_.size = sizeof host_;
  host_.impl = this;
  host_.account = "whatsapp:main";
  host_.service = Tables::service;
  jf_error error = jackfield::detail::empty_error();
  status_ = ops_->create(&host_, abi_str(config_), nullptr, &instance_, &error);
  if (status_ == JF_OK) {
    status_ = ops_->start(instance_, &error);
  } else {
    lines_.emplace_back(error.message);
  }
}

FakeHost::~FakeHost() {
  if (instance_ != nullptr) {
    ops_->destroy(instance_);
  }
}

void FakeHost::request(std::string_view method, std::string_view query, std::string_view body,
                       const Headers& headers) {
  const std::vector<jf_kv> list = views(headers);
  jf_http_message message{};
  message.size = sizeof message;
  message.method = abi_str(method);
  message.query = abi_str(query);
  message.headers = list.data();
  message.header_count = list.size();
  message.body = abi_bytes(body);
  table<jf_recv_http>(JF_RECV_HTTP)->on_request(instance_, method == "GET" ? 1 : 2, 7, &message);
}

void FakeHost::webhook(const std::string& body) {
  const std::string mac = encoding::to_hex(TestCrypto().hmac_sha256(kAppSecret, body));
  request("POST", "", body, {{"X-Hub-Signature-256", "sha256=" + mac}});
}

void FakeHost::response(jf_status status, const jf_http_message* message) {
  table<jf_recv_http>(JF_RECV_HTTP)->on_response(instance_, last_op, status, message);
}

void FakeHost::answer(int http_status_code, std::string_view body, const Headers& headers) {
  const std::vector<jf_kv> list = views(headers);
  jf_http_message message{};
  message.size = sizeof message;
  message.status_code = http_status_code;
  message.headers = list.data();
  message.header_count = list.size();
  message.body = abi_bytes(body);
  response(JF_OK, &message);
}

void FakeHost::answer_with(jf_status status) {
  response(status, nullptr);
}

void FakeHost::stored(std::uint64_t op, jf_status status) {
  table<jf_recv_inbound>(JF_RECV_INBOUND)->on_stored(instance_, op, status, nullptr, 0, 0);
}

std::string FakeHost::deliver(const jf_part& part, std::int64_t last_inbound_ago_ms) {
  jf_outbound outbound{};
  outbound.size = sizeof outbound;
  outbound.attempt = 1;
  outbound.message_id = abi_str("m1");
  outbound.part_total = 1;
  outbound.to = abi_str("wa:12125550122");
  outbound.parts = &part;
  outbound.part_count = 1;
  outbound.part_stride = sizeof part;
  outbound.deadline_unix_ms = now_ms + 15'000;
  outbound.last_inbound_unix_ms = now_ms - last_inbound_ago_ms;
  jf_outcome outcome{};
  outcome.size = sizeof outcome;
  jf_error error = jackfield::detail::empty_error();
  const jf_status status = ops_->deliver(instance_, ++token_, &outbound, &outcome, &error);
  return describe(Outcome::failed(status, view(outcome.detail)));
}

void FakeHost::drain() {
  ops_->drain(instance_, 1000);
}

}  // namespace jackfield::whatsapp
