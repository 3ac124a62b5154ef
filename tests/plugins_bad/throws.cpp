// A plugin without the SDK's barrier, whose create and deliver throw C++ exceptions into the host.
#include <stdexcept>
#include <string>

#include "jackfield/plugin_abi.h"

namespace {

jf_status create(const jf_host*, jf_str, const jf_handover*, jf_instance**, jf_error*) {
  throw std::runtime_error("no idea how to begin");
}
jf_status start(jf_instance*, jf_error*) {
  return JF_OK;
}
jf_status deliver(jf_instance*, uint64_t, const jf_outbound*, jf_outcome*, jf_error*) {
  return JF_OK;
}
void destroy(jf_instance*) {}
const void* extension(jf_instance*, const char*) {
  return nullptr;
}

const jf_channel_ops kOps{sizeof(jf_channel_ops),
                          0,
                          create,
                          start,
                          deliver,
                          nullptr,
                          nullptr,
                          nullptr,
                          destroy,
                          extension};
const jf_channel kChannel{sizeof(jf_channel),     0,    "bad", "Bad", JF_CAP_TEXT,
                          R"({"type":"object"})", "{}", &kOps};
const jf_channel* const kChannels[] = {&kChannel};
const jf_plugin kPlugin{sizeof(jf_plugin), JF_ABI_MAJOR, JF_ABI_MINOR, 0,  0,  1,
                        "bad.throws",      "1",          "",           "", "", kChannels,
                        nullptr,           nullptr};

}  // namespace

const jf_plugin* jackfield_plugin_v1(uint32_t) {
  return &kPlugin;
}
