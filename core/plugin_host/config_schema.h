#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/settings.h"
#include "jackfield/result.h"

/// Account settings against the plugin's JSON Schema (draft 4 subset, x-secret marks secrets).
namespace jackfield::plugin_host {

/// Whether the plugin's own schema says something that would silently not be checked. Error:
/// invalid, with the place: an unknown keyword, a $ref that leads nowhere or out of the document, a
/// pattern that the engine does not know (\d, \w, look-ahead), a root that is not an object.
Status check_schema(std::string_view schema);

/// All that is wrong with the settings; empty: they fit. `schema` has passed check_schema.
std::vector<base::SettingsProblem> check_settings(std::string_view schema,
                                                  const base::AccountSettings& settings);

/// The pattern can be checked by the engine behind check_settings.
bool is_supported_pattern(std::string_view pattern);

/// What the schema engine has against the settings (secrets filled in): the place, and a sentence
/// that never holds a value. Empty pointer and text: nothing.
struct Misfit {
  bool is_set = false;
  std::string pointer;
  std::string text;
};
Misfit first_misfit(std::string_view schema, const base::AccountSettings& settings);

}  // namespace jackfield::plugin_host
