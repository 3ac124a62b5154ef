#include "plugins/whatsapp/channel.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/plugins_whatsapp/fake_host.h"
#include "tests/plugins_whatsapp/support.h"

namespace jackfield::whatsapp {
namespace {

using Lines = std::vector<std::string>;

constexpr const char* kMessages = "POST https://graph.facebook.com/v25.0/106540352242922/messages";

class WhatsAppChannel : public testing::Test {
 protected:
  void SetUp() override { host.take(); }

  static jf_part text(std::string_view what) {
    jf_part part{};
    part.kind = JF_PART_TEXT;
    part.text = abi_str(what);
    return part;
  }
  static jf_part image() {
    jf_part part{};
    part.kind = JF_PART_MEDIA;
    part.media_id = abi_str("file-1");
    part.media_kind = abi_str("image");
    part.mime = abi_str("image/png");
    return part;
  }
  void fetch(std::string_view ref) {
    host.table<jf_recv_media>(JF_RECV_MEDIA)
        ->on_fetch(host.instance(), 5, abi_str(ref), abi_str("image"));
  }

  FakeHost host;
};

TEST(WhatsAppCreate, DeclaresItsNumberAndRoutes) {
  FakeHost host;
  EXPECT_EQ(host.status(), JF_OK);
  EXPECT_EQ(host.take(), (Lines{"identify 106540352242922", "route GET /webhook",
                                "route POST /webhook", "ready"}));
}

TEST(WhatsAppCreate, SaysWhatIsWrongWithTheSettings) {
  FakeHost host(R"({"phone_number_id":""})");
  EXPECT_EQ(host.status(), JF_E_INVALID);
  EXPECT_EQ(host.take(), (Lines{"phone_number_id: the number's id, 1 to 32 digits"}));
}

TEST_F(WhatsAppChannel, PublishesOnlyWhatIsSigned) {
  host.webhook(testdata("batch_with_broken"));
  EXPECT_EQ(host.take(), (Lines{"publish 7 for request 7"}));
  host.webhook("not json");
  EXPECT_EQ(host.take(), (Lines{"publish 1 for request 7"}));
  host.request("POST", "", testdata("text"), {});
  EXPECT_EQ(host.take(), (Lines{"reply 7 401 "}));
  host.request("POST", "", testdata("text"),
               {{"X-Hub-Signature-256", "sha256=" + std::string(64, '0')}});
  EXPECT_EQ(host.take(), (Lines{"reply 7 403 "}));
  host.request("GET", "hub.mode=subscribe&hub.verify_token=open+sesame&hub.challenge=42", "", {});
  EXPECT_EQ(host.take(), (Lines{"reply 7 200 42"}));
}

std::string body_of_statuses(int count) {
  std::string body =
      R"({"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{)"
      R"("field":"messages","value":{"metadata":{"phone_number_id":"1"},"statuses":[)";
  for (int i = 0; i < count; ++i) {
    body += (i > 0 ? "," : "") + std::string(R"({"status":"sent","id":"w)") + std::to_string(i) +
            R"("})";
  }
  return body + "]}}]}]}";
}

TEST_F(WhatsAppChannel, AnswersALongWebhookOnlyWithItsLastPiece) {
  host.webhook(body_of_statuses(2500));
  EXPECT_EQ(host.take(), (Lines{"publish 1000 for request 0"}));
  host.stored(host.last_op, JF_OK);
  EXPECT_EQ(host.take(), (Lines{"publish 1000 for request 0"}));
  host.stored(host.last_op, JF_OK);
  EXPECT_EQ(host.take(), (Lines{"publish 500 for request 7"}));
  host.stored(host.last_op, JF_OK);
  EXPECT_EQ(host.take(), Lines{});
}

TEST_F(WhatsAppChannel, RefusesALongWebhookOfWhichAPieceWasNotStored) {
  host.webhook(body_of_statuses(1500));
  host.take();
  host.stored(host.last_op, JF_E_TRANSIENT);
  EXPECT_EQ(host.take(), (Lines{"reply 7 503 "}));
}

