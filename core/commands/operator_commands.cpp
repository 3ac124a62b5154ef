// Files, quarantine and accounts.
#include <utility>

#include "core/commands/commands.h"
#include "core/model/event_data.h"

namespace jackfield::commands {

using events::Answer;
using events::Reply;
using events::Request;
using store::QuarantineState;

void Commands::put_media(const Request& request, const Reply& reply) {
  const json::Value args = request.args;
  const std::string upload(args["upload"].text());
  const auto offset = static_cast<std::uint64_t>(args["offset"].integer().value_or(0));
  const auto total = static_cast<std::uint64_t>(args["total"].integer().value_or(0));
  const std::string new_path = upload.empty() ? parts_.media.new_tmp_path() : std::string();
  const auto progress = uploads_.add(upload, new_path, offset, total, request.binary);
  if (!progress) {
    reply(progress.error());
    return;
  }
  if (!progress->is_complete) {
    json::Writer out;
    out.begin_object()
        .field("upload", progress->upload)
        .field("received", static_cast<std::int64_t>(progress->received))
        .end_object();
    reply(out.take());
    return;
  }
  // Hashing and fsync of a whole file belong on a thread that may wait.
  const Status asked =
      parts_.store.read([this, request, reply, path = progress->path](store::Reader&) {
        const auto kept = parts_.media.adopt(path);
        if (!kept) {
          reply(kept.error());
          return;
        }
        run(request, reply, [this, file = *kept](store::Transaction& tx) -> Answer {
          store::MediaFile row;
          row.id = file.id;
          row.mime = file.mime;
          row.size_bytes = file.size_bytes;
          row.created_ms = parts_.clock.unix_ms();
          tx.add_media_file(row);
          json::Writer out;
          out.begin_object()
              .field("media_id", file.id)
              .field("mime", file.mime)
              .field("size", static_cast<std::int64_t>(file.size_bytes))
              .end_object();
          return out.take();
        });
      });
  if (!asked) {
    reply(asked.error());
  }
}

void Commands::replay(const Request& request, const Reply& reply) {
  const std::int64_t id = request.args["id"].integer().value_or(0);
  const Status asked = parts_.store.read([this, id, reply](store::Reader& reader) {
    const auto row = reader.quarantine_row(id);
    if (!row) {
      reply(Error{ErrorCode::not_found, "no quarantine row " + std::to_string(id)});
      return;
    }
    if (row->state == QuarantineState::replayed) {
      reply(Error{ErrorCode::conflict, "row " + std::to_string(id) + " was replayed already"});
      return;
    }
    const Status handed = parts_.plugins.replay(row->account, row->id, row->content_type, row->raw);
    if (!handed) {
      reply(handed.error());
      return;
    }
    reply(std::string(R"({"handed_over":true})"));
  });
  if (!asked) {
    reply(asked.error());
  }
}

void Commands::discard(const Request& request, const Reply& reply) {
  run(request, reply, [request](store::Transaction& tx) -> Answer {
    const std::int64_t id = request.args["id"].integer().value_or(0);
    auto row = tx.quarantine_row(id);
    if (!row) {
      return Error{ErrorCode::not_found, "no quarantine row " + std::to_string(id)};
    }
    if (row->state != QuarantineState::held) {
      return Error{ErrorCode::conflict, "row " + std::to_string(id) + " is not held any more"};
    }
    row->state = QuarantineState::discarded;
    tx.update_quarantine(*row);
    return std::string("{}");
  });
}

void Commands::pause(const Request& request, const Reply& reply) {
  const auto account = model::AccountId::parse(request.args["account"].text());
  if (!account || !has_account(*account)) {
    reply(Error{ErrorCode::not_found, "no account " + std::string(request.args["account"].text())});
    return;
  }
  parts_.sender.pause(*account);
  reply(std::string("{}"));
}

void Commands::resume(const Request& request, const Reply& reply) {
  const auto account = model::AccountId::parse(request.args["account"].text());
  if (!account || !has_account(*account)) {
    reply(Error{ErrorCode::not_found, "no account " + std::string(request.args["account"].text())});
    return;
  }
  parts_.sender.resume(*account);
  reply(std::string("{}"));
}

}  // namespace jackfield::commands
