// A small broker for tests: a real store, a real endpoint, and a writer that appends numbered
// events. Made to be killed. Usage: event_broker DATA_DIR EVENTS_TOTAL EVENTS_PER_SECOND
// [JOURNAL_ROWS_MAX]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/id_source.h"
#include "core/base/log.h"
#include "core/events/event_endpoint.h"
#include "core/store/sqlite/sqlite_store.h"

namespace {

using namespace jackfield;

/// "account.pause" counts how often it was carried out; "status" answers the count.
class CountingPort final : public events::CommandPort {
 public:
  explicit CountingPort(store::Store& store) : store_(store) {}

  void command(events::Request request, events::Reply reply) override {
    const auto answer = std::make_shared<std::string>();
    const Status taken = store_.write(
        [request, answer](store::Transaction& tx) {
          const auto account = *model::AccountId::parse("test:count");
          std::int64_t count = 0;
          for (const auto& [key, value] : tx.kv_all(account)) {
            count = key == "count" ? std::stoll(value) : count;
          }
          *answer = "{\"count\":" + std::to_string(count + 1) + "}";
          tx.kv_put(account, "count", std::to_string(count + 1));
          tx.add_command_result(request.key, {request.request_hash, *answer, false}, 1);
        },
        [reply, answer](const Status& status) {
          if (status) {
            reply(*answer);
          } else {
            reply(status.error());
          }
        });
    if (!taken) {
      reply(taken.error());
    }
  }
  void query(events::Request request, events::Reply reply) override {
    reply("{\"name\":\"" + request.name + "\"}");
  }

 private:
  store::Store& store_;
};

std::int64_t head_of(store::Store& store) {
  std::promise<std::int64_t> head;
  const Status asked =
      store.read([&](store::Reader& reader) { head.set_value(reader.head(0).sequence); });
  return asked ? head.get_future().get() : 0;
}

void append(store::Store& store, std::int64_t count) {
  const Status taken = store.write(
      [count](store::Transaction& tx) {
        for (std::int64_t i = 0; i < count; ++i) {
          model::Event event;
          event.time_ms = 1'790'000'000'000;
          event.type = "jf.message.received";
          event.route = "test.main.0000000000001";
          event.subject = "message/0000000000001.1";
          event.data = R"({"text":")" + std::string(200, 'x') + "\"}";
          tx.append_event(std::move(event));
        }
      },
      [](const Status&) {});
  if (!taken) {
    std::this_thread::yield();
  }
}

int serve(const std::string& data_dir, std::int64_t total, std::int64_t rate) {
  const base::SystemClock clock;
  base::IdSource ids(clock);
  auto store = store::open_sqlite_store({data_dir + "/jackfield.db"}, clock, ids);
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().text.c_str());
    return EXIT_FAILURE;
  }
  CountingPort port(**store);
  std::unique_ptr<events::EventEndpoint> endpoint;
  (*store)->set_commit_listener([&](std::vector<model::Event> events) {
    if (endpoint) {
      endpoint->publish(std::move(events));
    }
  });
  base::EventSettings settings;
  settings.heartbeat = std::chrono::milliseconds(200);
  auto made = events::EventEndpoint::create(settings, "test", data_dir, **store, port, clock);
  if (!made) {
    std::fprintf(stderr, "%s\n", made.error().text.c_str());
    return EXIT_FAILURE;
  }
  endpoint = *std::move(made);
  std::puts("ready");
  std::fflush(stdout);
  const auto start = std::chrono::steady_clock::now();
  const std::int64_t first = head_of(**store);
  std::int64_t written = first;
  while (::getppid() != 1) {
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
                             std::chrono::steady_clock::now() - start)
                             .count();
    const std::int64_t due = std::min(total, first + rate * elapsed / 1'000);
    for (std::int64_t step = 1; written < due; step = step % 7 + 1) {
      const auto count = std::min(step, due - written);
      append(**store, count);
      written += count;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: event_broker DATA_DIR EVENTS_TOTAL EVENTS_PER_SECOND\n");
    return 64;
  }
  return serve(argv[1], std::atoll(argv[2]), std::atoll(argv[3]));
}
