// How often a client may ask.
#include "server/rate_limit.h"

#include <string>

#include <gtest/gtest.h>

namespace refrain::server {
namespace {

using Clock = RateLimit::Clock;

TEST(RateLimit, LetsABurstThroughAndThenSoManyASecond) {
    RateLimit limit(2, 3);
    const Clock::time_point start{};
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(limit.take("a", start)) << i;
    }
    EXPECT_EQ(limit.take("a", start), 1);
    EXPECT_EQ(limit.take("a", start + std::chrono::milliseconds(490)), 1);
    EXPECT_FALSE(limit.take("a", start + std::chrono::milliseconds(510)));
    EXPECT_TRUE(limit.take("a", start + std::chrono::milliseconds(520)));
    // What was not used is kept, up to a burst.
    const Clock::time_point later = start + std::chrono::hours(1);
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(limit.take("a", later)) << i;
    }
    EXPECT_TRUE(limit.take("a", later));
}

TEST(RateLimit, SaysHowManySecondsToWait) {
    RateLimit limit(0.1, 1);
    const Clock::time_point start{};
    EXPECT_FALSE(limit.take("a", start));
    EXPECT_EQ(limit.take("a", start), 10);
    EXPECT_EQ(limit.take("a", start + std::chrono::seconds(4)), 6);
    EXPECT_FALSE(limit.take("a", start + std::chrono::seconds(11)));
}

TEST(RateLimit, IsOfEachClientAlone) {
    RateLimit limit(1, 1);
    const Clock::time_point now{};
    EXPECT_FALSE(limit.take("a", now));
    EXPECT_FALSE(limit.take("b", now));
    EXPECT_TRUE(limit.take("a", now));
    EXPECT_FALSE(limit.take("c", 0, now)) << "a client without a limit";
    EXPECT_FALSE(limit.take("c", 0, now));
}

TEST(RateLimit, IsNoneWhereNoneIsSet) {
    RateLimit limit(0, 1);
    for (int i = 0; i < 100; ++i) {
        EXPECT_FALSE(limit.take("a", Clock::time_point{}));
    }
}

TEST(RateLimit, ForgetsClientsThatAreSilentBeforeThoseThatAreNot) {
    RateLimit limit(1, 1, 2);
    const Clock::time_point start{};
    EXPECT_FALSE(limit.take("silent", start));
    EXPECT_FALSE(limit.take("busy", start + std::chrono::milliseconds(900)));
    EXPECT_FALSE(limit.take("new", start + std::chrono::milliseconds(1100)));
    EXPECT_TRUE(limit.take("busy", start + std::chrono::milliseconds(1200))) << "not forgotten";
    // Where nobody is full, who asked first goes: the number of clients stays bounded.
    EXPECT_FALSE(limit.take("newest", start + std::chrono::milliseconds(1300)));
    EXPECT_TRUE(limit.take("busy", start + std::chrono::milliseconds(1300))) << "asked later";
}

}  // namespace
}  // namespace refrain::server
