// The media half of the Graph API: upload, describe, download, delete.
#include <utility>

#include "tools/sim/digest.h"
#include "tools/sim/meta/graph.h"
#include "tools/sim/meta/multipart.h"
#include "tools/sim/query.h"

namespace jackfield::sim::meta {
namespace {

net::HttpResponse json_answer(std::string body) {
  net::HttpResponse response;
  response.headers = {{"Content-Type", "application/json; charset=UTF-8"}};
  response.body = std::move(body);
  return response;
}

/// The uploaded file, or why there is none.
Result<MediaItem> uploaded_item(const net::HttpRequest& request) {
  JACKFIELD_TRY(auto parts,
                parse_multipart(request.header("Content-Type").value_or(""), request.body));
  MediaItem item;
  bool has_product = false;
  bool has_file = false;
  std::string type;
  for (net::FormPart& part : parts) {
    if (part.name == "messaging_product") {
      has_product = part.data == "whatsapp";
    } else if (part.name == "type") {
      type = part.data;
    } else if (part.name == "file") {
      has_file = true;
      item.mime = part.mime;
      item.filename = part.filename;
      item.bytes = std::move(part.data);
    }
  }
  if (!has_product) {
    return Error{ErrorCode::invalid, "The parameter messaging_product is required."};
  }
  if (!has_file) {
    return Error{ErrorCode::invalid, "The parameter file is required."};
  }
  // The part's own type decides; `type` counts only when the part names none.
  if (item.mime.empty() || item.mime == "application/octet-stream") {
    item.mime = type;
  }
  return item;
}

}  // namespace

void Graph::upload(Exchange exchange, const std::string& phone_number_id) {
  exchange.entry.account = phone_number_id;
  if (!is_ours(phone_number_id)) {
    return refuse(std::move(exchange), no_such_object("post", phone_number_id), true);
  }
  auto item = uploaded_item(exchange.request);
  if (!item) {
    return refuse(std::move(exchange), bad_parameter(item.error().text), true);
  }
  exchange.entry.type = item->mime;
  Occasion occasion;
  occasion.op = Op::upload;
  occasion.type = item->mime;
  exchange.fault = pick_fault(exchange.request, occasion);
  if (const auto error = check_upload(item->mime, item->bytes.size())) {
    return refuse(std::move(exchange), *error, true);
  }
  json::Writer content;
  content.begin_object().field("bytes", static_cast<std::int64_t>(item->bytes.size()));
  exchange.entry.content = content.field("sha256", hex(sha256(item->bytes))).end_object().take();
  if (!exchange.fault || exchange.fault->accepts()) {
    item->phone_number_id = phone_number_id;
    exchange.entry.id = media_.add(std::move(*item));
  }
  json::Writer out;
  out.begin_object().field("id", exchange.entry.id).end_object();
  finish(std::move(exchange), json_answer(out.take()), true);
}

void Graph::describe_media(Exchange exchange, const std::string& id) {
  const MediaItem* item = media_.find(id);
  const auto phone_number_id = query_value(exchange.request.query, "phone_number_id");
  const bool is_foreign = item != nullptr && phone_number_id && !item->phone_number_id.empty() &&
                          *phone_number_id != item->phone_number_id;
  if (item == nullptr || is_foreign) {
    return refuse(std::move(exchange), no_such_object("get", id), false);
  }
  Occasion occasion;
  occasion.op = Op::media;
  occasion.type = item->mime;
  exchange.fault = pick_fault(exchange.request, occasion);
  const std::int64_t now = world_.clock.unix_ms() / 1000;
  auto ttl = std::chrono::duration_cast<std::chrono::seconds>(options_.media_url_ttl).count();
  if (exchange.fault && exchange.fault->kind == FaultKind::expired_url) {
    ttl = -1;  // A link that is dead on arrival, in an answer that is right.
    exchange.fault.reset();
  }
  json::Writer out;
  out.begin_object().field("messaging_product", "whatsapp");
  out.field("url", base_url_ + media_.link(id, now + ttl)).field("mime_type", item->mime);
  out.field("sha256", hex(sha256(item->bytes)));
  out.field("file_size", static_cast<std::int64_t>(item->bytes.size()));
  out.field("id", id).end_object();
  finish(std::move(exchange), json_answer(out.take()), false);
}

void Graph::download(Exchange exchange) {
  const std::string id = query_value(exchange.request.query, "mid").value_or("");
  const MediaItem* item = media_.find(id);
  const std::int64_t now = world_.clock.unix_ms() / 1000;
  net::HttpResponse answer;
  if (item == nullptr || !media_.is_open(id, exchange.request.query, now)) {
    answer.status = 404;
    answer.headers = {{"Content-Type", "text/html; charset=utf-8"}};
    answer.body = "<html><body>URL signature expired</body></html>";
    return finish(std::move(exchange), std::move(answer), false);
  }
  Occasion occasion;
  occasion.op = Op::download;
  occasion.type = item->mime;
  exchange.fault = pick_fault(exchange.request, occasion);
  answer.headers = {{"Content-Type", item->mime}};
  answer.body = item->bytes;
  finish(std::move(exchange), std::move(answer), false);
}

void Graph::remove_media(Exchange exchange, const std::string& id) {
  Occasion occasion;
  occasion.op = Op::remove;
  exchange.fault = pick_fault(exchange.request, occasion);
  const bool is_allowed = !exchange.fault || exchange.fault->accepts();
  if (is_allowed && !media_.remove(id)) {
    return refuse(std::move(exchange), no_such_object("delete", id), true);
  }
  exchange.entry.id = id;
  finish(std::move(exchange), json_answer(R"({"success":true})"), true);
}

}  // namespace jackfield::sim::meta
