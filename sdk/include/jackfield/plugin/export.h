// Turns a Channel class into the C tables of plugin_abi.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jackfield/plugin/channel.h"

namespace jackfield {
inline namespace sdk_v1 {

namespace detail {
inline jf_status fill(jf_error* error, jf_status status, const char* text,
                      std::uint32_t retry_after_ms = 0, std::int32_t provider_code = 0) noexcept {
  if (error != nullptr && error->size >= sizeof(jf_error)) {
    error->status = status;
    error->retry_after_ms = retry_after_ms;
    error->provider_code = provider_code;
    std::size_t length = std::strlen(text);
    length = length < sizeof error->message ? length : sizeof error->message - 1;
    std::memcpy(error->message, text, length);
    error->message[length] = '\0';
  }
  return status;
}

/// Runs `call`; nothing that it throws gets past this function.
template <class Call>
jf_status barrier(jf_error* error, Call&& call) noexcept {
  try {
    return call();
  } catch (const PluginError& e) {
    return fill(error, e.status() < 0 ? e.status() : JF_E_INTERNAL, e.what(), e.retry_after_ms(),
                e.provider_code());
  } catch (const std::exception& e) {
    return fill(error, JF_E_INTERNAL, e.what());
  } catch (...) {
    return fill(error, JF_E_INTERNAL, "an exception of unknown type");
  }
}

template <class Item>
const Item& item_at(const Item* first, std::size_t stride, std::size_t index) noexcept {
  return *reinterpret_cast<const Item*>(reinterpret_cast<const char*>(first) + stride * index);
}

/// Constant text put together by the compiler: for the manifest.
template <std::size_t Size>
struct FixedText {
  char text[Size];
};
template <std::size_t... Sizes>
constexpr auto join(const char (&... pieces)[Sizes]) {
  FixedText<(Sizes + ...) - sizeof...(Sizes) + 1> out{};
  std::size_t at = 0;
  const auto append = [&](const char* piece, std::size_t size) {
    for (std::size_t i = 0; i + 1 < size; ++i) {
      out.text[at++] = piece[i];
    }
  };
  (append(pieces, Sizes), ...);
  return out;
}
}  // namespace detail

/// The C face of a Channel class T. All functions are noexcept.
template <class T>
class Export {
 public:
  static const jf_channel_ops* ops() noexcept { return &kOps; }

 private:
  /// Holds what one instance needs besides T: scratch text that deliver()'s outcome points into.
  struct Instance {
    Instance(const jf_host* host, std::string_view config) : channel(Host(host), config) {}
    T channel;
    Outcome last;
  };

  static Instance& whole(jf_instance* instance) noexcept {
    return *reinterpret_cast<Instance*>(instance);
  }
  static Channel& self(jf_instance* instance) noexcept { return whole(instance).channel; }
  /// For calls that answer nothing: what they throw is logged, not lost.
  template <class Call>
  static void run(jf_instance* instance, const char* name, Call&& call) noexcept {
    jf_error error = detail::empty_error();
    const jf_status status = detail::barrier(&error, [&] {
      call(self(instance));
      return JF_OK;
    });
    if (status != JF_OK) {
      detail::barrier(nullptr, [&] {
        self(instance).host().log(LogLevel::error, "plugin.call_failed",
                                  {{"call", name}, {"why", error.message}});
        return JF_OK;
      });
    }
  }

  static jf_status create(const jf_host* host, jf_str config, const jf_handover* previous,
                          jf_instance** out, jf_error* error) noexcept {
    return detail::barrier(error, [&] {
      auto made = std::make_unique<Instance>(host, view(config));
      if (previous != nullptr) {
        Channel& channel = made->channel;
        channel.restore(previous->schema,
                        previous->from_version != nullptr ? previous->from_version : "",
                        view(previous->state));
      }
      *out = reinterpret_cast<jf_instance*>(made.release());
      return JF_OK;
    });
  }
  static jf_status start(jf_instance* instance, jf_error* error) noexcept {
    return detail::barrier(error, [&] {
      self(instance).start();
      return JF_OK;
    });
  }
  static jf_status deliver(jf_instance* instance, std::uint64_t token, const jf_outbound* outbound,
                           jf_outcome* outcome, jf_error* error) noexcept {
    return detail::barrier(error, [&] {
      Outcome& last = whole(instance).last;
      last = self(instance).deliver(token, Outbound(*outbound));
      if (outcome != nullptr && outcome->size >= sizeof(jf_outcome)) {
        *outcome = detail::abi_outcome(last);
      }
      return last.status < 0 ? detail::fill(error, last.status, last.detail.c_str(),
                                            last.retry_after_ms, last.provider_code)
                             : last.status;
    });
  }
  static void cancel(jf_instance* instance, std::uint64_t token) noexcept {
    run(instance, "cancel", [&](Channel& channel) { channel.cancel(token); });
  }
  static jf_status drain(jf_instance* instance, std::uint32_t grace_ms) noexcept {
    return detail::barrier(nullptr, [&] {
      self(instance).drain(grace_ms);
      return JF_OK;
    });
  }
  static jf_status save(jf_instance* instance, jf_sink* sink, std::uint32_t* schema,
                        jf_error* error) noexcept {
    return detail::barrier(error, [&]() -> jf_status {
      const std::optional<Saved> saved = self(instance).save();
      if (!saved) {
        return JF_E_UNSUPPORTED;
      }
      *schema = saved->schema;
      return sink->write(sink->ctx, saved->state.data(), saved->state.size());
    });
  }
  static void destroy(jf_instance* instance) noexcept { delete &whole(instance); }

  static void on_timer(jf_instance* instance, std::uint64_t id) noexcept {
    run(instance, "on_timer", [&](Channel& channel) { channel.on_timer(id); });
  }
  static void on_stored(jf_instance* instance, std::uint64_t op, jf_status status,
                        const jf_stored* first, std::size_t count, std::size_t stride) noexcept {
    run(instance, "on_stored", [&](Channel& channel) {
      std::vector<Stored> values;
      values.reserve(count);
      for (std::size_t i = 0; i < count; ++i) {
        const jf_stored& from = detail::item_at(first, stride, i);
        values.push_back({view(from.message_id), from.is_duplicate != 0, from.unix_ms});
      }
      channel.on_stored(op, status, values);
    });
  }
  static void on_replay(jf_instance* instance, std::uint64_t op, jf_str content_type,
                        jf_bytes raw) noexcept {
    run(instance, "on_replay",
        [&](Channel& channel) { channel.on_replay(op, view(content_type), view(raw)); });
  }
  static jf_status on_request(jf_instance* instance, std::uint64_t route, std::uint64_t request,
                              const jf_http_message* message) noexcept {
    jf_status status = JF_E_INTERNAL;
    run(instance, "on_request", [&](Channel& channel) {
      channel.on_request(route, request, HttpRequest(*message));
      status = JF_OK;
    });
    return status;
  }
  static void on_response(jf_instance* instance, std::uint64_t op, jf_status status,
                          const jf_http_message* message) noexcept {
    run(instance, "on_response", [&](Channel& channel) {
      if (message == nullptr) {
        channel.on_response(op, status, nullptr);
        return;
      }
      const HttpResponse response(*message);
      channel.on_response(op, status, &response);
    });
  }
  static void on_open(jf_instance* instance, std::uint64_t route, std::uint64_t socket,
                      const jf_http_message* message, jf_str tag) noexcept {
    run(instance, "on_socket_open", [&](Channel& channel) {
      if (message == nullptr) {
        channel.on_socket_open(route, socket, nullptr, view(tag));
        return;
      }
      const HttpRequest request(*message);
      channel.on_socket_open(route, socket, &request, view(tag));
    });
  }
  static void on_data(jf_instance* instance, std::uint64_t socket, jf_bytes data,
                      std::uint32_t flags) noexcept {
    run(instance, "on_socket_data", [&](Channel& channel) {
      channel.on_socket_data(socket, view(data), (flags & JF_SOCKET_BINARY) != 0);
    });
  }
  static void on_close(jf_instance* instance, std::uint64_t socket, std::int32_t code) noexcept {
    run(instance, "on_socket_close",
        [&](Channel& channel) { channel.on_socket_close(socket, code); });
  }
  static void on_fetch(jf_instance* instance, std::uint64_t job, jf_str media_ref,
                       jf_str media_kind) noexcept {
    run(instance, "on_fetch",
        [&](Channel& channel) { channel.on_fetch(job, view(media_ref), view(media_kind)); });
  }
  static void on_history(jf_instance* instance, std::uint64_t op, jf_status status,
                         const jf_history_entry* first, std::size_t count, std::size_t stride,
                         std::int32_t has_more) noexcept {
    run(instance, "on_history", [&](Channel& channel) {
      std::vector<HistoryEntry> entries(count);
      for (std::size_t i = 0; i < count; ++i) {
        const jf_history_entry& from = detail::item_at(first, stride, i);
        HistoryEntry& to = entries[i];
        to.message_id = view(from.message_id);
        to.is_inbound = from.direction == JF_DIRECTION_INBOUND;
        to.correlator = view(from.correlator);
        to.status = view(from.status);
        to.unix_ms = from.unix_ms;
        for (std::size_t j = 0; j < from.part_count; ++j) {
          to.parts.emplace_back(detail::item_at(from.parts, from.part_stride, j));
        }
      }
      channel.on_history(op, status, entries, has_more != 0);
    });
  }
  static jf_status set_typing(jf_instance* instance, jf_str address, std::int32_t is_on) noexcept {
    return detail::barrier(nullptr,
                           [&] { return self(instance).set_typing(view(address), is_on != 0); });
  }
  static jf_status mark_read(jf_instance* instance, jf_str address, jf_str external_id) noexcept {
    return detail::barrier(
        nullptr, [&] { return self(instance).mark_read(view(address), view(external_id)); });
  }
  static jf_status end_session(jf_instance* instance, jf_str address, jf_str reason) noexcept {
    return detail::barrier(nullptr,
                           [&] { return self(instance).end_session(view(address), view(reason)); });
  }
  static jf_status reconfigure(jf_instance* instance, jf_str config, jf_error* error) noexcept {
    return detail::barrier(error, [&] { return self(instance).reconfigure(view(config)); });
  }

  static constexpr bool has(std::uint32_t features) {
    return (static_cast<std::uint32_t>(T::kFeatures) & features) != 0;
  }
  static const void* extension(jf_instance*, const char* id) noexcept {
    static constexpr struct {
      const char* id;
      const void* table;
    } kTables[] = {
        {JF_RECV_TIMER, has(kUsesTimers) ? &kTimer : nullptr},
        {JF_RECV_INBOUND, has(kUsesStored | kCanReplay) ? &kInbound : nullptr},
        {JF_RECV_HTTP, has(kUsesHttp) ? &kHttp : nullptr},
        {JF_RECV_SOCKET, has(kUsesSockets) ? &kSocket : nullptr},
        {JF_RECV_MEDIA, has(kFetchesMedia) ? &kMedia : nullptr},
        {JF_RECV_HISTORY, has(kUsesHistory) ? &kHistory : nullptr},
        {JF_EXT_TYPING, has(kSetsTyping) ? &kTyping : nullptr},
        {JF_EXT_READ, has(kMarksRead) ? &kRead : nullptr},
        {JF_EXT_SESSION, has(kEndsSessions) ? &kSession : nullptr},
        {JF_EXT_RECONFIGURE, has(kReconfigures) ? &kReconfigure : nullptr},
    };
    for (const auto& entry : kTables) {
      if (std::strcmp(entry.id, id) == 0) {
        return entry.table;
      }
    }
    return nullptr;
  }

  static constexpr jf_recv_timer kTimer{sizeof(jf_recv_timer), 0, on_timer};
  static constexpr jf_recv_inbound kInbound{sizeof(jf_recv_inbound), 0,
                                            has(kUsesStored) ? on_stored : nullptr,
                                            has(kCanReplay) ? on_replay : nullptr};
  static constexpr jf_recv_http kHttp{sizeof(jf_recv_http), 0, on_request, on_response};
  static constexpr jf_recv_socket kSocket{sizeof(jf_recv_socket), 0, on_open, on_data, on_close};
  static constexpr jf_recv_media kMedia{sizeof(jf_recv_media), 0, on_fetch};
  static constexpr jf_recv_history kHistory{sizeof(jf_recv_history), 0, on_history};
  static constexpr jf_ext_typing kTyping{sizeof(jf_ext_typing), 0, set_typing};
  static constexpr jf_ext_read kRead{sizeof(jf_ext_read), 0, mark_read};
  static constexpr jf_ext_session kSession{sizeof(jf_ext_session), 0, end_session};
  static constexpr jf_ext_reconfigure kReconfigure{sizeof(jf_ext_reconfigure), 0, reconfigure};
  static constexpr jf_channel_ops kOps{
      sizeof(jf_channel_ops), 0, create, start, deliver, cancel, drain, save, destroy, extension};
};

}  // namespace sdk_v1
}  // namespace jackfield

