#include "core/plugin_host/plugin_host.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "core/base/log.h"
#include "core/plugin_host/account.h"
#include "core/plugin_host/config_schema.h"
#include "core/plugin_host/elf_check.h"
#include "core/plugin_host/environment.h"
#include "core/plugin_host/generation.h"
#include "core/plugin_host/http_face.h"
#include "core/plugin_host/library.h"
#include "core/plugin_host/plugin_store.h"

namespace jackfield::plugin_host {
namespace {

constexpr std::chrono::milliseconds kSweepEvery{500};
constexpr std::chrono::milliseconds kReleaseWithin{1'000};

bool is_plain_name(const std::string& name) {
  return !name.empty() && name.size() <= 80 && name.front() != '.' &&
         name.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
             "0123456789_.-") == std::string::npos;
}

/// The I/O thread may still hold an instance for a moment; an abandoned lane holds it for good.
void wait_for_release(const std::vector<std::weak_ptr<Generation>>& ended) {
  const auto until = std::chrono::steady_clock::now() + kReleaseWithin;
  const auto is_held = [](const std::weak_ptr<Generation>& one) { return !one.expired(); };
  // The last owner says nothing when it lets go, so this looks again each millisecond.
  std::mutex mutex;
  std::condition_variable nobody;
  std::unique_lock lock(mutex);
  while (std::any_of(ended.begin(), ended.end(), is_held) &&
         std::chrono::steady_clock::now() < until) {
    nobody.wait_for(lock, std::chrono::milliseconds{1});
  }
}

/// Sweeps all accounts on the I/O thread every kSweepEvery until stopped.
class Sweeper : public std::enable_shared_from_this<Sweeper> {
 public:
  Sweeper(boost::asio::io_context& io, std::shared_ptr<Accounts> accounts)
      : timer_(io), accounts_(std::move(accounts)) {}
  void run() {
    const std::lock_guard lock(mutex_);
    if (is_stopped_) {
      return;
    }
    timer_.expires_after(kSweepEvery);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& problem) {
      const auto self = weak.lock();
      if (!self || problem) {
        return;
      }
      for (const auto& account : self->accounts_->all()) {
        if (const auto generation = account->current()) {
          generation->sweep();
        }
      }
      self->run();
    });
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    timer_.cancel();
  }

 private:
  std::mutex mutex_;
  boost::asio::steady_timer timer_;
  const std::shared_ptr<Accounts> accounts_;
  bool is_stopped_ = false;
};

class RealPluginHost final : public PluginHost {
 public:
  RealPluginHost(boost::asio::io_context& io, const base::Clock& clock, net::HttpClient& client,
                 Ports ports, HostOptions options)
      : environment_{io, clock, client, ports, std::move(options)},
        store_(environment_.options.state_directory),
        accounts_(std::make_shared<Accounts>()),
        face_(*accounts_, clock),
        sweeper_(std::make_shared<Sweeper>(io, accounts_)) {
    sweeper_->run();
  }
  ~RealPluginHost() override { stop(std::chrono::milliseconds{0}); }

  Status add_account(const base::AccountSettings& settings) override;
  std::vector<base::SettingsProblem> check_account(const base::AccountSettings& settings) override;
  void deliver(OutboundPart part, OnOutcome done) override;
  void fetch_media(const model::AccountId& account, std::int64_t job, std::string media_ref,
                   std::string media_kind) override;
  Status replay(const model::AccountId& account, std::int64_t quarantine_row,
                std::string content_type, std::string raw) override;
  Status set_typing(const model::AccountId& account, std::string address, bool is_on) override {
    return with(account, [&](Generation& generation) {
      return generation.set_typing(std::move(address), is_on);
    });
  }
  Status mark_read(const model::AccountId& account, std::string address,
                   std::string external_id) override {
    return with(account, [&](Generation& generation) {
      return generation.mark_read(std::move(address), std::move(external_id));
    });
  }
  Status end_session(const model::AccountId& account, std::string address,
                     std::string reason) override {
    return with(account, [&](Generation& generation) {
      return generation.end_session(std::move(address), std::move(reason));
    });
  }
  net::HttpHandler& http() override { return face_; }
  [[nodiscard]] std::vector<AccountState> accounts() const override;
  [[nodiscard]] std::optional<model::AccountId> account_of(
      std::string_view channel, std::string_view provider_id) const override;
  [[nodiscard]] std::vector<PluginMetric> metrics() const override;
  void stop(std::chrono::milliseconds grace) override;

 private:
  template <class Call>
  Status with(const model::AccountId& id, Call call) {
    const std::shared_ptr<Generation> generation = current(id);
    return generation
               ? call(*generation)
               : Status(Error{ErrorCode::not_found, id.text + ": no such account runs here"});
  }
  [[nodiscard]] std::shared_ptr<Generation> current(const model::AccountId& id) const {
    const std::shared_ptr<Account> account = accounts_->find(id.text);
    return account ? account->current() : nullptr;
  }
  Result<std::string> find_file(const base::AccountSettings& settings) const;
  Result<std::shared_ptr<Library>> library_for(const std::string& path);
  Result<std::string> schema_of(const base::AccountSettings& settings);

