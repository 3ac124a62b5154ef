#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "core/base/clock.h"
#include "core/net/http_client.h"
#include "jackfield/result.h"
#include "tools/sim/control.h"
#include "tools/sim/demo.h"
#include "tools/sim/faults.h"
#include "tools/sim/ledger.h"
#include "tools/sim/meta/graph.h"
#include "tools/sim/script.h"
#include "tools/sim/transcript.h"
#include "tools/sim/webhook_sender.h"
#include "tools/sim/wire_server.h"

namespace jackfield::sim {

struct SimOptions {
  meta::GraphOptions graph;
  std::string callback;  ///< Where webhooks go; empty: nowhere.
  std::chrono::milliseconds first_retry{1'000};
  int webhook_attempts = 12;
  std::uint16_t port = 0;
  std::string ledger_file, script_file;
  bool demo = false;
};

/// The whole simulator: listener, control API, Graph API, webhooks. One I/O thread; everything on
/// it, or before it runs.
class Simulator final : public WireService {
 public:
  /// `io` and `clock` outlive it.
  Simulator(boost::asio::io_context& io, const base::Clock& clock, SimOptions options,
            Transcript transcript);

  /// Opens the ledger, reads the script, listens; returns the port.
  [[nodiscard]] Result<std::uint16_t> start();
  void stop() { server_->stop(); }

  [[nodiscard]] Ledger& ledger() { return ledger_; }

  std::chrono::milliseconds pause_before_body(std::string_view method,
                                              std::string_view path) override;
  std::size_t body_bytes_max(std::string_view method, std::string_view path) override;
  void on_request(net::HttpRequest request, WireRespond respond) override;

 private:
  [[nodiscard]] WebhookSender::Plan webhook_plan() const;

  SimOptions options_;
  Transcript transcript_;
  std::unique_ptr<net::HttpClient> client_;
  FaultRules rules_;
  Ledger ledger_;
  WebhookSender webhooks_;
  meta::Graph graph_;
  Control control_;
  Script script_;
  Demo demo_;
  std::unique_ptr<WireServer> server_;
};

}  // namespace jackfield::sim
