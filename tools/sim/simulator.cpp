#include "tools/sim/simulator.h"

#include <utility>

namespace jackfield::sim {
namespace {

constexpr std::string_view kControl = "/control/";
constexpr std::size_t kLargeBodyMax = 110U * 1024 * 1024;  ///< Documents may have 100 MB.
constexpr std::size_t kBodyMax = 4U * 1024 * 1024;

}  // namespace

Simulator::Simulator(boost::asio::io_context& io, const base::Clock& clock, SimOptions options,
                     Transcript transcript)
    : options_(std::move(options)),
      transcript_(std::move(transcript)),
      client_(net::HttpClient::create(io)),
      webhooks_(io, *client_, webhook_plan()),
      graph_(meta::GraphWorld{io, clock, rules_, ledger_, webhooks_, *client_}, options_.graph,
             transcript_),
      control_(ControlParts{io, *client_, rules_, ledger_, webhooks_, graph_}),
      script_(io, control_),
      demo_(io, control_, transcript_),
      server_(WireServer::create(io, *this)) {}

WebhookSender::Plan Simulator::webhook_plan() const {
  WebhookSender::Plan plan;
  plan.url = options_.callback;
  plan.secret = options_.graph.app_secret;
  plan.first_retry = options_.first_retry;
  plan.attempts_max = options_.webhook_attempts;
  return plan;
}

Result<std::uint16_t> Simulator::start() {
  if (!options_.ledger_file.empty()) {
    JACKFIELD_TRY([[maybe_unused]] const Done opened, ledger_.open(options_.ledger_file));
  }
  if (!options_.script_file.empty()) {
    JACKFIELD_TRY([[maybe_unused]] const Done read, script_.read(options_.script_file));
  }
  JACKFIELD_TRY(const std::uint16_t port, server_->listen(options_.port));
  graph_.set_base_url("http://127.0.0.1:" + std::to_string(port));
  if (options_.demo) {
    graph_.on_accepted([this](const meta::SendFacts& facts) { demo_.on_reply(facts.to); });
    demo_.start();
  }
  script_.start();
  return port;
}

std::chrono::milliseconds Simulator::pause_before_body(std::string_view method,
                                                       std::string_view path) {
  if (path.starts_with(kControl)) {
    return std::chrono::milliseconds(0);
  }
  return rules_.pause_before_body(graph_.op_of(method, path));
}

std::size_t Simulator::body_bytes_max(std::string_view method, std::string_view path) {
  const bool is_large = path.starts_with(kControl) || graph_.op_of(method, path) == Op::upload;
  return is_large ? kLargeBodyMax : kBodyMax;
}

void Simulator::on_request(net::HttpRequest request, WireRespond respond) {
  if (!request.path.starts_with(kControl)) {
    return graph_.on_request(std::move(request), std::move(respond));
  }
  control_.on_request(request, [respond = std::move(respond)](net::HttpResponse response) {
    WireAnswer answer;
    answer.response = std::move(response);
    respond(std::move(answer));
  });
}

}  // namespace jackfield::sim
