#include "plugins/livechat/feed.h"

#include <algorithm>
#include <utility>

#include "plugins/livechat/visitor_token.h"

namespace jackfield::livechat {

namespace {
constexpr std::string_view kTagVersion = "1 ";
}  // namespace

void Feed::replay_after(std::string_view after) {
  phase_ = Phase::reading;
  cursor_ = after;
}

std::vector<std::string> Feed::go_live() {
  phase_ = Phase::live;
  std::vector<std::string> frames;
  frames.reserve(held_.size());
  for (Held& held : held_) {
    frames.push_back(std::move(held.frame));
  }
  held_ = {};
  held_bytes_ = 0;
  return frames;
}

void Feed::show(std::string_view id) {
  cursor_ = id;
  const auto same = std::stable_partition(held_.begin(), held_.end(),
                                          [&](const Held& held) { return held.id != id; });
  for (auto held = same; held != held_.end(); ++held) {
    held_bytes_ -= held->frame.size();
  }
  held_.erase(same, held_.end());
  shown_.emplace_back(id);
  if (shown_.size() > kShownMax) {
    shown_.pop_front();
  }
}

Feed::Verdict Feed::offer(std::string_view id, std::string_view frame) {
  if (std::find(shown_.begin(), shown_.end(), id) != shown_.end()) {
    return Verdict::known;
  }
  if (phase_ == Phase::live) {
    return Verdict::send;
  }
  if (held_.size() >= kHeldMax || held_bytes_ + frame.size() > kHeldBytesMax) {
    return Verdict::overflow;
  }
  held_bytes_ += frame.size();
  held_.push_back({std::string(id), std::string(frame)});
  return Verdict::held;
}

std::string Feed::tag(std::string_view visitor_id) const {
  std::string out(kTagVersion);
  out.append(visitor_id);
  switch (phase_) {
    case Phase::live:
      return out + " l";
    case Phase::reading:
      return out + " r " + cursor_;
    case Phase::waiting:
      return out + " w " + cursor_;
  }
  return out;
}

std::optional<Feed::Inherited> Feed::parse_tag(std::string_view tag) {
  if (tag.substr(0, kTagVersion.size()) != kTagVersion) {
    return std::nullopt;
  }
  tag.remove_prefix(kTagVersion.size());
  const std::string_view visitor = tag.substr(0, kVisitorChars);
  tag.remove_prefix(visitor.size());
  if (!is_visitor_id(visitor) || tag.size() < 2 || tag.front() != ' ') {
    return std::nullopt;
  }
  Inherited from{std::string(visitor), {}};
  switch (tag[1]) {
    case 'l':
      return from;
    case 'r':
    case 'w':
      from.feed.replay_after(tag.size() > 3 ? tag.substr(3) : std::string_view());
      if (tag[1] == 'w') {
        from.feed.wait_for_next();
      }
      return from;
    default:
      return std::nullopt;
  }
}

}  // namespace jackfield::livechat
