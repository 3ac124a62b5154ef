#include "tools/sim/meta/fault_answer.h"

#include <string>
#include <utility>

#include "tools/sim/meta/graph_error.h"

namespace jackfield::sim::meta {
namespace {

net::HttpResponse page(int status, std::string body) {
  net::HttpResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "text/html; charset=utf-8"}};
  response.body = std::move(body);
  return response;
}

net::HttpResponse refused(const Fault& fault) {
  GraphError error = error_of(refusal_code(fault), fault.details);
  if (fault.kind == FaultKind::throttle) {
    error.status = 429;
  }
  if (fault.status != 0) {
    error.status = fault.status;
  }
  net::HttpResponse response = refusal(error);
  const std::string retry_after =
      fault.retry_after.value_or(fault.kind == FaultKind::throttle ? "1" : "");
  if (!retry_after.empty()) {
    response.headers.emplace_back("Retry-After", retry_after);
  }
  return response;
}

WireAnswer ending(WireAnswer answer, WireAnswer::Ending how) {
  answer.ending = how;
  return answer;
}

}  // namespace

std::int64_t refusal_code(const Fault& fault) {
  if (fault.kind == FaultKind::throttle) {
    return fault.code != 0 ? fault.code : 130429;
  }
  if (fault.kind == FaultKind::error) {
    return fault.code != 0 ? fault.code : 131000;
  }
  return 0;
}

WireAnswer fault_answer(const Fault& fault, net::HttpResponse good) {
  using Ending = WireAnswer::Ending;
  WireAnswer answer;
  answer.response = std::move(good);
  answer.delay = fault.before_answer;
  answer.drip_every = fault.every;
  switch (fault.kind) {
    case FaultKind::throttle:
    case FaultKind::error:
      answer.response = refused(fault);
      return answer;
    case FaultKind::server_error: {
      const int status = fault.status != 0 ? fault.status : 500;
      answer.response = page(status, "<html><body>Sorry, something went wrong.</body></html>");
      return answer;
    }
    case FaultKind::redirect:
      answer.response = page(fault.status != 0 ? fault.status : 302, "");
      answer.response.headers.emplace_back("Location", fault.location);
      return answer;
    case FaultKind::garbage:
      answer.response = page(200, "\x01\xff{\"messages\":[<html>");
      return answer;
    case FaultKind::huge:
      answer.response.body = std::string(fault.bytes, 'x');
      return answer;
    case FaultKind::accept_without_id:
      answer.response.body = R"({"messaging_product":"whatsapp","contacts":[],"messages":[{}]})";
      return answer;
    case FaultKind::expired_url:
      answer.response = page(404, "<html><body>URL signature expired</body></html>");
      return answer;
    case FaultKind::hang:
      return ending(std::move(answer), Ending::hang);
    case FaultKind::cut:
    case FaultKind::cut_after_accept:
      return ending(std::move(answer), Ending::cut);
    case FaultKind::reset:
      return ending(std::move(answer), Ending::reset);
    case FaultKind::half:
      return ending(std::move(answer), Ending::half);
    case FaultKind::drip:
      return ending(std::move(answer), Ending::drip);
    default:
      return answer;
  }
}

}  // namespace jackfield::sim::meta
