#pragma once

#include <string_view>

#include "core/net/ip_address.h"

namespace jackfield::net {

/// True for an address of the public internet. False for everything special: this host, private and
/// shared networks, link-local (cloud metadata lives at 169.254.169.254), documentation, multicast,
/// and every IPv6 form that carries an IPv4 address inside (NAT64, 6to4, Teredo).
/// From https://www.iana.org/assignments/iana-ipv4-special-registry and ...ipv6-special-registry.
[[nodiscard]] bool is_public_address(const IpAddress& address);

/// The same for text; false when it isn't an address.
[[nodiscard]] bool is_public_address(std::string_view text);

}  // namespace jackfield::net
