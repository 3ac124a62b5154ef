#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "jackfield/result.h"

/// What can be known of a plugin file before any of its code runs. Pure functions over the file's
/// bytes, which are hostile: every offset is checked.
namespace jackfield::plugin_host {

/// Refuses what could not be unloaded, or would share variables with another version of itself:
/// anything but an x86-64 or AArch64 (as this program) ELF shared object whose dynamic symbol table
/// defines exactly the entry symbol; GNU_UNIQUE symbols, NODELETE, text relocations and an
/// executable stack. Error: invalid, with the reason and what to do about it.
Status check_elf(std::string_view file);

/// The manifest that JACKFIELD_PLUGIN puts into section .jf_manifest: JSON. Nothing when there is
/// none.
std::optional<std::string> elf_manifest(std::string_view file);

}  // namespace jackfield::plugin_host
