// jf.config, jf.secret, jf.crypto
#include <optional>
#include <string>

#include "core/plugin_host/digest.h"
#include "core/plugin_host/json_pointer.h"
#include "core/plugin_host/service_support.h"
#include "core/plugin_host/services.h"

namespace jackfield::plugin_host {
namespace {

constexpr std::size_t kHashedBytesMax = 16 * 1024 * 1024;
constexpr std::size_t kKeyBytesMax = 64 * 1024;
constexpr std::size_t kRandomBytesMax = 1'024;
constexpr std::size_t kPointerBytesMax = 1'024;

jf_status config_get(const jf_host* host, jf_str pointer, jf_sink* sink) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    Refusal refusal;
    const std::string place = copy_text(pointer, kPointerBytesMax, "pointer", refusal);
    if (refusal.is_set()) {
      return refusal.status;
    }
    const json::Value value = find_at(generation.account->config(), place);
    if (!value || value.type() == json::Type::null) {
      return JF_E_NOT_FOUND;
    }
    return write_to(sink, value.is_string() ? std::string(value.text()) : value.dump());
  });
}

jf_status secret_get(const jf_host* host, jf_str pointer, jf_sink* sink) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    Refusal refusal;
    const std::string place = copy_text(pointer, kPointerBytesMax, "pointer", refusal);
    if (refusal.is_set()) {
      return refusal.status;
    }
    const auto it = generation.account->secrets.find(place);
    if (it == generation.account->secrets.end()) {
      return JF_E_NOT_FOUND;
    }
    return write_to(sink, it->second.reveal());
  });
}

/// A view of hostile bytes that is not copied: hashing only reads them.
std::optional<std::string_view> view_of(jf_bytes bytes, std::size_t max) {
  if (bytes.len > max || (bytes.ptr == nullptr && bytes.len > 0)) {
    return std::nullopt;
  }
  return std::string_view(reinterpret_cast<const char*>(bytes.ptr), bytes.len);
}

jf_status crypto_hmac(const jf_host* host, jf_str algorithm, jf_bytes key, jf_bytes data,
                      jf_sink* sink) noexcept {
  return serve(host, [&](Generation&) -> jf_status {
    Refusal refusal;
    const std::string name = copy_text(algorithm, 32, "algorithm", refusal);
    const auto its_key = view_of(key, kKeyBytesMax);
    const auto bytes = view_of(data, kHashedBytesMax);
    if (!its_key || !bytes) {
      return JF_E_TOO_LARGE;
    }
    const auto digest = hmac(name, *its_key, *bytes);
    return digest ? write_to(sink, *digest) : JF_E_UNSUPPORTED;
  });
}

jf_status crypto_hash(const jf_host* host, jf_str algorithm, jf_bytes data,
                      jf_sink* sink) noexcept {
  return serve(host, [&](Generation&) -> jf_status {
    Refusal refusal;
    const std::string name = copy_text(algorithm, 32, "algorithm", refusal);
    const auto bytes = view_of(data, kHashedBytesMax);
    if (!bytes) {
      return JF_E_TOO_LARGE;
    }
    const auto digest = hash(name, *bytes);
    return digest ? write_to(sink, *digest) : JF_E_UNSUPPORTED;
  });
}

std::int32_t crypto_equal(const jf_host* host, jf_bytes a, jf_bytes b) noexcept {
  const jf_status status = serve(host, [&](Generation&) -> jf_status {
    const auto first = view_of(a, kHashedBytesMax);
    const auto second = view_of(b, kHashedBytesMax);
    return first && second && equal_in_constant_time(*first, *second) ? JF_OK : JF_E_INVALID;
  });
  return status == JF_OK ? 1 : 0;
}

jf_status crypto_random(const jf_host* host, std::size_t len, jf_sink* sink) noexcept {
  return serve(host, [&](Generation&) -> jf_status {
    if (len > kRandomBytesMax) {
      return JF_E_TOO_LARGE;
    }
    const auto bytes = random_bytes(len);
    return bytes ? write_to(sink, *bytes) : JF_E_TRANSIENT;
  });
}

}  // namespace

const jf_service_config& config_service() {
  static constexpr jf_service_config kTable{sizeof kTable, 0, config_get};
  return kTable;
}
const jf_service_secret& secret_service() {
  static constexpr jf_service_secret kTable{sizeof kTable, 0, secret_get};
  return kTable;
}
const jf_service_crypto& crypto_service() {
  static constexpr jf_service_crypto kTable{
      sizeof kTable, 0, crypto_hmac, crypto_hash, crypto_equal, crypto_random};
  return kTable;
}

}  // namespace jackfield::plugin_host
