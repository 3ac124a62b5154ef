#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/log.h"

namespace jackfield::base {

/// A value that must not be seen. It can't be streamed or formatted; it is read with reveal() where
/// it is used.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  [[nodiscard]] const std::string& reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

/// Where a setting was written, for messages: "conf.d/20-http.json:12:5".
struct Origin {
  std::string file;
  int line = 0, column = 0;
  [[nodiscard]] std::string text() const;
};

struct HttpSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;
  std::string public_url;          ///< "https://chat.example.com"; empty: http://address:port.
  std::vector<std::string> hosts;  ///< Accepted Host values; empty: any.
  std::vector<std::string> trusted_proxies;  ///< CIDRs.
  bool allow_insecure_bind = false;          ///< A plaintext listener on a non-loopback address.
  std::size_t body_bytes_max = 4 * 1024 * 1024;
  std::size_t connections_max = 10'000;
};

struct StoreSettings {
  std::string engine = "sqlite";
  std::string path;  ///< Empty: <data_dir>/jackfield.db.
  std::int64_t journal_rows_max = 10'000'000;
};

/// A program that may connect to the event endpoints over CURVE.
struct ConsumerSettings {
  std::string name;
  std::string public_key;  ///< Z85, 40 characters.
  std::string role;        ///< subscriber, agent_client, router, operator.
};

struct EventSettings {
  std::string endpoint;               ///< ROUTER; empty: ipc://<data_dir>/run/events.sock
  std::string pub_endpoint;           ///< PUB; empty: ipc://<data_dir>/run/events-pub.sock
  std::string curve_secret_key_file;  ///< Z85 secret key; required for tcp.
  std::vector<ConsumerSettings> consumers;
  std::chrono::milliseconds heartbeat{1'000};
};

struct LogSettings {
  log::Level level = log::Level::info;
  log::Format format = log::Format::automatic;
  std::string file;
};

struct PluginSettings {
  std::vector<std::string> directories;  ///< Where lib files are looked for; empty: beside the
                                         ///< program and <prefix>/lib/jackfield/plugins.
};

struct OutboundSettings {
  std::chrono::milliseconds send_timeout{15'000};
  std::chrono::milliseconds reconcile_window{120'000};
  std::chrono::milliseconds expires_after{24 * 3600 * 1000};
  int attempts_max = 8;
  bool allow_private_addresses =
      false;  ///< Provider and media URLs may point at loopback and private addresses (simulator).
};

/// One file of conf.d/accounts/ (or one member of "accounts"): an account and its plugin's own
/// settings.
struct AccountSettings {
  std::string id;      ///< "<channel>:<name>".
  std::string plugin;  ///< File name without directory and suffix; empty: the channel's name.
  bool enabled = true;
  std::string queue;  ///< Where new conversations wait; empty: none.
  std::string isolation = "inline";
  std::string config_json;  ///< The "settings" member with each secret replaced by null.
  std::map<std::string, Secret> secrets;  ///< JSON pointer into "settings" -> value; none while disabled.
  Origin origin;  ///< Of the account.
  std::map<std::string, Origin> origins;  ///< JSON pointer into "settings" -> place.
};

/// Everything the operator decides, checked. Defaults are safe as they stand.
struct Settings {
  std::string node = "jackfield";
  std::string data_dir = "/var/lib/jackfield";
  HttpSettings http;
  StoreSettings store;
  EventSettings events;
  LogSettings log;
  PluginSettings plugins;
  OutboundSettings outbound;
  std::vector<AccountSettings> accounts;
};

/// One thing that is wrong with the configuration, ready to print:
/// `conf.d/10-http.json:3:5: http.prot: unknown key; did you mean "port"?`
struct SettingsProblem {
  Origin origin;
  std::string key;
  std::string text;
  [[nodiscard]] std::string line() const;
};

struct LoadedSettings {
  Settings settings;
  std::vector<SettingsProblem> problems;  ///< Empty: the settings may be used.
  std::vector<std::string> warnings;
  std::string
      printable;  ///< The merged configuration as JSON with secrets masked and an origin per value.
};

/// What load_settings reads, lowest precedence first: `directories` each with its *.json sorted by
/// file name (over all directories: a later directory's file of the same name replaces an earlier
/// one's) and accounts/*.json, then environment JACKFIELD__SECTION__KEY, then `overrides`
/// ("http.port=8081"). Objects merge, arrays and scalars replace, null deletes (RFC 7396). Comments
/// and trailing commas are allowed. Files at most 1 MiB. A directory that does not exist is a
/// problem, so name only those that should; one without accounts/ is fine.
struct SettingsSources {
  std::vector<std::string> directories;
  std::vector<std::string>
      environment;  ///< "NAME=value"; JACKFIELD__ ones, and where {"$env": "NAME"} is looked up.
  std::vector<std::string> overrides;
};

/// Reads and checks everything; reports all problems, in the order of files and lines. Opens no
/// other files than those named by sources, {"$file": ...} and events.curve_secret_key_file. Any
/// thread.
LoadedSettings load_settings(const SettingsSources& sources);

/// docs/configuration.md: every key with its type, default, bounds and meaning, as Markdown.
std::string settings_reference();

}  // namespace jackfield::base
