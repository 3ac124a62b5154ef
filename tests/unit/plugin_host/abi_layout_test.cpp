// The layout of ABI 1.0, frozen: each line names a struct, its last 1.0 field with the offset of
// that, and the size of the struct. Tables may grow behind that field in a minor release; then, and
// only then, the last number of a line may grow. Any other change breaks every plugin in the world.
#include <cstddef>

#include "jackfield/plugin_abi.h"

#define JF_LAYOUT(type, field, offset, size)                                   \
  static_assert(offsetof(type, field) == (offset), #type "." #field " moved"); \
  static_assert(sizeof(type) == (size), #type " changed its size")

JF_LAYOUT(jf_str, len, 8, 16);
JF_LAYOUT(jf_bytes, len, 8, 16);
JF_LAYOUT(jf_kv, value, 16, 32);
JF_LAYOUT(jf_error, message, 16, 256);
JF_LAYOUT(jf_sink, write, 16, 24);
JF_LAYOUT(jf_part, json, 112, 128);
JF_LAYOUT(jf_outbound, ext_json, 136, 152);
JF_LAYOUT(jf_inbound, ext_json, 200, 216);
JF_LAYOUT(jf_host, service, 48, 56);
JF_LAYOUT(jf_service_log, write, 16, 24);
JF_LAYOUT(jf_service_clock, monotonic_us, 16, 24);
JF_LAYOUT(jf_service_timer, disarm, 16, 24);
JF_LAYOUT(jf_service_config, get, 8, 16);
JF_LAYOUT(jf_service_secret, get, 8, 16);
JF_LAYOUT(jf_service_crypto, random, 32, 40);
JF_LAYOUT(jf_outcome, ext_json, 48, 64);
JF_LAYOUT(jf_service_delivery, complete, 8, 16);
JF_LAYOUT(jf_arrival, raw, 64, 80);
JF_LAYOUT(jf_service_inbound, publish, 8, 16);
JF_LAYOUT(jf_http_message, peer, 104, 120);
JF_LAYOUT(jf_route, pad, 52, 56);
JF_LAYOUT(jf_service_http_server, public_url, 24, 32);
JF_LAYOUT(jf_form_part, media_id, 64, 80);
JF_LAYOUT(jf_http_call, form_stride, 56, 64);
JF_LAYOUT(jf_service_http_client, cancel, 16, 24);
JF_LAYOUT(jf_service_socket, tag, 24, 32);
JF_LAYOUT(jf_service_media, fail, 32, 40);
JF_LAYOUT(jf_service_kv, put, 16, 24);
JF_LAYOUT(jf_service_history, read, 8, 16);
JF_LAYOUT(jf_service_metric, add, 8, 16);
JF_LAYOUT(jf_service_lifecycle, fault, 32, 40);
JF_LAYOUT(jf_handover, state, 16, 32);
JF_LAYOUT(jf_channel_ops, extension, 64, 72);
JF_LAYOUT(jf_recv_timer, on_timer, 8, 16);
JF_LAYOUT(jf_stored, unix_ms, 24, 32);
JF_LAYOUT(jf_recv_inbound, on_replay, 16, 24);
JF_LAYOUT(jf_recv_http, on_response, 16, 24);
JF_LAYOUT(jf_recv_socket, on_close, 24, 32);
JF_LAYOUT(jf_recv_media, on_fetch, 8, 16);
JF_LAYOUT(jf_history_entry, part_stride, 80, 88);
JF_LAYOUT(jf_recv_history, on_history, 8, 16);
JF_LAYOUT(jf_ext_typing, set, 8, 16);
JF_LAYOUT(jf_ext_read, mark, 8, 16);
JF_LAYOUT(jf_ext_session, end, 8, 16);
JF_LAYOUT(jf_ext_reconfigure, apply, 8, 16);
JF_LAYOUT(jf_channel, ops, 48, 56);
JF_LAYOUT(jf_plugin, fini, 80, 88);
