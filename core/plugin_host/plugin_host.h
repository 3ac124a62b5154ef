#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "core/base/clock.h"
#include "core/base/settings.h"
#include "core/model/ids.h"
#include "core/model/message.h"
#include "core/net/http_client.h"
#include "core/net/http_server.h"
#include "core/plugin_host/outbound_part.h"
#include "core/plugin_host/ports.h"
#include "jackfield/result.h"

namespace jackfield::plugin_host {

/// What jackctl and the sender want to know of one account.
struct AccountState {
  model::AccountId account;
  std::string channel_title, plugin_id, plugin_version, plugin_file, plugin_sha256, isolation;
  int generation = 0;
  bool is_ready = false;
  std::string why_not;
  std::uint64_t capabilities = 0;
  std::string capabilities_json;
  std::size_t lane_backlog = 0;
  std::vector<std::string> provider_ids;
};

/// A plugin's own counter or gauge.
struct PluginMetric {
  model::AccountId account;
  std::string name;
  double value = 0;
};

struct HostOptions {
  std::vector<std::string> plugin_directories;
  std::string state_directory;  ///< Content-addressed copies go to <state>/plugins/<sha256>.so.
  std::string public_url;       ///< Without trailing '/'.
  std::chrono::milliseconds send_timeout{
      15'000};  ///< A PENDING token older than twice this ends as unknown.
  bool allow_private_addresses = false;
};

/// Finds, checks, starts and stops plugins; the host side of the ABI. Its HTTP face is an
/// HttpHandler for everything under /in/. Public functions: from the main thread unless marked;
/// callbacks: any thread.
class PluginHost {
 public:
  static constexpr std::size_t kLaneBacklogMax = 16'384;
  static std::unique_ptr<PluginHost> create(boost::asio::io_context& io, const base::Clock& clock,
                                            net::HttpClient& client, Ports ports,
                                            HostOptions options);
  virtual ~PluginHost() = default;

  /// Loads the plugin if needed, checks the settings against its schema, creates and starts the
  /// instance. Error: invalid, with a sentence that names the file and the reason; nothing is half
  /// registered then.
  virtual Status add_account(const base::AccountSettings& settings) = 0;
  /// Only the checks: finds the plugin and validates settings against its schema; for
  /// --check-config.
  virtual std::vector<base::SettingsProblem> check_account(
      const base::AccountSettings& settings) = 0;

  /// Any thread. Hands over one part; `done` follows.
  virtual void deliver(OutboundPart part, OnOutcome done) = 0;
  /// Any thread. Starts the download that a media job stands for; MediaPort::finish_job/fail_job
  /// follows.
  virtual void fetch_media(const model::AccountId& account, std::int64_t job, std::string media_ref,
                           std::string media_kind) = 0;
  /// Any thread. Parses a quarantined body again; the values come through InboundPort with
  /// replay_of set.
  virtual Status replay(const model::AccountId& account, std::int64_t quarantine_row,
                        std::string content_type, std::string raw) = 0;
  /// Any thread. Best effort; error: invalid when the channel can't.
  virtual Status set_typing(const model::AccountId& account, std::string address, bool is_on) = 0;
  virtual Status mark_read(const model::AccountId& account, std::string address,
                           std::string external_id) = 0;
  virtual Status end_session(const model::AccountId& account, std::string address,
                             std::string reason) = 0;

  /// The listener's handler for /in/<channel>/<name>/…
  virtual net::HttpHandler& http() = 0;
  [[nodiscard]] virtual std::vector<AccountState> accounts() const = 0;  ///< Any thread.
  /// Which account declared this provider id (lifecycle.identify) on the same channel; any thread.
  [[nodiscard]] virtual std::optional<model::AccountId> account_of(
      std::string_view channel, std::string_view provider_id) const = 0;

  /// What plugins count (jf.metric); any thread.
  [[nodiscard]] virtual std::vector<PluginMetric> metrics() const { return {}; }

  /// Drains every instance within `grace`, destroys them, joins the lanes, unloads. Call while `io`
  /// still runs.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace jackfield::plugin_host
