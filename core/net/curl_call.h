#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <curl/curl.h>

#include "core/net/http_client.h"

namespace jackfield::net {

/// One call as libcurl sees it: the options, what comes back, and what became of it.
/// I/O thread only. Stays where it is, since curl keeps pointers into it.
class CurlCall {
 public:
  static constexpr std::size_t kHeadersMax = 128;
  static constexpr std::size_t kHeaderBytesMax = 64 * 1024;
  /// Of an answer that isn't 2xx while a file is being saved: an error page, not the file.
  static constexpr std::size_t kErrorBodyBytesMax = 64 * 1024;

  /// Checks the call and makes its handle. `tls_sessions` outlives it.
  /// Error: invalid (URL, method, header, form file), internal (no memory).
  static Result<std::unique_ptr<CurlCall>> create(std::uint64_t id, HttpCall call, HttpDone done,
                                                  CURLSH* tls_sessions);
  ~CurlCall();
  CurlCall(const CurlCall&) = delete;
  CurlCall& operator=(const CurlCall&) = delete;

  [[nodiscard]] CURL* easy() const { return easy_; }
  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] bool public_only() const { return call_.public_addresses_only; }

  /// Tells the caller. `code` is curl's, or CURLE_ABORTED_BY_CALLBACK for a cancelled call.
  void finish(CURLcode code);
  /// Tells the caller that it never began.
  void fail(Error error);

 private:
  CurlCall(std::uint64_t id, HttpCall call, HttpDone done);

  Status prepare(CURLSH* tls_sessions);
  void set_transport(CURLSH* tls_sessions);
  Status set_headers();
  Status set_body();
  Status set_form();

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address);

  bool take_header(std::string_view line);
  bool take_body(std::string_view bytes);
  bool save(std::string_view bytes);
  bool open_file();
  bool close_file(bool keep);
  [[nodiscard]] bool saves() const;
  [[nodiscard]] bool has_left() const;
  [[nodiscard]] Error error_for(CURLcode code) const;

  enum class Trouble : std::uint8_t { none, too_large, disk };

  std::uint64_t id_;
  HttpCall call_;
  HttpDone done_;
  CURL* easy_;
  curl_slist* headers_ = nullptr;
  curl_mime* mime_ = nullptr;
  HttpResponse response_;
  std::size_t header_bytes_ = 0;
  std::size_t body_bytes_ = 0;
  int file_ = -1;
  bool file_created_ = false;
  Trouble trouble_ = Trouble::none;
  bool address_refused_ = false;
};

}  // namespace jackfield::net
