#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "core/net/http.h"
#include "jackfield/result.h"

namespace jackfield::net {

struct FormPart {
  std::string name, filename, mime;
  std::string data;       ///< Either the bytes …
  std::string file_path;  ///< … or a file to stream.
};

struct HttpCall {
  std::string url;  ///< http or https only; no userinfo.
  std::string method = "GET";
  std::vector<Header> headers;
  std::string body;
  std::vector<FormPart> form;  ///< When not empty: multipart/form-data instead of body.
  std::chrono::milliseconds timeout{15'000};
  std::chrono::milliseconds connect_timeout{5'000};
  std::size_t response_bytes_max = 1024 * 1024;
  /// Sends that create something: a connection of their own, never repeated (libcurl 7.88 repeats a
  /// POST on a reused connection by itself).
  bool once = false;
  /// Refuse to connect to loopback, private, link-local and other special addresses, checked on the
  /// resolved address at connect time. True for every URL that came from outside.
  bool public_addresses_only = true;
  /// Stream the body of a 2xx answer into this file (created, 0600) instead of memory.
  std::string save_to;
};

/// Error codes: unreachable = never left (DNS, connect, TLS, refused address: repeat safely);
/// fate_unknown = left, no usable answer; invalid = bad URL; rejected = answer over
/// response_bytes_max; throttled = too many calls wait.
using HttpDone = std::function<void(Result<HttpResponse>)>;

/// HTTP client on the I/O thread. No redirects, no cookies, no proxy from the environment.
class HttpClient {
 public:
  static constexpr std::size_t kCallsMax = 4'096;
  static std::unique_ptr<HttpClient> create(boost::asio::io_context& io);
  virtual ~HttpClient() = default;  ///< Calls in flight end with fate_unknown or unreachable first.
  /// Any thread. `done` is called on the I/O thread, exactly once. Returns a handle for cancel().
  virtual std::uint64_t call(HttpCall call, HttpDone done) = 0;
  virtual void cancel(std::uint64_t handle) = 0;
};

}  // namespace jackfield::net
