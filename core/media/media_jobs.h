#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/base/clock.h"
#include "core/media/media_files.h"
#include "core/plugin_host/ports.h"
#include "core/store/store.h"

namespace jackfield::media {

/// When a failed fetch is tried again. WhatsApp keeps inbound media for 7 days; the attempts below
/// reach over more than one.
inline constexpr int kFetchAttemptsMax = 10;
[[nodiscard]] std::chrono::milliseconds fetch_delay_after(int attempts);

/// Attachments of inbound messages are fetched as durable jobs of their own: the message is visible
/// at once with attachment.state = pending, and a job outlives restarts. Also the plugins' way to
/// the media store.
///
/// Threads: any; store callbacks on its threads. Lifetime: everything given to the constructor
/// outlives it.
class MediaJobs final : public plugin_host::MediaPort {
 public:
  static constexpr std::size_t kFetchesMax = 32;  ///< Under way at once.
  /// A plugin that has not ended a job by then is asked again.
  static constexpr std::chrono::minutes kFetchTimeMax{10};

  struct Actions {
    /// Asks the job's plugin to fetch; finish_job() or fail_job() follows.
    std::function<void(const store::MediaJob&)> fetch;
    /// Calls wake() after about this long.
    std::function<void(std::chrono::milliseconds)> wake_later;
  };

  MediaJobs(store::Store& store, MediaFiles& files, const base::Clock& clock, Actions actions);

  /// Looks for jobs that are due. Call after start and whenever jobs were added.
  void wake();

  Result<File> put(std::string_view data, std::string_view filename) override;
  Result<File> find(std::string_view media_id) override;
  std::string new_download_path() override;
  void finish_job(std::int64_t job, const std::string& downloaded_path) override;
  void fail_job(std::int64_t job, std::string_view why, Again again) override;

 private:
  void start_due(store::Reader& reader);
  std::optional<store::MediaJob> fetch_of(std::int64_t job);
  void settle(std::int64_t job, store::Store::Work work);
  static void write_part(store::Transaction& tx, const store::MediaJob& job, model::UnixMs now,
                         const std::function<void(model::Part&)>& change);

  store::Store& store_;
  MediaFiles& files_;
  const base::Clock& clock_;
  Actions actions_;
  struct Fetch {
    store::MediaJob job;
    std::chrono::steady_clock::time_point started;
  };
  std::mutex mutex_;  ///< Guards what follows.
  std::map<std::int64_t, Fetch> under_way_;
};

}  // namespace jackfield::media
