#include "core/net/curl_call.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/net/ascii.h"
#include "core/net/call_url.h"
#include "core/net/public_address.h"

namespace jackfield::net {

namespace {

Error invalid(std::string text) {
  return Error{ErrorCode::invalid, "http client: " + std::move(text)};
}

bool is_clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) && c != '\t'; });
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(file, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) {
      continue;
    }
    if (wrote <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

}  // namespace

CurlCall::CurlCall(std::uint64_t id, HttpCall call, HttpDone done)
    : id_(id), call_(std::move(call)), done_(std::move(done)), easy_(curl_easy_init()) {}

CurlCall::~CurlCall() {
  close_file(false);
  if (easy_ != nullptr) {
    curl_easy_cleanup(easy_);
  }
  curl_mime_free(mime_);
  curl_slist_free_all(headers_);
}

Result<std::unique_ptr<CurlCall>> CurlCall::create(std::uint64_t id, HttpCall call, HttpDone done,
                                                   CURLSH* tls_sessions) {
  std::unique_ptr<CurlCall> made(new CurlCall(id, std::move(call), std::move(done)));
  JACKFIELD_TRY([[maybe_unused]] const Done ready, made->prepare(tls_sessions));
  return made;
}

Status CurlCall::prepare(CURLSH* tls_sessions) {
  if (easy_ == nullptr) {
    return Error{ErrorCode::internal, "http client: curl_easy_init failed"};
  }
  JACKFIELD_TRY([[maybe_unused]] const Done url, check_call_url(call_.url));
  if (!is_token(call_.method)) {
    return invalid("the method is not a token");
  }
  set_transport(tls_sessions);
  JACKFIELD_TRY([[maybe_unused]] const Done body, set_body());
  return set_headers();
}

void CurlCall::set_transport(CURLSH* tls_sessions) {
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_URL, call_.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_PROXY, "");
  curl_easy_setopt(easy_, CURLOPT_SHARE, tls_sessions);
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, "jackfield");
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS,
                   std::max<long>(1, static_cast<long>(call_.connect_timeout.count())));
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS,
                   std::max<long>(1, static_cast<long>(call_.timeout.count())));
  curl_easy_setopt(easy_, CURLOPT_MAXFILESIZE_LARGE,
                   static_cast<curl_off_t>(call_.response_bytes_max));
  if (saves()) {
    // A download that trickles; a call that waits for its answer is ended by its timeout.
    curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_LIMIT, 1024L);
    curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME, 20L);
  }
  if (call_.once) {
    // On a reused connection that dies, libcurl sends a POST again by itself.
    curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 1L);
  }
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, &CurlCall::on_open);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &CurlCall::on_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &CurlCall::on_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
}

Status CurlCall::set_body() {
  if (call_.method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
    return Done{};
  }
  if (!call_.form.empty()) {
    JACKFIELD_TRY([[maybe_unused]] const Done form, set_form());
  } else if (!call_.body.empty() || (call_.method != "GET" && call_.method != "DELETE")) {
    // Not copied: call_ lives as long as the handle.
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(call_.body.size()));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, call_.body.c_str());
  }
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, call_.method.c_str());
  return Done{};
}

Status CurlCall::set_form() {
  mime_ = curl_mime_init(easy_);
  for (const FormPart& part : call_.form) {
    if (!is_clean(part.name) || !is_clean(part.filename) || !is_clean(part.mime)) {
      return invalid("control byte in a form part's name, file name or type");
    }
    curl_mimepart* made = curl_mime_addpart(mime_);
    curl_mime_name(made, part.name.c_str());
    if (part.file_path.empty()) {
      curl_mime_data(made, part.data.data(), part.data.size());
    } else if (curl_mime_filedata(made, part.file_path.c_str()) != CURLE_OK) {
      return invalid("the file of form part '" + part.name + "' can't be read");
    } else {
      curl_mime_filename(made, nullptr);  // curl would tell the provider our name for it.
    }
    if (!part.filename.empty()) {
      curl_mime_filename(made, part.filename.c_str());
    }
    if (!part.mime.empty()) {
      curl_mime_type(made, part.mime.c_str());
    }
  }
  curl_easy_setopt(easy_, CURLOPT_MIMEPOST, mime_);
  return Done{};
}

