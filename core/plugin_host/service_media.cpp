// jf.socket, jf.media
#include <fstream>
#include <string>
#include <utility>

#include <unistd.h>

#include "core/plugin_host/clean_text.h"
#include "core/plugin_host/http_calls.h"
#include "core/plugin_host/service_support.h"
#include "core/plugin_host/services.h"

namespace jackfield::plugin_host {
namespace {

constexpr std::size_t kFrameBytesMax = 1024 * 1024;
constexpr std::size_t kMediaBytesMax = 64 * 1024 * 1024;
constexpr std::uint64_t kReadBytesMax = 16 * 1024 * 1024;
constexpr std::size_t kDownloadBytesDefault = 100 * 1024 * 1024;

jf_status socket_send(const jf_host* host, std::uint64_t socket, jf_bytes data,
                      std::uint32_t flags) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    Refusal refusal;
    std::string bytes = copy_bytes(data, kFrameBytesMax, "data", refusal);
    if (refusal.is_set()) {
      return refusal.status;
    }
    const auto peer = generation.account->sockets.find(socket);
    if (!peer) {
      return JF_E_CLOSED;
    }
    generation.note_sending();
    const auto frame = (flags & JF_SOCKET_BINARY) != 0 ? net::WebSocket::Frame::binary
                                                       : net::WebSocket::Frame::text;
    return peer->send(std::move(bytes), frame) ? JF_OK : JF_E_BUSY;
  });
}

void socket_close(const jf_host* host, std::uint64_t socket, std::int32_t code,
                  jf_str why) noexcept {
  serve(host, [&](Generation& generation) -> jf_status {
    Refusal ignored;
    const std::string text = clean_line(copy_text(why, 1'024, "why", ignored), 120);
    if (const auto peer = generation.account->sockets.find(socket)) {
      const bool is_allowed = code >= 1000 && code <= 4999 && code != 1005 && code != 1006;
      peer->close(is_allowed ? static_cast<std::uint16_t>(code) : std::uint16_t{1000}, text);
    }
    return JF_OK;
  });
}

jf_status socket_tag(const jf_host* host, std::uint64_t socket, jf_str tag) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    Refusal refusal;
    std::string text = copy_text(tag, OpenSockets::kTagBytesMax, "tag", refusal);
    if (refusal.is_set()) {
      return refusal.status;
    }
    return generation.account->sockets.tag(socket, std::move(text)) ? JF_OK : JF_E_CLOSED;
  });
}

jf_status media_status(const Error& error) {
  switch (error.code) {
    case ErrorCode::invalid:
      return JF_E_INVALID;
    case ErrorCode::rejected:
      return JF_E_TOO_LARGE;
    case ErrorCode::not_found:
      return JF_E_NOT_FOUND;
    default:
      return JF_E_TRANSIENT;
  }
}

/// Puts and reads work on files, which would block whoever is not on the lane.
bool is_on_lane(const Generation& generation) {
  return generation.lane.is_current();
}

jf_status media_put(const jf_host* host, jf_str, jf_str filename, jf_bytes data, jf_sink* media_id,
                    jf_error* error) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    if (!is_on_lane(generation)) {
      return fail(error, JF_E_UNSUPPORTED, "media.put is called on the lane only");
    }
    Refusal refusal;
    const std::string name =
        clean_filename(copy_text(filename, model::kTextBytesMax, "filename", refusal));
    const std::string bytes = copy_bytes(data, kMediaBytesMax, "data", refusal);
    if (refusal.is_set()) {
      return fail(error, refusal);
    }
    const Result<MediaPort::File> file = generation.environment.ports.media.put(bytes, name);
    if (!file) {
      return fail(error, media_status(file.error()), file.error().text);
    }
    return write_to(media_id, file->id);
  });
}

