#include "core/outbound/sender.h"

#include <algorithm>
#include <future>
#include <utility>

#include <boost/asio/post.hpp>

#include "core/base/failpoint.h"
#include "core/base/log.h"
#include "core/model/event_data.h"
#include "jackfield/json.h"

namespace jackfield::outbound {

namespace asio = boost::asio;
namespace log = base::log;
using plugin_host::Outcome;
using plugin_host::OutcomeKind;
using store::OutboxRow;
using store::OutboxState;

namespace {

constexpr std::chrono::milliseconds kStoreRetryDelay{500};
constexpr int kLoadPage = 1000;

Rate rate_of(const json::Value& value) {
  Rate rate;
  rate.per_second = std::max(0.0, value["per_second"].number().value_or(0));
  rate.burst = std::max(1.0, value["burst"].number().value_or(std::max(1.0, rate.per_second)));
  return rate;
}

}  // namespace

/// One try to hand one part over, until its end is written down.
struct Sender::Attempt {
  OutboxRow row;
  Outcome outcome;
  Verdict verdict;
};

Sender::Sender(asio::io_context& io, store::Store& store, const base::Clock& clock,
               Transport transport, Options options)
    : io_(io),
      store_(store),
      clock_(clock),
      transport_(std::move(transport)),
      options_(options),
      random_(static_cast<std::minstd_rand::result_type>(clock.unix_ms())),
      timer_(io) {}

Status Sender::load() {
  std::promise<std::vector<OutboxRow>> promise;
  auto loaded = promise.get_future();
  JACKFIELD_TRY(const Done asked, store_.read([&promise](store::Reader& reader) {
    std::vector<OutboxRow> rows;
    while (rows.size() < Schedule::kBacklogMax) {
      auto page = reader.outbox(std::nullopt, rows.empty() ? 0 : rows.back().id, kLoadPage);
      rows.insert(rows.end(), page.begin(), page.end());
      if (page.size() < static_cast<std::size_t>(kLoadPage)) {
        break;
      }
    }
    promise.set_value(std::move(rows));
  }));
  static_cast<void>(asked);
  std::vector<OutboxRow> rows = loaded.get();
  has_more_in_store_ = rows.size() >= Schedule::kBacklogMax;
  std::promise<Status> written;
  auto done = written.get_future();
  const model::UnixMs now = clock_.unix_ms();
  const model::UnixMs window_end = now + options_.reconcile_window.count();
  JACKFIELD_TRY(const Done taken,
                store_.write(
                    [&rows, now, window_end](store::Transaction& tx) {
                      for (const OutboxRow& row : rows) {
                        if (row.state == OutboxState::sending) {
                          record_interrupted(tx, row, now, window_end);
                        }
                      }
                    },
                    [&written](const Status& status) { written.set_value(status); }));
  static_cast<void>(taken);
  JACKFIELD_TRY(const Done recorded, done.get());
  static_cast<void>(recorded);
  std::size_t interrupted = 0;
  for (OutboxRow& row : rows) {
    if (row.state == OutboxState::sending) {
      row.state = OutboxState::unknown;
      row.not_before_ms = window_end;
      ++interrupted;
    }
    add(row);
  }
  log::info("sender.loaded", {{"waiting", rows.size()}, {"interrupted", interrupted}});
  return Done{};
}

void Sender::start() {
  asio::post(io_, [this] {
    is_running_ = true;
    pump();
  });
}

void Sender::stop() {
  asio::post(io_, [this] {
    is_running_ = false;
    timer_.cancel();
  });
}

void Sender::submit(std::vector<OutboxRow> rows) {
  asio::post(io_, [this, rows = std::move(rows)] {
    for (const OutboxRow& row : rows) {
      if (has_more_in_store_ || schedule_.is_full()) {
        has_more_in_store_ = true;  // Order: what is older and still on the disk goes first.
        break;
      }
      add(row);
    }
    pump();
  });
}

void Sender::wake() {
  asio::post(io_, [this] { check_unknown(); });
}

void Sender::pause(const model::AccountId& account) {
  asio::post(io_, [this, account] { schedule_.pause(account); });
}

void Sender::resume(const model::AccountId& account) {
  asio::post(io_, [this, account] {
    schedule_.resume(account);
    pump();
  });
}

void Sender::set_limits(const model::AccountId& account, const std::string& capabilities_json) {
  Schedule::Limits limits;
  if (const auto parsed = json::Document::parse(capabilities_json)) {
    const json::Value rate = parsed->root()["rate"];
    limits.account = rate_of(rate);
    limits.pair = rate_of(rate["pair"]);
    const auto in_flight = rate["in_flight_max"].integer().value_or(32);
    limits.in_flight_max = static_cast<std::size_t>(std::clamp<std::int64_t>(in_flight, 1, 1024));
  }
  asio::post(
      io_, [this, account, limits] { schedule_.set_limits(account, limits, clock_.monotonic()); });
}

void Sender::add(const OutboxRow& row) {
  const auto wait =
      std::chrono::milliseconds(std::max<std::int64_t>(0, row.not_before_ms - clock_.unix_ms()));
  schedule_.add(row, clock_.monotonic() + wait);
  if (row.state == OutboxState::unknown) {
    unknown_.insert(row.id);
  }
  last_loaded_ = std::max(last_loaded_, row.id);
  rows_.emplace(row.id, row);
}

void Sender::pump() {
  if (!is_running_) {
    return;
  }
  while (const auto id = schedule_.take(clock_.monotonic())) {
    const OutboxRow row = rows_.at(*id);
    if (row.state == OutboxState::unknown) {
      end_wait(row);
    } else {
      begin(row);
    }
  }
  figures_.waiting = schedule_.size();
  if (has_more_in_store_ && schedule_.size() < Schedule::kBacklogMax / 2) {
    refill();
  }
  if (const auto next = schedule_.next_time(clock_.monotonic())) {
    timer_.expires_at(*next);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) {
        pump();
      }
    });
  }
}

