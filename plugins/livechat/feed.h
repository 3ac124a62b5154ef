#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What one socket has been told and has yet to be told. Pure.
///
/// A resuming socket first gets pages of history. What happens meanwhile is held back and comes
/// after the last page, unless a page held it already: everything once, in order.
namespace jackfield::livechat {

class Feed {
 public:
  static constexpr std::size_t kHeldMax = 100;
  static constexpr std::size_t kHeldBytesMax = 512 * 1024;
  /// Replayed ids that are remembered: those that may still come live, which are the newest.
  static constexpr std::size_t kShownMax = 64;

  enum class Phase : std::uint8_t {
    reading,  ///< A page of history is under way.
    waiting,  ///< The browser has to ask for the next page.
    live,
  };
  enum class Verdict : std::uint8_t { send, held, known, overflow };

  /// Pages from behind message `after` ("" = from the start) come first.
  void replay_after(std::string_view after);
  void wait_for_next() { phase_ = Phase::waiting; }
  void read_next() { phase_ = Phase::reading; }
  /// The last page was sent: what was held meanwhile, in order. From now on live.
  std::vector<std::string> go_live();

  /// Notes that a page showed this message.
  void show(std::string_view id);
  /// Notes that a page left this message out.
  void pass_over(std::string_view id) { cursor_ = id; }
  /// A frame about message `id` that is new now.
  Verdict offer(std::string_view id, std::string_view frame);

  [[nodiscard]] Phase phase() const { return phase_; }
  /// Newest message that a page has shown or left out.
  [[nodiscard]] const std::string& cursor() const { return cursor_; }

  /// For Host::socket_tag: the state that a later version of the plugin needs.
  [[nodiscard]] std::string tag(std::string_view visitor_id) const;
  struct Inherited;
  /// Nothing when tag() did not write it.
  static std::optional<Inherited> parse_tag(std::string_view tag);

 private:
  struct Held {
    std::string id, frame;
  };
  Phase phase_ = Phase::live;
  std::string cursor_;
  std::deque<std::string> shown_;
  std::vector<Held> held_;
  std::size_t held_bytes_ = 0;
};

struct Feed::Inherited {
  std::string visitor_id;
  Feed feed;
};

}  // namespace jackfield::livechat
