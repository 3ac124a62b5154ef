#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "core/base/clock.h"
#include "core/net/http_client.h"
#include "tools/sim/faults.h"
#include "tools/sim/ledger.h"
#include "tools/sim/meta/inbound.h"
#include "tools/sim/meta/media_store.h"
#include "tools/sim/meta/send_rules.h"
#include "tools/sim/meta/status_reports.h"
#include "tools/sim/provider.h"
#include "tools/sim/transcript.h"
#include "tools/sim/webhook_sender.h"

namespace jackfield::sim::meta {

struct GraphOptions {
  std::string waba = "100000000000001";
  std::vector<std::string> phone_number_ids{"106540352242922"};
  std::string access_token, app_secret, verify_token;
  std::string business = "support";  ///< What the transcript calls our side.
  std::vector<std::chrono::milliseconds> status_delays;
  std::chrono::milliseconds media_url_ttl{300'000};
  bool enforces_window =
      false;  ///< Free-form messages to who has not written for 24 h fail with 131047.
};

/// What the Graph API needs around it; all outlive it.
struct GraphWorld {
  boost::asio::io_context& io;
  const base::Clock& clock;
  FaultRules& rules;
  Ledger& ledger;
  WebhookSender& webhooks;
  net::HttpClient& client;  ///< For the handshake.
};

/// A path of the Graph API taken apart: /v25.0/{object}/messages.
struct GraphRoute {
  std::optional<Op> op;  ///< Nothing: no such path.
  std::string object;    ///< Phone number id or media id.
};
[[nodiscard]] GraphRoute graph_route(std::string_view method, std::string_view path);

/// Meta's Graph API for WhatsApp, and the contacts' phones behind it. I/O thread only.
class Graph final : public Provider {
 public:
  static constexpr std::size_t kPhonesMax = 100'000;
  static constexpr std::size_t kBatchMax = 1'000;

  Graph(GraphWorld world, GraphOptions options, Transcript transcript);

  /// Where media links point: "http://127.0.0.1:port".
  void set_base_url(std::string url) { base_url_ = std::move(url); }
  /// Called with each accepted message's facts; the demo's contact answers them.
  void on_accepted(std::function<void(const SendFacts&)> listener) {
    accepted_ = std::move(listener);
  }

  Op op_of(std::string_view method, std::string_view path) const override;
  void on_request(net::HttpRequest request, WireRespond respond) override;
  void inbound(const json::Value& what, ControlDone done) override;
  void webhook(const json::Value& what, ControlDone done) override;
  void handshake(const json::Value& what, ControlDone done) override;
  std::string load_body(std::size_t contact) override;
  void write_state(json::Writer& out) const override;

 private:
  struct Phone {
    std::string name;
    std::int64_t wrote_at = 0;  ///< Unix seconds.
  };
  /// A request on its way to its answer.
  struct Exchange {
    net::HttpRequest request;
    WireRespond respond;
    LedgerEntry entry;
    std::optional<Fault> fault;
  };

  std::optional<GraphError> check_access(const net::HttpRequest& request) const;
  [[nodiscard]] bool is_ours(const std::string& phone_number_id) const;
  [[nodiscard]] Line line_of(const std::string& phone_number_id) const;
  std::optional<Fault> pick_fault(const net::HttpRequest& request, const Occasion& occasion);

  void send(Exchange exchange, const std::string& phone_number_id);
  void accept_send(Exchange exchange, const SendFacts& facts);
  void accept_read_mark(Exchange exchange, const SendFacts& facts);
  void report_fate(const Exchange& exchange, const SendFacts& facts,
                   std::function<void()> all_answered);
  void upload(Exchange exchange, const std::string& phone_number_id);
  void describe_media(Exchange exchange, const std::string& id);
  void download(Exchange exchange);
  void remove_media(Exchange exchange, const std::string& id);
  /// Answers and writes the ledger. `ok` unless `error`; the fault may spoil either.
  void finish(Exchange exchange, net::HttpResponse good, bool recorded);
  void refuse(Exchange exchange, const GraphError& error, bool recorded);

  Result<std::vector<Change>> changes_of(const json::Value& what, json::Writer& ids,
                                         std::optional<Fault>& fault);
  void remember(const Inbound& message);
  [[nodiscard]] std::string name_of_phone(const std::string& number) const;
  void say(const std::string& line) const;

  GraphWorld world_;
  GraphOptions options_;
  Transcript transcript_;
  std::string base_url_;
  MediaStore media_;
  StatusReports statuses_;
  std::map<std::string, Phone> phones_;
  std::function<void(const SendFacts&)> accepted_;
  std::int64_t inbound_messages_ = 0;
};

}  // namespace jackfield::sim::meta