void Sender::begin(const OutboxRow& row) {
  JACKFIELD_FAILPOINT("sender.before_claim");
  auto part = std::make_shared<std::optional<plugin_host::OutboundPart>>();
  const auto begun = [this, row, part](const Status& written) {
    asio::post(io_, [this, row, part, is_written = written.has_value()] {
      if (!is_written) {
        schedule_.retry(row.id, clock_.monotonic() + kStoreRetryDelay);
      } else if (!*part) {
        finish(row.id);
      } else {
        OutboxRow begun_row = row;
        begun_row.state = OutboxState::sending;
        begun_row.attempt = (*part)->attempt;
        deliver(std::move(begun_row), std::move(**part));
      }
      pump();
    });
  };
  const Status taken = store_.write(
      [this, row, part](store::Transaction& tx) {
        *part = begin_attempt(tx, row, clock_.unix_ms());
      },
      begun);
  if (!taken) {
    schedule_.retry(row.id, clock_.monotonic() + kStoreRetryDelay);
  }
}

void Sender::deliver(OutboxRow row, plugin_host::OutboundPart part) {
  JACKFIELD_FAILPOINT("sender.claimed");
  ++figures_.attempts;
  rows_[row.id] = row;
  transport_(std::move(part), [this, row](Outcome outcome) {
    auto attempt = std::make_shared<Attempt>();
    attempt->row = row;
    attempt->outcome = std::move(outcome);
    asio::post(io_, [this, attempt] {
      JACKFIELD_FAILPOINT("sender.answered");
      const double jitter = std::uniform_real_distribution<double>(0, 1)(random_);
      attempt->verdict =
          judge(attempt->row, attempt->outcome, options_.retry, jitter, options_.reconcile_window);
      settle(attempt);
    });
  });
}

/// Writes the end of an attempt. It must not get lost while the process lives: a store that refuses
/// is asked again.
void Sender::settle(std::shared_ptr<Attempt> attempt) {
  const auto again = [this, attempt] {
    later(kStoreRetryDelay, [this, attempt] { settle(attempt); });
  };
  const Status taken = store_.write(
      [this, attempt](store::Transaction& tx) {
        record(tx, attempt->row, attempt->outcome, attempt->verdict, clock_.unix_ms());
      },
      [this, attempt, again](const Status& written) {
        if (written) {
          JACKFIELD_FAILPOINT("sender.recorded");
          asio::post(io_, [this, attempt] { settled(*attempt); });
        } else {
          asio::post(io_, again);
        }
      });
  if (!taken) {
    again();
  }
}