TEST_F(WhatsAppChannel, ParsesAgainWhatWasQuarantined) {
  const std::string raw = testdata("text");
  host.table<jf_recv_inbound>(JF_RECV_INBOUND)
      ->on_replay(host.instance(), 99, abi_str("application/json"), abi_bytes(raw));
  EXPECT_EQ(host.take(), (Lines{"publish 1 for request 0"}));
  EXPECT_EQ(host.last_op, 99U);
}

TEST_F(WhatsAppChannel, EndsALongReplayWithItsLastPiece) {
  const std::string raw = body_of_statuses(1500);
  host.table<jf_recv_inbound>(JF_RECV_INBOUND)
      ->on_replay(host.instance(), 99, abi_str("application/json"), abi_bytes(raw));
  EXPECT_EQ(host.take(), (Lines{"publish 1000 for request 0"}));
  EXPECT_NE(host.last_op, 99U);
  host.stored(host.last_op, JF_OK);
  EXPECT_EQ(host.take(), (Lines{"publish 500 for request 0"}));
  EXPECT_EQ(host.last_op, 99U);
}

TEST_F(WhatsAppChannel, SendsTextOnceAndTellsItsFate) {
  EXPECT_EQ(host.deliver(text("hi")), "PENDING");
  EXPECT_EQ(host.take(), (Lines{std::string(kMessages) + " once token"}));
  host.answer(200, R"({"messages":[{"id":"wamid.O"}]})");
  EXPECT_EQ(host.take(), (Lines{"complete 1 OK id=wamid.O"}));

  EXPECT_EQ(host.deliver(text("hi")), "PENDING");
  host.take();
  host.answer_with(JF_E_UNKNOWN);
  EXPECT_EQ(host.take(), (Lines{"complete 2 UNKNOWN (the request left, and no answer came)"}));
}

TEST_F(WhatsAppChannel, DoesNotSendWhatTheWindowForbids) {
  const std::string said = host.deliver(text("hi"), 25LL * 3600 * 1000);
  EXPECT_EQ(said.substr(0, 6), "WINDOW") << said;
  EXPECT_EQ(host.take(), Lines{});
}

TEST_F(WhatsAppChannel, SaysBusyWhenTheHostTakesNoCall) {
  host.http_status = JF_E_BUSY;
  EXPECT_EQ(host.deliver(text("hi")), "BUSY");
}

TEST_F(WhatsAppChannel, UploadsMediaAndThenSendsIt) {
  EXPECT_EQ(host.deliver(image()), "PENDING");
  EXPECT_EQ(host.take(), (Lines{"POST https://graph.facebook.com/v25.0/106540352242922/media token"
                                " form"}));
  host.answer(200, R"({"id":"up-9"})");
  EXPECT_EQ(host.take(), (Lines{std::string(kMessages) + " once token"}));
  host.answer(200, R"({"messages":[{"id":"wamid.O"}]})");
  EXPECT_EQ(host.take(), (Lines{"complete 1 OK id=wamid.O"}));
}

TEST_F(WhatsAppChannel, SendsNothingAfterAFailedOrLateUpload) {
  host.deliver(image());
  host.take();
  host.answer_with(JF_E_UNKNOWN);
  EXPECT_EQ(host.take(), (Lines{"complete 1 TRANSIENT (the request left, and no answer came)"}));
  host.deliver(image());
  host.take();
  host.now_ms += 16'000;
  host.answer(200, R"({"id":"up-9"})");
  EXPECT_EQ(host.take(), (Lines{"complete 2 TRANSIENT (the upload took all the time there was)"}));
}

TEST_F(WhatsAppChannel, WaitsLongerEachTimeAPairIsThrottled) {
  const std::string too_fast = R"({"error":{"code":131056}})";
  Lines pauses;
  for (const std::string& body :
       {too_fast, too_fast, std::string(R"({"messages":[{"id":"w"}]})"), too_fast}) {
    host.deliver(text("hi"));
    host.take();
    host.answer(body == too_fast ? 400 : 200, body);
    pauses.push_back(host.take().at(0));
  }
  EXPECT_EQ(pauses, (Lines{"complete 1 RATE code=131056 after=4000 (131056)",
                           "complete 2 RATE code=131056 after=16000 (131056)", "complete 3 OK id=w",
                           "complete 4 RATE code=131056 after=4000 (131056)"}));
}

