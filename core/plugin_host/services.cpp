#include "core/plugin_host/services.h"

#include <array>
#include <cstring>

namespace jackfield::plugin_host {

const void* find_service(const jf_host* host, const char* id) noexcept {
  if (host == nullptr || id == nullptr) {
    return nullptr;
  }
  struct Entry {
    const char* id;
    const void* table;
  };
  const std::array<Entry, 16> services = {{{JF_SERVICE_LOG, &log_service()},
                                           {JF_SERVICE_CLOCK, &clock_service()},
                                           {JF_SERVICE_TIMER, &timer_service()},
                                           {JF_SERVICE_CONFIG, &config_service()},
                                           {JF_SERVICE_SECRET, &secret_service()},
                                           {JF_SERVICE_CRYPTO, &crypto_service()},
                                           {JF_SERVICE_DELIVERY, &delivery_service()},
                                           {JF_SERVICE_INBOUND, &inbound_service()},
                                           {JF_SERVICE_HTTP_SERVER, &http_server_service()},
                                           {JF_SERVICE_HTTP_CLIENT, &http_client_service()},
                                           {JF_SERVICE_SOCKET, &socket_service()},
                                           {JF_SERVICE_MEDIA, &media_service()},
                                           {JF_SERVICE_KV, &kv_service()},
                                           {JF_SERVICE_HISTORY, &history_service()},
                                           {JF_SERVICE_METRIC, &metric_service()},
                                           {JF_SERVICE_LIFECYCLE, &lifecycle_service()}}};
  for (const Entry& service : services) {
    if (std::strcmp(service.id, id) == 0) {
      return service.table;
    }
  }
  return nullptr;
}

}  // namespace jackfield::plugin_host
