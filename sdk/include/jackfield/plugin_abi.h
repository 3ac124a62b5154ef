/* plugin_abi.h - the contract between the Jackfield host and a channel plugin, major 1.
 *
 * Ground rules
 *  R1  Plain C11. No C++ type, no FILE*, no errno, no exception and no malloc'd pointer crosses.
 *  R2  Every table begins with `size`. Tables grow only at the tail, only in a minor release.
 *      A reader tests JF_HAS(table, field) before it touches a field newer than 1.0.
 *  R3  A released field, number or meaning never changes. A different meaning gets a new name,
 *      a different table a new id ("jf.kv/2"); old ids stay for at least one major.
 *  R4  Views (jf_str, jf_bytes, arrays, structs by pointer) are borrowed: valid until the call
 *      that received them returns. Keep a copy if you need it later. Nobody frees the other's memory.
 *  R5  Enumerations travel as int32_t. An unknown value from the other side means *_OTHER.
 *      Growable structs are never embedded by value and never sit in a plain array (see strides);
 *      jf_str, jf_bytes and jf_kv are frozen for ever.
 *  R6  Calls never nest: the host never calls an instance from inside that instance's own call
 *      into the host. Results come back later, as a call of their own on the lane.
 *
 *  Thread marks
 *    LOADER  one thread at a time for the whole library
 *    LANE    one call at a time per instance, in order; the OS thread may change between calls
 *    ANY     any thread, concurrently; does not block
 *
 * Bounds (the host refuses what is larger with JF_E_TOO_LARGE): text 64 KiB, id 512 bytes,
 * ext/json 64 KiB per value, 1,000 values and 4 MiB of raw body per publish, 32 parts per value.
 */
#ifndef JACKFIELD_PLUGIN_ABI_H
#define JACKFIELD_PLUGIN_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JF_ABI_MAJOR 1u
#define JF_ABI_MINOR 0u
#define JF_EXPORT __attribute__((visibility("default")))
/* True when `table` is there, is long enough to hold `field`, and `field` is set. */
#define JF_HAS(table, field)                                                                  \
  ((table) != NULL &&                                                                         \
   (table)->size >= offsetof(__typeof__(*(table)), field) + sizeof((table)->field) &&         \
   (table)->field != 0)

typedef struct jf_str   { const char *ptr; size_t len; } jf_str;   /* UTF-8, not NUL-terminated */
typedef struct jf_bytes { const uint8_t *ptr; size_t len; } jf_bytes;
typedef struct jf_kv    { jf_str key, value; } jf_kv;

/* ------------------------------------------------------------------ status */
typedef int32_t jf_status;
enum {
  JF_OK = 0,
  JF_PENDING = 1,         /* the answer comes later, as a call of its own */
  JF_E_INVALID = -1,      /* wrong input: the same call can never succeed */
  JF_E_UNSUPPORTED = -2,  /* this side does not do that */
  JF_E_BUSY = -3,         /* back-pressure: nothing was taken, offer it again later */
  JF_E_TRANSIENT = -4,    /* not done, try later */
  JF_E_PERMANENT = -5,    /* refused for good */
  JF_E_AUTH = -6,         /* credentials refused: the account stops sending until they change */
  JF_E_RATE = -7,         /* the provider asks us to slow down; nothing was done */
  JF_E_TIMEOUT = -8,      /* no answer in time; it may have been done */
  JF_E_CANCELLED = -9,
  JF_E_NOT_FOUND = -10,
  JF_E_CLOSED = -11,      /* the host or the instance is shutting down */
  JF_E_TOO_LARGE = -12,
  JF_E_STALE = -13,       /* an id or token that is no longer valid */
  JF_E_INTERNAL = -14,
  JF_E_ABI = -15,
  JF_E_UNREACHABLE = -16, /* the request never left: safe to repeat */
  JF_E_UNKNOWN = -17,     /* the request left and no usable answer came: repeating may do it twice */
  JF_E_WINDOW = -18       /* the provider's reply window is closed */
};

