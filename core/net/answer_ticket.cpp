#include "core/net/answer_ticket.h"

#include <exception>

#include "core/base/log.h"
#include "core/net/http_connection.h"
#include "core/net/response_text.h"
#include "core/net/server_state.h"

namespace jackfield::net {

AnswerTicket::~AnswerTicket() {
  if (used_) {
    return;
  }
  try {
    base::log::warn("http.unanswered");
    use(plain_answer(500, "no answer"));
  } catch (const std::exception&) {
    // No memory: the connection's answer timeout speaks instead.
    return;
  }
}

void AnswerTicket::use(HttpResponse response) {
  if (used_.exchange(true)) {
    return;
  }
  mailbox_->run([&state = state_, connection = connection_, serial = serial_,
                 response = std::move(response)]() mutable {
    const auto found = state.connections.find(connection);
    if (found != state.connections.end()) {
      const auto held = found->second;  // The answer may end the connection.
      held->answer(serial, std::move(response));
    }
  });
}

Respond AnswerTicket::make(ServerState& state, std::uint64_t connection, std::uint64_t serial) {
  auto ticket = std::make_shared<AnswerTicket>(state.mailbox, state, connection, serial);
  return [ticket = std::move(ticket)](HttpResponse response) { ticket->use(std::move(response)); };
}

}  // namespace jackfield::net
