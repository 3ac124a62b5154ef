#pragma once

#include <functional>
#include <memory>
#include <unordered_map>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <curl/curl.h>

#include "core/net/socket.h"

namespace jackfield::net {

/// libcurl's multi interface driven by Asio: curl names the sockets and the time it waits for, Asio
/// waits. The descriptors belong to curl; Asio releases them and never closes one.
///
/// I/O thread only. `on_done` is called outside of curl, so it may add and remove handles.
class CurlMulti {
 public:
  static constexpr long kConnectionsPerHostMax = 32;
  static constexpr long kConnectionsMax = 512;
  static constexpr long kIdleConnectionsMax = 64;

  using OnDone = std::function<void(CURL*, CURLcode)>;

  CurlMulti(boost::asio::io_context& io, OnDone on_done);
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  /// False when curl refuses the handle.
  [[nodiscard]] bool add(CURL* easy);
  void remove(CURL* easy);

 private:
  struct Watch;

  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*);
  static int on_timer(CURLM*, long milliseconds, void* self);

  void watch(curl_socket_t fd, int what);
  void unwatch(curl_socket_t fd);
  void arm(curl_socket_t fd, const std::shared_ptr<Watch>& watch);
  void set_timer(long milliseconds);
  void act(curl_socket_t fd, int events);

  boost::asio::io_context& io_;
  OnDone on_done_;
  CURLM* multi_;
  Timer timer_;
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  // A timer that fired just before it was cancelled still calls; it looks here first.
  std::shared_ptr<unsigned> timer_round_ = std::make_shared<unsigned>(0);
};

}  // namespace jackfield::net
