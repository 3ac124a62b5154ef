#include "core/plugin_host/digest.h"

#include <array>
#include <climits>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace jackfield::plugin_host {
namespace {

const EVP_MD* algorithm_named(std::string_view name) {
  if (name == "sha256") {
    return EVP_sha256();
  }
  return name == "sha1" ? EVP_sha1() : nullptr;
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::optional<std::string> hash(std::string_view algorithm, std::string_view data) {
  const EVP_MD* kind = algorithm_named(algorithm);
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  if (kind == nullptr ||
      EVP_Digest(data.data(), data.size(), out.data(), &size, kind, nullptr) != 1) {
    return std::nullopt;
  }
  return std::string(out.begin(), out.begin() + size);
}

std::optional<std::string> hmac(std::string_view algorithm, std::string_view key,
                                std::string_view data) {
  const EVP_MD* kind = algorithm_named(algorithm);
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  if (kind == nullptr || key.size() > INT_MAX ||
      HMAC(kind, key.empty() ? "" : key.data(), static_cast<int>(key.size()), bytes(data),
           data.size(), out.data(), &size) == nullptr) {
    return std::nullopt;
  }
  return std::string(out.begin(), out.begin() + size);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

std::optional<std::string> random_bytes(std::size_t count) {
  std::string out(count, '\0');
  if (count > INT_MAX || (count > 0 && RAND_bytes(reinterpret_cast<unsigned char*>(out.data()),
                                                  static_cast<int>(count)) != 1)) {
    return std::nullopt;
  }
  return out;
}

}  // namespace jackfield::plugin_host
