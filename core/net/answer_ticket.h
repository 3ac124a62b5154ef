#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "core/net/http_server.h"
#include "core/net/mailbox.h"

namespace jackfield::net {

struct ServerState;

/// The right to answer one request, once, from any thread. Dropped unused, it answers 500.
/// Shared by the copies of the Respond function that carries it.
class AnswerTicket {
 public:
  AnswerTicket(std::shared_ptr<Mailbox> mailbox, ServerState& state, std::uint64_t connection,
               std::uint64_t serial)
      : mailbox_(std::move(mailbox)), state_(state), connection_(connection), serial_(serial) {}
  AnswerTicket(const AnswerTicket&) = delete;
  AnswerTicket& operator=(const AnswerTicket&) = delete;
  ~AnswerTicket();

  void use(HttpResponse response);

  static Respond make(ServerState& state, std::uint64_t connection, std::uint64_t serial);

 private:
  std::shared_ptr<Mailbox> mailbox_;
  ServerState& state_;  // Touched by the mailbox's tasks only, which end before it does.
  std::uint64_t connection_;
  std::uint64_t serial_;
  std::atomic<bool> used_ = false;
};

}  // namespace jackfield::net
