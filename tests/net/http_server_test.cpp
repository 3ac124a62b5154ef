#include "core/net/http_server.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "loopback.h"

namespace jackfield::net::test {
namespace {

using std::chrono::milliseconds;
using Lines = std::vector<std::string>;

std::string post(const std::string& path, const std::string& body, const std::string& more = {}) {
  return "POST " + path + " HTTP/1.1\r\nHost: a\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string get(const std::string& path, const std::string& more = {}) {
  return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + more + "\r\n";
}

// The server still answers others.
void expect_alive(Loopback& net) {
  RawClient client(net.port());
  client.send(post("/alive", "yes"));
  EXPECT_EQ(client.response(), "200|yes");
}

TEST(HttpServer, OneConnectionCarriesManyRequests) {
  Loopback net;
  RawClient client(net.port());
  for (int i = 0; i < 100; ++i) {
    const std::string body(static_cast<std::size_t>(i) * 300, 'b');
    ASSERT_TRUE(client.send(post("/x", body)));
    ASSERT_EQ(client.response(), "200|" + body);
  }
  EXPECT_EQ(client.head().find("Connection: close"), std::string::npos);
  EXPECT_EQ(net.connections(), 1U);
  client.send(get("/x", "Connection: close\r\n"));
  EXPECT_EQ(client.response(), "200|");
  EXPECT_NE(client.head().find("Connection: close"), std::string::npos);
  EXPECT_TRUE(client.is_closed());
}

TEST(HttpServer, RequestsSentTogetherAreAnsweredInOrder) {
  Loopback net;
  RawClient client(net.port());
  std::string all;
  for (int i = 0; i < 50; ++i) {
    all += post("/x", "body " + std::to_string(i));
  }
  client.send(all);
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(client.response(), "200|body " + std::to_string(i));
  }
}

TEST(HttpServer, BytesMayArriveOneByOne) {
  Loopback net;
  RawClient client(net.port());
  const std::string request =
      "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n";
  for (const char c : request) {
    client.send(std::string_view(&c, 1));
  }
  EXPECT_EQ(client.response(), "200|abcdefg");
}

TEST(HttpServer, LargeBodiesPassBothWays) {
  Loopback net;
  RawClient client(net.port());
  const std::string body(1 << 20, 'x');
  std::thread writer([&] { client.send(post("/x", body)); });
  writer.join();
  EXPECT_EQ(client.response().size(), body.size() + 4);
}

TEST(HttpServer, BodiesOverTheLimitAreRefusedBeforeTheyAreRead) {
  Loopback net;
  {
    RawClient client(net.port());
    client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
    EXPECT_EQ(client.response().substr(0, 3), "413");
    EXPECT_NE(client.head().find("Connection: close"), std::string::npos);
  }
  {
    RawClient client(net.port());
    client.send("POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n");
    EXPECT_EQ(client.response().substr(0, 3), "413");
  }
  {
    RawClient client(net.port());
    client.send("POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
    EXPECT_EQ(client.response().substr(0, 3), "404");
  }
  {
    RawClient client(net.port());
    client.send(get("/none") + get("/x"));
    EXPECT_EQ(client.response().substr(0, 3), "404");
    EXPECT_EQ(client.response(), "200|");
  }
  EXPECT_EQ(net.handler.log.lines(), (Lines{"GET /x 0"}));
}

TEST(HttpServer, ContinueIsSaidOnlyAfterTheChecks) {
  Loopback net;
  RawClient client(net.port());
  client.send(
      "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.bytes(25), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hello");
  EXPECT_EQ(client.response(), "200|hello");
  client.send(
      "POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.response().substr(0, 3), "413");
}

TEST(HttpServer, AmbiguousFramingIsNeverTwoRequests) {
  Loopback net;
  const std::string head = "POST /x HTTP/1.1\r\nHost: a\r\n";
  const std::string end = "0\r\n\r\n";
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string next = get("/smuggled");
  const Lines corpus = {
      head + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + end,
      head + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + end,
      head + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
      head + "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
      head + "Content-Length: 4, 4\r\n\r\nabcd",
      head + "Content-Length: +4\r\n\r\nabcd",
      head + "Content-Length: 0x4\r\n\r\nabcd",
      head + "Transfer-Encoding: chunked, identity\r\n\r\n" + end,
      head + "Transfer-Encoding: identity\r\n\r\nabcd",
      head + "Transfer-Encoding: xchunked\r\n\r\n" + end,
      head + "Transfer-Encoding: gzip, chunked\r\n\r\n" + end,
      head + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n" + end,
      "POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + end,
      head + "Content-Length : 4\r\n\r\nabcd",
      head + "X: a\r\n b\r\nContent-Length: 0\r\n\r\n",
      "POST /x HTTP/1.1\nHost: a\nContent-Length: 0\n\n",
      head + "X: a\rContent-Length: 4\r\n\r\nabcd",
      head + std::string("X: a\0b\r\nContent-Length: 0\r\n\r\n", 29),
      "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET /x HTTP/1.1\r\n\r\n",
      "GET http://evil/ HTTP/1.1\r\nHost: a\r\n\r\n",
      chunked + "FFFFFFFFFFFFFFFF\r\nabc",
      chunked + "10000000000000003\r\nabc\r\n" + end,
      chunked + "3\nabc\n0\n\n",
      chunked + "3;" + std::string(20'000, 'a') + "\r\nabc\r\n" + end,
      chunked + "0\r\nX-Forwarded-For: 127.0.0.1\r\nCookie: a\r\nContent-Length: 99\r\n\r\n",
      head + "X: " + std::string(9'000, 'h') + "\r\nContent-Length: 0\r\n\r\n",
      "GE\x01T /x HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
      head + "\r\nabcd",  // No length, and yet bytes.
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "\x16\x03\x01\x02\x01",
  };
  for (const std::string& attack : corpus) {
    RawClient client(net.port());
    client.send(attack + next);
    const std::string answer = client.response();
    EXPECT_TRUE(answer.starts_with("4")) << answer << "\n" << attack.substr(0, 200);
    EXPECT_EQ(client.rest(), "") << attack.substr(0, 200);
  }
  EXPECT_EQ(net.handler.log.lines(), Lines{});
  expect_alive(net);
}

TEST(HttpServer, EndlessTrailersAndExtensionsAreRefused) {
  Loopback net;
  const std::string chunked = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string many = chunked + "0\r\n";
  for (int i = 0; i < 20'000; ++i) {
    many += "X-T" + std::to_string(i) + ": v\r\n";
  }
  const Lines attacks = {
      chunked + "0\r\nX-T: " + std::string(70'000, 't') + "\r\n\r\n",
      many + "\r\n",
      chunked + "3;" + std::string(4'000'000, 'a') + "\r\nabc\r\n0\r\n\r\n",
      "GET /x HTTP/1.1\r\nX: " + std::string(1'000'000, 'h') + "\r\n\r\n",
      "GET /" + std::string(1'000'000, 'u') + " HTTP/1.1\r\n\r\n",
  };
  for (const std::string& attack : attacks) {
    RawClient client(net.port());
    client.send(attack);
    EXPECT_TRUE(client.is_closed());
    expect_alive(net);
  }
  for (const std::string& line : net.handler.log.lines()) {
    EXPECT_EQ(line, "POST /alive 3");
  }
}

TEST(HttpServer, SlowClientsAreToldAndLeft) {
  HttpLimits limits;
  limits.header_timeout = milliseconds(60);
  limits.body_timeout = milliseconds(60);
  limits.idle_timeout = milliseconds(120);
  Loopback net(limits);
  RawClient slow_head(net.port());
  slow_head.send("GET / HTT");
  EXPECT_EQ(slow_head.response().substr(0, 3), "408");
  EXPECT_TRUE(slow_head.is_closed());
  RawClient slow_body(net.port());
  slow_body.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_EQ(slow_body.response().substr(0, 3), "408");
  RawClient idle(net.port());
  EXPECT_EQ(idle.response(), "closed");
  EXPECT_EQ(net.handler.log.lines(), Lines{});
}

TEST(HttpServer, AHandlerThatThrowsCostsItsRequestOnly) {
  Loopback net;
  net.handler.answer = [](HttpRequest request, Respond respond) {
    if (request.path == "/throws") {
      throw std::out_of_range("handler");
    }
    if (request.path == "/throws-int") {
      throw 7;
    }
    if (request.path == "/bad-header") {
      HttpResponse response;
      response.headers = {{"X", "a\r\nSet-Cookie: b"}};
      respond(std::move(response));
      return;
    }
    if (request.path != "/drops") {
      respond(HttpResponse{});
    }
  };
  RawClient client(net.port());
  for (const char* path : {"/throws", "/throws-int", "/drops", "/bad-header"}) {
    client.send(get(path));
    EXPECT_EQ(client.response().substr(0, 3), "500") << path;
  }
  client.send(get("/x"));
  EXPECT_EQ(client.response(), "200|");
  client.send(get("/throws-early"));
  EXPECT_EQ(client.response().substr(0, 3), "500");
}

TEST(HttpServer, AnswersComeFromAnyThreadAndTheFirstCounts) {
  Loopback net;
  std::mutex mutex;
  std::vector<std::thread> threads;
  net.handler.answer = [&](HttpRequest request, Respond respond) {
    const std::lock_guard lock(mutex);
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([respond, body = request.body] {
        HttpResponse response;
        response.body = body;
        respond(std::move(response));
      });
    }
  };
  std::vector<std::thread> clients;
  std::atomic<int> right = 0;
  for (int c = 0; c < 4; ++c) {
    clients.emplace_back([&, c] {
      RawClient client(net.port());
      for (int i = 0; i < 50; ++i) {
        const std::string body = std::to_string(c) + "." + std::to_string(i);
        client.send(post("/x", body));
        right += client.response() == "200|" + body ? 1 : 0;
      }
    });
  }
  for (auto& one : clients) {
    one.join();
  }
  for (auto& one : threads) {
    one.join();
  }
  EXPECT_EQ(right, 200);
}

TEST(HttpServer, AnAnswerThatDoesNotComeIs503AndALateOneIsIgnored) {
  HttpLimits limits;
  limits.answer_timeout = milliseconds(50);
  Loopback net(limits);
  Respond kept;
  net.handler.answer = [&](HttpRequest request, Respond respond) {
    if (request.path == "/late") {
      kept = std::move(respond);
      return;
    }
    respond(HttpResponse{});
  };
  RawClient client(net.port());
  client.send(get("/late"));
  EXPECT_EQ(client.response().substr(0, 3), "503");
  HttpResponse late;
  late.body = "late";
  kept(std::move(late));
  client.send(get("/x"));
  EXPECT_EQ(client.response(), "200|");
}

TEST(HttpServer, HeadHasNoBodyAndMethodsReachTheHandler) {
  Loopback net;
  net.handler.answer = [](const HttpRequest&, Respond respond) {
    HttpResponse response;
    response.body = "12345";
    respond(std::move(response));
  };
  RawClient client(net.port());
  client.send("HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const std::string all = client.rest();
  EXPECT_NE(all.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_TRUE(all.ends_with("\r\n\r\n"));
  RawClient other(net.port());
  other.send("TRACE /x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(other.response().substr(0, 3), "405");
}

TEST(HttpServer, ForwardedHeadersCountOnlyFromTrustedProxies) {
  const auto seen = [](HttpLimits limits) {
    Loopback net(std::move(limits));
    net.handler.answer = [](const HttpRequest& request, Respond respond) {
      HttpResponse response;
      response.body = request.peer + (request.header("X-Forwarded-Proto") ? " https" : "");
      respond(std::move(response));
    };
    RawClient client(net.port());
    client.send(get("/x", "X-Forwarded-For: 6.6.6.6, 1.2.3.4\r\nX-Forwarded-Proto: https\r\n"));
    return client.response();
  };
  EXPECT_EQ(seen({}), "200|127.0.0.1");
  HttpLimits limits;
  limits.trusted_proxies = {"127.0.0.0/8"};
  EXPECT_EQ(seen(limits), "200|1.2.3.4 https");
}

TEST(HttpServer, ConnectionsOverTheLimitAreTurnedAway) {
  HttpLimits limits;
  limits.connections_max = 2;
  Loopback net(limits);
  auto first = std::make_unique<RawClient>(net.port());
  RawClient second(net.port());
  first->send(get("/x"));
  second.send(get("/x"));
  EXPECT_EQ(first->response(), "200|");
  EXPECT_EQ(second.response(), "200|");
  {
    RawClient third(net.port());
    EXPECT_EQ(third.response(), "503|");
  }
  first.reset();
  EXPECT_TRUE(eventually([&] { return net.connections() == 1; }));
  expect_alive(net);
}

TEST(HttpServer, AcceptingResumesWhenDescriptorsAreFreeAgain) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer opens a pipe to look at a pointer, and here no descriptor is left";
#endif
  Loopback net;
  RawClient early(net.port());
  early.send(get("/x"));
  EXPECT_EQ(early.response(), "200|");
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  // The client's own socket takes the last free descriptor; accepting finds none.
  std::unique_ptr<RawClient> waiting;
  {
    const int next = ::dup(0);
    ::close(next);
    const rlimit tight{static_cast<rlim_t>(next) + 1, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &tight);
    waiting = std::make_unique<RawClient>(net.port());
    waiting->send(get("/y"));
    early.send(get("/x"));
    EXPECT_EQ(early.response(), "200|");
    setrlimit(RLIMIT_NOFILE, &before);
  }
  EXPECT_EQ(waiting->response(), "200|");
}

TEST(HttpServer, StoppingFinishesWhatIsInFlight) {
  Loopback net;
  Respond kept;
  std::atomic<bool> asked = false;
  net.handler.answer = [&](const HttpRequest&, Respond respond) {
    kept = std::move(respond);
    asked = true;
  };
  RawClient idle(net.port());
  RawClient busy(net.port());
  busy.send(get("/x"));
  ASSERT_TRUE(eventually([&] { return asked && net.connections() == 2; }));
  std::atomic<bool> stopped = false;
  net.on_io([&] { net.server().stop(std::chrono::seconds(30), [&] { stopped = true; }); });
  EXPECT_TRUE(idle.is_closed());
  EXPECT_THROW(RawClient(net.port()), std::runtime_error);
  EXPECT_FALSE(stopped);
  HttpResponse response;
  response.body = "done";
  kept(std::move(response));
  EXPECT_EQ(busy.response(), "200|done");
  EXPECT_NE(busy.head().find("Connection: close"), std::string::npos);
  busy.close_write();
  EXPECT_TRUE(eventually([&] { return stopped.load(); }));
}

TEST(HttpServer, StoppingEndsWhenTheGraceIsOver) {
  Loopback net;
  Respond kept;
  std::atomic<bool> asked = false;
  net.handler.answer = [&](const HttpRequest&, Respond respond) {
    kept = std::move(respond);
    asked = true;
  };
  RawClient busy(net.port());
  busy.send(get("/x"));
  ASSERT_TRUE(eventually([&] { return asked.load(); }));
  std::atomic<bool> stopped = false;
  net.on_io([&] { net.server().stop(milliseconds(30), [&] { stopped = true; }); });
  EXPECT_TRUE(eventually([&] { return stopped.load(); }));
  EXPECT_EQ(busy.response(), "closed");
  net.destroy_server();
  kept(HttpResponse{});  // Nobody listens, and nothing breaks.
}

TEST(HttpServer, APortInUseIsAConflict) {
  Loopback net;
  net.on_io([&] {
    auto other = HttpServer::create(net.io(), {}, net.handler);
    const auto taken = other->listen("127.0.0.1", net.port());
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, ErrorCode::conflict);
    EXPECT_FALSE(other->listen("not an address", 0));
  });
}

TEST(RunGuarded, GoesOnAfterAnException) {
  Loopback net;
  boost::asio::post(net.io(), [] { throw std::length_error("a bug"); });
  boost::asio::post(net.io(), [] { throw 42; });
  expect_alive(net);
}

}  // namespace
}  // namespace jackfield::net::test
