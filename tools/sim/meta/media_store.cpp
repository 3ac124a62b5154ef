#include "tools/sim/meta/media_store.h"

#include <array>
#include <charconv>
#include <utility>

#include "tools/sim/digest.h"
#include "tools/sim/query.h"

namespace jackfield::sim::meta {
namespace {

constexpr std::size_t kMegabyte = 1024U * 1024;

struct Kind {
  std::string_view mime;
  std::size_t bytes_max;
};
constexpr std::array<Kind, 10> kKinds{{
    {"audio/aac", 16 * kMegabyte},
    {"audio/amr", 16 * kMegabyte},
    {"audio/mpeg", 16 * kMegabyte},
    {"audio/mp4", 16 * kMegabyte},
    {"audio/ogg", 16 * kMegabyte},
    {"image/jpeg", 5 * kMegabyte},
    {"image/png", 5 * kMegabyte},
    {"image/webp", 500U * 1024},
    {"video/mp4", 16 * kMegabyte},
    {"video/3gpp", 16 * kMegabyte},
}};
constexpr std::size_t kDocumentBytesMax = 100 * kMegabyte;

}  // namespace

std::optional<GraphError> check_upload(std::string_view mime, std::size_t size) {
  const std::string_view plain = mime.substr(0, mime.find(';'));
  std::size_t bytes_max = kDocumentBytesMax;
  bool is_known = plain.find('/') != std::string_view::npos && !plain.starts_with("audio/") &&
                  !plain.starts_with("image/") && !plain.starts_with("video/");
  for (const Kind& kind : kKinds) {
    if (kind.mime == plain) {
      is_known = true;
      bytes_max = kind.bytes_max;
    }
  }
  if (!is_known) {
    return bad_parameter(
        "Param file must be a file with one of the following types: audio/aac, "
        "audio/mp4, audio/mpeg, audio/amr, audio/ogg, application/pdf, "
        "text/plain, image/jpeg, image/png, image/webp, video/mp4, video/3gpp. "
        "Received file of type '" +
        std::string(mime) + "'.");
  }
  if (size == 0) {
    return bad_parameter("Param file must not be empty.");
  }
  if (size > bytes_max) {
    return bad_parameter("Param file must be at most " + std::to_string(bytes_max) +
                         " bytes for type '" + std::string(plain) + "'.");
  }
  return std::nullopt;
}

std::string MediaStore::add(MediaItem item) {
  if (link_key_.empty()) {
    link_key_ = random_bytes(32);
    // Meta's media ids have 15 to 17 digits; a random start keeps ids of two runs apart.
    std::uint64_t start = 0;
    for (const char byte : random_bytes(6)) {
      start = start * 256 + static_cast<unsigned char>(byte);
    }
    last_ = 1'000'000'000'000'000 + start;
  }
  item.id = std::to_string(++last_);
  bytes_ += item.bytes.size();
  order_.push_back(item.id);
  std::string id = item.id;
  items_.emplace(id, std::move(item));
  while (order_.size() > 1 && (bytes_ > kBytesMax || order_.size() > kItemsMax)) {
    remove(std::string(order_.front()));
  }
  return id;
}

const MediaItem* MediaStore::find(const std::string& id) const {
  const auto at = items_.find(id);
  return at == items_.end() ? nullptr : &at->second;
}

bool MediaStore::remove(const std::string& id) {
  const auto at = items_.find(id);
  if (at == items_.end()) {
    return false;
  }
  bytes_ -= at->second.bytes.size();
  items_.erase(at);
  std::erase(order_, id);
  return true;
}

std::string MediaStore::link(const std::string& id, std::int64_t expires) const {
  const std::string until = std::to_string(expires);
  return "/whatsapp_business/attachments/?mid=" + id + "&ext=" + until +
         "&hash=" + link_hash(id, until);
}

bool MediaStore::is_open(const std::string& id, std::string_view query, std::int64_t now) const {
  const std::string until = query_value(query, "ext").value_or("");
  const std::string hash = query_value(query, "hash").value_or("");
  std::int64_t expires = 0;
  std::from_chars(until.data(), until.data() + until.size(), expires);
  return equal_in_constant_time(hash, link_hash(id, until)) && now < expires;
}

std::string MediaStore::link_hash(const std::string& id, std::string_view expires) const {
  return hmac_sha256_hex(link_key_, id + '.' + std::string(expires));
}

}  // namespace jackfield::sim::meta
