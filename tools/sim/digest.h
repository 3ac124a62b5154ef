#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield::sim {

/// Lower-case hex of any bytes.
[[nodiscard]] std::string hex(std::string_view bytes);
/// HMAC-SHA256, 64 lower-case hex digits.
[[nodiscard]] std::string hmac_sha256_hex(std::string_view key, std::string_view data);
/// SHA-256, 32 raw bytes.
[[nodiscard]] std::string sha256(std::string_view data);

[[nodiscard]] std::string base64(std::string_view bytes);
/// Nothing when `text` is not padded base64.
[[nodiscard]] std::optional<std::string> base64_decoded(std::string_view text);

/// From the system's generator. Throws std::runtime_error when that fails.
[[nodiscard]] std::string random_bytes(std::size_t count);

/// True when both are equal; the time taken depends on the lengths only.
[[nodiscard]] bool equal_in_constant_time(std::string_view left, std::string_view right);

}  // namespace jackfield::sim
