#include "api/portal/portal.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "io/shard.h"

namespace braid::api {
namespace {

std::string gzip(std::string_view text) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&z, text.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = uInt(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = uInt(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

io::Task<http::Response> say(http::Response response) { co_return response; }

struct PortalTest : ::testing::Test {
  std::string page = "<!doctype html><title>Braid</title>", script = std::string(5000, 'x') + "/* the end */";
  std::string packed_page = gzip(page), packed_script = gzip(script);
  std::unique_ptr<io::Shards> shards = io::Shards::start(1);
  http::Router router;
  std::vector<PortalFile> files{{"index.html", packed_page, true, "aa"}, {"assets/main-1A2B.js", packed_script, true, "bb"}, {"assets/font-9.woff2", "raw", false, "cc"}};
  void SetUp() override {
    router.get("/subjects", [](http::Request) { return say(http::Response::json(200, "[]")); });
    router.get("/schemas/ids/{id}", [](http::Request) { return say(http::Response::json(200, "{}")); });
    add_portal_routes(router, files, [] { return http::Response::json(200, R"({"name":"braid"})"); });
  }
  http::Response ask(std::string target, http::Headers headers, std::string method = "GET") {
    auto request = http::Request::make(std::move(method), std::move(target), "", std::move(headers));
    return io::block_on(shards->control(), router.handle(std::move(*request)));
  }
};
const http::Headers browser{{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}, {"Accept-Encoding", "gzip, br"}};

TEST_F(PortalTest, ABrowserGetsThePageAndAProgramTheFrontPage) {
  const auto html = ask("/", browser);
  EXPECT_EQ(html.status, 200);
  EXPECT_EQ(html.body, packed_page);
  EXPECT_EQ(html.headers.get("Content-Encoding"), "gzip");
  EXPECT_EQ(html.headers.get("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(html.headers.get("Cache-Control"), "no-cache");
  for (const char* accept : {"application/json", "*/*"}) EXPECT_EQ(ask("/", {{"Accept", accept}}).body, R"({"name":"braid"})") << accept;
  EXPECT_EQ(ask("/", {}).body, R"({"name":"braid"})");
}

TEST_F(PortalTest, EveryAnswerIsGuarded) {
  for (const char* path : {"/", "/explore", "/assets/main-1A2B.js"}) {
    const auto response = ask(path, browser);
    EXPECT_NE(response.headers.get_or("Content-Security-Policy", "").find("frame-ancestors 'none'"), std::string_view::npos) << path;
    EXPECT_EQ(response.headers.get_or("Content-Security-Policy", "").find("unsafe"), std::string_view::npos) << path;
    EXPECT_EQ(response.headers.get("X-Content-Type-Options"), "nosniff") << path;
    EXPECT_EQ(response.headers.get("Referrer-Policy"), "no-referrer") << path;
  }
}

TEST_F(PortalTest, ClientRoutesGetThePageAndApisKeepTheirAnswers) {
  EXPECT_EQ(ask("/products/%F0%9F%93%88%20%22x%22/anything", browser).body, packed_page);
  EXPECT_EQ(ask("/explore?q=a", browser).body, packed_page);
  EXPECT_EQ(ask("/subjects", browser).body, "[]");
  EXPECT_EQ(ask("/subjects/x/nothing", browser).status, 404);
  EXPECT_EQ(ask("/schemas", browser).status, 404);
  EXPECT_EQ(ask("/explore", {{"Accept", "*/*"}}).status, 404);
  EXPECT_EQ(ask("/explore", browser, "POST").status, 404);
  EXPECT_EQ(ask("/assets/main-OLD.js", browser).status, 404);
}

TEST_F(PortalTest, FilesAreInflatedForThoseWhoDoNotTakeGzip) {
  const auto plain = ask("/assets/main-1A2B.js", {});
  EXPECT_EQ(plain.body, script);
  EXPECT_FALSE(plain.headers.get("Content-Encoding"));
  EXPECT_EQ(plain.headers.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(plain.headers.get("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(plain.headers.get("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(ask("/assets/main-1A2B.js", {{"Accept-Encoding", "gzip;q=0, identity"}}).body, script);
  EXPECT_EQ(ask("/assets/main-1A2B.js", {{"Accept-Encoding", "br;q=1.0, *;q=0.1"}}).body, packed_script);
  EXPECT_EQ(ask("/assets/font-9.woff2", browser).body, "raw");
  EXPECT_EQ(ask("/assets/font-9.woff2", browser).headers.get("Content-Type"), "font/woff2");
}

TEST_F(PortalTest, WhatIsKnownIsNotSentAgain) {
  const auto fresh = ask("/", browser);
  auto headers = browser;
  headers.add("If-None-Match", std::string(*fresh.headers.get("ETag")));
  const auto known = ask("/", headers);
  EXPECT_EQ(known.status, 304);
  EXPECT_TRUE(known.body.empty());
  EXPECT_NE(ask("/assets/main-1A2B.js", headers).status, 304);
}

TEST(Portal, ANodeWithoutItSaysSo) {
  auto shards = io::Shards::start(1);
  http::Router router;
  add_portal_routes(router, {}, [] { return http::Response::json(200, "{}"); });
  const auto ask = [&](const char* target) { return io::block_on(shards->control(), router.handle(std::move(*http::Request::make("GET", target, "", browser)))); };
  EXPECT_NE(ask("/").body.find("without the portal"), std::string::npos);
  EXPECT_EQ(ask("/explore").status, 404);
}

}  // namespace
}  // namespace braid::api