Status CurlCall::set_headers() {
  bool typed = false;
  const auto add = [this](const std::string& line) {
    headers_ = curl_slist_append(headers_, line.c_str());
  };
  for (const auto& [name, value] : call_.headers) {
    if (!is_token(name) || !is_clean(value)) {
      return invalid("a header's name is not a token or its value has a control byte");
    }
    typed = typed || equals_ignoring_case(name, "Content-Type");
    // curl's spelling of a header without value.
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  add("Expect:");  // Else curl waits a second for "100 Continue" before a large body.
  if (!typed && call_.form.empty()) {
    add("Content-Type:");  // Else curl says a body is a form.
  }
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
  return Done{};
}

// Only judges the address; curl closes what it opened, and Asio only ever waits on it.
curl_socket_t CurlCall::on_open(void* self, curlsocktype, curl_sockaddr* address) {
  auto& call = *static_cast<CurlCall*>(self);
  if (call.call_.public_addresses_only) {
    const auto ip = IpAddress::from(&address->addr, address->addrlen);
    if (!ip || !is_public_address(*ip)) {
      call.address_refused_ = true;
      return CURL_SOCKET_BAD;
    }
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t CurlCall::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  const std::string_view line(data, size * count);
  return static_cast<CurlCall*>(self)->take_header(line) ? line.size() : 0;
}

bool CurlCall::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kHeaderBytesMax || response_.headers.size() > kHeadersMax) {
    trouble_ = Trouble::too_large;
    return false;
  }
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) {
    line.remove_suffix(1);
  }
  if (line.starts_with("HTTP/")) {
    response_ = HttpResponse{};  // After "100 Continue" comes the real one.
    const std::size_t space = line.find(' ');
    const std::string_view digits =
        space == std::string_view::npos ? std::string_view{} : line.substr(space + 1, 3);
    std::from_chars(digits.data(), digits.data() + digits.size(), response_.status);
    return true;
  }
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    response_.headers.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  }
  return true;
}

std::size_t CurlCall::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  const std::string_view bytes(data, size * count);
  return static_cast<CurlCall*>(self)->take_body(bytes) ? bytes.size() : 0;
}

bool CurlCall::saves() const {
  return !call_.save_to.empty();
}

bool CurlCall::take_body(std::string_view bytes) {
  const bool into_file = saves() && response_.status >= 200 && response_.status < 300;
  const std::size_t max = saves() && !into_file
                              ? std::min(call_.response_bytes_max, kErrorBodyBytesMax)
                              : call_.response_bytes_max;
  if (bytes.size() > max - body_bytes_) {
    trouble_ = Trouble::too_large;
    return false;
  }
  body_bytes_ += bytes.size();
  if (into_file) {
    return save(bytes);
  }
  response_.body.append(bytes);
  return true;
}

bool CurlCall::open_file() {
  if (file_ < 0) {
    constexpr mode_t kOwnerOnly = 0600;
    file_ = ::open(call_.save_to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                   kOwnerOnly);
    file_created_ = file_ >= 0;
  }
  return file_ >= 0;
}

bool CurlCall::save(std::string_view bytes) {
  if (!open_file() || !write_all(file_, bytes)) {
    trouble_ = Trouble::disk;
    return false;
  }
  return true;
}

// A file that isn't whole must not be found later.
bool CurlCall::close_file(bool keep) {
  bool closed = true;
  if (file_ >= 0) {
    closed = ::close(std::exchange(file_, -1)) == 0;
  }
  if (file_created_ && !(keep && closed)) {
    ::unlink(call_.save_to.c_str());
  }
  file_created_ = false;
  return closed;
}

// Whether a byte of the request may have reached the other side. Counts over curl's own retries.
// With TLS a failed write may have sent records that were not counted, so the handshake's end is
// the line.
bool CurlCall::has_left() const {
  long request_bytes = 0;
  curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &request_bytes);
  curl_off_t pretransfer = 0;
  curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
  const bool secure = equals_ignoring_case(std::string_view(call_.url).substr(0, 6), "https:");
  return request_bytes > 0 || (secure && pretransfer > 0);
}

Error CurlCall::error_for(CURLcode code) const {
  const std::string said = curl_easy_strerror(code);
  if (trouble_ == Trouble::too_large || code == CURLE_FILESIZE_EXCEEDED) {
    return Error{ErrorCode::rejected, "http client: the answer is larger than allowed"};
  }
  if (trouble_ == Trouble::disk) {
    return Error{ErrorCode::internal, "http client: the answer can't be written to its file"};
  }
  if (has_left()) {
    return Error{ErrorCode::fate_unknown, "http client: sent, no usable answer: " + said};
  }
  if (code == CURLE_READ_ERROR) {
    return invalid("a form part's file can't be read");
  }
  if (address_refused_) {
    return Error{ErrorCode::unreachable,
                 "http client: the host leads to an address that is not public"};
  }
  return Error{ErrorCode::unreachable, "http client: nothing was sent: " + said};
}

void CurlCall::finish(CURLcode code) {
  Result<HttpResponse> outcome = Error{};
  if (code == CURLE_OK) {
    const bool wants_file = saves() && response_.status >= 200 && response_.status < 300;
    const bool saved = (!wants_file || open_file()) && close_file(true);
    outcome = saved ? Result<HttpResponse>(std::move(response_))
                    : Error{ErrorCode::internal, "http client: the file can't be written"};
  } else {
    outcome = error_for(code);
    close_file(false);
  }
  if (const auto done = std::exchange(done_, nullptr)) {
    done(std::move(outcome));
  }
}

void CurlCall::fail(Error error) {
  if (const auto done = std::exchange(done_, nullptr)) {
    done(std::move(error));
  }
}

}  // namespace jackfield::net
