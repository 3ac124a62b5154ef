// jf.log, jf.clock, jf.timer
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "core/plugin_host/clean_text.h"
#include "core/plugin_host/service_support.h"
#include "core/plugin_host/services.h"

namespace jackfield::plugin_host {
namespace {

constexpr std::size_t kLogFieldsMax = 16;
constexpr std::size_t kLogTextMax = 1'024;

std::int32_t log_threshold(const jf_host*) noexcept {
  return static_cast<std::int32_t>(base::log::threshold());
}

void log_write(const jf_host* host, std::int32_t level, jf_str event, const jf_kv* fields,
               std::size_t count) noexcept {
  serve(host, [&](Generation& generation) -> jf_status {
    const auto clean = [&](jf_str text) {
      Refusal ignored;
      return generation.account->without_secrets(
          clean_line(copy_text(text, kLogTextMax, "log text", ignored), kLogTextMax));
    };
    std::vector<std::string> keys;
    keys.reserve(kLogFieldsMax);  // so that the views in `list` stay valid
    std::vector<base::log::Field> list;
    list.emplace_back("account", generation.account->id.text);
    for (std::size_t i = 0; fields != nullptr && i < std::min(count, kLogFieldsMax); ++i) {
      keys.push_back(clean(fields[i].key));
      list.emplace_back(std::string_view(keys.back()), clean(fields[i].value));
    }
    const auto bounded =
        static_cast<base::log::Level>(std::clamp<std::int32_t>(level, JF_LOG_DEBUG, JF_LOG_ERROR));
    base::log::write(bounded, clean(event), list.data(), list.size());
    return JF_OK;
  });
}

std::int64_t clock_unix_ms(const jf_host* host) noexcept {
  std::int64_t time = 0;
  serve(host, [&](Generation& generation) -> jf_status {
    time = generation.environment.clock.unix_ms();
    return JF_OK;
  });
  return time;
}

std::int64_t clock_monotonic_us(const jf_host* host) noexcept {
  std::int64_t time = 0;
  serve(host, [&](Generation& generation) -> jf_status {
    time =
        std::chrono::duration_cast<std::chrono::microseconds>(generation.now().time_since_epoch())
            .count();
    return JF_OK;
  });
  return time;
}

std::chrono::milliseconds bounded_delay(std::uint64_t ms) {
  const auto max = static_cast<std::uint64_t>(Timers::kDelayMax.count());
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(ms, max)));
}

jf_status timer_arm(const jf_host* host, std::uint64_t id, std::uint64_t delay_ms,
                    std::uint64_t period_ms) noexcept {
  return serve(host, [&](Generation& generation) -> jf_status {
    return generation.timers->arm(id, bounded_delay(delay_ms), bounded_delay(period_ms))
               ? JF_OK
               : JF_E_BUSY;
  });
}

void timer_disarm(const jf_host* host, std::uint64_t id) noexcept {
  serve(host, [&](Generation& generation) -> jf_status {
    generation.timers->disarm(id);
    return JF_OK;
  });
}

}  // namespace

const jf_service_log& log_service() {
  static constexpr jf_service_log kTable{sizeof kTable, 0, log_threshold, log_write};
  return kTable;
}
const jf_service_clock& clock_service() {
  static constexpr jf_service_clock kTable{sizeof kTable, 0, clock_unix_ms, clock_monotonic_us};
  return kTable;
}
const jf_service_timer& timer_service() {
  static constexpr jf_service_timer kTable{sizeof kTable, 0, timer_arm, timer_disarm};
  return kTable;
}

}  // namespace jackfield::plugin_host
