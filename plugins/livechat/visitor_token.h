#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

/// How a browser proves which visitor it is. Pure: the key and HMAC are the caller's.
namespace jackfield::livechat {

inline constexpr std::size_t kVisitorBytes = 16;
inline constexpr std::size_t kVisitorChars = 22;
inline constexpr std::size_t kTokenKeyBytes = 32;

/// Base64 with '-' and '_' and without padding (RFC 4648, section 5).
[[nodiscard]] std::string to_base64url(std::string_view bytes);
/// Nothing on any character outside that alphabet, padding included.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

/// Whether `id` is what to_base64url() writes for kVisitorBytes bytes.
[[nodiscard]] bool is_visitor_id(std::string_view id);

/// Token = base64url(version 1 | 16 bytes of id | 8 bytes of issue time, big endian | HMAC-SHA256).
class TokenMint {
 public:
  using Hmac = std::function<std::string(std::string_view data)>;  ///< Keyed; gives 32 bytes.
  using Equal = std::function<bool(std::string_view, std::string_view)>;  ///< In constant time.

  TokenMint(Hmac hmac, Equal equal);

  [[nodiscard]] std::string issue(std::string_view visitor_id, std::int64_t now_s) const;
  /// The visitor's id, or nothing when this mint did not make the token or it is older than
  /// `age_max_s`.
  [[nodiscard]] std::optional<std::string> visitor_of(std::string_view token, std::int64_t now_s,
                                                      std::int64_t age_max_s) const;

 private:
  [[nodiscard]] std::string signature(std::string_view content) const;

  Hmac hmac_;
  Equal equal_;
};

}  // namespace jackfield::livechat
