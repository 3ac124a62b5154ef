/* A minimal plugin in C with one fault, chosen by a BAD_... definition; with none it is sound. */
#include <string.h>

#include "jackfield/plugin_abi.h"

struct jf_instance {
  const jf_host *host;
};
static struct jf_instance the_instance;

#define LITERAL(text) \
  (jf_str) { text, sizeof(text) - 1 }

static jf_status fail(jf_error *error, jf_status status, const char *text) {
  if (error != NULL) {
    error->status = status;
    strncpy(error->message, text, sizeof error->message - 1);
  }
  return status;
}

static void record(const jf_host *host, const char *name, double value) {
  const jf_service_metric *metric = host->service(host, JF_SERVICE_METRIC);
  metric->add(host, JF_METRIC_GAUGE, (jf_str){name, strlen(name)}, value);
}

#ifdef BAD_HOSTILE_VALUES
static jf_status publish(const jf_host *host, const jf_inbound *value, size_t count, size_t stride,
                         const char *raw) {
  const jf_service_inbound *inbound = host->service(host, JF_SERVICE_INBOUND);
  jf_arrival arrival = {.size = sizeof arrival};
  arrival.raw = (jf_bytes){(const uint8_t *)raw, strlen(raw)};
  jf_error error = {.size = sizeof error};
  return inbound->publish(host, 0, &arrival, value, count, stride, &error);
}

static void publish_hostile_values(const jf_host *host) {
  const char bytes[] = "x";
  jf_part part = {.kind = JF_PART_TEXT, .text = LITERAL("hello")};
  const jf_inbound good = {.size = sizeof good,
                           .kind = JF_INBOUND_MESSAGE,
                           .dedupe_key = LITERAL("k1"),
                           .address = LITERAL("bad:1"),
                           .parts = &part,
                           .part_count = 1,
                           .part_stride = sizeof part};
  jf_inbound value = good;
  value.external_id = (jf_str){bytes, 100u * 1024 * 1024};
  record(host, "huge_length", publish(host, &value, 1, sizeof value, ""));
  value = good;
  value.address = (jf_str){NULL, 5};
  record(host, "null_text", publish(host, &value, 1, sizeof value, ""));
  value = good;
  value.parts = NULL;
  record(host, "null_parts", publish(host, &value, 1, sizeof value, ""));
  value = good;
  value.part_stride = 1;
  record(host, "tiny_part_stride", publish(host, &value, 1, sizeof value, ""));
  value = good;
  value.part_count = (size_t)-1;
  record(host, "huge_part_count", publish(host, &value, 1, sizeof value, ""));
  record(host, "huge_count", publish(host, &good, (size_t)1 << 40, sizeof good, ""));
  record(host, "zero_stride", publish(host, &good, 2, 0, ""));
  record(host, "null_values", publish(host, NULL, 3, sizeof good, ""));
  value = good;
  value.size = 8;
  record(host, "small_value", publish(host, &value, 1, sizeof value, ""));
  value = good;
  value.dedupe_key = (jf_str){NULL, 0};
  record(host, "no_key", publish(host, &value, 1, sizeof value, ""));
  value = good;
  value.ext_json = LITERAL("[[[[[[");
  record(host, "broken_json", publish(host, &value, 1, sizeof value, ""));
  /* With the raw body to keep, a bad value is quarantined and its good neighbour goes through. */
  jf_inbound pair[2] = {good, good};
  pair[1].dedupe_key = (jf_str){NULL, 0};
  record(host, "one_of_two", publish(host, pair, 2, sizeof pair[0], "raw body"));
  value = good;
  part.text = LITERAL("a\xff\xfe"
                      "b");
  value.display_name = LITERAL("e\xcc\x81\xe2\x80\xaegpj.exe");
  record(host, "bad_utf8", publish(host, &value, 1, sizeof value, ""));
}
#endif

static jf_status create(const jf_host *host, jf_str config, const jf_handover *previous,
                        jf_instance **out, jf_error *error) {
  (void)config, (void)previous, (void)error;
#if defined BAD_CREATE_FAILS
  return fail(error, JF_E_INVALID, "settings: the moon is in the wrong house");
#elif defined BAD_CREATE_MAKES_NOTHING
  return JF_OK;
#endif
  the_instance.host = host;
  *out = &the_instance;
#ifdef BAD_ROUTE_WITHOUT_RECEIVER
  const jf_service_http_server *server = host->service(host, JF_SERVICE_HTTP_SERVER);
  const jf_route route = {.size = sizeof route, .method = LITERAL("GET"), .path = LITERAL("/x")};
  return server->add_route(host, 1, &route, error);
#else
  return JF_OK;
#endif
}

