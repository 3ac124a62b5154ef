// Compiling is the test: the header is C++17 as well.
#include "jackfield/plugin_abi.h"

static_assert(__cplusplus == 201703L, "this file is compiled as C++17");
static_assert(sizeof(jf_str) == 16, "jf_str is frozen");
