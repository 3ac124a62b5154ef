#include "core/app/broker.h"

#include <filesystem>
#include <future>
#include <system_error>
#include <utility>

#include <boost/asio/post.hpp>

#include "core/app/version.h"
#include "core/base/log.h"
#include "core/model/event_data.h"
#include "core/net/run_guarded.h"
#include "core/store/sqlite/sqlite_store.h"
#include "jackfield/json.h"

namespace jackfield::app {

namespace asio = boost::asio;
namespace log = base::log;

namespace {

constexpr std::chrono::milliseconds kPruneEvery{60'000};
constexpr std::chrono::milliseconds kPruneAgain{200};

net::HttpLimits limits_of(const base::HttpSettings& settings) {
  net::HttpLimits limits;
  limits.body_bytes_max = settings.body_bytes_max;
  limits.connections_max = settings.connections_max;
  limits.hosts = settings.hosts;
  limits.trusted_proxies = settings.trusted_proxies;
  return limits;
}

}  // namespace

Broker::Broker(base::Settings settings) : settings_(std::move(settings)) {}

Broker::~Broker() {
  stop();
}

Status Broker::start() {
  JACKFIELD_TRY(const Done opened, open_store());
  static_cast<void>(opened);
  io_thread_ = std::thread([this] { net::run_guarded(io_); });
  make_roads();
  JACKFIELD_TRY(const Done loaded, sender_->load());
  static_cast<void>(loaded);
  JACKFIELD_TRY(const Done added, add_accounts());
  static_cast<void>(added);
  JACKFIELD_TRY(const Done listening, open_endpoints());
  static_cast<void>(listening);
  sender_->start();
  media_jobs_->wake();
  prune_after(kPruneEvery);
  is_ready_ = true;
  return Done{};
}

Status Broker::open_store() {
  std::error_code error;
  std::filesystem::create_directories(settings_.data_dir, error);
  if (error) {
    return Error{ErrorCode::internal,
                 "can't create data_dir " + settings_.data_dir + ": " + error.message() +
                     "; set data_dir in conf.d to a folder this user may write"};
  }
  if (settings_.store.engine != "sqlite") {
    return Error{ErrorCode::invalid, "store.engine: this build knows sqlite only"};
  }
  store::SqliteOptions options;
  options.path =
      settings_.store.path.empty() ? settings_.data_dir + "/jackfield.db" : settings_.store.path;
  JACKFIELD_TRY(store_, store::open_sqlite_store(options, clock_, ids_));
  store_->set_commit_listener([this](std::vector<model::Event> events) {
    if (events::EventEndpoint* publisher = publisher_.load()) {
      publisher->publish(std::move(events));
    }
  });
  JACKFIELD_TRY(media_files_, media::MediaFiles::open(settings_.data_dir + "/media"));
  return Done{};
}

void Broker::make_roads() {
  client_ = net::HttpClient::create(io_);
  inbound::Intake::Listeners listeners;
  listeners.on_passing = [this](model::Event event) {
    if (events::EventEndpoint* publisher = publisher_.load()) {
      std::vector<model::Event> one;
      one.push_back(std::move(event));
      publisher->publish(std::move(one));
    }
  };
  listeners.on_media_jobs = [this] { media_jobs_->wake(); };
  listeners.on_settled = [this] { sender_->wake(); };
  intake_ = std::make_unique<inbound::Intake>(*store_, clock_, accounts_, std::move(listeners));
  history_ = std::make_unique<StoredHistory>(*store_);
  kv_ = std::make_unique<StoredKv>(*store_);
  media::MediaJobs::Actions actions;
  actions.fetch = [this](const store::MediaJob& job) {
    plugins_->fetch_media(job.account, job.id, job.media_ref, job.media_kind);
  };
  actions.wake_later = [this](std::chrono::milliseconds delay) {
    after(delay, [this] { media_jobs_->wake(); });
  };
  media_jobs_ =
      std::make_unique<media::MediaJobs>(*store_, *media_files_, clock_, std::move(actions));

  plugin_host::HostOptions host_options;
  host_options.plugin_directories = settings_.plugins.directories;
  host_options.state_directory = settings_.data_dir + "/state";
  host_options.public_url = settings_.http.public_url;
  host_options.send_timeout = settings_.outbound.send_timeout;
  host_options.allow_private_addresses = settings_.outbound.allow_private_addresses;
  const plugin_host::Ports ports{*intake_, *history_, *media_jobs_, *kv_};
  plugins_ = plugin_host::PluginHost::create(io_, clock_, *client_, ports, host_options);
  accounts_.attach(*plugins_);

  outbound::Sender::Options sender_options;
  sender_options.retry.attempts_max = settings_.outbound.attempts_max;
  sender_options.reconcile_window = settings_.outbound.reconcile_window;
  auto transport = [this](plugin_host::OutboundPart part, plugin_host::OnOutcome done) {
    plugins_->deliver(std::move(part), std::move(done));
  };
  sender_ = std::make_unique<outbound::Sender>(io_, *store_, clock_, std::move(transport),
                                               sender_options);
}

Status Broker::add_accounts() {
  for (const base::AccountSettings& account : settings_.accounts) {
    if (!account.enabled) {
      continue;
    }
    const Status added = plugins_->add_account(account);
    if (!added) {
      return Error{added.error().code, "account " + account.id + " (" + account.origin.text() +
                                           "): " + added.error().text};
    }
  }
  std::vector<model::AccountId> ready;
  for (const plugin_host::AccountState& state : plugins_->accounts()) {
    sender_->set_limits(state.account, state.capabilities_json);
    if (state.is_ready) {
      ready.push_back(state.account);
    }
  }
  return store_->write(
      [this, ready](store::Transaction& tx) {
        for (const model::AccountId& account : ready) {
          json::Writer data;
          data.begin_object().field("account", account.text).end_object();
          tx.append_event(
              model::account_event("jf.account.ready", account, clock_.unix_ms(), data.take()));
        }
      },
      [](const Status& written) {
        if (!written) {
          log::warn("account.ready_not_journaled", {{"error", written.error().text}});
        }
      });
}

Status Broker::open_endpoints() {
  commands::Commands::Parts parts{*store_,
                                  clock_,
                                  *plugins_,
                                  *sender_,
                                  *media_files_,
                                  settings_.outbound.expires_after,
                                  [this] { return status_json(); }};
  commands_ = std::make_unique<commands::Commands>(std::move(parts));
  door_ = std::make_unique<FrontDoor>(
      plugins_->http(), [this] { return is_ready_ && !is_stopping_ && store_->is_healthy(); });
  server_ = net::HttpServer::create(io_, limits_of(settings_.http), *door_);
  // From here on a query "status" may come, on a thread of the store's: it reads what stands above.
  JACKFIELD_TRY(endpoint_,
                events::EventEndpoint::create(settings_.events, settings_.node, settings_.data_dir,
                                              *store_, *commands_, clock_));
  publisher_ = endpoint_.get();
  std::promise<Result<std::uint16_t>> promise;
  auto bound = promise.get_future();
  asio::post(io_, [this, &promise] {
    promise.set_value(server_->listen(settings_.http.address, settings_.http.port));
  });
  JACKFIELD_TRY(http_port_, bound.get());
  return Done{};
}

void Broker::stop() {
  if (is_stopping_.exchange(true) || store_ == nullptr) {
    return;
  }
  const bool has_io = io_thread_.joinable();
  if (server_ != nullptr && has_io) {
    std::promise<void> promise;
    auto stopped = promise.get_future();
    asio::post(
        io_, [this, &promise] { server_->stop(kStopGrace, [&promise] { promise.set_value(); }); });
    stopped.wait();
  }
  if (sender_ != nullptr) {
    sender_->stop();
  }
  if (plugins_ != nullptr) {
    plugins_->stop(kStopGrace);
  }
  publisher_ = nullptr;
  if (endpoint_ != nullptr) {
    endpoint_->stop();
  }
  store_->close();
  work_.reset();
  io_.stop();
  if (has_io) {
    io_thread_.join();
  }
}

std::string Broker::events_endpoint() const {
  return endpoint_ != nullptr ? endpoint_->endpoint() : std::string();
}

void Broker::prune_after(std::chrono::milliseconds delay) {
  after(delay, [this] {
    auto has_more = std::make_shared<bool>(false);
    const Status taken = store_->write(
        [this, has_more](store::Transaction& tx) {
          *has_more = tx.prune(clock_.unix_ms(), settings_.store.journal_rows_max);
        },
        [this, has_more](const Status&) { prune_after(*has_more ? kPruneAgain : kPruneEvery); });
    if (!taken) {
      prune_after(kPruneEvery);
    }
  });
}

void Broker::after(std::chrono::milliseconds delay, std::function<void()> what) {
  auto timer = std::make_shared<asio::steady_timer>(io_);
  asio::post(io_, [this, timer, delay, what = std::move(what)] {
    timer->expires_after(delay);
    timer->async_wait([this, timer, what](const boost::system::error_code& error) {
      if (!error && !is_stopping_) {
        what();
      }
    });
  });
}

std::string Broker::status_json() const {
  const store::Store::Figures figures = store_->figures();
  json::Writer out;
  out.begin_object()
      .field("node", settings_.node)
      .field("version", kVersion)
      .flag("ready", is_ready_ && !is_stopping_)
      .flag("healthy", store_->is_healthy())
      .field("http_port", static_cast<std::int64_t>(http_port_.load()))
      .field("http_connections", static_cast<std::int64_t>(server_->connections()))
      .field("accounts", static_cast<std::int64_t>(plugins_->accounts().size()))
      .field("commits", static_cast<std::int64_t>(figures.commits))
      .field("writes", static_cast<std::int64_t>(figures.writes))
      .field("writes_failed", static_cast<std::int64_t>(figures.failures))
      .field("writes_waiting", static_cast<std::int64_t>(figures.waiting))
      .end_object();
  return out.take();
}

}  // namespace jackfield::app
