#include "core/net/curl_multi.h"

#include <chrono>
#include <utility>
#include <vector>

namespace jackfield::net {

namespace {

namespace asio = boost::asio;
using AsioError = boost::system::error_code;
using Descriptor = asio::posix::basic_stream_descriptor<IoExecutor>;

}  // namespace

// Shared by the table and the waits in flight: a wait that ends after curl let the socket go must
// find `wanted` empty.
struct CurlMulti::Watch {
  Watch(asio::io_context& io, curl_socket_t fd) : descriptor(io, fd) {}
  ~Watch() { drop(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void drop() {
    wanted = 0;
    if (descriptor.is_open()) {
      descriptor.release();
    }
  }

  Descriptor descriptor;
  int wanted = 0;
  bool waits_read = false;
  bool waits_write = false;
};

CurlMulti::CurlMulti(asio::io_context& io, OnDone on_done)
    : io_(io), on_done_(std::move(on_done)), multi_(curl_multi_init()), timer_(io) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, kConnectionsPerHostMax);
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, kConnectionsMax);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kIdleConnectionsMax);
}

CurlMulti::~CurlMulti() {
  ++*timer_round_;
  curl_multi_cleanup(multi_);
  for (const auto& [fd, watch] : watches_) {
    watch->drop();
  }
}

bool CurlMulti::add(CURL* easy) {
  return curl_multi_add_handle(multi_, easy) == CURLM_OK;
}

void CurlMulti::remove(CURL* easy) {
  curl_multi_remove_handle(multi_, easy);
}

int CurlMulti::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  auto& multi = *static_cast<CurlMulti*>(self);
  if (what == CURL_POLL_REMOVE) {
    multi.unwatch(fd);
  } else {
    multi.watch(fd, what);
  }
  return 0;
}

void CurlMulti::watch(curl_socket_t fd, int what) {
  auto& place = watches_[fd];
  if (!place) {
    place = std::make_shared<Watch>(io_, fd);
  }
  place->wanted = what;
  arm(fd, place);
}

void CurlMulti::unwatch(curl_socket_t fd) {
  const auto found = watches_.find(fd);
  if (found != watches_.end()) {
    found->second->drop();
    watches_.erase(found);
  }
}

void CurlMulti::arm(curl_socket_t fd, const std::shared_ptr<Watch>& watch) {
  if ((watch->wanted & CURL_POLL_IN) != 0 && !watch->waits_read) {
    watch->waits_read = true;
    watch->descriptor.async_wait(Descriptor::wait_read, [this, fd, watch](AsioError error) {
      watch->waits_read = false;
      if (error || watch->wanted == 0) {
        return;
      }
      if ((watch->wanted & CURL_POLL_IN) != 0) {
        act(fd, CURL_CSELECT_IN);
      }
      if (watch->wanted != 0) {
        arm(fd, watch);
      }
    });
  }
  if ((watch->wanted & CURL_POLL_OUT) != 0 && !watch->waits_write) {
    watch->waits_write = true;
    watch->descriptor.async_wait(Descriptor::wait_write, [this, fd, watch](AsioError error) {
      watch->waits_write = false;
      if (error || watch->wanted == 0) {
        return;
      }
      if ((watch->wanted & CURL_POLL_OUT) != 0) {
        act(fd, CURL_CSELECT_OUT);
      }
      if (watch->wanted != 0) {
        arm(fd, watch);
      }
    });
  }
}

int CurlMulti::on_timer(CURLM*, long milliseconds, void* self) {
  static_cast<CurlMulti*>(self)->set_timer(milliseconds);
  return 0;
}

void CurlMulti::set_timer(long milliseconds) {
  const unsigned round = ++*timer_round_;
  if (milliseconds < 0) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(std::chrono::milliseconds(milliseconds));
  timer_.async_wait([this, round, current = timer_round_](AsioError error) {
    if (!error && round == *current) {
      act(CURL_SOCKET_TIMEOUT, 0);
    }
  });
}

void CurlMulti::act(curl_socket_t fd, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, fd, events, &running);
  std::vector<std::pair<CURL*, CURLcode>> done;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) {
      done.emplace_back(message->easy_handle, message->data.result);
    }
  }
  for (const auto& [easy, code] : done) {
    on_done_(easy, code);
  }
}

}  // namespace jackfield::net
