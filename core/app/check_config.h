#pragma once

#include "core/base/settings.h"

namespace jackfield::app {

/// Everything that --check-config can find without side effects beyond a temporary folder: the
/// settings' own problems, and what each account's plugin says of its "settings". All of them, not
/// the first.
std::vector<base::SettingsProblem> check_config(const base::LoadedSettings& loaded);

}  // namespace jackfield::app
