#include "plugins/livechat/rate_limit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include <arpa/inet.h>

namespace jackfield::livechat {

namespace {
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::size_t kPeerCharsMax = 64;
}  // namespace

double Bucket::tokens_at(const Rate& rate, std::int64_t now_ms) const {
  const double earned =
      static_cast<double>(now_ms - counted_ms_) * rate.per_minute / static_cast<double>(kMinuteMs);
  return rate.burst - std::max(0.0, used_ - earned);
}

std::int64_t Bucket::take(const Rate& rate, std::int64_t now_ms) {
  const double tokens = tokens_at(rate, now_ms);
  if (tokens < 1) {
    const double wait_ms = (1 - tokens) * static_cast<double>(kMinuteMs) / rate.per_minute;
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(wait_ms)));
  }
  used_ = rate.burst - tokens + 1;
  counted_ms_ = now_ms;
  return 0;
}

bool Bucket::is_full(const Rate& rate, std::int64_t now_ms) const {
  return tokens_at(rate, now_ms) >= rate.burst;
}

std::int64_t BucketTable::take(const std::string& key, const Rate& rate, std::int64_t now_ms) {
  const auto found = buckets_.find(key);
  if (found != buckets_.end()) {
    return found->second.take(rate, now_ms);
  }
  if (buckets_.size() >= keys_max_) {
    return kMinuteMs;
  }
  return buckets_[key].take(rate, now_ms);
}

void BucketTable::sweep(const Rate& rate, std::int64_t now_ms) {
  for (auto it = buckets_.begin(); it != buckets_.end();) {
    it = it->second.is_full(rate, now_ms) ? buckets_.erase(it) : std::next(it);
  }
}

std::string peer_key(std::string_view peer) {
  std::string text(peer.substr(0, std::min(peer.find('%'), kPeerCharsMax)));
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) {
    return text;
  }
  constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) {
    return inet_ntop(AF_INET, bytes.data() + kMapped.size(), out.data(), out.size());
  }
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return std::string(inet_ntop(AF_INET6, bytes.data(), out.data(), out.size())) + "/64";
}

}  // namespace jackfield::livechat
