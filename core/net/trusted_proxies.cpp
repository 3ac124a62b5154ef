#include "core/net/trusted_proxies.h"

#include <algorithm>
#include <optional>
#include <ranges>

#include "core/net/ascii.h"

namespace jackfield::net {

namespace {

// "1.2.3.4", "1.2.3.4:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80", any of them quoted.
std::optional<IpAddress> parse_hop(std::string_view hop) {
  hop = trimmed(hop);
  if (hop.size() >= 2 && hop.front() == '"' && hop.back() == '"') {
    hop = hop.substr(1, hop.size() - 2);
  }
  if (hop.starts_with('[')) {
    const std::size_t end = hop.find(']');
    return end == std::string_view::npos ? std::nullopt : IpAddress::parse(hop.substr(1, end - 1));
  }
  const std::size_t colon = hop.find(':');
  const bool v4_with_port =
      colon != std::string_view::npos && hop.find(':', colon + 1) == std::string_view::npos;
  return IpAddress::parse(v4_with_port ? hop.substr(0, colon) : hop);
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& blocks) {
  TrustedProxies made;
  for (const auto& text : blocks) {
    const auto block = IpBlock::parse(text);
    if (!block) {
      return Error{ErrorCode::invalid, "http.trusted_proxies: '" + text +
                                           "' is not an address or a block like 10.0.0.0/8"};
    }
    made.blocks_.push_back(*block);
  }
  return made;
}

bool TrustedProxies::trusts(const IpAddress& address) const {
  return std::any_of(blocks_.begin(), blocks_.end(),
                     [&address](const IpBlock& block) { return block.contains(address); });
}

IpAddress TrustedProxies::client(const IpAddress& peer, const std::vector<Header>& headers) const {
  IpAddress last = peer;
  std::size_t hops = 0;
  for (const auto& [name, value] : headers | std::views::reverse) {
    if (!equals_ignoring_case(name, "X-Forwarded-For")) {
      continue;
    }
    std::string_view list = value;
    for (bool more = true; more;) {
      if (!trusts(last) || ++hops > kHopsMax) {
        return last;
      }
      const std::size_t comma = list.rfind(',');
      more = comma != std::string_view::npos;
      const auto hop = parse_hop(more ? list.substr(comma + 1) : list);
      if (!hop) {
        return last;
      }
      last = *hop;
      list = list.substr(0, more ? comma : 0);
    }
  }
  return last;
}

bool is_forwarding_header(std::string_view name) {
  constexpr std::string_view kPrefix = "X-Forwarded-";
  return equals_ignoring_case(name, "Forwarded") || equals_ignoring_case(name, "X-Real-IP") ||
         equals_ignoring_case(name.substr(0, kPrefix.size()), kPrefix);
}

}  // namespace jackfield::net