jf_status media_read(const jf_host* host, jf_str media_id, std::uint64_t offset, std::uint64_t len,
                     jf_sink* sink, jf_error* error) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    if (!is_on_lane(generation)) {
      return fail(error, JF_E_UNSUPPORTED, "media.read is called on the lane only");
    }
    Refusal refusal;
    const std::string id = copy_text(media_id, model::kIdBytesMax, "media_id", refusal);
    if (refusal.is_set() || len > kReadBytesMax) {
      return fail(error, JF_E_TOO_LARGE, "at most 16 MiB at a time");
    }
    const Result<MediaPort::File> found = generation.environment.ports.media.find(id);
    if (!found) {
      return fail(error, JF_E_NOT_FOUND, found.error().text);
    }
    std::ifstream file(found->path, std::ios::binary);
    if (!file) {
      return fail(error, JF_E_TRANSIENT, "the stored file can't be opened");
    }
    if (offset >= found->size_bytes) {
      return JF_OK;
    }
    const std::uint64_t size = std::min(len, found->size_bytes - offset);
    std::string bytes(size, '\0');
    file.seekg(static_cast<std::streamoff>(offset));
    file.read(bytes.data(), static_cast<std::streamsize>(size));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return write_to(sink, bytes);
  });
}

/// The provider may give the file another time.
bool is_worth_again(int http_status) {
  return http_status >= 500 || http_status == 401 || http_status == 408 || http_status == 429;
}

/// On the lane, or wherever the last owner is when that is gone: it works on files.
void end_download(MediaPort& media, std::int64_t job, const std::string& path,
                  const Result<net::HttpResponse>& result) {
  if (result && result->status / 100 == 2) {
    media.finish_job(job, path);
    return;
  }
  ::unlink(path.c_str());
  if (result) {
    media.fail_job(job, "the provider answered " + std::to_string(result->status),
                   is_worth_again(result->status) ? MediaPort::Again::yes : MediaPort::Again::no);
    return;
  }
  const bool is_final =
      result.error().code == ErrorCode::rejected || result.error().code == ErrorCode::invalid;
  media.fail_job(job, result.error().text, is_final ? MediaPort::Again::no : MediaPort::Again::yes);
}

jf_status media_fetch(const jf_host* host, std::uint64_t job_id, const jf_http_call* from,
                      jf_error* error) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    Refusal refusal;
    net::HttpCall call = copy_call(generation, from, kDownloadBytesDefault, refusal);
    if (refusal.is_set()) {
      return fail(error, refusal);
    }
    const auto job = generation.jobs.take(job_id);
    if (!job) {
      return fail(error, JF_E_STALE, "this job was ended before");
    }
    MediaPort& media = generation.environment.ports.media;
    call.save_to = media.new_download_path();
    const std::string path = call.save_to;
    generation.environment.client.call(
        std::move(call), [weak = generation.weak_from_this(), &media, number = *job,
                          path](Result<net::HttpResponse> result) {
          const auto kept = std::make_shared<Result<net::HttpResponse>>(std::move(result));
          const auto self = weak.lock();
          const bool is_taken = self && self->lane.post_owed("media.end", [=, &media] {
            end_download(media, number, path, *kept);
          });
          if (!is_taken) {
            end_download(media, number, path, *kept);
          }
        });
    return JF_OK;
  });
}

jf_status media_fail(const jf_host* host, std::uint64_t job_id, const jf_outcome* from) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    if (from == nullptr || from->size < sizeof(jf_outcome)) {
      return JF_E_INVALID;
    }
    const auto job = generation.jobs.take(job_id);
    if (!job) {
      return JF_E_STALE;
    }
    bool is_final = true;
    switch (from->status) {
      case JF_E_BUSY:
      case JF_E_TRANSIENT:
      case JF_E_AUTH:
      case JF_E_RATE:
      case JF_E_TIMEOUT:
      case JF_E_CLOSED:
      case JF_E_UNREACHABLE:
      case JF_E_UNKNOWN:
        is_final = false;
        break;
      default:
        break;
    }
    Refusal ignored;
    const std::string why = clean_line(
        copy_text(from->detail, model::kTextBytesMax, "detail", ignored), kDetailBytesMax);
    generation.environment.ports.media.fail_job(
        *job, generation.account->without_secrets(why),
        is_final ? MediaPort::Again::no : MediaPort::Again::yes);
    return JF_OK;
  });
}

}  // namespace

const jf_service_socket& socket_service() {
  static constexpr jf_service_socket kTable{sizeof kTable, 0, socket_send, socket_close,
                                            socket_tag};
  return kTable;
}
const jf_service_media& media_service() {
  static constexpr jf_service_media kTable{sizeof kTable, 0,           media_put,
                                           media_read,    media_fetch, media_fail};
  return kTable;
}

}  // namespace jackfield::plugin_host
