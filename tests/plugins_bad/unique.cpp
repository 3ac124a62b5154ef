// An inline variable makes a GNU_UNIQUE symbol, which pins the library and shares itself between
// versions.
#include "jackfield/plugin_abi.h"

struct Counters {
  inline static int calls = 0;
};

const jf_plugin* jackfield_plugin_v1(uint32_t) {
  ++Counters::calls;
  return nullptr;
}
