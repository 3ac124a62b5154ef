// A channel without a provider: what is posted to it comes in, what is delivered is kept for
// reading back. For tests, demonstrations and as the smallest complete example.
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "jackfield/json.h"
#include "jackfield/plugin.h"

namespace {

namespace json = jackfield::json;

enum Route : std::uint64_t { kMessageRoute = 1, kSentRoute = 2 };
constexpr std::size_t kSentMax = 1'000;
constexpr std::uint64_t kPendingMs = 20;

constexpr char kSchema[] = R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "outcome": {
      "type": "string",
      "enum": ["accept", "transient", "permanent", "unknown", "rate", "pending"],
      "description": "What becomes of deliveries. pending: accepted a moment later."
    },
    "echo": {"type": "boolean", "description": "Publish what is delivered as an answer."},
    "token": {"type": "string", "minLength": 8, "x-secret": true,
              "description": "When set: posts must carry it in X-Loopback-Token."}
  }
})";
constexpr char kLimits[] = R"({"text":{"bytes_max":65536}})";

class Loopback final : public jackfield::Channel {
 public:
  static constexpr jackfield::Features kFeatures = jackfield::kUsesHttp | jackfield::kUsesTimers |
                                                   jackfield::kCanReplay | jackfield::kFetchesMedia;

  Loopback(const jackfield::Host& host, std::string_view)
      : Channel(host),
        outcome_(host.config_or("/outcome", "accept")),
        is_echoing_(host.config("/echo") == "true"),
        token_(host.secret("/token")) {
    host.identify(std::string("loopback-").append(host.account()));
    host.route(kMessageRoute, "POST", "/message");
    host.route(kSentRoute, "GET", "/sent");
  }

  jackfield::Outcome deliver(std::uint64_t token, const jackfield::Outbound& outbound) override {
    using jackfield::Outcome;
    if (outcome_ == "transient") {
      return Outcome::failed(JF_E_TRANSIENT, "loopback: told to fail for now");
    }
    if (outcome_ == "permanent") {
      return Outcome::failed(JF_E_PERMANENT, "loopback: told to refuse", 131);
    }
    if (outcome_ == "unknown") {
      return Outcome::failed(JF_E_UNKNOWN, "loopback: told not to know");
    }
    if (outcome_ == "rate") {
      return Outcome::failed(JF_E_RATE, "loopback: told to slow down", 0, 1'000);
    }
    const std::string external_id = keep(outbound);
    if (outcome_ == "pending") {
      waiting_.push_back({token, external_id});
      host().arm(token, kPendingMs);
      return Outcome::pending();
    }
    return Outcome::accepted(external_id);
  }

  void on_timer(std::uint64_t id) override {
    for (auto it = waiting_.begin(); it != waiting_.end(); ++it) {
      if (it->token == id) {
        host().complete(id, jackfield::Outcome::accepted(it->external_id));
        waiting_.erase(it);
        break;
      }
    }
    if (is_draining_ && waiting_.empty()) {
      host().drained();
    }
  }

  void drain(std::uint32_t) override {
    is_draining_ = true;
    if (waiting_.empty()) {
      host().drained();
    }
  }

  void on_request(std::uint64_t route, std::uint64_t request,
                  const jackfield::HttpRequest& message) override {
    if (!token_.empty() && !host().equal(message.header_or("x-loopback-token", ""), token_)) {
      host().reply(request, 403);
      return;
    }
    if (route == kSentRoute) {
      jackfield::HttpReply reply;
      reply.content_type = "application/json";
      reply.body = sent_json();
      host().reply(request, reply);
      return;
    }
    jackfield::Arrival arrival;
    arrival.http_request = request;
    arrival.reply_content_type = "application/json";
    arrival.reply_body = R"({"stored":true})";
    arrival.content_type = message.content_type();
    arrival.raw = message.body();
    if (host().publish(0, arrival, {parse(message.body())}) == JF_E_INVALID) {
      host().reply(request, 400);
    }
  }

  void on_replay(std::uint64_t op, std::string_view content_type, std::string_view raw) override {
    jackfield::Arrival arrival;
    arrival.content_type = content_type;
    arrival.raw = raw;
    host().publish(op, arrival, {parse(raw)});
  }

  void on_fetch(std::uint64_t job, std::string_view media_ref, std::string_view) override {
    const auto document = json::Document::parse(media_ref);
    jackfield::HttpCall call;
    call.url = document ? std::string(document->root()["url"].text()) : std::string();
    if (host().media_fetch(job, call) != JF_OK) {
      host().media_fail(job,
                        jackfield::Outcome::failed(JF_E_PERMANENT, "media_ref has no usable url"));
    }
  }

 private:
  struct Waiting {
    std::uint64_t token;
    std::string external_id;
  };

  /// One posted message, or a quarantine value for what is not one.
  static jackfield::Inbound parse(std::string_view body) {
    const auto document = json::Document::parse(body);
    if (!document) {
      return jackfield::Inbound::quarantine(body, document.error().text);
    }
    const json::Value root = document->root();
    if (root["id"].text().empty() || root["address"].text().empty()) {
      return jackfield::Inbound::quarantine(body, "id and address are required");
    }
    jackfield::Inbound value;
    value.dedupe_key = root["id"].text();
    value.external_id = value.dedupe_key;
    value.address = "loopback:";
    value.address += root["address"].text();
    value.display_name = root["name"].text();
    value.parts.push_back(jackfield::Part::of_text(root["text"].text()));
    if (const json::Value media = root["media_url"]) {
      const std::string reference =
          json::Writer().begin_object().field("url", media.text()).end_object().take();
      value.parts.push_back(jackfield::Part::of_media("document", reference));
    }
    return value;
  }

  std::string keep(const jackfield::Outbound& outbound) {
    std::string external_id = "loop-";
    external_id.append(outbound.message_id).append("-");
    external_id += std::to_string(outbound.part_index);
    sent_.push_back(json::Writer()
                        .begin_object()
                        .field("message_id", outbound.message_id)
                        .field("to", outbound.to)
                        .field("text", outbound.part.text)
                        .field("attempt", std::int64_t{outbound.attempt})
                        .end_object()
                        .take());
    if (sent_.size() > kSentMax) {
      sent_.pop_front();
    }
    if (is_echoing_) {
      echo(outbound, external_id);
    }
    return external_id;
  }

  void echo(const jackfield::Outbound& outbound, const std::string& external_id) {
    jackfield::Inbound value;
    value.dedupe_key = "echo-" + external_id;
    value.address = outbound.to;
    value.reply_to = external_id;
    value.parts.push_back(jackfield::Part::of_text(outbound.part.text));
    host().publish(0, {}, {value});
  }

  [[nodiscard]] std::string sent_json() const {
    json::Writer writer;
    writer.begin_array();
    for (const std::string& entry : sent_) {
      writer.raw(entry);
    }
    return writer.end_array().take();
  }

  const std::string outcome_;
  const bool is_echoing_;
  const std::string token_;
  std::deque<std::string> sent_;
  std::vector<Waiting> waiting_;
  bool is_draining_ = false;
};

}  // namespace

JACKFIELD_PLUGIN(Loopback, "jackfield.loopback", "1.0.0", "loopback", "Loopback",
                 JF_CAP_TEXT | JF_CAP_MEDIA_IN | JF_CAP_REPLY_TO, kSchema, kLimits);
