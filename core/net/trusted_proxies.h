#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/net/http.h"
#include "core/net/ip_address.h"
#include "jackfield/result.h"

namespace jackfield::net {

/// Who a request really comes from. X-Forwarded-For is a claim: it counts only when the peer is one
/// of our own proxies, and then only what our proxies wrote, which is its right end.
class TrustedProxies {
 public:
  static constexpr std::size_t kHopsMax = 32;

  /// Error: invalid, when an entry is neither an address nor a block like 10.0.0.0/8.
  static Result<TrustedProxies> parse(const std::vector<std::string>& blocks);

  [[nodiscard]] bool trusts(const IpAddress& address) const;

  /// The right-most address that is not a trusted proxy. Where the chain can't be read ("unknown"),
  /// the last hop that could be.
  [[nodiscard]] IpAddress client(const IpAddress& peer, const std::vector<Header>& headers) const;

 private:
  std::vector<IpBlock> blocks_;
};

/// True for Forwarded, X-Real-IP and X-Forwarded-*: removed when the peer is not trusted.
[[nodiscard]] bool is_forwarding_header(std::string_view name);

}  // namespace jackfield::net
