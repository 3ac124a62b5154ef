#include <string>

#include <gtest/gtest.h>

#include "tools/sim/digest.h"
#include "tools/sim/webhook_sender.h"

namespace jackfield::sim {
namespace {

constexpr std::string_view kSecret = "dev-app-secret";
constexpr std::string_view kBody = R"({"object":"page","entry":[{"id":"77","note":"caf\u00e9"}]})";

TEST(Signature, IsTheHmacOfTheEscapedBytes) {
  EXPECT_EQ(hmac_sha256_hex(kSecret, kBody),
            "777d6dbdd504f4ad3d2ae1d9422ce97d7ac6b4010f9d6ff0356a31f55b9e6167");
  EXPECT_EQ(hmac_sha256_hex(kSecret, ""),
            "f74c00da72b482265a77ec3031963edfa1e6f144197796ceed97e50ae01e2260");
  EXPECT_EQ(hmac_sha256_hex(kSecret, "dev-access-token"),
            "59514ecb2d9627e8bfc6d1fe8138817518e5f1da2b1a2d2dcbcfa560133aacc9");
}

TEST(Signature, CanBeWrongInEveryNamedWay) {
  const std::string good =
      "sha256=777d6dbdd504f4ad3d2ae1d9422ce97d7ac6b4010f9d6ff0356a31f55b9e6167";
  struct Row {
    std::string signing, value;
    std::size_t headers;
  };
  const std::vector<Row> rows{
      {"", good, 1},
      {"missing", "", 0},
      {"wrong", good.substr(0, 70) + '0', 1},
      {"short", good.substr(0, 70), 1},
      {"long", good + '0', 1},
      {"empty", "sha256=", 1},
      {"uppercase", "sha256=777D6DBDD504F4AD3D2AE1D9422CE97D7AC6B4010F9D6FF0356A31F55B9E6167", 1},
      {"doubled", good, 2},
      {"plain_utf8", "sha256=de30eb80fbbeb3c1807164fce6b4c92cec2af11d2e0d056003ab2dc7c5692801", 1},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.signing);
    const auto headers = sign(kBody, kSecret, row.signing);
    ASSERT_TRUE(headers);
    ASSERT_EQ(headers->size(), row.headers);
    if (row.headers > 0) {
      EXPECT_EQ(headers->front().first, "X-Hub-Signature-256");
      EXPECT_EQ(headers->front().second, row.value);
    }
  }
  EXPECT_FALSE(sign(kBody, kSecret, "nonsense"));
}

TEST(Digest, EncodesAndDecodesBase64) {
  for (const std::string& text : {std::string(), std::string("a"), std::string("ab\0", 3)}) {
    EXPECT_EQ(base64_decoded(base64(text)), text);
  }
  EXPECT_EQ(base64("Man"), "TWFu");
  EXPECT_FALSE(base64_decoded("abc"));
  EXPECT_FALSE(base64_decoded("!!!!"));
}

}  // namespace
}  // namespace jackfield::sim
