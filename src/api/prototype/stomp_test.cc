#include "api/prototype/stomp.h"

#include <gtest/gtest.h>

namespace braid::api {
namespace {

TEST(Stomp, FramesComeBack) {
  const StompFrame sent{"MESSAGE", {{"destination", "/topic/a:b"}, {"note", "two\nlines \\ and \r"}}, std::string("a\0b", 3)};
  std::string text = "\n\r\n" + print(sent) + "\n" + print(StompFrame{"RECEIPT", {{"receipt-id", "7"}}, ""}) + "SEN";
  const auto frames = take_stomp_frames(text);
  ASSERT_TRUE(frames);
  ASSERT_EQ(frames->size(), 2u);
  EXPECT_EQ(frames->at(0).header("destination"), "/topic/a:b");
  EXPECT_EQ(frames->at(0).header("note"), "two\nlines \\ and \r");
  EXPECT_EQ(frames->at(0).body, sent.body);
  EXPECT_EQ(frames->at(1).header("receipt-id"), "7");
  EXPECT_EQ(text, "SEN");   // waits for more
}

TEST(Stomp, APrototypesConnectIsRead) {
  std::string text = std::string("CONNECT\r\nlogin:\r\npasscode:\r\naccept-version:1.2\r\nhost:/\r\n\r\n") + '\0';
  const auto frames = take_stomp_frames(text);
  ASSERT_TRUE(frames);
  ASSERT_EQ(frames->size(), 1u);
  EXPECT_EQ(frames->front().header("host"), "/");
  EXPECT_EQ(frames->front().header("login"), "");
}

TEST(Stomp, TheFirstHeaderOfANameCounts) {
  std::string text = std::string("SUBSCRIBE\nid:1\nid:2\n\n") + '\0';
  EXPECT_EQ(take_stomp_frames(text)->front().header("id"), "1");
}

TEST(Stomp, WhatIsNoFrameIsAnError) {
  for (const std::string& bad : {std::string("SEND\nno colon\n\n\0", 16), std::string("SEND\na:\\t\n\n\0", 12), std::string("SEND\ncontent-length:x\n\n\0", 24),
                                std::string("SEND\ncontent-length:1\n\nabc\0", 27), std::string("SEND\n") + std::string(70'000, 'x')}) {
    std::string text = bad;
    EXPECT_FALSE(take_stomp_frames(text)) << bad.substr(0, 40);
  }
}

}  // namespace
}  // namespace braid::api
