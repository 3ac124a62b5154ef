#include "tools/jackctl/tail.h"

#include <chrono>
#include <cstdio>
#include <utility>

#include "jackfield/subscriber.h"
#include "tools/jackctl/render.h"

namespace jackfield::jackctl {

ExitCode tail(const Options& options, const TailOptions& tail) {
  auto address = address_of(options);
  if (!address) {
    std::fprintf(stderr, "%s\n", address.error().text.c_str());
    return kUsage;
  }
  Subscription want;
  want.from = tail.from == "cursor" ? "now" : tail.from;
  want.cursor = tail.from == "cursor" ? tail.cursor : "";
  want.on_reset = [](const Response& why) {
    std::fprintf(stderr, "%s: going on at the oldest event\n", why.error.c_str());
    return "oldest";
  };
  Subscriber subscriber(*std::move(address), std::move(want));
  bool was_away = false;
  for (long long shown = 0; tail.count == 0 || shown < tail.count;) {
    const auto event = subscriber.next(std::chrono::seconds(options.timeout_seconds));
    if (!event) {
      std::fprintf(stderr, "%s\n", event.error().text.c_str());
      const bool is_denied = event.error().code == ErrorCode::denied;
      return is_denied ? kDenied : event.error().code == ErrorCode::conflict ? kTryLater : kBadData;
    }
    if (!*event) {
      const bool is_away = !subscriber.is_live() && subscriber.position().epoch.empty();
      if (is_away && !was_away) {
        std::fprintf(stderr, "waiting for the broker\n");
      }
      was_away = is_away;
      continue;
    }
    if ((*event)->type.compare(0, tail.type.size(), tail.type) != 0) {
      continue;
    }
    std::fputs((options.is_json ? (*event)->json + "\n" : render_event((*event)->json)).c_str(),
               stdout);
    std::fflush(stdout);
    ++shown;
  }
  subscriber.ack();
  return kOk;
}

}  // namespace jackfield::jackctl
