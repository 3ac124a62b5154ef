/* Compiling is the test: the header is C11. */
#include "jackfield/plugin_abi.h"

_Static_assert(sizeof(jf_str) == 16, "jf_str is frozen");
_Static_assert(offsetof(jf_inbound, ext_json) == 200, "the same layout in C and C++");

const char *jf_abi_c11_product(const jf_host *host);
const char *jf_abi_c11_product(const jf_host *host) {
  return JF_HAS(host, product) ? host->product : "";
}
