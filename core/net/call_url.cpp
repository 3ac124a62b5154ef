#include "core/net/call_url.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include <curl/curl.h>

#include "core/net/ascii.h"

namespace jackfield::net {

namespace {

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK || text == nullptr) {
    return {};
  }
  std::string copy = text;
  curl_free(text);
  return copy;
}

Error refused(std::string_view why) {
  return Error{ErrorCode::invalid, "http client: the URL " + std::string(why)};
}

}  // namespace

Status check_call_url(const std::string& url) {
  if (url.size() > kUrlBytesMax) {
    return refused("is longer than " + std::to_string(kUrlBytesMax) + " bytes");
  }
  const auto is_odd = [](char c) { return is_control(c) || c == ' ' || c == '\\'; };
  if (std::any_of(url.begin(), url.end(), is_odd)) {
    return refused("has a space, backslash or control byte; escape it");
  }
  // Not left to curl, which guesses a scheme and takes "http:/host".
  const std::string_view text = url;
  const bool plain = equals_ignoring_case(text.substr(0, 7), "http://");
  const bool secure = equals_ignoring_case(text.substr(0, 8), "https://");
  if (!plain && !secure) {
    return refused("does not begin with http:// or https://");
  }
  const std::unique_ptr<CURLU, void (*)(CURLU*)> parsed(curl_url(), &curl_url_cleanup);
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    return refused("can't be read");
  }
  const std::string_view rest = text.substr(plain ? 7 : 8);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.find('@') != std::string_view::npos ||
      !part_of(parsed.get(), CURLUPART_USER).empty() ||
      !part_of(parsed.get(), CURLUPART_PASSWORD).empty()) {
    return refused("has a user name or password in it");
  }
  if (authority.empty() || part_of(parsed.get(), CURLUPART_HOST).empty()) {
    return refused("has no host");
  }
  return Done{};
}

}  // namespace jackfield::net
