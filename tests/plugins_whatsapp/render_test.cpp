#include "plugins/whatsapp/render.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "plugins/whatsapp/settings.h"
#include "tests/plugins_whatsapp/support.h"

namespace jackfield::whatsapp {
namespace {

constexpr std::int64_t kNow = 1'770'000'000'000;
constexpr std::int64_t kHour = 3'600'000;

Limits limits() {
  return *read_limits(kCapabilitiesJson);
}

Endpoint endpoint() {
  return {"https://graph.test", "v25.0", "106", "token-1", ""};
}

OutgoingPart text(const std::string& what) {
  OutgoingPart out;
  out.message_id = "m1";
  out.to = "wa:12125550122";
  out.part = Part::of_text(what);
  out.last_inbound_unix_ms = kNow - kHour;
  return out;
}

OutgoingPart media(const std::string& kind, const std::string& mime, std::uint64_t size = 1000,
                   const std::string& caption = {}) {
  OutgoingPart out = text(caption);
  out.part.kind = PartKind::media;
  out.part.media_id = "file-1";
  out.part.media_kind = kind;
  out.part.mime = mime;
  out.part.media_size = size;
  out.part.filename = "a.bin";
  return out;
}

OutgoingPart with_json(PartKind kind, const std::string& json) {
  OutgoingPart out = text("");
  out.part.kind = kind;
  out.part.json = json;
  return out;
}

std::string rendered(const OutgoingPart& outgoing) {
  const std::string kind =
      outgoing.part.kind == PartKind::media ? media_kind_of(outgoing, limits()) : std::string();
  return message_call(endpoint(), outgoing, kind, "up-9").body;
}

/// What all messages to the usual contact begin with.
std::string usual(const std::string& rest) {
  return R"({"messaging_product":"whatsapp","recipient_type":"individual","to":"12125550122",)"
         R"("biz_opaque_callback_data":"m1",)" +
         rest + "}";
}

TEST(WhatsAppRender, WritesEachKindOfPart) {
  struct Case {
    OutgoingPart part;
    std::string rest;
  };
  const std::vector<Case> cases = {
      {text("hello"), R"("type":"text","text":{"body":"hello","preview_url":false})"},
      {text("see https://a.example"),
       R"("type":"text","text":{"body":"see https://a.example","preview_url":true})"},
      {media("image", "image/png", 10, "look"),
       R"("type":"image","image":{"id":"up-9","caption":"look"})"},
      {media("image", "image/gif", 10, "look"),
       R"("type":"document","document":{"id":"up-9","caption":"look","filename":"a.bin"})"},
      {media("document", "application/pdf"),
       R"("type":"document","document":{"id":"up-9","filename":"a.bin"})"},
      {media("video", "video/mp4"), R"("type":"video","video":{"id":"up-9"})"},
      {media("audio", "audio/mpeg"), R"("type":"audio","audio":{"id":"up-9"})"},
      {media("voice", "audio/ogg; codecs=opus"),
       R"("type":"audio","audio":{"id":"up-9","voice":true})"},
      {media("voice", "audio/mp4"), R"("type":"audio","audio":{"id":"up-9"})"},
      {media("sticker", "image/webp"), R"("type":"sticker","sticker":{"id":"up-9"})"},
      {with_json(PartKind::location, R"({"latitude":1.5,"longitude":"-2","name":"N","x":1})"),
       R"("type":"location","location":{"latitude":1.5,"longitude":-2.0,"name":"N"})"},
      {with_json(PartKind::contact, R"({"contacts":[{"name":{"formatted_name":"Bo"}}]})"),
       R"("type":"contacts","contacts":[{"name":{"formatted_name":"Bo"}}])"},
      {with_json(PartKind::interactive, R"({"type":"button","body":{"text":"?"}})"),
       R"("type":"interactive","interactive":{"type":"button","body":{"text":"?"}})"},
      {with_json(PartKind::provider_template,
                 R"({"name":"hi","language":"en_US","components":[{"type":"body"}]})"),
       R"("type":"template","template":{"name":"hi","language":{"code":"en_US"},)"
       R"("components":[{"type":"body"}]})"},
      {with_json(PartKind::provider_template, R"({"name":"hi","language":{"code":"de"}})"),
       R"("type":"template","template":{"name":"hi","language":{"code":"de"}})"},
      {with_json(PartKind::other, R"({"reaction":{"message_id":"wamid.I","emoji":""}})"),
       R"("type":"reaction","reaction":{"message_id":"wamid.I","emoji":""})"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(describe(check(one.part, limits(), kNow)), "OK") << one.rest;
    EXPECT_EQ(rendered(one.part), usual(one.rest));
  }
}

TEST(WhatsAppRender, NamesRecipientReplyAndCorrelator) {
  OutgoingPart out = text("a");
  out.to = "wa-user:US.abc";
  out.reply_to = "wamid.I";
  out.part_index = 2;
  EXPECT_EQ(rendered(out), R"({"messaging_product":"whatsapp","recipient_type":"individual",)"
                           R"("recipient":"US.abc","context":{"message_id":"wamid.I"},)"
                           R"("biz_opaque_callback_data":"m1/2","type":"text",)"
                           R"("text":{"body":"a","preview_url":false}})");
  out = text("a");
  out.to = "wa-group:G1";
  EXPECT_NE(rendered(out).find(R"("recipient_type":"group","to":"G1")"), std::string::npos);
}

TEST(WhatsAppRender, SendsMessagesOnceAndOnlyMessages) {
  const HttpCall message = message_call(endpoint(), text("a"), "", "");
  EXPECT_TRUE(message.once);
  EXPECT_EQ(message.url, "https://graph.test/v25.0/106/messages");
  EXPECT_EQ(message.headers[0].second, "Bearer token-1");
  const HttpCall upload = upload_call(endpoint(), media("image", "image/png"));
  EXPECT_FALSE(upload.once);
  EXPECT_EQ(upload.url, "https://graph.test/v25.0/106/media");
  ASSERT_EQ(upload.form.size(), 3U);
  EXPECT_EQ(upload.form[0].data, "whatsapp");
  EXPECT_EQ(upload.form[1].data, "image/png");
  EXPECT_EQ(upload.form[2].media_id, "file-1");
  EXPECT_EQ(upload.form[2].mime, "image/png");
  EXPECT_FALSE(read_call(endpoint(), "wamid.I", Typing::no).once);
}

TEST(WhatsAppRender, AsksForMediaAndMarksRead) {
  Endpoint signed_endpoint = endpoint();
  signed_endpoint.proof = "00ff";
  EXPECT_EQ(lookup_call(endpoint(), "12/../34").url,
            "https://graph.test/v25.0/12%2F..%2F34?phone_number_id=106");
  EXPECT_EQ(lookup_call(signed_endpoint, "12").url,
            "https://graph.test/v25.0/12?phone_number_id=106&appsecret_proof=00ff");
  EXPECT_EQ(message_call(signed_endpoint, text("a"), "", "").url,
            "https://graph.test/v25.0/106/messages?appsecret_proof=00ff");
  EXPECT_EQ(read_call(endpoint(), "wamid.I", Typing::no).body,
            R"({"messaging_product":"whatsapp","status":"read","message_id":"wamid.I"})");
  EXPECT_EQ(read_call(endpoint(), "wamid.I", Typing::yes).body,
            R"({"messaging_product":"whatsapp","status":"read","message_id":"wamid.I",)"
            R"("typing_indicator":{"type":"text"}})");
}

TEST(WhatsAppCheck, RefusesBeforeSendingAndSaysWhy) {
  const auto at = [](OutgoingPart part, const std::function<void(OutgoingPart&)>& change) {
    change(part);
    return part;
  };
  std::string wide;
  for (int i = 0; i < 4096; ++i) {
    wide += "\xE2\x98\x95";
  }
  const OutgoingPart old =
      at(text("a"), [](OutgoingPart& p) { p.last_inbound_unix_ms = kNow - 26 * kHour; });
  const OutgoingPart never = at(text("a"), [](OutgoingPart& p) { p.last_inbound_unix_ms = 0; });
  const OutgoingPart hello =
      at(with_json(PartKind::provider_template, R"({"name":"hi","language":"en"})"),
         [](OutgoingPart& p) { p.last_inbound_unix_ms = 0; });
  struct Case {
    OutgoingPart part;
    std::string verdict;
  };
  const std::vector<Case> cases = {
      {text(wide), "OK"},
      {text(wide + "x"),
       "INVALID (The text has 4097 characters; WhatsApp takes 4096. Send it in pieces.)"},
      {text(""), "INVALID (an empty text can't be sent)"},
      {at(text("a"), [](OutgoingPart& p) { p.last_inbound_unix_ms = kNow - 24 * kHour; }), "OK"},
      {old,
       "WINDOW (The contact's last message is 26 h old; WhatsApp allows free replies only within "
       "24 h. Send an approved template instead.)"},
      {never,
       "WINDOW (This contact has not written yet: WhatsApp allows a first message only as an "
       "approved template.)"},
      {hello, "OK"},
      {media("image", "image/jpeg", 5'242'880), "OK"},
      {media("image", "image/jpeg", 5'242'881),
       "INVALID (The file has 5242881 bytes; WhatsApp takes 5242880 for image.)"},
      {media("sticker", "image/png"), "INVALID (WhatsApp does not take image/png as sticker.)"},
      {media("hologram", "x/y"), "INVALID (WhatsApp does not take x/y as hologram.)"},
      {media("audio", "audio/mpeg", 10, "listen"),
       "INVALID (WhatsApp shows no text with audio: send it as a message of its own.)"},
      {media("image", "image/png", 10, std::string(1025, 'c')),
       "INVALID (The caption has 1025 characters; WhatsApp takes 1024.)"},
      {at(media("image", "image/png"), [](OutgoingPart& p) { p.part.media_id.clear(); }),
       "INVALID (media without a file)"},
      {at(text("a"), [](OutgoingPart& p) { p.to = "tel:1"; }),
       "INVALID (this is not an address on WhatsApp)"},
      {at(text("a"), [](OutgoingPart& p) { p.to = "wa:"; }),
       "INVALID (this is not an address on WhatsApp)"},
      {with_json(PartKind::location, R"({"latitude":91,"longitude":0})"),
       "INVALID (a location needs latitude and longitude)"},
      {with_json(PartKind::provider_template, R"({"name":"x"})"),
       "INVALID (a template needs name and language)"},
      {with_json(PartKind::interactive, "[]"),
       "INVALID (an interactive part needs WhatsApp's \"type\")"},
      {with_json(PartKind::order, "{}"), "INVALID (WhatsApp can't send this kind of part)"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(describe(check(one.part, limits(), kNow)), one.verdict);
  }
  Limits unchecked = limits();
  unchecked.window_ms = 0;
  EXPECT_EQ(describe(check(never, unchecked, kNow)), "OK");
}

TEST(WhatsAppSettings, AreReadWithTheirDefaults) {
  const auto settings = read_settings(R"({"phone_number_id":"106","access_token":null})");
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->api_base, "https://graph.facebook.com");
  EXPECT_EQ(settings->api_version, "v25.0");
  EXPECT_FALSE(settings->window_ms);
  EXPECT_EQ(read_settings(R"({"phone_number_id":"+49 1"})").error().text,
            "phone_number_id: the number's id, 1 to 32 digits");
  EXPECT_FALSE(read_settings(R"({"phone_number_id":"1","api_base":"ftp://x"})"));
  EXPECT_EQ(*read_settings(R"({"phone_number_id":"1","window_hours":0.5})")->window_ms, 1'800'000);
}

TEST(WhatsAppSettings, ShowTheTokenOnlyToConfiguredHosts) {
  const auto settings = *read_settings(R"({"phone_number_id":"1"})");
  const std::vector<std::pair<std::string, bool>> cases = {
      {"https://lookaside.fbsbx.com/a?b", true},
      {"https://LOOKASIDE.fbsbx.com/a", true},
      {"https://lookaside.fbsbx.com:8443/a", true},
      {"https://graph.facebook.com/v25.0/1", true},
      {"http://lookaside.fbsbx.com/a", false},
      {"https://lookaside.fbsbx.com.evil.example/a", false},
      {"https://lookaside.fbsbx.com@evil.example/a", false},
      {"https://evil.example/lookaside.fbsbx.com", false},
      {"https://evil.example\\@lookaside.fbsbx.com/", false},
      {"https://evil.example#@lookaside.fbsbx.com/", false},
      {"https://evil.example?lookaside.fbsbx.com", false},
      {"ftp://lookaside.fbsbx.com/a", false},
      {"//lookaside.fbsbx.com/a", false},
      {"https://", false},
      {"", false},
  };
  for (const auto& [url, is_shown] : cases) {
    EXPECT_EQ(may_see_token(settings, url), is_shown) << url;
  }
  const auto local = *read_settings(
      R"({"phone_number_id":"1","api_base":"http://127.0.0.1:9000/","media_hosts":[]})");
  EXPECT_TRUE(may_see_token(local, "http://127.0.0.1:9000/media/1"));
  EXPECT_FALSE(may_see_token(local, "http://127.0.0.1:9001/media/1"));
}

}  // namespace
}  // namespace jackfield::whatsapp
