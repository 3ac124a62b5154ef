#include "core/net/http_client.h"

#include <atomic>
#include <unordered_map>
#include <utility>

#include <curl/curl.h>

#include "core/base/log.h"
#include "core/net/caught.h"
#include "core/net/curl_call.h"
#include "core/net/curl_multi.h"
#include "core/net/mailbox.h"

namespace jackfield::net {

namespace {

/// Counted by libcurl, so several clients may come and go.
struct CurlLibrary {
  CurlLibrary() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  ~CurlLibrary() { curl_global_cleanup(); }
  CurlLibrary(const CurlLibrary&) = delete;
  CurlLibrary& operator=(const CurlLibrary&) = delete;
};

/// TLS sessions shared by all calls, so that a connection of one's own costs one round trip less.
struct TlsSessions {
  TlsSessions() : share(curl_share_init()) {
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  }
  ~TlsSessions() { curl_share_cleanup(share); }
  TlsSessions(const TlsSessions&) = delete;
  TlsSessions& operator=(const TlsSessions&) = delete;
  CURLSH* share;
};

void tell(const HttpDone& done, Error error) {
  if (done) {
    done(std::move(error));
  }
}

class Client final : public HttpClient {
 public:
  explicit Client(boost::asio::io_context& io);
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  std::uint64_t call(HttpCall call, HttpDone done) override;
  void cancel(std::uint64_t handle) override;

 private:
  void begin(std::uint64_t id, HttpCall call, HttpDone done);
  void on_done(CURL* easy, CURLcode code);
  void end(std::uint64_t id, CURLcode code);
  CurlMulti& multi_for(const CurlCall& call) { return call.public_only() ? public_ : any_; }

  CurlLibrary library_;
  TlsSessions tls_;
  std::shared_ptr<Mailbox> mailbox_;
  // Two connection pools: a call that must stay on public addresses may not ride on a connection
  // that another call was allowed to open to a private one.
  CurlMulti public_;
  CurlMulti any_;
  std::unordered_map<std::uint64_t, std::unique_ptr<CurlCall>> calls_;
  std::atomic<std::uint64_t> id_last_ = 0;
  std::atomic<std::size_t> count_ = 0;  // Begun and waiting.
  bool ending_ = false;
};

Client::Client(boost::asio::io_context& io)
    : mailbox_(std::make_shared<Mailbox>(io)),
      public_(io, [this](CURL* easy, CURLcode code) { on_done(easy, code); }),
      any_(io, [this](CURL* easy, CURLcode code) { on_done(easy, code); }) {}

Client::~Client() {
  ending_ = true;
  for (const auto& waiting : mailbox_->close()) {
    waiting();
  }
  while (!calls_.empty()) {
    end(calls_.begin()->first, CURLE_ABORTED_BY_CALLBACK);
  }
}

std::uint64_t Client::call(HttpCall call, HttpDone done) {
  const std::uint64_t id = ++id_last_;
  if (++count_ > kCallsMax) {
    mailbox_->push([this, done = std::move(done)] {
      --count_;
      tell(done, Error{ErrorCode::throttled, "http client: " + std::to_string(kCallsMax) +
                                                 " calls wait already; try again later"});
    });
    return id;
  }
  mailbox_->push([this, id, call = std::move(call), done = std::move(done)]() mutable {
    begin(id, std::move(call), std::move(done));
  });
  return id;
}

void Client::begin(std::uint64_t id, HttpCall call, HttpDone done) {
  if (ending_) {
    --count_;
    tell(done, Error{ErrorCode::unreachable, "http client: it is shutting down"});
    return;
  }
  auto made = CurlCall::create(id, std::move(call), done, tls_.share);
  if (!made) {
    --count_;
    tell(done, std::move(made).error());
    return;
  }
  auto& kept = *(calls_[id] = *std::move(made));
  if (!multi_for(kept).add(kept.easy())) {
    const auto held = std::move(calls_[id]);
    calls_.erase(id);
    --count_;
    held->fail(Error{ErrorCode::internal, "http client: libcurl refused the call"});
  }
}

void Client::on_done(CURL* easy, CURLcode code) {
  char* kept = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &kept);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what set_transport() gave curl.
  end(reinterpret_cast<CurlCall*>(kept)->id(), code);
}

void Client::end(std::uint64_t id, CURLcode code) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) {
    return;
  }
  const auto held = std::move(found->second);
  calls_.erase(found);
  --count_;
  multi_for(*held).remove(held->easy());
  try {
    held->finish(code);
  } catch (...) {
    base::log::error("http_client.done_threw", {{"what", caught()}});
  }
}

void Client::cancel(std::uint64_t handle) {
  mailbox_->push([this, handle] { end(handle, CURLE_ABORTED_BY_CALLBACK); });
}

}  // namespace

std::unique_ptr<HttpClient> HttpClient::create(boost::asio::io_context& io) {
  return std::make_unique<Client>(io);
}

}  // namespace jackfield::net
