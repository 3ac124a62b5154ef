#include "core/net/public_address.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace jackfield::net {

namespace {

struct SpecialV4 {
  std::uint32_t base;
  unsigned prefix;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  return a << 24 | b << 16 | c << 8;
}

constexpr std::array kSpecialV4{
    SpecialV4{v4(0, 0, 0), 8},       SpecialV4{v4(10, 0, 0), 8},
    SpecialV4{v4(100, 64, 0), 10},  // Shared by carriers (CGNAT).
    SpecialV4{v4(127, 0, 0), 8},     SpecialV4{v4(169, 254, 0), 16},
    SpecialV4{v4(172, 16, 0), 12},   SpecialV4{v4(192, 0, 0), 24},
    SpecialV4{v4(192, 0, 2), 24},  // Documentation.
    SpecialV4{v4(192, 31, 196), 24}, SpecialV4{v4(192, 52, 193), 24},
    SpecialV4{v4(192, 88, 99), 24},  // 6to4 relays.
    SpecialV4{v4(192, 168, 0), 16},  SpecialV4{v4(192, 175, 48), 24},
    SpecialV4{v4(198, 18, 0), 15},  // Benchmarks.
    SpecialV4{v4(198, 51, 100), 24}, SpecialV4{v4(203, 0, 113), 24},
    SpecialV4{v4(224, 0, 0), 4},  // Multicast.
    SpecialV4{v4(240, 0, 0), 4},  // Reserved and broadcast.
};

bool is_public_v4(std::uint32_t address) {
  return std::none_of(kSpecialV4.begin(), kSpecialV4.end(), [address](const SpecialV4& special) {
    const unsigned shift = 32 - special.prefix;
    return address >> shift == special.base >> shift;
  });
}

// Only 2000::/3 is handed out; within it these are special.
bool is_public_v6(const std::array<std::uint8_t, 16>& b) {
  const unsigned first = static_cast<unsigned>(b[0]) << 8 | b[1];
  const unsigned second = static_cast<unsigned>(b[2]) << 8 | b[3];
  if (first >> 13 != 1) {
    return false;
  }
  const bool protocols = first == 0x2001 && second < 0x0200;  // 2001::/23, Teredo and ORCHID too.
  const bool documentation =
      (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
  const bool six_to_four = first == 0x2002;
  return !protocols && !documentation && !six_to_four;
}

}  // namespace

bool is_public_address(const IpAddress& address) {
  const auto& b = address.bytes;
  if (address.is_v4()) {
    return is_public_v4(static_cast<std::uint32_t>(b[12]) << 24 |
                        static_cast<std::uint32_t>(b[13]) << 16 |
                        static_cast<std::uint32_t>(b[14]) << 8 | b[15]);
  }
  return is_public_v6(b);
}

bool is_public_address(std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address && is_public_address(*address);
}

}  // namespace jackfield::net
