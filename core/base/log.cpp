#include "core/base/log.h"

#include <atomic>
#include <memory>
#include <mutex>

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include "core/base/clock.h"

namespace jackfield::base::log {
namespace {

/// Where lines go. One per process, because a line may come from anywhere, also before main is
/// ready.
class Output {
 public:
  Output() { use(std::make_shared<spdlog::sinks::stderr_sink_st>(), Format::automatic); }

  void configure(Level level, Format format, const std::string& file) {
    std::string problem;
    spdlog::sink_ptr sink;
    if (!file.empty()) {
      try {
        sink = std::make_shared<spdlog::sinks::basic_file_sink_st>(file);
      } catch (const std::exception& error) {
        problem = error.what();
      }
    }
    if (!sink) {
      sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
    }
    {
      const std::lock_guard lock(mutex_);
      use(std::move(sink), format == Format::automatic && !file.empty() ? Format::json : format);
    }
    threshold_ = level;
    if (!problem.empty()) {
      log::error("log.file.unusable", {{"file", file}, {"why", problem}});
    }
  }

  void write(Level level, std::string_view event, const Field* fields, std::size_t count) {
    const std::string text =
        line(format_.load(), SystemClock().unix_ms(), level, event, fields, count);
    const std::lock_guard lock(mutex_);
    logger_->log(spdlog::level::info, spdlog::string_view_t(text.data(), text.size()));
  }

  [[nodiscard]] Level threshold() const { return threshold_; }
  [[nodiscard]] std::uint64_t lines_lost() const noexcept { return lines_lost_; }
  void count_lost() noexcept { ++lines_lost_; }

 private:
  void use(spdlog::sink_ptr sink, Format format) {
    if (format == Format::automatic) {
      format = ::isatty(STDERR_FILENO) == 1 ? Format::text : Format::json;
    }
    logger_ = std::make_unique<spdlog::logger>("jackfield", std::move(sink));
    logger_->set_pattern("%v", spdlog::pattern_time_type::utc);
    logger_->set_level(spdlog::level::trace);
    logger_->flush_on(spdlog::level::trace);
    logger_->set_error_handler([this](const std::string&) { count_lost(); });
    format_ = format;
  }

  std::mutex mutex_;
  std::unique_ptr<spdlog::logger> logger_;
  std::atomic<Format> format_{Format::text};
  std::atomic<Level> threshold_{Level::warn};
  std::atomic<std::uint64_t> lines_lost_{0};
};

/// Never destroyed: threads and destructors of statics may still write while the process ends.
Output& output() {
  static Output& the_output = *std::make_unique<Output>().release();
  return the_output;
}

}  // namespace

void configure(Level threshold, Format format, const std::string& file) {
  output().configure(threshold, format, file);
}

Level threshold() {
  return output().threshold();
}
std::uint64_t lines_lost() noexcept {
  return output().lines_lost();
}

void write(Level level, std::string_view event, const Field* fields, std::size_t count) noexcept {
  try {
    if (level >= output().threshold()) {
      output().write(level, event, fields, count);
    }
  } catch (...) {
    output().count_lost();
  }
}

}  // namespace jackfield::base::log
