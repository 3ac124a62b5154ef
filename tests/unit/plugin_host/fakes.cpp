#include "tests/unit/plugin_host/fakes.h"

#include <filesystem>
#include <future>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

namespace jackfield::plugin_host {
namespace {

constexpr std::chrono::seconds kPatience{10};

}  // namespace

bool eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (condition()) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return condition();
}

Status FakeInbound::publish(Arrival arrival, OnStored done) {
  if (answer == Answer::refused) {
    return Error{ErrorCode::throttled, "too much waits"};
  }
  const std::size_t count = arrival.values.size();
  {
    const std::lock_guard lock(mutex_);
    arrivals_.push_back(std::move(arrival));
  }
  if (answer == Answer::failed) {
    done(Error{ErrorCode::internal, "disk full"});
    return jackfield::Done{};
  }
  std::vector<Stored> stored(count);
  for (Stored& one : stored) {
    one.message = {model::ConversationId{1}, 1};
  }
  done(std::move(stored));
  return jackfield::Done{};
}

std::uint64_t FakeClient::call(net::HttpCall, net::HttpDone done) {
  boost::asio::post(io_, [done = std::move(done), code = status.load()] {
    net::HttpResponse response;
    response.status = code;
    done(std::move(response));
  });
  return 1;
}

HostFixture::HostFixture(std::string plugin_directory)
    : state_directory_(testing::TempDir() + "jf_plugin_host_" + std::to_string(::getpid())),
      work_(boost::asio::make_work_guard(io)) {
  std::filesystem::create_directories(state_directory_);
  HostOptions options;
  options.plugin_directories = {std::move(plugin_directory)};
  options.state_directory = state_directory_;
  options.public_url = "https://chat.example.com";
  host_ = PluginHost::create(io, clock, client, Ports{inbound, history, media, kv}, options);
  thread_ = std::thread([this] { io.run(); });
}

HostFixture::~HostFixture() {
  stop();
  work_.reset();
  thread_.join();
  std::filesystem::remove_all(state_directory_);
}

void HostFixture::stop() {
  if (host_) {
    host_->stop(std::chrono::seconds{2});
    host_.reset();
  }
}

net::HttpResponse HostFixture::ask(const std::string& method, const std::string& path,
                                   const std::string& body, std::vector<net::Header> headers) {
  const auto answer = std::make_shared<std::promise<net::HttpResponse>>();
  auto future = answer->get_future();
  boost::asio::post(io, [this, answer, method, path, body, headers] {
    net::HttpRequest request;
    request.method = method;
    request.target = request.path = path;
    request.headers = headers;
    request.body = body;
    host_->http().on_request(std::move(request), [answer](net::HttpResponse response) {
      answer->set_value(std::move(response));
    });
  });
  if (future.wait_for(kPatience) != std::future_status::ready) {
    return {0, {}, ""};
  }
  return future.get();
}

Outcome HostFixture::deliver(const std::string& account) {
  OutboundPart part;
  part.account = {account};
  part.message = {model::ConversationId{7}, 3};
  part.address = "t:1";
  part.part.text = "hello";
  const auto answer = std::make_shared<std::promise<Outcome>>();
  auto future = answer->get_future();
  host_->deliver(std::move(part),
                 [answer](Outcome outcome) { answer->set_value(std::move(outcome)); });
  Outcome none;
  none.detail = "no outcome";
  return future.wait_for(kPatience) == std::future_status::ready ? future.get() : none;
}

std::optional<double> HostFixture::metric(const std::string& name) {
  for (const PluginMetric& metric : host_->metrics()) {
    if (metric.name == name) {
      return metric.value;
    }
  }
  return std::nullopt;
}

base::AccountSettings account_settings(const std::string& id, const std::string& plugin,
                                       const std::string& config) {
  base::AccountSettings settings;
  settings.id = id;
  settings.plugin = plugin;
  settings.config_json = config;
  return settings;
}

}  // namespace jackfield::plugin_host
