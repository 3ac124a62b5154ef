#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

/// Token buckets. Pure: time is given in milliseconds that only grow.
namespace jackfield::livechat {

struct Rate {
  int per_minute = 60;
  int burst = 60;
};

/// Starts full.
class Bucket {
 public:
  /// Takes one token and gives 0, or takes nothing and gives the milliseconds until there is one.
  std::int64_t take(const Rate& rate, std::int64_t now_ms);
  /// Whether nothing would be lost by forgetting it.
  [[nodiscard]] bool is_full(const Rate& rate, std::int64_t now_ms) const;

 private:
  [[nodiscard]] double tokens_at(const Rate& rate, std::int64_t now_ms) const;

  double used_ = 0;
  std::int64_t counted_ms_ = 0;
};

/// One bucket per key; a key is forgotten when its bucket is full again.
class BucketTable {
 public:
  explicit BucketTable(std::size_t keys_max) : keys_max_(keys_max) {}
  /// As Bucket::take; when there are too many keys already, refuses new ones for a minute.
  std::int64_t take(const std::string& key, const Rate& rate, std::int64_t now_ms);
  /// Forgets full buckets.
  void sweep(const Rate& rate, std::int64_t now_ms);
  [[nodiscard]] std::size_t size() const { return buckets_.size(); }

 private:
  std::size_t keys_max_;
  std::unordered_map<std::string, Bucket> buckets_;
};

/// What one household or machine has for an address: an IPv4 address, or the first 64 bits of an
/// IPv6 address as "2001:db8:0:1::/64". IPv4 in IPv6 counts as IPv4. Anything else: itself, cut.
[[nodiscard]] std::string peer_key(std::string_view peer);

}  // namespace jackfield::livechat
