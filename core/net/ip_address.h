#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sys/socket.h>

namespace jackfield::net {

/// An IPv4 or IPv6 address. IPv4 is kept as ::ffff:a.b.c.d, so an address and its mapped form are
/// the same value and no rule about IPv4 can be passed in IPv6 clothes. Zone ids are dropped.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  /// Dotted decimal with four parts, or IPv6 text; nothing else ("127.1", "0x7f.1" are names).
  static std::optional<IpAddress> parse(std::string_view text);
  /// Nothing when the family is neither AF_INET nor AF_INET6, or `size` is too small.
  static std::optional<IpAddress> from(const sockaddr* address, std::size_t size);

  [[nodiscard]] bool is_v4() const;
  [[nodiscard]] std::string text() const;
  bool operator==(const IpAddress&) const = default;
};

/// A block of addresses, as in 10.0.0.0/8 or fd00::/8. A bare address is a block of one.
struct IpBlock {
  IpAddress base;
  unsigned prefix = 128;  ///< Bits of the 16-byte form: 96 more than written for IPv4.

  static std::optional<IpBlock> parse(std::string_view text);
  [[nodiscard]] bool contains(const IpAddress& address) const;
};

}  // namespace jackfield::net