typedef struct jf_error {  /* the caller allocates and sets size, the callee fills */
  uint32_t size;
  jf_status status;
  int32_t provider_code;
  uint32_t retry_after_ms;
  char message[240];       /* NUL-terminated, truncated; for the log, never with a secret */
} jf_error;

typedef struct jf_sink {   /* "write your answer of variable length here"; may be called repeatedly */
  uint32_t size, pad;
  void *ctx;
  jf_status (*write)(void *ctx, const void *data, size_t len);
} jf_sink;

/* ------------------------------------------------------------------ values */
enum {
  JF_PART_OTHER = 0,
  JF_PART_TEXT = 1,
  JF_PART_MEDIA = 2,
  JF_PART_LOCATION = 3,    /* json: {"latitude","longitude","name"?,"address"?,"url"?} */
  JF_PART_TEMPLATE = 4,    /* json: {"name","language","components"} */
  JF_PART_INTERACTIVE = 5, /* outbound buttons or lists; json is the provider's form */
  JF_PART_CONTACT = 6,     /* json: contact cards */
  JF_PART_CHOICE = 7,      /* what the contact pressed; text is its title; json: {"id",...} */
  JF_PART_FORM = 8,
  JF_PART_ORDER = 9,
  JF_PART_UNSUPPORTED = 10 /* shown as a placeholder; json keeps what the provider said */
};

typedef struct jf_part {
  int32_t kind;
  uint32_t flags;
  jf_str text;        /* text, or the caption of media */
  jf_str media_id;    /* handle in the host's media store; empty on inbound media not fetched yet */
  jf_str media_ref;   /* inbound: what recv_media.on_fetch needs to find the bytes (JSON, opaque to the host) */
  jf_str media_kind;  /* image, video, audio, voice, document, sticker */
  jf_str mime;        /* a claim on the way in; sniffed by the host on the way out */
  jf_str filename;    /* hostile on the way in: the host strips paths and control characters */
  uint64_t media_size; /* 0 = unknown */
  jf_str json;        /* the kind's own values */
} jf_part;

typedef struct jf_outbound { /* one part of one outbound message: what one deliver() hands over */
  uint32_t size;
  int32_t attempt;     /* 1, 2, ...: above 1 the provider may already have it */
  jf_str message_id;   /* ours, stable over retries, reloads and restarts: the correlator */
  uint32_t part_index, part_total;
  jf_str account, conversation;
  jf_str to;           /* the contact's address, as this plugin wrote it */
  jf_str reply_to;     /* external id of the message replied to, or empty */
  const jf_part *parts;
  size_t part_count, part_stride; /* part_count is 1 in ABI 1.0 */
  int64_t deadline_unix_ms;
  int64_t last_inbound_unix_ms;   /* the contact's newest message, for reply windows; 0 = none */
  jf_str ext_json;
} jf_outbound;

enum {
  JF_INBOUND_OTHER = 0,
  JF_INBOUND_MESSAGE = 1,
  JF_INBOUND_RECEIPT = 2,         /* about one of our outbound messages; `receipt` says what */
  JF_INBOUND_TYPING = 3,          /* not durable; flags & JF_INBOUND_OFF = stopped */
  JF_INBOUND_SESSION_STARTED = 4,
  JF_INBOUND_SESSION_ENDED = 5,
  JF_INBOUND_REACTION = 6,        /* reply_to names the message, parts[0].text the emoji ("" removes) */
  JF_INBOUND_QUARANTINE = 7,      /* signed but not understood: `raw` is kept, `detail` says why */
  JF_INBOUND_NOTICE = 8,          /* a fact about the account or contact; ext_json says what */
  JF_INBOUND_EDIT = 9,            /* reply_to names the message, parts are the new content */
  JF_INBOUND_DELETE = 10,         /* reply_to names the message */
  JF_INBOUND_ECHO = 11            /* sent by the business outside Jackfield */
};
enum { JF_RECEIPT_OTHER = 0, JF_RECEIPT_SENT = 1, JF_RECEIPT_DELIVERED = 2, JF_RECEIPT_READ = 3,
       JF_RECEIPT_FAILED = 4 };
