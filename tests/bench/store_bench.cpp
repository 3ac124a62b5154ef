// How many intake-like writes a second, and what one costs. Usage: jf_store_bench [seconds [folder
// [submitters]]] Each row of output is one number of submitters that wait for their commit before
// the next write.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/id_source.h"
#include "core/store/sqlite/sqlite_store.h"

namespace {

using namespace jackfield;
using Steady = std::chrono::steady_clock;

double cpu_seconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

/// Contacts that have written before, each with an open conversation.
constexpr std::uint64_t kContacts = 20'000;
const model::AccountId& account() {
  static const model::AccountId id{"whatsapp:main"};
  return id;
}
std::string address_of(std::uint64_t contact) {
  return "whatsapp:1555" + std::to_string(contact);
}

/// Begins all conversations, so that what is measured is a day in the middle, not the first.
void fill(store::Store& store, const base::Clock& clock) {
  for (std::uint64_t begin = 0; begin < kContacts; begin += 500) {
    std::promise<void> filled;
    const Status accepted = store.write(
        [&](store::Transaction& tx) {
          for (std::uint64_t contact = begin; contact < begin + 500; ++contact) {
            const auto now = clock.unix_ms();
            const auto who = tx.know_address(account(), address_of(contact), "Ada Lovelace", now);
            bool is_new = false;
            tx.open_or_new_conversation(account(), who, now, is_new);
          }
        },
        [&filled](const Status&) { filled.set_value(); });
    if (accepted) {
      filled.get_future().wait();
    }
  }
}

/// What one webhook with one text message does.
class Load {
 public:
  Load(store::Store& store, int submitters, std::chrono::milliseconds time)
      : store_(store), end_(Steady::now() + time), running_(submitters) {
    latencies_.reserve(1'000'000);
  }

  void run() {
    const int submitters = running_;
    for (int i = 0; i < submitters; ++i) {
      submit();
    }
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return running_ == 0; });
  }

  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] std::uint64_t failures() const { return failures_; }
  [[nodiscard]] double latency_ms(double quantile) {
    if (latencies_.empty()) {
      return 0;
    }
    std::sort(latencies_.begin(), latencies_.end());
    return latencies_[static_cast<std::size_t>(static_cast<double>(latencies_.size() - 1) *
                                               quantile)];
  }

 private:
  void submit() {
    const auto begun = Steady::now();
    const std::uint64_t id = random_();
    const std::uint64_t contact = random_() % kContacts;
    const auto sent =
        store_.write([id, contact, this](store::Transaction& tx) { intake(tx, id, contact); },
                     [this, begun](const Status& status) { finished(status, begun); });
    if (!sent) {
      finished(sent, begun);
    }
  }

  void intake(store::Transaction& tx, std::uint64_t id, std::uint64_t contact) {
    const std::int64_t now = clock_.unix_ms();
    const std::string external = "wamid.HBgLMTU1NTAxMDAyMDAVAgASGBQz" + std::to_string(id);
    const auto print = store_.fingerprint(account_, 1, external);
    if (!tx.remember(print, now, nullptr)) {
      return;
    }
    const auto arrival = tx.add_arrival(account_, "application/json", raw_, now);
    const auto who = tx.know_address(account_, address_of(contact), "Ada Lovelace", now);
    bool is_new = false;
    const auto conversation = tx.open_or_new_conversation(account_, who, now, is_new);
    model::Message message;
    message.id.conversation = conversation.id;
    message.created_ms = now;
    message.provider_ms = now;
    message.external_id = external;
    message.dedupe_key = external;
    message.arrival = arrival;
    message.parts.push_back({});
    message.parts[0].text = "Hello, where is my order? I have been waiting for three days now.";
    const auto stored = tx.append_message(message);
    tx.remember_message(print, now, stored);
    model::Event event;
    event.time_ms = now;
    event.type = "jf.message.received";
    event.route = "whatsapp.main." + conversation.id.text();
    event.subject = "message/" + stored.text();
    event.data = R"({"conversation":")" + conversation.id.text() + R"(","direction":"inbound"})";
    tx.append_event(std::move(event));
  }

  void finished(const Status& status, Steady::time_point begun) {
    const auto now = Steady::now();
    ++(status ? rows_ : failures_);
    if (latencies_.size() < latencies_.capacity()) {
      latencies_.push_back(std::chrono::duration<double, std::milli>(now - begun).count());
    }
    if (now < end_) {
      submit();
      return;
    }
    const std::lock_guard lock(mutex_);
    if (--running_ == 0) {
      idle_.notify_one();
    }
  }

  store::Store& store_;
  const Steady::time_point end_;
  base::SystemClock clock_;
  const model::AccountId account_ = account();
  const std::string raw_ = std::string(600, 'x');
  std::mt19937_64 random_{std::random_device{}()};
  std::atomic<std::uint64_t> rows_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::vector<double> latencies_;
  std::mutex mutex_;
  std::condition_variable idle_;
  int running_;
};

void measure(const std::filesystem::path& folder, int submitters, std::chrono::milliseconds time) {
  base::SystemClock clock;
  base::IdSource ids(clock);
  store::SqliteOptions options;
  options.path = (folder / ("bench-" + std::to_string(submitters) + ".db")).string();
  auto opened = store::open_sqlite_store(options, clock, ids);
  if (!opened) {
    std::fprintf(stderr, "%s\n", opened.error().text.c_str());
    std::exit(1);
  }
  const std::unique_ptr<store::Store> store = *std::move(opened);
  fill(*store, clock);
  Load warm_up(*store, submitters, time / 4);
  warm_up.run();
  const auto figures_before = store->figures();
  const double cpu_before = cpu_seconds();
  const auto begun = Steady::now();
  Load load(*store, submitters, time);
  load.run();
  const double seconds = std::chrono::duration<double>(Steady::now() - begun).count();
  const double cpu = cpu_seconds() - cpu_before;
  const auto rows = static_cast<double>(load.rows());
  const auto commits = static_cast<double>(store->figures().commits - figures_before.commits);
  std::printf(
      "%5d submitters: %8.0f rows/s %7.0f commits/s %6.1f rows/commit %6.1f us CPU/row "
      "p50 %6.2f p99 %6.2f ms, %llu failed\n",
      submitters, rows / seconds, commits / seconds, rows / std::max(commits, 1.0),
      cpu * 1e6 / std::max(rows, 1.0), load.latency_ms(0.5), load.latency_ms(0.99),
      static_cast<unsigned long long>(load.failures()));
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 3.0;
  const std::filesystem::path base = argc > 2 ? argv[2] : std::filesystem::temp_directory_path();
  const auto folder = base / ("jf_store_bench." + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::chrono::milliseconds time(static_cast<int>(seconds * 1000));
  if (argc > 3) {
    measure(folder, std::max(std::atoi(argv[3]), 1), time);
  } else {
    for (const int submitters : {1, 8, 64, 512}) {
      measure(folder, submitters, time);
    }
  }
  std::filesystem::remove_all(folder);
}
