#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "core/net/http_client.h"
#include "tools/sim/faults.h"
#include "tools/sim/ledger.h"
#include "tools/sim/load.h"
#include "tools/sim/provider.h"
#include "tools/sim/webhook_sender.h"

namespace jackfield::sim {

/// What the control API steers; all outlive it.
struct ControlParts {
  boost::asio::io_context& io;
  net::HttpClient& client;
  FaultRules& rules;
  Ledger& ledger;
  WebhookSender& webhooks;
  Provider& provider;
};

/// The control API under /control/ (README.md lists it). It trusts whoever reaches it: the listener
/// is loopback only, and requests whose Host is not loopback or that carry an Origin (a web page's)
/// are refused.
class Control {
 public:
  static constexpr std::size_t kLinesMax = 10'000;

  explicit Control(ControlParts parts) : parts_(parts) {}

  void on_request(const net::HttpRequest& request, ControlDone done);
  /// One control action with its JSON body; what scripts use.
  void run(const std::string& method, const std::string& action, const std::string& body,
           ControlDone done);

 private:
  void post(const std::string& action, const json::Value& body, ControlDone done);
  void add_faults(const json::Value& body, const ControlDone& done);
  void load(const json::Value& body, ControlDone done);
  [[nodiscard]] net::HttpResponse ledger_lines(const std::string& query) const;
  [[nodiscard]] std::string state() const;

  ControlParts parts_;
  std::unique_ptr<LoadRun> load_;
};

}  // namespace jackfield::sim
