#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/store/migrations/migrations.h"
#include "core/store/sqlite/connection.h"
#include "jackfield/result.h"

namespace jackfield::store {

/// Brings the database at `path`, open for writing, to the newest of `steps`. Each step is one
/// transaction together with its row in `migration`: whoever dies on the way finds whole steps
/// only. Before an older database is changed, a copy goes to "<path>.before-<number>". Error:
/// internal; a database that is newer than `steps`, or somebody else's, is left as it is.
Status migrate(Connection& connection, const std::string& path, std::span<const Migration> steps,
               std::int64_t now_ms);

/// Reads the whole database and looks for damage. Error: internal, with what to do.
Status check_for_damage(Connection& connection, const std::string& path);

}  // namespace jackfield::store
