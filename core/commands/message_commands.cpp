// Road out, steps 1 to 3: somebody replies, may they, and the promise.
#include <utility>

#include "core/base/failpoint.h"
#include "core/commands/commands.h"
#include "core/model/event_data.h"
#include "core/outbound/outbox.h"

namespace jackfield::commands {

using events::Answer;
using events::Reply;
using events::Request;
using model::Conversation;
using model::ConversationState;
using model::Part;
using model::PartKind;
using store::Refused;

namespace {

std::string media_kind_of(std::string_view mime) {
  if (mime.substr(0, 6) == "image/") {
    return "image";
  }
  if (mime.substr(0, 6) == "video/") {
    return "video";
  }
  return mime.substr(0, 6) == "audio/" ? "audio" : "document";
}

Part media_part(store::Transaction& tx, json::Value value) {
  const auto file = tx.media_file(value["media_id"].text());
  if (!file) {
    throw Refused(Error{ErrorCode::not_found, "no media file " +
                                                  std::string(value["media_id"].text()) +
                                                  "; store it with media.put first"});
  }
  Part part;
  part.kind = PartKind::media;
  part.attachment = model::AttachmentState::stored;
  part.media_id = file->id;
  part.mime = file->mime;
  part.size_bytes = file->size_bytes;
  part.text = value["caption"].text();
  part.filename = media::clean_filename(value["filename"].text());
  part.media_kind =
      value["media_kind"] ? std::string(value["media_kind"].text()) : media_kind_of(file->mime);
  return part;
}

/// The parts of a request that has been checked against the declarations.
std::vector<Part> parts_of(store::Transaction& tx, json::Value args) {
  std::vector<Part> parts;
  for (const json::Value value : args["parts"]) {
    const std::string_view kind = value["kind"].text();
    if (kind == "media") {
      parts.push_back(media_part(tx, value));
      continue;
    }
    Part part;
    if (kind == "text") {
      part.text = value["text"].text();
    } else {
      part.kind = kind == "template" ? PartKind::provider_template : PartKind::interactive;
      part.json = value["json"].dump();
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

outbound::Draft draft_of(store::Transaction& tx, json::Value args, model::UnixMs expires_ms) {
  outbound::Draft draft;
  draft.parts = parts_of(tx, args);
  draft.reply_to = args["reply_to"].text();
  draft.author = args["author"].text();
  draft.expires_ms = expires_ms;
  return draft;
}

/// Whether `author` may say something here; with `take`, becomes the owner when nobody is (P6: one
/// step).
std::optional<events::RequestError> claim(store::Transaction& tx, Conversation& conversation,
                                          json::Value args, model::UnixMs now) {
  const std::string author(args["author"].text());
  const auto expected = args["expected_version"].integer();
  if (expected && *expected != conversation.version) {
    return conflict_with(conversation,
                         "the conversation has changed since version " + std::to_string(*expected));
  }
  if (conversation.state == ConversationState::archived) {
    return conflict_with(conversation,
                         "the conversation is archived: unarchive it, or start a new one");
  }
  if (conversation.state == ConversationState::owned) {
    if (conversation.owner == author) {
      return std::nullopt;
    }
    return conflict_with(conversation, "the conversation is owned by " + conversation.owner);
  }
  if (!args["take"].boolean().value_or(false) || author.empty()) {
    return std::nullopt;
  }
  Conversation taken = conversation;
  taken.state = ConversationState::owned;
  taken.owner = author;
  if (!tx.update_conversation(taken, conversation.version)) {
    return conflict_with(conversation, "somebody else was first");
  }
  ++taken.version;
  conversation = taken;
  tx.append_event(model::conversation_event("jf.conversation.taken", conversation, now));
  return std::nullopt;
}

std::string promised_json(const Conversation& conversation, model::MessageId message) {
  json::Writer out;
  out.begin_object()
      .field("message", message.text())
      .field("conversation", conversation.id.text())
      .field("status", "pending")
      .field("version", conversation.version)
      .optional_field("owner", conversation.owner)
      .end_object();
  return out.take();
}

}  // namespace

void Commands::send(const Request& request, const Reply& reply) {
  auto rows = std::make_shared<std::vector<store::OutboxRow>>();
  run(
      request, reply,
      [this, request, rows](store::Transaction& tx) -> Answer {
        const model::UnixMs now = parts_.clock.unix_ms();
        const auto id = model::ConversationId::parse(request.args["conversation"].text());
        auto conversation = id ? tx.conversation(*id) : std::nullopt;
        if (!conversation) {
          return Error{ErrorCode::not_found,
                       "no conversation " + std::string(request.args["conversation"].text())};
        }
        const auto draft = draft_of(tx, request.args, now + parts_.expires_after.count());
        if (const auto refused = claim(tx, *conversation, request.args, now)) {
          return *refused;
        }
        auto promised = outbound::promise(tx, *conversation, draft, now);
        *rows = std::move(promised.rows);
        JACKFIELD_FAILPOINT("send.in_transaction");
        return promised_json(*conversation, promised.message);
      },
      [this, rows] {
        JACKFIELD_FAILPOINT("send.promised");
        parts_.sender.submit(*rows);
      });
}

void Commands::resend(const Request& request, const Reply& reply) {
  auto rows = std::make_shared<std::vector<store::OutboxRow>>();
  run(
      request, reply,
      [this, request, rows](store::Transaction& tx) -> Answer {
        const model::UnixMs now = parts_.clock.unix_ms();
        const auto id = model::MessageId::parse(request.args["message"].text());
        const auto conversation = id ? tx.conversation(id->conversation) : std::nullopt;
        if (!conversation) {
          return Error{ErrorCode::not_found,
                       "no message " + std::string(request.args["message"].text())};
        }
        auto promised = outbound::promise_again(tx, *id, now + parts_.expires_after.count(), now);
        *rows = std::move(promised.rows);
        return promised_json(*conversation, promised.message);
      },
      [this, rows] { parts_.sender.submit(*rows); });
}

void Commands::start_conversation(const Request& request, const Reply& reply) {
  const auto account = model::AccountId::parse(request.args["account"].text());
  if (!account || !has_account(*account)) {
    reply(Error{ErrorCode::not_found, "no account " + std::string(request.args["account"].text())});
    return;
  }
  auto rows = std::make_shared<std::vector<store::OutboxRow>>();
  run(
      request, reply,
      [this, request, rows, account = *account](store::Transaction& tx) -> Answer {
        const model::UnixMs now = parts_.clock.unix_ms();
        const auto draft = draft_of(tx, request.args, now + parts_.expires_after.count());
        const std::string address(request.args["address"].text());
        auto existing = tx.open_conversation(account, address);
        if (existing && existing->state == ConversationState::owned &&
            existing->owner != draft.author) {
          return conflict_with(*existing,
                               "there is an open conversation, owned by " + existing->owner);
        }
        bool is_new = false;
        const Conversation conversation =
            existing ? *existing
                     : tx.open_or_new_conversation(
                           account, tx.know_address(account, address, {}, now), now, is_new);
        if (is_new) {
          tx.append_event(model::conversation_event("jf.conversation.opened", conversation, now));
        }
        auto promised = outbound::promise(tx, conversation, draft, now);
        *rows = std::move(promised.rows);
        return promised_json(conversation, promised.message);
      },
      [this, rows] { parts_.sender.submit(*rows); });
}

}  // namespace jackfield::commands