  Environment environment_;
  PluginStore store_;
  std::map<std::string, std::weak_ptr<Library>> libraries_;  // by sha256; main thread
  const std::shared_ptr<Accounts> accounts_;
  HttpFace face_;
  const std::shared_ptr<Sweeper> sweeper_;
};

Error about(const base::AccountSettings& settings, const std::string& why) {
  return {ErrorCode::invalid, settings.id + ": " + why};
}

Result<std::string> RealPluginHost::find_file(const base::AccountSettings& settings) const {
  const auto id = model::AccountId::parse(settings.id);
  if (!id) {
    return about(settings, "an account is named \"<channel>:<name>\" in a-z, 0-9, '_' and '-'");
  }
  if (settings.isolation != "inline") {
    return about(settings, "isolation \"" + settings.isolation +
                               "\" is not offered; plugins run inside this process: \"inline\"");
  }
  const std::string name = settings.plugin.empty() ? std::string(id->channel()) : settings.plugin;
  if (!is_plain_name(name)) {
    return about(settings, "plugin: name the file without directory and suffix");
  }
  std::string looked_in;
  for (const std::string& directory : environment_.options.plugin_directories) {
    std::string path = directory + "/" + name + ".so";
    std::error_code problem;
    if (std::filesystem::is_regular_file(path, problem)) {
      return path;
    }
    looked_in += (looked_in.empty() ? "" : ", ") + path;
  }
  return Error{ErrorCode::not_found,
               settings.id + ": there is no plugin \"" + name + "\"; looked for " +
                   (looked_in.empty() ? "it nowhere: plugins.directories is empty" : looked_in)};
}

Result<std::shared_ptr<Library>> RealPluginHost::library_for(const std::string& path) {
  JACKFIELD_TRY(const StoredPlugin file, store_.admit(path));
  if (std::shared_ptr<Library> library = libraries_[file.sha256].lock()) {
    return library;
  }
  JACKFIELD_TRY(std::shared_ptr<Library> library, Library::open(file));
  libraries_[file.sha256] = library;
  return library;
}

/// The settings schema, out of the manifest if there is one, so that no code of the plugin runs.
Result<std::string> RealPluginHost::schema_of(const base::AccountSettings& settings) {
  JACKFIELD_TRY(const std::string path, find_file(settings));
  JACKFIELD_TRY(const std::string bytes, PluginStore::read(path));
  if (const Status checked = check_elf(bytes); !checked) {
    return about(settings, path + ": refused: " + checked.error().text);
  }
  const std::string channel(model::AccountId::parse(settings.id)->channel());
  if (const auto manifest = elf_manifest(bytes)) {
    const Result<json::Document> document = json::Document::parse(*manifest);
    if (!document) {
      return about(settings, path + ": its manifest is not JSON: " + document.error().text);
    }
    for (const json::Value entry : document->root()["channels"]) {
      if (entry["name"].text() == channel) {
        return entry["schema"].dump();
      }
    }
    return about(settings, path + " has no channel \"" + channel + "\"");
  }
  JACKFIELD_TRY(const std::shared_ptr<Library> library, library_for(path));
  const jf_channel* found = library->channel(channel);
  if (found == nullptr) {
    return about(settings, path + " has no channel \"" + channel + "\"");
  }
  return std::string(found->config_schema_json);
}

std::vector<base::SettingsProblem> RealPluginHost::check_account(
    const base::AccountSettings& settings) {
  const auto as_problem = [&](const Error& error) {
    base::SettingsProblem problem;
    problem.origin = settings.origin;
    problem.key = settings.id;
    problem.text = error.text;
    return std::vector<base::SettingsProblem>{problem};
  };
  const Result<std::string> schema = schema_of(settings);
  if (!schema) {
    return as_problem(schema.error());
  }
  if (const Status checked = check_schema(*schema); !checked) {
    return as_problem(checked.error());
  }
  return check_settings(*schema, settings);
}

Status RealPluginHost::add_account(const base::AccountSettings& settings) {
  if (accounts_->find(settings.id)) {
    return about(settings, "this account runs already");
  }
  JACKFIELD_TRY(const std::string path, find_file(settings));
  JACKFIELD_TRY(std::shared_ptr<Library> library, library_for(path));
  const auto id = model::AccountId::parse(settings.id);
  const jf_channel* channel = library->channel(id->channel());
  if (channel == nullptr) {
    return about(settings, path + " has no channel \"" + std::string(id->channel()) + "\"");
  }
  if (const Status checked = check_schema(channel->config_schema_json); !checked) {
    return about(settings, path + ": " + checked.error().text);
  }
  const auto problems = check_settings(channel->config_schema_json, settings);
  if (!problems.empty()) {
    return Error{ErrorCode::invalid, problems.front().key + ": " + problems.front().text};
  }
  JACKFIELD_TRY(json::Document config,
                json::Document::parse(settings.config_json.empty() ? "{}" : settings.config_json));
  auto account = std::make_shared<Account>(*id, settings, std::move(config), environment_.ports.kv);
  if ((library->plugin().flags & JF_PLUGIN_ISOLATE) != 0) {
    base::log::warn("plugin.asks_for_process", {{"account", id->text}, {"file", path}});
  }
  Result<std::shared_ptr<Generation>> started =
      Generation::start(environment_, account, std::move(library), *channel, 1);
  if (!started) {
    return about(settings, path + ": " + started.error().text);
  }
  account->set_current(*std::move(started));
  accounts_->add(std::move(account));
  return Done{};
}

