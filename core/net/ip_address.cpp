#include "core/net/ip_address.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace jackfield::net {

namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t kTextMax = 64;

IpAddress from_v4(const void* four_bytes) {
  IpAddress made;
  std::copy(kMapped.begin(), kMapped.end(), made.bytes.begin());
  std::memcpy(made.bytes.data() + kMapped.size(), four_bytes, 4);
  return made;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.empty() || text.size() > kTextMax || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  const bool is_v6 = text.find(':') != std::string_view::npos;
  const std::string terminated(is_v6 ? text.substr(0, text.find('%')) : text);
  if (is_v6) {
    IpAddress made;
    if (inet_pton(AF_INET6, terminated.c_str(), made.bytes.data()) != 1) {
      return std::nullopt;
    }
    return made;
  }
  in_addr four{};
  if (inet_pton(AF_INET, terminated.c_str(), &four) != 1) {
    return std::nullopt;
  }
  return from_v4(&four);
}

std::optional<IpAddress> IpAddress::from(const sockaddr* address, std::size_t size) {
  if (address == nullptr || size < sizeof(sa_family_t)) {
    return std::nullopt;
  }
  if (address->sa_family == AF_INET && size >= sizeof(sockaddr_in)) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof(v4));
    return from_v4(&v4.sin_addr);
  }
  if (address->sa_family == AF_INET6 && size >= sizeof(sockaddr_in6)) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof(v6));
    IpAddress made;
    std::memcpy(made.bytes.data(), &v6.sin6_addr, made.bytes.size());
    return made;
  }
  return std::nullopt;
}

bool IpAddress::is_v4() const {
  return std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> out{};
  const bool v4 = is_v4();
  const auto* start = v4 ? bytes.data() + kMapped.size() : bytes.data();
  inet_ntop(v4 ? AF_INET : AF_INET6, start, out.data(), out.size());
  return out.data();
}

std::optional<IpBlock> IpBlock::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view written = text.substr(0, slash);
  const auto base = IpAddress::parse(written);
  if (!base) {
    return std::nullopt;
  }
  // Bits are counted in the family that was written: ::ffff:10.0.0.0/104 is 10.0.0.0/8.
  const bool dotted = written.find(':') == std::string_view::npos;
  const unsigned bits_max = dotted ? 32 : 128;
  unsigned bits = bits_max;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size() || bits > bits_max) {
      return std::nullopt;
    }
  }
  return IpBlock{*base, bits + (dotted ? 96 : 0)};
}

bool IpBlock::contains(const IpAddress& address) const {
  const std::size_t whole = prefix / 8;
  if (std::memcmp(base.bytes.data(), address.bytes.data(), whole) != 0) {
    return false;
  }
  const unsigned rest = prefix % 8;
  if (rest == 0) {
    return true;
  }
  const unsigned mask = 0xffU << (8 - rest) & 0xffU;
  return (base.bytes.at(whole) & mask) == (address.bytes.at(whole) & mask);
}

}  // namespace jackfield::net
