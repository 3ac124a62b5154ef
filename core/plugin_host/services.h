#pragma once

#include "jackfield/plugin_abi.h"

/// The host's side of the services in plugin_abi.h: one function per service, found by its id. All
/// are called by plugin code on any thread; nothing is thrown out of them.
namespace jackfield::plugin_host {

/// jf_host::service: the table, or nullptr when this host does not offer it.
const void* find_service(const jf_host* host, const char* id) noexcept;

const jf_service_log& log_service();
const jf_service_clock& clock_service();
const jf_service_timer& timer_service();
const jf_service_config& config_service();
const jf_service_secret& secret_service();
const jf_service_crypto& crypto_service();
const jf_service_delivery& delivery_service();
const jf_service_inbound& inbound_service();
const jf_service_http_server& http_server_service();
const jf_service_http_client& http_client_service();
const jf_service_socket& socket_service();
const jf_service_media& media_service();
const jf_service_kv& kv_service();
const jf_service_history& history_service();
const jf_service_metric& metric_service();
const jf_service_lifecycle& lifecycle_service();

}  // namespace jackfield::plugin_host