void RealPluginHost::deliver(OutboundPart part, OnOutcome done) {
  const std::shared_ptr<Account> account = accounts_->find(part.account.text);
  const std::shared_ptr<Generation> generation = account ? account->current() : nullptr;
  Outcome outcome;
  if (!generation) {
    outcome.kind = OutcomeKind::refused_account;
    outcome.detail = "this account does not run here";
    done(std::move(outcome));
    return;
  }
  if (!account->is_ready()) {
    outcome.kind = OutcomeKind::busy;
    outcome.detail = "the account is not ready: " + account->why_not_ready();
    done(std::move(outcome));
    return;
  }
  generation->deliver(std::move(part), std::move(done));
}

void RealPluginHost::fetch_media(const model::AccountId& account, std::int64_t job,
                                 std::string media_ref, std::string media_kind) {
  if (const auto generation = current(account)) {
    generation->fetch_media(job, std::move(media_ref), std::move(media_kind));
    return;
  }
  environment_.ports.media.fail_job(job, "this account does not run here", MediaPort::Again::yes);
}

Status RealPluginHost::replay(const model::AccountId& account, std::int64_t quarantine_row,
                              std::string content_type, std::string raw) {
  return with(account, [&](Generation& generation) {
    return generation.replay(quarantine_row, std::move(content_type), std::move(raw));
  });
}

std::vector<AccountState> RealPluginHost::accounts() const {
  std::vector<AccountState> states;
  for (const auto& account : accounts_->all()) {
    const std::shared_ptr<Generation> generation = account->current();
    if (!generation) {
      continue;
    }
    const jf_plugin& plugin = generation->library->plugin();
    const jf_channel& channel = generation->channel;
    AccountState state;
    state.account = account->id;
    state.channel_title = is_text(channel.title, 512) ? channel.title : channel.name;
    state.plugin_id = plugin.id;
    state.plugin_version = plugin.version;
    state.plugin_file = generation->library->path();
    state.plugin_sha256 = generation->library->sha256();
    state.isolation = "inline";
    state.generation = generation->number;
    state.is_ready = account->is_ready() && !generation->lane.is_stuck();
    state.why_not = generation->lane.is_stuck() ? "stuck: the plugin does not return"
                                                : account->why_not_ready();
    state.capabilities = channel.capabilities;
    state.capabilities_json =
        is_text(channel.capabilities_json, 64 * 1024) ? channel.capabilities_json : "{}";
    state.lane_backlog = generation->lane.backlog();
    state.provider_ids = account->provider_ids();
    states.push_back(std::move(state));
  }
  return states;
}

std::optional<model::AccountId> RealPluginHost::account_of(std::string_view channel,
                                                           std::string_view provider_id) const {
  for (const auto& account : accounts_->all()) {
    if (account->id.channel() != channel) {
      continue;
    }
    const std::vector<std::string> ids = account->provider_ids();
    if (std::find(ids.begin(), ids.end(), provider_id) != ids.end()) {
      return account->id;
    }
  }
  return std::nullopt;
}

std::vector<PluginMetric> RealPluginHost::metrics() const {
  std::vector<PluginMetric> list;
  for (const auto& account : accounts_->all()) {
    for (const auto& [name, value] : account->metrics()) {
      list.push_back({account->id, name, value});
    }
  }
  return list;
}

void RealPluginHost::stop(std::chrono::milliseconds grace) {
  sweeper_->stop();
  const std::vector<std::shared_ptr<Account>> all = accounts_->all();
  const auto until = std::chrono::steady_clock::now() + grace;
  for (const auto& account : all) {
    if (const auto generation = account->current()) {
      generation->begin_drain(grace);
    }
  }
  std::vector<std::shared_ptr<Library>>
      libraries;  // so that they are closed here, not on the I/O thread
  std::vector<std::weak_ptr<Generation>> ended;
  for (const auto& account : all) {
    if (const auto generation = account->current()) {
      generation->end(until);
      libraries.push_back(generation->library);
      ended.push_back(generation);
    }
    account->set_current(nullptr);
  }
  accounts_->clear();
  wait_for_release(ended);
}

}  // namespace

std::unique_ptr<PluginHost> PluginHost::create(boost::asio::io_context& io,
                                               const base::Clock& clock, net::HttpClient& client,
                                               Ports ports, HostOptions options) {
  return std::make_unique<RealPluginHost>(io, clock, client, ports, std::move(options));
}

}  // namespace jackfield::plugin_host
