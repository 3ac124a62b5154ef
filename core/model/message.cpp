#include "core/model/message.h"

#include <algorithm>

namespace jackfield::model {
namespace {

bool is_progress(MessageStatus status) {
  return status >= MessageStatus::pending && status <= MessageStatus::read;
}

/// How bad an ending is; 0: it is none.
int badness(MessageStatus status) {
  switch (status) {
    case MessageStatus::failed:
      return 3;
    case MessageStatus::unknown:
      return 2;
    case MessageStatus::expired:
      return 1;
    default:
      return 0;
  }
}

}  // namespace

std::string_view name_of(MessageStatus status) {
  switch (status) {
    case MessageStatus::received:
      return "received";
    case MessageStatus::pending:
      return "pending";
    case MessageStatus::accepted:
      return "accepted";
    case MessageStatus::sent:
      return "sent";
    case MessageStatus::delivered:
      return "delivered";
    case MessageStatus::read:
      return "read";
    case MessageStatus::failed:
      return "failed";
    case MessageStatus::expired:
      return "expired";
    case MessageStatus::unknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view name_of(PartKind kind) {
  switch (kind) {
    case PartKind::other:
      return "other";
    case PartKind::text:
      return "text";
    case PartKind::media:
      return "media";
    case PartKind::location:
      return "location";
    case PartKind::provider_template:
      return "template";
    case PartKind::interactive:
      return "interactive";
    case PartKind::contact:
      return "contact";
    case PartKind::choice:
      return "choice";
    case PartKind::form:
      return "form";
    case PartKind::order:
      return "order";
    case PartKind::unsupported:
      return "unsupported";
  }
  return "other";
}

std::string_view name_of(AttachmentState state) {
  switch (state) {
    case AttachmentState::none:
      return "none";
    case AttachmentState::pending:
      return "pending";
    case AttachmentState::stored:
      return "stored";
    case AttachmentState::failed:
      return "failed";
    case AttachmentState::refused:
      return "refused";
  }
  return "none";
}

std::string_view name_of(Direction direction) {
  return direction == Direction::inbound ? "inbound" : "outbound";
}

bool raises(MessageStatus now, MessageStatus news) {
  if (now == MessageStatus::received || news == MessageStatus::received || now == news) {
    return false;
  }
  if (is_progress(news)) {
    return is_progress(now) ? news > now : news != MessageStatus::pending;
  }
  if (news == MessageStatus::failed) {
    // The provider's word against "accepted" and "sent"; it also settles what was unknown.
    return now <= MessageStatus::sent || now == MessageStatus::unknown;
  }
  return now == MessageStatus::pending;
}

MessageStatus combined(const std::vector<MessageStatus>& parts) {
  if (parts.empty()) {
    return MessageStatus::pending;
  }
  const auto worst =
      *std::max_element(parts.begin(), parts.end(),
                        [](MessageStatus a, MessageStatus b) { return badness(a) < badness(b); });
  return badness(worst) > 0 ? worst : *std::min_element(parts.begin(), parts.end());
}

}  // namespace jackfield::model
