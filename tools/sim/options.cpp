#include "tools/sim/options.h"

#include <charconv>
#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace jackfield::sim {
namespace {

/// "200,600,2000" or "off".
std::string read_delays(const std::string& text, std::vector<std::chrono::milliseconds>& delays) {
  delays.clear();
  if (text == "off") {
    return "";
  }
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end && delays.size() < 3) {
    std::int64_t value = -1;
    at = std::from_chars(at, end, value).ptr;
    if (value < 0 || (at < end && *at != ',')) {
      break;
    }
    delays.emplace_back(value);
    at += at < end ? 1 : 0;
  }
  return at == end && !delays.empty() ? ""
                                      : "give up to three milliseconds, as 200,600,2000, or off";
}

/// The first line of a file, without its newline.
std::string read_secret(const std::string& path, std::string& secret) {
  std::ifstream file(path);
  return std::getline(file, secret) ? "" : "cannot read a line from " + path;
}

void add_secret(CLI::App& app, const std::string& name, std::string& target,
                const std::string& what) {
  app.add_option("--" + name, target, what)->capture_default_str();
  app.add_option_function<std::string>(
      "--" + name + "-file",
      [&target, name](const std::string& path) {
        if (const std::string wrong = read_secret(path, target); !wrong.empty()) {
          throw CLI::ValidationError("--" + name + "-file", wrong);
        }
      },
      "The same, from the first line of a file");
}

}  // namespace

std::optional<int> read_options(int argc, char** argv, SimOptions& options) {
  CLI::App app{"Plays Meta's Graph API for WhatsApp on 127.0.0.1, and the phones behind it.",
               "jackfield-sim"};
  meta::GraphOptions& graph = options.graph;
  graph.access_token = "sim-access-token";
  graph.app_secret = "sim-app-secret";
  graph.verify_token = "sim-verify-token";
  std::string delays = "200,600,2000";
  std::int64_t url_ttl_ms = graph.media_url_ttl.count();
  std::int64_t first_retry_ms = options.first_retry.count();
  app.add_option("--callback", options.callback, "URL that webhooks go to");
  add_secret(app, "verify-token", graph.verify_token, "Token of the handshake");
  add_secret(app, "app-secret", graph.app_secret, "Key of the webhooks' signature");
  add_secret(app, "access-token", graph.access_token, "Bearer token that calls must carry");
  app.add_option("--phone-number-id", graph.phone_number_ids, "One of our numbers; repeatable");
  app.add_option("--waba", graph.waba, "WhatsApp business account id")->capture_default_str();
  app.add_option("--business", graph.business, "Our side's name in the transcript")
      ->capture_default_str();
  app.add_option("--port", options.port, "Port on 127.0.0.1; 0: any free one")
      ->capture_default_str();
  app.add_option("--status-delays", delays, "Milliseconds to sent, delivered, read; or off")
      ->capture_default_str()
      ->check([&graph](const std::string& text) { return read_delays(text, graph.status_delays); });
  app.add_option("--media-url-ttl", url_ttl_ms, "Milliseconds a media link lives")
      ->capture_default_str();
  app.add_option("--webhook-retry", first_retry_ms, "Milliseconds to a webhook's first repetition")
      ->capture_default_str()
      ->check(CLI::Range(1, 3'600'000));
  app.add_option("--webhook-attempts", options.webhook_attempts, "Attempts until it is given up")
      ->capture_default_str()
      ->check(CLI::Range(1, 100));
  app.add_flag("--enforce-window", graph.enforces_window,
               "Free-form messages to who has not written for 24 h fail (131047)");
  app.add_option("--ledger", options.ledger_file, "File that the ledger is appended to");
  app.add_option("--script", options.script_file, "JSON file of control actions to do")
      ->check(CLI::ExistingFile);
  app.add_flag("--demo", options.demo, "Handshake, then a contact writes in; prints a transcript");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stopped) {
    return app.exit(stopped);
  }
  read_delays(delays, graph.status_delays);
  graph.media_url_ttl = std::chrono::milliseconds(url_ttl_ms);
  options.first_retry = std::chrono::milliseconds(first_retry_ms);
  return std::nullopt;
}

}  // namespace jackfield::sim
