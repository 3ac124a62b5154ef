#include "core/model/conversation.h"

namespace jackfield::model {

std::string_view name_of(ConversationState state) {
  switch (state) {
    case ConversationState::waiting:
      return "waiting";
    case ConversationState::owned:
      return "owned";
    case ConversationState::archived:
      return "archived";
  }
  return "waiting";
}

}  // namespace jackfield::model