/// Emits the one exported function and the manifest. Once per plugin, outside any namespace.
///   Type          a class derived from jackfield::Channel
///   id, version   "org.example.mychannel", "1.2.0"
///   name, title   "mychannel" (lower case, digits, '_'), "My Channel"
///   capabilities  JF_CAP_TEXT | ...
///   schema        JSON Schema (draft 4 subset) of the settings
///   limits        capabilities_json: {"text":{"bytes_max":4096}}
/// The texts are string literals or constexpr char arrays. The manifest is a JSON object in the ELF
/// section .jf_manifest, so that settings can be checked and plugins listed without running their
/// code.
#define JACKFIELD_PLUGIN(Type, id_, version_, name_, title_, capabilities_, schema_, limits_)    \
  namespace {                                                                                    \
  __attribute__((section(".jf_manifest"), used, retain)) constexpr auto jackfield_manifest =     \
      ::jackfield::detail::join(                                                                 \
          "{\"id\":\"", id_, "\",\"version\":\"", version_,                                      \
          "\",\"abi_major\":1,\"abi_minor_needed\":0,\"channels\":[{\"name\":\"", name_,         \
          "\",\"title\":\"", title_, "\",\"capabilities\":", limits_, ",\"schema\":", schema_,   \
          "}]}");                                                                                \
  }                                                                                              \
  extern "C" JF_EXPORT const jf_plugin* jackfield_plugin_v1(std::uint32_t host_abi_minor) {      \
    static_cast<void>(host_abi_minor);                                                           \
    static const jf_channel channel{                                                             \
        sizeof(jf_channel), 0,       name_,   title_,                                            \
        capabilities_,      schema_, limits_, ::jackfield::Export<Type>::ops()};                 \
    static const jf_channel* const channels[] = {&channel};                                      \
    static const jf_plugin plugin{                                                               \
        sizeof(jf_plugin), JF_ABI_MAJOR, JF_ABI_MINOR, 0,           0,        1,       id_,      \
        version_,          "",           "",           __VERSION__, channels, nullptr, nullptr}; \
    return &plugin;                                                                              \
  }                                                                                              \
  static_assert(true, "")
