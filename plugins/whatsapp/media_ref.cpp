#include "plugins/whatsapp/media_ref.h"

#include "jackfield/json.h"
#include "plugins/whatsapp/bounds.h"

namespace jackfield::whatsapp {

Result<MediaRef> read_media_ref(std::string_view media_ref) {
  JACKFIELD_TRY(const json::Document document, json::Document::parse(media_ref));
  const json::Value root = document.root();
  MediaRef ref;
  if (is_id(root["id"].text(), kMessageIdBytesMax)) {
    ref.id = std::string(root["id"].text());
  }
  if (is_id(root["url"].text(), kUrlBytesMax)) {
    ref.url = std::string(root["url"].text());
  }
  if (ref.id.empty() && ref.url.empty()) {
    return Error{ErrorCode::invalid, "media_ref names neither id nor url"};
  }
  return ref;
}

}  // namespace jackfield::whatsapp