enum {
  JF_INBOUND_OFF = 1u << 0,      /* typing stopped */
  JF_INBOUND_UP_TO = 1u << 1,    /* receipt: this and every earlier outbound message of the address */
  JF_INBOUND_FORWARDED = 1u << 2
};

typedef struct jf_inbound {
  uint32_t size;
  int32_t kind;
  uint32_t flags;
  int32_t receipt;             /* JF_RECEIPT_*, for kind RECEIPT */
  jf_str dedupe_key;           /* MESSAGE, RECEIPT, REACTION...: required; unique for ever within the account */
  jf_str account;              /* the provider's id of the account, as given to lifecycle.identify();
                                  empty = this instance's own */
  jf_str address;              /* who: "scheme:value"; required but for receipts, notices, quarantine */
  jf_str display_name;         /* what the contact calls itself; hostile */
  jf_str external_id;          /* the provider's id of the message spoken of */
  jf_str correlator;           /* receipts: our message_id if the provider returned it */
  jf_str reply_to;             /* external id of the message answered, edited or reacted to */
  const jf_part *parts;
  size_t part_count, part_stride;
  int64_t provider_unix_ms;    /* the provider's time; 0 = unknown */
  int32_t provider_code;       /* failed receipts: the provider's error code */
  uint32_t pad;
  jf_str detail;               /* one line for the operator */
  jf_str raw;                  /* this item as the provider wrote it */
  jf_str ext_json;             /* a JSON object with all that has no field yet */
} jf_inbound;

/* ------------------------------------------------------------------ host side */
typedef struct jf_host { /* one per instance, so the host knows who is calling */
  uint32_t size, abi_major, abi_minor, pad;
  void *impl;
  const char *product, *product_version, *account; /* account: "<channel>:<name>" */
  const void *(*service)(const struct jf_host *, const char *id); /* ANY; NULL = not offered */
} jf_host;

#define JF_SERVICE_LOG "jf.log/1"
enum { JF_LOG_DEBUG = 1, JF_LOG_INFO = 2, JF_LOG_WARN = 3, JF_LOG_ERROR = 4 };
typedef struct jf_service_log { uint32_t size, pad;
  int32_t (*threshold)(const jf_host *);                                              /* ANY */
  void (*write)(const jf_host *, int32_t level, jf_str event, const jf_kv *fields, size_t n); /* ANY */
} jf_service_log;

#define JF_SERVICE_CLOCK "jf.clock/1" /* the only clock a plugin reads: tests can move it */
typedef struct jf_service_clock { uint32_t size, pad;
  int64_t (*unix_ms)(const jf_host *);       /* ANY; wall clock */
  int64_t (*monotonic_us)(const jf_host *);  /* ANY */
} jf_service_clock;

#define JF_SERVICE_TIMER "jf.timer/1" /* fires recv_timer.on_timer on the lane; at most 10,000 armed */
typedef struct jf_service_timer { uint32_t size, pad;
  jf_status (*arm)(const jf_host *, uint64_t id, uint64_t delay_ms, uint64_t period_ms); /* ANY; period 0 = once; arming an id again replaces it */
  void (*disarm)(const jf_host *, uint64_t id);                                          /* ANY */
} jf_service_timer;

#define JF_SERVICE_CONFIG "jf.config/1" /* the account's settings, checked against the plugin's schema */
typedef struct jf_service_config { uint32_t size, pad;
  jf_status (*get)(const jf_host *, jf_str pointer, jf_sink *); /* ANY; JSON pointer; strings come bare, the rest as JSON; secrets are not given: see jf.secret */
} jf_service_config;

