#pragma once

#include <string>
#include <string_view>

namespace jackfield::jackctl {

/// JSON for people: members as "name: value", lists as one line of name=value per element. Control
/// characters become '?', so that nothing a contact wrote can steer the terminal.
std::string render(std::string_view json);
/// One event of `tail`: "time  type  subject".
std::string render_event(std::string_view json);

}  // namespace jackfield::jackctl
