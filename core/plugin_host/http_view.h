#pragma once

#include <string_view>
#include <vector>

#include "core/net/http.h"
#include "jackfield/plugin_abi.h"

namespace jackfield::plugin_host {

inline jf_str str_of(std::string_view text) {
  return {text.data(), text.size()};
}
inline jf_bytes bytes_of(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

/// A request or response in the form of the ABI; points into what it was made from.
class HttpView {
 public:
  /// `path`: relative to the account.
  HttpView(const net::HttpRequest& request, std::string_view path) : HttpView(request.headers) {
    message_.method = str_of(request.method);
    message_.target = str_of(request.target);
    message_.path = str_of(path);
    message_.query = str_of(request.query);
    message_.body = bytes_of(request.body);
    message_.peer = str_of(request.peer);
  }
  explicit HttpView(const net::HttpResponse& response) : HttpView(response.headers) {
    message_.status_code = response.status;
    message_.body = bytes_of(response.body);
  }
  HttpView(const HttpView&) = delete;
  HttpView& operator=(const HttpView&) = delete;
  [[nodiscard]] const jf_http_message* get() const { return &message_; }

 private:
  explicit HttpView(const std::vector<net::Header>& headers) {
    headers_.reserve(headers.size());
    for (const auto& [name, value] : headers) {
      headers_.push_back({str_of(name), str_of(value)});
    }
    message_.size = sizeof message_;
    message_.headers = headers_.data();
    message_.header_count = headers_.size();
  }

  std::vector<jf_kv> headers_;
  jf_http_message message_{};
};

/// "/webhook" out of "/in/<channel>/<name>/webhook".
inline std::string_view path_below_account(std::string_view path) {
  for (int step = 0; step < 3; ++step) {
    const std::size_t slash = path.find('/', 1);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
  }
  return path;
}

}  // namespace jackfield::plugin_host