#define JF_SERVICE_SECRET "jf.secret/1" /* values of settings marked x-secret; never logged by the host */
typedef struct jf_service_secret { uint32_t size, pad;
  jf_status (*get)(const jf_host *, jf_str pointer, jf_sink *); /* ANY; JSON pointer of the setting */
} jf_service_secret;

#define JF_SERVICE_CRYPTO "jf.crypto/1" /* so that no plugin links libcrypto, which can't be unloaded */
typedef struct jf_service_crypto { uint32_t size, pad;
  jf_status (*hmac)(const jf_host *, jf_str algorithm, jf_bytes key, jf_bytes data, jf_sink *); /* ANY; sha1, sha256; raw bytes */
  jf_status (*hash)(const jf_host *, jf_str algorithm, jf_bytes data, jf_sink *);               /* ANY; sha1, sha256 */
  int32_t (*equal)(const jf_host *, jf_bytes a, jf_bytes b);    /* ANY; 1 = equal; constant time */
  jf_status (*random)(const jf_host *, size_t len, jf_sink *);  /* ANY; at most 1024 bytes */
} jf_service_crypto;

#define JF_SERVICE_DELIVERY "jf.delivery/1"
typedef struct jf_outcome { uint32_t size; jf_status status; /* OK = the provider accepted it */
  jf_str external_id;             /* the provider's id, when OK */
  int32_t provider_code; uint32_t retry_after_ms;
  jf_str detail;                  /* one line for agent and operator */
  jf_str ext_json; } jf_outcome;
typedef struct jf_service_delivery { uint32_t size, pad;
  jf_status (*complete)(const jf_host *, uint64_t token, const jf_outcome *); /* ANY; exactly once per PENDING token, else E_STALE */
} jf_service_delivery;

#define JF_SERVICE_INBOUND "jf.inbound/1"
typedef struct jf_arrival { uint32_t size, flags;
  uint64_t http_request;          /* not 0: the host answers this request itself, 200 once durable, 503 if not */
  jf_str reply_content_type; jf_bytes reply_body; /* of that 200 */
  jf_str content_type; jf_bytes raw;              /* the whole body as it came; kept */
} jf_arrival;
typedef struct jf_service_inbound { uint32_t size, pad;
  /* ANY. Copies all. One transaction for all values; op != 0: recv_inbound.on_stored follows. */
  jf_status (*publish)(const jf_host *, uint64_t op, const jf_arrival *, const jf_inbound *values,
                       size_t count, size_t stride, jf_error *);
} jf_service_inbound;

typedef struct jf_http_message { uint32_t size; int32_t status_code;
  jf_str method, target, path, query; /* path is relative to the account: "/webhook" */
  const jf_kv *headers; size_t header_count;
  jf_bytes body; jf_str peer; /* the client's address after trusted proxies */ } jf_http_message;

#define JF_SERVICE_HTTP_SERVER "jf.http-server/1"
enum { JF_ROUTE_WEBSOCKET = 1u << 0 };
typedef struct jf_route { uint32_t size, flags; jf_str method, path; /* under /in/<channel>/<name> */
  uint64_t body_bytes_max; uint32_t timeout_ms, pad; } jf_route;
typedef struct jf_service_http_server { uint32_t size, pad;
  jf_status (*add_route)(const jf_host *, uint64_t route, const jf_route *, jf_error *); /* LANE, in create or start */
  jf_status (*reply)(const jf_host *, uint64_t request, const jf_http_message *);        /* ANY, once */
  jf_status (*public_url)(const jf_host *, jf_str path, jf_sink *);                      /* ANY */
} jf_service_http_server;

