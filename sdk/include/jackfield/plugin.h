// The C++17 face of plugin_abi.h: derive from jackfield::Channel, name the features you use, end
// the file with JACKFIELD_PLUGIN(...). Header-only, no state of its own, no library behind it;
// everything lives in an inline namespace per SDK version, so plugins built with different SDKs
// never share a symbol.
#pragma once

#include "jackfield/encoding.h"
#include "jackfield/plugin/abi_values.h"
#include "jackfield/plugin/channel.h"
#include "jackfield/plugin/export.h"
#include "jackfield/plugin/host.h"
#include "jackfield/plugin/values.h"
#include "jackfield/plugin_abi.h"