static jf_status start(jf_instance *instance, jf_error *error) {
  (void)error;
#ifdef BAD_START_FAILS
  (void)instance;
  return fail(error, JF_E_TRANSIENT, "not today");
#else
  const jf_service_lifecycle *lifecycle =
      instance->host->service(instance->host, JF_SERVICE_LIFECYCLE);
  lifecycle->ready(instance->host, 1, LITERAL(""));
  return JF_OK;
#endif
}

static jf_status deliver(jf_instance *instance, uint64_t token, const jf_outbound *outbound,
                         jf_outcome *outcome, jf_error *error) {
  (void)token, (void)outbound, (void)outcome, (void)error;
#if defined BAD_COMPLETES_TWICE
  const jf_service_delivery *delivery =
      instance->host->service(instance->host, JF_SERVICE_DELIVERY);
  const jf_outcome accepted = {.size = sizeof accepted, .external_id = LITERAL("e1")};
  record(instance->host, "first", delivery->complete(instance->host, token, &accepted));
  record(instance->host, "second", delivery->complete(instance->host, token, &accepted));
  return JF_PENDING;
#elif defined BAD_NEVER_COMPLETES
  (void)instance;
  return JF_PENDING;
#elif defined BAD_INTERNAL_ERROR
  (void)instance;
  return fail(error, JF_E_INTERNAL, "lost my place");
#elif defined BAD_HOSTILE_VALUES
  publish_hostile_values(instance->host);
  outcome->external_id = (jf_str){"x", (size_t)-1};
  outcome->detail = (jf_str){NULL, 7};
  return JF_OK;
#else
  record(instance->host, "delivered", 1);
  return JF_OK;
#endif
}

static void cancel(jf_instance *instance, uint64_t token) {
  const jf_service_delivery *delivery =
      instance->host->service(instance->host, JF_SERVICE_DELIVERY);
  const jf_outcome late = {.size = sizeof late, .status = JF_E_CANCELLED};
  record(instance->host, "late", delivery->complete(instance->host, token, &late));
}
static void destroy(jf_instance *instance) { (void)instance; }
static const void *extension(jf_instance *instance, const char *id) {
  (void)instance, (void)id;
  return NULL;
}

static const jf_channel_ops ops = {.size = sizeof ops,
                                   .create = create,
                                   .start = start,
#ifndef BAD_NULL_FUNCTION
                                   .deliver = deliver,
#endif
                                   .cancel = cancel,
                                   .destroy = destroy,
                                   .extension = extension};

static const jf_channel channel = {
#ifdef BAD_SMALL_TABLE
    .size = 16,
#else
    .size = sizeof channel,
#endif
    .name = "bad",
    .title = "Bad",
    .capabilities = JF_CAP_TEXT,
#ifdef BAD_SCHEMA
    .config_schema_json = "{\"type\":\"object\",\"properties\":{\"x\":{\"pattern\":\"^\\\\d+$\"}}}",
#else
    .config_schema_json = "{\"type\":\"object\"}",
#endif
    .capabilities_json = "{}",
#ifndef BAD_NULL_OPS
    .ops = &ops
#endif
};
#ifdef BAD_NULL_CHANNEL
static const jf_channel *const channels[] = {NULL};
#else
static const jf_channel *const channels[] = {&channel};
#endif

#ifdef BAD_INIT_FAILS
static jf_status init(jf_error *error) { return fail(error, JF_E_PERMANENT, "no licence file"); }
#endif

static const jf_plugin plugin = {.size = sizeof plugin,
#ifdef BAD_WRONG_MAJOR
                                 .abi_major = 2,
#else
                                 .abi_major = JF_ABI_MAJOR,
#endif
                                 .abi_minor_built = JF_ABI_MINOR,
#ifdef BAD_NEWER_MINOR
                                 .abi_minor_needed = JF_ABI_MINOR + 7,
#endif
                                 .channel_count = 1,
                                 .id = "bad.plugin",
                                 .version = "0.0.1",
                                 .channels = channels,
#ifdef BAD_INIT_FAILS
                                 .init = init
#endif
};

const jf_plugin *jackfield_plugin_v1(uint32_t host_abi_minor) {
  (void)host_abi_minor;
  /* What a variant leaves unused is named here. */
  (void)plugin, (void)channel, (void)ops, (void)deliver, (void)fail, (void)record;
#ifdef BAD_NO_DESCRIPTOR
  return NULL;
#else
  return &plugin;
#endif
}