#define JF_SERVICE_HTTP_CLIENT "jf.http-client/1"
enum { JF_HTTP_ONCE = 1u << 0 /* creates something: fresh connection, never repeated by the host */ };
typedef struct jf_form_part { jf_str name, filename, mime; jf_bytes data; jf_str media_id; /* data or media_id */ } jf_form_part;
typedef struct jf_http_call { uint32_t size, flags; const jf_http_message *request; jf_str url;
  uint32_t timeout_ms, response_bytes_max;
  const jf_form_part *form; size_t form_count, form_stride; /* multipart/form-data instead of request->body */
} jf_http_call;
typedef struct jf_service_http_client { uint32_t size, pad;
  jf_status (*send)(const jf_host *, uint64_t op, const jf_http_call *, jf_error *); /* ANY; recv_http.on_response follows exactly once */
  void (*cancel)(const jf_host *, uint64_t op);                                      /* ANY */
} jf_service_http_client;

#define JF_SERVICE_SOCKET "jf.socket/1" /* the host owns the fd: WebSocket peers survive a plugin swap */
enum { JF_SOCKET_TEXT = 0, JF_SOCKET_BINARY = 1u << 0 };
typedef struct jf_service_socket { uint32_t size, pad;
  jf_status (*send)(const jf_host *, uint64_t socket, jf_bytes data, uint32_t flags); /* ANY; E_BUSY over the mark, E_CLOSED when gone */
  void (*close)(const jf_host *, uint64_t socket, int32_t code, jf_str why);          /* ANY */
  jf_status (*tag)(const jf_host *, uint64_t socket, jf_str tag);                     /* ANY; given back to on_open after a swap */
} jf_service_socket;

#define JF_SERVICE_MEDIA "jf.media/1"
typedef struct jf_service_media { uint32_t size, pad;
  jf_status (*put)(const jf_host *, jf_str mime, jf_str filename, jf_bytes data, jf_sink *media_id, jf_error *); /* LANE; writes a file */
  jf_status (*read)(const jf_host *, jf_str media_id, uint64_t offset, uint64_t len, jf_sink *, jf_error *);     /* LANE; reads a file */
  jf_status (*fetch)(const jf_host *, uint64_t job, const jf_http_call *, jf_error *); /* ANY; download straight into the store; ends the job */
  jf_status (*fail)(const jf_host *, uint64_t job, const jf_outcome *);                /* ANY; ends the job: E_TRANSIENT is tried again */
} jf_service_media;

#define JF_SERVICE_KV "jf.kv/1" /* small durable state per account; 1,000 keys, key 200 bytes, value 64 KiB */
typedef struct jf_service_kv { uint32_t size, pad;
  jf_status (*get)(const jf_host *, jf_str key, jf_sink *);        /* ANY; sees this instance's own puts at once */
  jf_status (*put)(const jf_host *, jf_str key, jf_bytes value);   /* ANY; durable soon after; empty value deletes */
} jf_service_kv;

#define JF_SERVICE_HISTORY "jf.history/1" /* what was said with one address, oldest first */
typedef struct jf_service_history { uint32_t size, pad;
  jf_status (*read)(const jf_host *, uint64_t op, jf_str address, jf_str after_message_id, uint32_t limit); /* ANY; recv_history.on_history follows; limit at most 200 */
} jf_service_history;

#define JF_SERVICE_METRIC "jf.metric/1"
enum { JF_METRIC_COUNTER = 1, JF_METRIC_GAUGE = 2 };
typedef struct jf_service_metric { uint32_t size, pad;
  void (*add)(const jf_host *, int32_t kind, jf_str name, double value); /* ANY; at most 100 names per account */
} jf_service_metric;

#define JF_SERVICE_LIFECYCLE "jf.lifecycle/1"
typedef struct jf_service_lifecycle { uint32_t size, pad;
  void (*identify)(const jf_host *, jf_str provider_account_id); /* LANE, in create: values for this id are ours */
  void (*ready)(const jf_host *, int32_t up, jf_str why);        /* ANY: the account can (not) take traffic */
  void (*drained)(const jf_host *);                              /* ANY: answer to drain() */
  void (*fault)(const jf_host *, jf_str why);                    /* ANY: restart me */
} jf_service_lifecycle;

/* ---------------------------------------------------------------- plugin side */
typedef struct jf_instance jf_instance; /* the plugin defines it */

