#include "core/plugin_host/generation.h"

#include <algorithm>
#include <exception>
#include <future>
#include <utility>

#include "core/base/log.h"
#include "core/plugin_host/clean_text.h"
#include "core/plugin_host/services.h"
#include "core/plugin_host/values.h"
#include "jackfield/json.h"

namespace jackfield::plugin_host {
namespace {

constexpr char kProduct[] = "jackfield";
constexpr char kProductVersion[] = "0.1.0";
constexpr std::chrono::milliseconds kJoinAtLeast{2'000};

std::string sentence(const jf_error& error) {
  const std::size_t length = ::strnlen(error.message, sizeof error.message);
  return clean_line(json::valid_utf8({error.message, length}), kDetailBytesMax);
}

/// What a plugin must not do, but C++ ones built without the SDK's barrier can: throw into the
/// host.
template <class Call>
jf_status guarded(jf_error& error, Call call) {
  error = jf_error{};
  error.size = sizeof error;
  try {
    return call();
  } catch (const std::exception& e) {
    std::string("threw an exception through the ABI: ")
        .append(e.what())
        .copy(error.message, sizeof error.message - 1);
  } catch (...) {
    std::string("threw an exception through the ABI").copy(error.message, sizeof error.message - 1);
  }
  return JF_E_INTERNAL;
}

template <class Table>
const Table* table_of(const jf_channel_ops& ops, jf_instance* instance, const char* id) {
  const auto* table = static_cast<const Table*>(ops.extension(instance, id));
  return table != nullptr && table->size >= sizeof(std::uint32_t) * 2 ? table : nullptr;
}

}  // namespace

Generation::Generation(Environment& its_environment, std::shared_ptr<Account> its_account,
                       std::shared_ptr<Library> its_library, const jf_channel& its_channel,
                       int its_number)
    : environment(its_environment),
      account(std::move(its_account)),
      library(std::move(its_library)),
      channel(its_channel),
      number(its_number),
      lane(account->id.text, environment.clock, PluginHost::kLaneBacklogMax) {
  host_.size = sizeof host_;
  host_.abi_major = JF_ABI_MAJOR;
  host_.abi_minor = JF_ABI_MINOR;
  host_.impl = this;
  host_.product = kProduct;
  host_.product_version = kProductVersion;
  host_.account = account->id.text.c_str();
  host_.service = find_service;
}

Result<std::shared_ptr<Generation>> Generation::start(Environment& environment,
                                                      std::shared_ptr<Account> account,
                                                      std::shared_ptr<Library> library,
                                                      const jf_channel& channel, int number) {
  const std::shared_ptr<Generation> generation(
      new Generation(environment, std::move(account), std::move(library), channel, number));
  generation->timers = std::make_shared<Timers>(
      environment.io, [weak = generation->weak_from_this()](std::uint64_t id) {
        if (const auto self = weak.lock()) {
          self->fire_timer(id);
        }
      });
  const auto answer = std::make_shared<std::promise<Status>>();
  std::future<Status> started = answer->get_future();
  generation->lane.post_owed(
      "start", [generation, answer] { answer->set_value(generation->start_on_lane()); });
  if (started.wait_for(kStartWithin) != std::future_status::ready) {
    generation->lane.close();
    generation->leave_behind();
    return Error{ErrorCode::invalid, "create or start did not return within 10 s"};
  }
  if (Status status = started.get(); !status) {
    generation->timers->close();
    generation->lane.close();
    if (!generation->lane.join_within(kJoinAtLeast)) {
      generation->leave_behind();
    }
    return std::move(status).error();
  }
  return generation;
}

Status Generation::start_on_lane() {
  is_starting_ = true;
  Status status = create_instance();
  if (status) {
    status = start_instance();
  }
  is_starting_ = false;
  if (!status) {
    destroy_on_lane();
  }
  return status;
}

Status Generation::create_instance() {
  jf_instance* made = nullptr;
  jf_error error{};
  is_creating_ = true;
  const jf_status status = guarded(error, [&] {
    return channel.ops->create(&host_, {account->config_json.data(), account->config_json.size()},
                               nullptr, &made, &error);
  });
  is_creating_ = false;
  if (status != JF_OK) {
    return Error{ErrorCode::invalid, "create failed: " + account->without_secrets(sentence(error)) +
                                         " (status " + std::to_string(status) + ")"};
  }
  if (made == nullptr) {
    return Error{ErrorCode::invalid, "create said OK but made no instance"};
  }
  instance_ = made;
  find_receivers();
  if (account->routes.has(false) && !JF_HAS(receivers.http, on_request)) {
    return Error{ErrorCode::invalid, "it added an HTTP route but does not offer " JF_RECV_HTTP};
  }
  return Done{};
}

Status Generation::start_instance() {
  jf_error error{};
  const jf_status status = guarded(error, [&] { return channel.ops->start(instance_, &error); });
  if (status != JF_OK) {
    return Error{ErrorCode::invalid, "start failed: " + account->without_secrets(sentence(error)) +
                                         " (status " + std::to_string(status) + ")"};
  }
  if (account->routes.has(false) && !JF_HAS(receivers.http, on_request)) {
    return Error{ErrorCode::invalid, "it added an HTTP route but does not offer " JF_RECV_HTTP};
  }
  if (account->routes.has(true) &&
      !(JF_HAS(receivers.socket, on_open) && JF_HAS(receivers.socket, on_close))) {
    return Error{ErrorCode::invalid,
                 "it added a WebSocket route but does not offer " JF_RECV_SOCKET};
  }
  return Done{};
}

void Generation::find_receivers() {
  const jf_channel_ops& ops = *channel.ops;
  receivers.timer = table_of<jf_recv_timer>(ops, instance_, JF_RECV_TIMER);
  receivers.inbound = table_of<jf_recv_inbound>(ops, instance_, JF_RECV_INBOUND);
  receivers.http = table_of<jf_recv_http>(ops, instance_, JF_RECV_HTTP);
  receivers.socket = table_of<jf_recv_socket>(ops, instance_, JF_RECV_SOCKET);
  receivers.media = table_of<jf_recv_media>(ops, instance_, JF_RECV_MEDIA);
  receivers.history = table_of<jf_recv_history>(ops, instance_, JF_RECV_HISTORY);
  receivers.typing = table_of<jf_ext_typing>(ops, instance_, JF_EXT_TYPING);
  receivers.read = table_of<jf_ext_read>(ops, instance_, JF_EXT_READ);
  receivers.session = table_of<jf_ext_session>(ops, instance_, JF_EXT_SESSION);
}

void Generation::destroy_on_lane() {
  if (instance_ != nullptr) {
    channel.ops->destroy(std::exchange(instance_, nullptr));
  }
  is_closed_ = true;
}

void Generation::fire_timer(std::uint64_t id) {
  lane.post_owed("on_timer", [self = shared_from_this(), id] {
    self->timers->handled(id);
    if (self->instance_ != nullptr && JF_HAS(self->receivers.timer, on_timer)) {
      self->receivers.timer->on_timer(self->instance_, id);
    }
  });
}

void Generation::give_up_tokens() {
  for (auto& [token, done] : tokens.take_all()) {
    done(Outcome{OutcomeKind::unknown, "", 0, {}, "the plugin was stopped before it answered", ""});
  }
}

void Generation::sweep() {
  for (auto& [token, done] : tokens.take_overdue(now())) {
    base::log::warn("delivery.no_answer", {{"account", account->id.text}});
    if (channel.ops->cancel != nullptr) {
      lane.post_owed("cancel", [self = shared_from_this(), late = token] {
        if (self->instance_ != nullptr) {
          self->channel.ops->cancel(self->instance_, late);
        }
      });
    }
    done(Outcome{
        OutcomeKind::unknown, "", 0, {}, "the plugin did not say in time what became of it", ""});
  }
  for (net::Respond& respond : account->requests.take_overdue(now())) {
    base::log::warn("webhook.no_answer", {{"account", account->id.text}});
    respond({503, {{"Retry-After", "5"}}, ""});
  }
  for (const auto& [id, job] : jobs.take_overdue(now())) {
    environment.ports.media.fail_job(job, "the plugin did not start the download in time",
                                     MediaPort::Again::yes);
  }
  replays.take_overdue(now());
  const bool is_stuck = lane.is_stuck();
  if (is_stuck != was_stuck_.exchange(is_stuck)) {
    base::log::error(is_stuck ? "lane.stuck" : "lane.unstuck", {{"account", account->id.text}});
  }
}

void Generation::note_drained() {
  const std::lock_guard lock(drain_mutex_);
  is_drained_ = true;
  drain_changed_.notify_all();
}

void Generation::begin_drain(std::chrono::milliseconds grace) {
  account->set_ready(false, "stopping");
  const auto grace_ms =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(grace.count(), 0, 600'000));
  lane.post_owed("drain", [self = shared_from_this(), grace_ms] {
    const jf_channel_ops& ops = *self->channel.ops;
    if (ops.drain == nullptr || ops.drain(self->instance_, grace_ms) < 0) {
      self->note_drained();
    }
  });
}

void Generation::end(std::chrono::steady_clock::time_point until) {
  {
    std::unique_lock lock(drain_mutex_);
    if (!drain_changed_.wait_until(lock, until, [this] { return is_drained_; })) {
      base::log::warn("plugin.not_drained", {{"account", account->id.text}});
    }
  }
  timers->close();
  lane.post_owed("destroy", [self = shared_from_this()] { self->destroy_on_lane(); });
  lane.close();
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      until - std::chrono::steady_clock::now());
  if (!lane.join_within(std::max(left, kJoinAtLeast))) {
    leave_behind();
  }
  give_up_tokens();
}

void Generation::leave_behind() {
  is_closed_ = true;
  timers->close();
  library->keep_mapped();
  base::log::error("lane.left_behind", {{"account", account->id.text}, {"file", library->path()}});
}

}  // namespace jackfield::plugin_host
