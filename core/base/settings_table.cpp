#include "core/base/settings_table.h"

#include <algorithm>
#include <array>

#include "core/base/settings_check.h"
#include "jackfield/json.h"

namespace jackfield::base {
namespace {

constexpr std::int64_t kDayMs = 24 * 3600 * 1000;
constexpr std::string_view kLevels = "debug|info|warn|error";
constexpr std::string_view kFormats = "auto|text|json";

std::size_t choice_index(std::string_view choices, std::string_view name) {
  std::size_t index = 0;
  while (!choices.empty() && choices.substr(0, choices.find('|')) != name) {
    const auto bar = choices.find('|');
    choices = bar == std::string_view::npos ? std::string_view() : choices.substr(bar + 1);
    ++index;
  }
  return index;
}

std::string_view choice_at(std::string_view choices, std::size_t index) {
  for (; index > 0; --index) {
    choices.remove_prefix(choices.find('|') + 1);
  }
  return choices.substr(0, choices.find('|'));
}

// How each type of field is read from a value, and shown as JSON.
void put(std::string& field, const SettingsValue& value) {
  field = value.text;
}
void put(bool& field, const SettingsValue& value) {
  field = value.flag;
}
void put(std::vector<std::string>& field, const SettingsValue& value) {
  field = value.list;
}
void put(std::chrono::milliseconds& field, const SettingsValue& value) {
  field = std::chrono::milliseconds(value.integer);
}
void put(log::Level& field, const SettingsValue& value) {
  field = static_cast<log::Level>(choice_index(kLevels, value.text) + 1);
}
void put(log::Format& field, const SettingsValue& value) {
  field = static_cast<log::Format>(choice_index(kFormats, value.text));
}
template <class T>
  requires std::is_integral_v<T>
void put(T& field, const SettingsValue& value) {
  field = static_cast<T>(value.integer);
}

std::string show(const std::string& field) {
  return json::Writer().string(field).take();
}
std::string show(bool field) {
  return field ? "true" : "false";
}
std::string show(std::chrono::milliseconds field) {
  return std::to_string(field.count());
}
std::string show(log::Level field) {
  return show(std::string(log::name_of(field)));
}
std::string show(log::Format field) {
  return show(std::string(choice_at(kFormats, static_cast<std::size_t>(field))));
}
std::string show(const std::vector<std::string>& field) {
  json::Writer out;
  out.begin_array();
  for (const std::string& element : field) {
    out.string(element);
  }
  return out.end_array().take();
}
template <class T>
  requires std::is_integral_v<T>
std::string show(T field) {
  return std::to_string(field);
}

template <class T>
constexpr SettingsKind kind_for() {
  if (std::is_same_v<T, bool>) {
    return SettingsKind::boolean;
  }
  if (std::is_integral_v<T> || std::is_same_v<T, std::chrono::milliseconds>) {
    return SettingsKind::integer;
  }
  return std::is_same_v<T, std::vector<std::string>> ? SettingsKind::text_list : SettingsKind::text;
}

/// What a field may hold: for a whole number its bounds, for a text `min` 1 when it must not be
/// empty.
struct Bounds {
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::string_view choices = {};
  TextCheck check = nullptr;
};

/// The rule of the field that `Path`, pointers to members, leads to.
template <auto Outer, auto... Inner>
struct FieldAt;
template <auto Field>
struct FieldAt<Field> {
  static auto& of(auto& target) { return target.*Field; }
};
template <auto Outer, auto Field>
struct FieldAt<Outer, Field> {
  static auto& of(auto& target) { return target.*Outer.*Field; }
};

template <class Target, auto... Path>
SettingsRule<Target> rule(std::string_view key, const Bounds& bounds, std::string_view doc) {
  SettingsRule<Target> made;
  made.key = key;
  made.kind =
      kind_for<std::remove_cvref_t<decltype(FieldAt<Path...>::of(std::declval<Target&>()))>>();
  made.doc = doc;
  made.min = bounds.min;
  made.max = bounds.max;
  made.choices = bounds.choices;
  made.check = bounds.check;
  made.set = [](Target& target, const SettingsValue& value) {
    put(FieldAt<Path...>::of(target), value);
  };
  made.shown = [](const Target& target) { return show(FieldAt<Path...>::of(target)); };
  return made;
}

template <class Target>
SettingsRule<Target> declared(std::string_view key, SettingsKind kind, std::string_view doc) {
  SettingsRule<Target> made;
  made.key = key;
  made.kind = kind;
  made.doc = doc;
  return made;
}

template <auto... Path>
SettingsRule<Settings> top(std::string_view key, const Bounds& bounds, std::string_view doc) {
  return rule<Settings, Path...>(key, bounds, doc);
}

Bounds range(std::int64_t min, std::int64_t max) {
  return {min, max, {}, nullptr};
}
Bounds one_of(std::string_view choices) {
  return {1, 0, choices, nullptr};
}
Bounds required(TextCheck check) {
  return {1, 0, {}, check};
}
Bounds optional(TextCheck check) {
  return {0, 0, {}, check};
}
Bounds anything() {
  return {};
}

using S = Settings;
using Http = HttpSettings;
using Events = EventSettings;
using Outbound = OutboundSettings;

using Rules = std::vector<SettingsRule<Settings>>;

Rules server_rules() {
  return {
      top<&S::node>("node", required(check::node_name),
                    "This installation's name, in logs and events."),
      top<&S::data_dir>(
          "data_dir", required(check::not_empty),
          "Where the store, attachments and sockets live. Only the program's user may "
          "have access."),
      top<&S::http, &Http::address>(
          "http.address", required(check::address),
          "Where the HTTP server listens. It speaks plain HTTP: put a TLS "
          "proxy in front of anything but loopback."),
      top<&S::http, &Http::port>("http.port", range(0, 65'535), "0: the kernel chooses."),
      top<&S::http, &Http::public_url>("http.public_url", optional(check::public_url),
                                       "How providers and browsers reach the server. Empty: "
                                       "`http://<address>:<port>`."),
      top<&S::http, &Http::hosts>("http.hosts", required(check::host),
                                  "Accepted values of the Host header. Empty: any."),
      top<&S::http, &Http::trusted_proxies>("http.trusted_proxies", required(check::cidr),
                                            "Networks whose X-Forwarded-For is believed."),
      top<&S::http, &Http::allow_insecure_bind>("http.allow_insecure_bind", anything(),
                                                "Listen on a non-loopback address without TLS."),
      top<&S::http, &Http::body_bytes_max>("http.body_bytes_max", range(1024, 64 << 20),
                                           "Largest request body, in bytes."),
      top<&S::http, &Http::connections_max>("http.connections_max", range(1, 1'000'000),
                                            "Most connections at one time."),
  };
}

Rules record_rules() {
  return {
      top<&S::store, &StoreSettings::engine>("store.engine", one_of("sqlite"),
                                             "What keeps the messages."),
      top<&S::store, &StoreSettings::path>("store.path", anything(),
                                           "Empty: `<data_dir>/jackfield.db`."),
      top<&S::store, &StoreSettings::journal_rows_max>(
          "store.journal_rows_max", range(1'000, 1'000'000'000'000),
          "Events kept for replay. A consumer that falls further behind is told so."),
      top<&S::events, &Events::endpoint>("events.endpoint", optional(check::endpoint),
                                         "ROUTER: replay, commands, queries. Empty: "
                                         "`ipc://<data_dir>/run/events.sock`."),
      top<&S::events, &Events::pub_endpoint>("events.pub_endpoint", optional(check::endpoint),
                                             "PUB. Empty: `ipc://<data_dir>/run/events-pub.sock`."),
      top<&S::events, &Events::curve_secret_key_file>(
          "events.curve_secret_key_file", anything(),
          "File with the server's Z85 secret key. Required for tcp endpoints."),
      declared<S>("events.consumers", SettingsKind::objects,
                  "Programs that may connect over tcp; everybody else is turned away."),
      top<&S::events, &Events::heartbeat>("events.heartbeat_ms", range(100, 60'000),
                                          "Between two heartbeats, in milliseconds."),
  };
}

Rules program_rules() {
  return {
      top<&S::log, &LogSettings::level>("log.level", one_of(kLevels), "The least that is written."),
      top<&S::log, &LogSettings::format>("log.format", one_of(kFormats),
                                         "auto: text on a terminal, JSON otherwise."),
      top<&S::log, &LogSettings::file>("log.file", anything(), "Empty: standard error."),
      top<&S::plugins, &PluginSettings::directories>(
          "plugins.directories", required(check::not_empty),
          "Where plugins are looked for, in this order. Empty: beside the program, then its "
          "`lib/jackfield/plugins`."),
  };
}

Rules outbound_rules() {
  return {
      top<&S::outbound, &Outbound::send_timeout>("outbound.send_timeout_ms", range(100, 300'000),
                                                 "One attempt, in milliseconds."),
      top<&S::outbound, &Outbound::reconcile_window>(
          "outbound.reconcile_window_ms", range(0, kDayMs),
          "How long a provider's report may still settle an attempt without an answer, in "
          "milliseconds."),
      top<&S::outbound, &Outbound::expires_after>(
          "outbound.expires_after_ms", range(1'000, 30 * kDayMs),
          "After this a message that could not be sent is given up, in milliseconds."),
      top<&S::outbound, &Outbound::attempts_max>("outbound.attempts_max", range(1, 100),
                                                 "Attempts that failed for certain before a "
                                                 "message is given up."),
      top<&S::outbound, &Outbound::allow_private_addresses>(
          "outbound.allow_private_addresses", anything(),
          "Providers and media may be at loopback and private addresses: for the simulator."),
      declared<S>("accounts", SettingsKind::objects,
                  "Account id to account. Better one file each in `accounts/`."),
  };
}

Rules make_settings_rules() {
  Rules all;
  for (const auto& make : {server_rules, record_rules, program_rules, outbound_rules}) {
    for (auto& made : make()) {
      all.push_back(made);
    }
  }
  return all;
}

auto make_account_rules() {
  using A = AccountSettings;
  return std::to_array<SettingsRule<A>>({
      rule<A, &A::plugin>("plugin", optional(check::file_stem),
                          "The plugin's file name without directory and suffix. Empty: the "
                          "channel's name."),
      rule<A, &A::enabled>("enabled", anything(), "false keeps the file without using it."),
      rule<A, &A::queue>("queue", optional(check::queue_name),
                         "Where new conversations wait. Empty: none."),
      rule<A, &A::isolation>("isolation", one_of("inline|shared|process"),
                             "Where the plugin runs: in the server, in one process shared with "
                             "others, or in a process of its own."),
      declared<A>(
          "settings", SettingsKind::object,
          "What the plugin needs; see its README. Secrets only as `{\"$file\": \"path\"}` or "
          "`{\"$env\": \"NAME\"}`."),
  });
}

auto make_consumer_rules() {
  using C = ConsumerSettings;
  return std::to_array<SettingsRule<C>>({
      rule<C, &C::name>("name", required(check::node_name), "In logs and for its cursor."),
      rule<C, &C::public_key>("public_key", required(check::z85_key), "Z85, 40 characters."),
      rule<C, &C::role>("role", one_of("subscriber|agent_client|router|operator"),
                        "What it may ask for."),
  });
}

}  // namespace

std::span<const SettingsRule<Settings>> settings_rules() {
  static const auto kRules = make_settings_rules();
  return kRules;
}

std::span<const SettingsRule<AccountSettings>> account_rules() {
  static const auto kRules = make_account_rules();
  return kRules;
}

std::span<const SettingsRule<ConsumerSettings>> consumer_rules() {
  static const auto kRules = make_consumer_rules();
  return kRules;
}

SettingsKind kind_of(std::string_view key) {
  const auto rules = settings_rules();
  const auto found =
      std::find_if(rules.begin(), rules.end(), [&](const auto& known) { return known.key == key; });
  return found == rules.end() ? SettingsKind::text : found->kind;
}

}  // namespace jackfield::base