typedef struct jf_handover { /* what the previous generation saved; NULL on a cold start */
  uint32_t size, schema; const char *from_version; jf_bytes state; } jf_handover;

typedef struct jf_channel_ops { uint32_t size, flags;
  jf_status (*create)(const jf_host *, jf_str config_json, const jf_handover *, jf_instance **, jf_error *); /* LANE; no traffic yet, may fail freely */
  jf_status (*start)(jf_instance *, jf_error *);                                            /* LANE */
  jf_status (*deliver)(jf_instance *, uint64_t token, const jf_outbound *, jf_outcome *, jf_error *); /* LANE; OK = accepted now (outcome may carry the id) | PENDING complete() later | E_* not taken */
  void (*cancel)(jf_instance *, uint64_t token);                                            /* LANE; complete() is still due */
  jf_status (*drain)(jf_instance *, uint32_t grace_ms);                                     /* LANE; take nothing new, then lifecycle.drained() */
  jf_status (*save)(jf_instance *, jf_sink *, uint32_t *schema, jf_error *);                /* LANE; after drain */
  void (*destroy)(jf_instance *);                                                           /* LANE; afterwards no thread, callback or fd is left */
  const void *(*extension)(jf_instance *, const char *id);                                  /* ANY */
} jf_channel_ops;

/* receivers: what the host calls back on; fetched once, after create, through ops.extension */
#define JF_RECV_TIMER "jf.recv-timer/1"
typedef struct jf_recv_timer { uint32_t size, pad;
  void (*on_timer)(jf_instance *, uint64_t id); } jf_recv_timer;                            /* LANE */

#define JF_RECV_INBOUND "jf.recv-inbound/1"
typedef struct jf_stored { jf_str message_id; int32_t is_duplicate, pad; int64_t unix_ms; } jf_stored; /* a duplicate names the first one */
typedef struct jf_recv_inbound { uint32_t size, pad;
  void (*on_stored)(jf_instance *, uint64_t op, jf_status, const jf_stored *, size_t count, size_t stride); /* LANE; OK = durable */
  void (*on_replay)(jf_instance *, uint64_t op, jf_str content_type, jf_bytes raw); /* LANE; parse again what was quarantined (its signature was checked then), and publish with this op */
} jf_recv_inbound;

#define JF_RECV_HTTP "jf.recv-http/1"
typedef struct jf_recv_http { uint32_t size, pad;
  jf_status (*on_request)(jf_instance *, uint64_t route, uint64_t request, const jf_http_message *); /* LANE; not OK = the host answers 500 */
  void (*on_response)(jf_instance *, uint64_t op, jf_status, const jf_http_message *);               /* LANE; OK, E_UNREACHABLE, E_UNKNOWN, E_TOO_LARGE, E_CANCELLED */
} jf_recv_http;

#define JF_RECV_SOCKET "jf.recv-socket/1"
typedef struct jf_recv_socket { uint32_t size, pad;
  void (*on_open)(jf_instance *, uint64_t route, uint64_t socket, const jf_http_message *, jf_str tag); /* LANE; also for sockets inherited on a swap: then the message is NULL */
  void (*on_data)(jf_instance *, uint64_t socket, jf_bytes, uint32_t flags);                        /* LANE */
  void (*on_close)(jf_instance *, uint64_t socket, int32_t code);                                   /* LANE; exactly once */
} jf_recv_socket;

#define JF_RECV_MEDIA "jf.recv-media/1"
typedef struct jf_recv_media { uint32_t size, pad;
  void (*on_fetch)(jf_instance *, uint64_t job, jf_str media_ref, jf_str media_kind); /* LANE; end the job with media.fetch or media.fail */
} jf_recv_media;

#define JF_RECV_HISTORY "jf.recv-history/1"
enum { JF_DIRECTION_INBOUND = 1, JF_DIRECTION_OUTBOUND = 2 };
typedef struct jf_history_entry { jf_str message_id; int32_t direction; uint32_t part_total;
  jf_str correlator; /* inbound: the dedupe_key it came with */ 
  jf_str status; int64_t unix_ms; const jf_part *parts; size_t part_count, part_stride; } jf_history_entry;
