#pragma once

#include <string>
#include <string_view>

namespace jackfield::whatsapp {

/// The host's crypto service as the pure code sees it.
class Crypto {
 public:
  virtual ~Crypto() = default;
  /// Raw bytes, 32 of them.
  [[nodiscard]] virtual std::string hmac_sha256(std::string_view key,
                                                std::string_view data) const = 0;
  [[nodiscard]] virtual std::string sha256(std::string_view data) const = 0;
  /// In constant time.
  [[nodiscard]] virtual bool equal(std::string_view a, std::string_view b) const = 0;
};

}  // namespace jackfield::whatsapp