void Sender::settled(const Attempt& attempt) {
  OutboxRow row = attempt.row;
  const Instant now = clock_.monotonic();
  switch (attempt.verdict.next) {
    case Verdict::Next::finished:
      ++(attempt.outcome.kind == OutcomeKind::accepted ? figures_.accepted : figures_.failed);
      finish(row.id);
      break;
    case Verdict::Next::again:
      ++figures_.repeated;
      row.state = OutboxState::queued;
      if (attempt.verdict.is_throttled) {
        schedule_.hold_account(row.account, now + attempt.verdict.delay);
      }
      rows_[row.id] = row;
      schedule_.retry(row.id, now + attempt.verdict.delay);
      break;
    case Verdict::Next::account_refused:
      row.state = OutboxState::queued;
      rows_[row.id] = row;
      schedule_.pause(row.account);
      schedule_.retry(row.id, now);
      tell_fault(row.account, attempt.outcome.detail);
      break;
    case Verdict::Next::hold_unknown:
      ++figures_.unknown;
      row.state = OutboxState::unknown;
      rows_[row.id] = row;
      unknown_.insert(row.id);
      schedule_.retry(row.id, now + attempt.verdict.delay);
      check_unknown();  // The receipt may have come while the attempt was under way.
      break;
  }
  pump();
}

void Sender::finish(std::int64_t row) {
  schedule_.finish(row);
  unknown_.erase(row);
  rows_.erase(row);
}

void Sender::end_wait(const OutboxRow& row) {
  const auto done = [this, id = row.id](const Status& written) {
    asio::post(io_, [this, id, is_written = written.has_value()] {
      if (is_written) {
        finish(id);
      } else {
        schedule_.retry(id, clock_.monotonic() + kStoreRetryDelay);
      }
      pump();
    });
  };
  const Status taken =
      store_.write([row](store::Transaction& tx) { give_up_waiting(tx, row); }, done);
  if (!taken) {
    schedule_.retry(row.id, clock_.monotonic() + kStoreRetryDelay);
  }
}

void Sender::check_unknown() {
  std::vector<OutboxRow> waiting;
  for (const std::int64_t id : unknown_) {
    waiting.push_back(rows_.at(id));
  }
  if (waiting.empty()) {
    return;
  }
  const Status asked = store_.read([this, waiting](store::Reader& reader) {
    std::vector<std::int64_t> gone;
    for (const OutboxRow& row : waiting) {
      const auto standing = reader.outbox_of(row.message);
      const bool is_there =
          std::any_of(standing.begin(), standing.end(),
                      [&row](const OutboxRow& other) { return other.id == row.id; });
      if (!is_there) {
        gone.push_back(row.id);
      }
    }
    asio::post(io_, [this, gone] {
      for (const std::int64_t id : gone) {
        finish(id);
      }
      pump();
    });
  });
  if (!asked) {
    later(kStoreRetryDelay, [this] { check_unknown(); });
  }
}

void Sender::refill() {
  if (is_refilling_) {
    return;
  }
  is_refilling_ = true;
  const Status asked = store_.read([this, after = last_loaded_](store::Reader& reader) {
    auto page = reader.outbox(std::nullopt, after, kLoadPage);
    asio::post(io_, [this, page = std::move(page)] {
      is_refilling_ = false;
      has_more_in_store_ = page.size() == static_cast<std::size_t>(kLoadPage);
      for (const OutboxRow& row : page) {
        add(row);
      }
      pump();
    });
  });
  if (!asked) {
    later(kStoreRetryDelay, [this] {
      is_refilling_ = false;
      pump();
    });
  }
}

void Sender::tell_fault(const model::AccountId& account, const std::string& why) {
  log::error("account.refused", {{"account", account.text}, {"reason", why}});
  json::Writer data;
  data.begin_object()
      .field("account", account.text)
      .field("reason", why)
      .flag("paused", true)
      .end_object();
  const Status taken = store_.write(
      [this, account, text = data.take()](store::Transaction& tx) {
        tx.append_event(model::account_event("jf.account.fault", account, clock_.unix_ms(), text));
      },
      [](const Status&) {});
  static_cast<void>(taken);  // The log has it; the account shows as paused in any case.
}

void Sender::later(std::chrono::milliseconds delay, std::function<void()> what) {
  auto timer = std::make_shared<asio::steady_timer>(io_, delay);
  timer->async_wait([timer, what = std::move(what)](const boost::system::error_code&) { what(); });
}

}  // namespace jackfield::outbound