typedef struct jf_recv_history { uint32_t size, pad;
  void (*on_history)(jf_instance *, uint64_t op, jf_status, const jf_history_entry *, size_t count, size_t stride, int32_t has_more); /* LANE */
} jf_recv_history;

/* optional features: the presence of the table is the capability */
#define JF_EXT_TYPING "jf.typing/1"
typedef struct jf_ext_typing { uint32_t size, pad;
  jf_status (*set)(jf_instance *, jf_str address, int32_t on); } jf_ext_typing;             /* LANE */
#define JF_EXT_READ "jf.read-receipt/1"
typedef struct jf_ext_read { uint32_t size, pad;
  jf_status (*mark)(jf_instance *, jf_str address, jf_str external_id); } jf_ext_read;      /* LANE */
#define JF_EXT_SESSION "jf.session/1"
typedef struct jf_ext_session { uint32_t size, pad;
  jf_status (*end)(jf_instance *, jf_str address, jf_str reason);                           /* LANE */
} jf_ext_session;
#define JF_EXT_RECONFIGURE "jf.reconfigure/1"
typedef struct jf_ext_reconfigure { uint32_t size, pad;
  jf_status (*apply)(jf_instance *, jf_str config_json, jf_error *); } jf_ext_reconfigure;  /* LANE */

/* static upper bound; exact limits are in capabilities_json */
#define JF_CAP_TEXT        (1ull << 0)
#define JF_CAP_MEDIA_IN    (1ull << 1)
#define JF_CAP_MEDIA_OUT   (1ull << 2)
#define JF_CAP_TEMPLATES   (1ull << 3)
#define JF_CAP_INTERACTIVE (1ull << 4)
#define JF_CAP_DELIVERED   (1ull << 5)
#define JF_CAP_READ_IN     (1ull << 6)
#define JF_CAP_READ_OUT    (1ull << 7)
#define JF_CAP_TYPING_IN   (1ull << 8)
#define JF_CAP_TYPING_OUT  (1ull << 9)
#define JF_CAP_END_SESSION (1ull << 10)
#define JF_CAP_BLOCK       (1ull << 11)
#define JF_CAP_REPLY_TO    (1ull << 12)
#define JF_CAP_IDEMPOTENT  (1ull << 13) /* the provider drops repeats of one message_id */

typedef struct jf_channel { uint32_t size, flags;
  const char *name;               /* the channel: "whatsapp"; lower case, digits, '_' */
  const char *title; uint64_t capabilities;
  const char *config_schema_json; /* JSON Schema, draft 4 subset; x-secret marks secrets */
  const char *capabilities_json;  /* limits: {"text":{"bytes_max":4096},"rate":{"per_second":80,...},"window":{...}} */
  const jf_channel_ops *ops; } jf_channel;

#define JF_PLUGIN_NO_UNLOAD (1u << 0) /* its runtime can't be unloaded: keep it mapped, or use a process */
#define JF_PLUGIN_ISOLATE   (1u << 1) /* asks for a process of its own */
typedef struct jf_plugin { uint32_t size, abi_major, abi_minor_built, abi_minor_needed;
  uint32_t flags, channel_count;
  const char *id, *version, *vendor, *license, *build;
  const jf_channel *const *channels;
  jf_status (*init)(jf_error *); /* LOADER; may be NULL */
  void (*fini)(void);            /* LOADER; last call before dlclose; may be NULL */
} jf_plugin;

/* the one exported symbol; the major is in its name */
JF_EXPORT const jf_plugin *jackfield_plugin_v1(uint32_t host_abi_minor);
typedef const jf_plugin *(*jackfield_plugin_v1_fn)(uint32_t);
#define JF_ENTRY_SYMBOL "jackfield_plugin_v1"

#ifdef __cplusplus
}
#endif
#endif
