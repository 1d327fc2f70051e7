#include "server/post_client.h"

#include <gtest/gtest.h>

namespace refrain::server {
namespace {

std::string origin_of(const std::string& text) {
    const auto url = parse_url(text);
    return url ? url->origin() + " " + url->target : "none";
}

TEST(Url, ItsPartsAreNamed) {
    EXPECT_EQ(origin_of("http://Hooks.Example/a?b=c#d"), "http://hooks.example:80 /a?b=c");
    EXPECT_EQ(origin_of("https://hooks.example"), "https://hooks.example:443 /");
    EXPECT_EQ(origin_of("https://hooks.example?x"), "https://hooks.example:443 /?x");
    EXPECT_EQ(origin_of("http://127.0.0.1:8080/"), "http://127.0.0.1:8080 /");
    EXPECT_EQ(origin_of("http://[::1]:8080/a:b"), "http://::1:8080 /a:b");
}

TEST(Url, WhatCouldBeReadInTwoWaysIsNone) {
    for (const char* text :
         {"", "ftp://a/", "//a/", "http://", "http:///a", "http://a b/", "http://a/\n",
          "http://a:/", "http://a:123456/", "http://a:8x/", "http://allowed@other/",
          "http://allowed\\@other/", "http://[::1/", "file:///etc/passwd"}) {
        EXPECT_EQ(origin_of(text), "none") << text;
    }
    EXPECT_EQ(origin_of("http://a/" + std::string(3000, 'x')), "none");
}

TEST(SendPost, WhereNobodyListensItSaysSo) {
    Post post;
    post.url = *parse_url("http://127.0.0.1:1/");
    const auto sent = send_post(post, {});
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, ErrorCode::kUnreadable);
}

}  // namespace
}  // namespace refrain::server
