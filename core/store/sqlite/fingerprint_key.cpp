#include "core/store/sqlite/fingerprint_key.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <string>

#include <sodium.h>

namespace jackfield::store {
namespace {

void need_sodium() {
  if (sodium_init() < 0) {
    throw std::runtime_error("libsodium cannot start: no source of random bytes");
  }
}

}  // namespace

FingerprintKey FingerprintKey::make() {
  need_sodium();
  std::array<char, kBytes> fresh{};
  randombytes_buf(fresh.data(), fresh.size());
  return FingerprintKey(std::string_view(fresh.data(), fresh.size()));
}

FingerprintKey::FingerprintKey(std::string_view bytes) {
  need_sodium();
  if (bytes.size() != key_.size()) {
    throw std::runtime_error("the database's fingerprint key has a wrong size");
  }
  std::memcpy(key_.data(), bytes.data(), bytes.size());
}

Fingerprint FingerprintKey::print(const AccountId& account, int kind, std::string_view key) const {
  // Kind and the account's length first, so that no two (kind, account, key) give the same bytes.
  std::string text;
  text.reserve(8 + account.text.size() + key.size());
  for (const auto number :
       {static_cast<std::uint32_t>(kind), static_cast<std::uint32_t>(account.text.size())}) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      text.push_back(static_cast<char>(number >> shift & 0xffU));
    }
  }
  text.append(account.text).append(key);
  Fingerprint print{};
  crypto_generichash(print.data(), print.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), key_.data(),
                     key_.size());
  return print;
}

PrintHalves halves(const Fingerprint& print) {
  static_assert(sizeof(PrintHalves) == sizeof(Fingerprint));
  return std::bit_cast<PrintHalves>(print);
}

std::uint64_t random_epoch() {
  need_sodium();
  std::uint64_t epoch = 0;
  while (epoch == 0) {
    randombytes_buf(&epoch, sizeof epoch);
    epoch &= 0x7fff'ffff'ffff'ffffU;
  }
  return epoch;
}

}  // namespace jackfield::store