TEST_F(WhatsAppChannel, AsksForAFreshUrlAndDownloadsWithTheToken) {
  fetch(R"({"id":"123","url":"https://old.example/x"})");
  EXPECT_EQ(host.take(), (Lines{"GET https://graph.facebook.com/v25.0/123?phone_number_id="
                                "106540352242922 token"}));
  host.answer(200, R"({"url":"https://lookaside.fbsbx.com/y"})");
  EXPECT_EQ(host.take(), (Lines{"fetch 5 GET https://lookaside.fbsbx.com/y token"}));
}

TEST_F(WhatsAppChannel, NeverShowsTheTokenToAnotherHost) {
  fetch(R"({"id":"123"})");
  host.take();
  host.answer(200, R"({"url":"https://evil.example/y"})");
  EXPECT_EQ(host.take(), (Lines{"fetch 5 GET https://evil.example/y"}));
  fetch(R"({"url":"http://lookaside.fbsbx.com/y"})");
  EXPECT_EQ(host.take(), (Lines{"fail 5 PERMANENT (the media's address is not an https one)"}));
}

TEST_F(WhatsAppChannel, TellsWhetherAFailedDownloadMayBeTriedAgain) {
  struct Case {
    int status;
    std::string body, line;
  };
  const std::vector<Case> cases = {
      {404, "", "fail 5 PERMANENT (HTTP 404 without a reason)"},
      {503, "", "fail 5 TRANSIENT (HTTP 503 without a reason)"},
      {429, "", "fail 5 TRANSIENT (HTTP 429 without a reason)"},
      {401, "", "fail 5 TRANSIENT (HTTP 401 without a reason)"},
      {200, "{}", "fail 5 TRANSIENT (an answer without url)"},
  };
  for (const Case& one : cases) {
    fetch(R"({"id":"123"})");
    host.take();
    host.answer(one.status, one.body);
    EXPECT_EQ(host.take(), (Lines{one.line}));
  }
  fetch("{}");
  EXPECT_EQ(host.take(), (Lines{"fail 5 PERMANENT (media_ref names neither id nor url)"}));
}

TEST_F(WhatsAppChannel, MarksReadAndShowsTypingForTheNewestMessage) {
  const auto* typing = host.table<jf_ext_typing>(JF_EXT_TYPING);
  const auto* read = host.table<jf_ext_read>(JF_EXT_READ);
  const jf_str ann = abi_str("wa:12125550122");
  EXPECT_EQ(typing->set(host.instance(), ann, 1), JF_E_NOT_FOUND);
  host.webhook(testdata("text"));
  host.take();
  EXPECT_EQ(typing->set(host.instance(), ann, 1), JF_OK);
  EXPECT_EQ(host.take(), (Lines{std::string(kMessages) + " token"}));
  EXPECT_EQ(typing->set(host.instance(), ann, 1), JF_OK);
  EXPECT_EQ(typing->set(host.instance(), ann, 0), JF_OK);
  EXPECT_EQ(host.take(), Lines{}) << "it is still showing";
  host.now_ms += 21'000;
  EXPECT_EQ(typing->set(host.instance(), ann, 1), JF_OK);
  EXPECT_EQ(host.take().size(), 1U);
  EXPECT_EQ(read->mark(host.instance(), ann, abi_str("wamid.A1")), JF_OK);
  EXPECT_EQ(host.take(), (Lines{std::string(kMessages) + " token"}));
}

TEST_F(WhatsAppChannel, DrainsWhenTheLastAnswerHasCome) {
  host.deliver(text("hi"));
  host.take();
  host.drain();
  EXPECT_EQ(host.take(), Lines{});
  EXPECT_EQ(host.deliver(text("later")), "BUSY (a new version takes over)");
  host.answer(200, R"({"messages":[{"id":"wamid.O"}]})");
  EXPECT_EQ(host.take(), (Lines{"complete 1 OK id=wamid.O", "drained"}));
}

}  // namespace
}  // namespace jackfield::whatsapp
