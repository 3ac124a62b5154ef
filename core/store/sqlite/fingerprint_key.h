#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/store/store.h"

namespace jackfield::store {

/// The store's secret for hashing ids that come from outside. Any thread.
class FingerprintKey {
 public:
  static constexpr std::size_t kBytes = 32;

  /// A new random one.
  static FingerprintKey make();
  /// `bytes`: what bytes() gave, kBytes long.
  explicit FingerprintKey(std::string_view bytes);
  [[nodiscard]] std::string_view bytes() const {
    return {reinterpret_cast<const char*>(key_.data()), key_.size()};
  }

  [[nodiscard]] Fingerprint print(const AccountId& account, int kind, std::string_view key) const;

 private:
  std::array<unsigned char, kBytes> key_{};
};

/// The halves of a fingerprint as the database stores them.
struct PrintHalves {
  std::int64_t h1 = 0;
  std::int64_t h2 = 0;
};
PrintHalves halves(const Fingerprint& print);

/// 63 random bits, never 0: JSON carries it as a whole number without loss of sign.
std::uint64_t random_epoch();

}  // namespace jackfield::store
