#include "core/plugin_host/http_calls.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

#include "core/plugin_host/clean_text.h"

namespace jackfield::plugin_host {
namespace {

constexpr std::size_t kHeadersMax = 64;
constexpr std::size_t kHeaderBytesMax = 8 * 1024;
constexpr std::size_t kUrlBytesMax = 8 * 1024;
constexpr std::size_t kBodyBytesMax = 16 * 1024 * 1024;
constexpr std::size_t kFormPartsMax = 64;
constexpr std::uint32_t kTimeoutMsMax = 120'000;
constexpr std::size_t kResponseBytesMax = 256 * 1024 * 1024;

void refuse(Refusal& refusal, jf_status status, std::string why) {
  if (!refusal.is_set()) {
    refusal = {status, std::move(why)};
  }
}

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool is_framing(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames = {"content-length", "transfer-encoding",
                                                      "connection", "upgrade", "trailer"};
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view framing) {
    return std::equal(name.begin(), name.end(), framing.begin(), framing.end(), [](char a, char b) {
      return std::tolower(static_cast<unsigned char>(a)) == b;
    });
  });
}

net::FormPart copy_form_part(const Generation& generation, const jf_form_part& from,
                             Refusal& refusal) {
  net::FormPart part;
  part.name = clean_line(copy_text(from.name, model::kIdBytesMax, "form name", refusal),
                         model::kIdBytesMax);
  part.filename =
      clean_filename(copy_text(from.filename, model::kTextBytesMax, "form filename", refusal));
  part.mime = clean_line(copy_text(from.mime, model::kIdBytesMax, "form mime", refusal),
                         model::kIdBytesMax);
  part.data = copy_bytes(from.data, kBodyBytesMax, "form data", refusal);
  const std::string media_id =
      copy_text(from.media_id, model::kIdBytesMax, "form media_id", refusal);
  if (!media_id.empty()) {
    const Result<MediaPort::File> file = generation.environment.ports.media.find(media_id);
    if (!file) {
      refuse(refusal, JF_E_NOT_FOUND, "there is no media " + media_id);
      return part;
    }
    part.file_path = file->path;
    part.mime = part.mime.empty() ? file->mime : part.mime;
  }
  return part;
}

void copy_form(const Generation& generation, const jf_http_call& from, net::HttpCall& call,
               Refusal& refusal) {
  if (from.form_count == 0) {
    return;
  }
  if (from.form == nullptr || from.form_count > kFormPartsMax ||
      from.form_stride < sizeof(jf_form_part) || from.form_stride > kStrideMax ||
      from.form_stride % alignof(jf_form_part) != 0) {
    refuse(refusal, JF_E_INVALID, "form is NULL, form_stride is wrong, or it has over 64 fields");
    return;
  }
  const char* base = reinterpret_cast<const char*>(from.form);
  for (std::size_t i = 0; i < from.form_count && !refusal.is_set(); ++i) {
    call.form.push_back(copy_form_part(
        generation, *reinterpret_cast<const jf_form_part*>(base + i * from.form_stride), refusal));
  }
}

}  // namespace

std::vector<net::Header> copy_headers(const jf_kv* first, std::size_t count, Refusal& refusal) {
  std::vector<net::Header> headers;
  if (count > kHeadersMax || (first == nullptr && count > 0)) {
    refuse(refusal, JF_E_INVALID, "headers is NULL or has over 64 entries");
    return headers;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = copy_text(first[i].key, kHeaderBytesMax, "header name", refusal);
    std::string value = copy_text(first[i].value, kHeaderBytesMax, "header value", refusal);
    const bool splits = std::any_of(value.begin(), value.end(), [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
    if (!is_token(name) || splits) {
      refuse(refusal, JF_E_INVALID, "a header has forbidden characters");
    } else if (is_framing(name)) {
      refuse(refusal, JF_E_INVALID, "the host sets the header " + name + " itself");
    }
    headers.emplace_back(name, std::move(value));
  }
  return headers;
}

net::HttpCall copy_call(const Generation& generation, const jf_http_call* from,
                        std::size_t response_bytes_default, Refusal& refusal) {
  net::HttpCall call;
  if (from == nullptr || from->size < sizeof(jf_http_call) || from->request == nullptr ||
      from->request->size < sizeof(jf_http_message)) {
    refuse(refusal, JF_E_INVALID, "call or its request is NULL, or a size is wrong");
    return call;
  }
  const jf_http_message& request = *from->request;
  call.url = copy_text(from->url, kUrlBytesMax, "url", refusal);
  if (call.url.rfind("https://", 0) != 0 && call.url.rfind("http://", 0) != 0) {
    refuse(refusal, JF_E_INVALID, "url must begin with https:// or http://");
  }
  call.method = copy_text(request.method, 16, "method", refusal);
  if (call.method.empty()) {
    call.method = "GET";
  }
  if (!is_token(call.method)) {
    refuse(refusal, JF_E_INVALID, "method has forbidden characters");
  }
  call.headers = copy_headers(request.headers, request.header_count, refusal);
  call.body = copy_bytes(request.body, kBodyBytesMax, "body", refusal);
  copy_form(generation, *from, call, refusal);
  if (from->timeout_ms != 0) {
    call.timeout = std::chrono::milliseconds(std::min(from->timeout_ms, kTimeoutMsMax));
  } else {
    call.timeout = generation.environment.options.send_timeout;
  }
  call.connect_timeout = std::min(call.connect_timeout, call.timeout);
  call.response_bytes_max = from->response_bytes_max != 0
                                ? std::min<std::size_t>(from->response_bytes_max, kResponseBytesMax)
                                : response_bytes_default;
  call.once = (from->flags & JF_HTTP_ONCE) != 0;
  call.public_addresses_only = !generation.environment.options.allow_private_addresses;
  return call;
}

jf_status call_status(const Error& error) {
  switch (error.code) {
    case ErrorCode::unreachable:
    case ErrorCode::throttled:  // too many calls wait: it never left
    case ErrorCode::invalid:
      return JF_E_UNREACHABLE;
    case ErrorCode::rejected:
      return JF_E_TOO_LARGE;
    default:
      return JF_E_UNKNOWN;
  }
}

}  // namespace jackfield::plugin_host
