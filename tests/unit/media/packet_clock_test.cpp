#include "media/packet_clock.h"

#include <limits>

#include <gtest/gtest.h>

namespace refrain::media {
namespace {

/// A clock of milliseconds, frames of 40 ms, presented 80 ms after they are decoded.
class PacketClockTest : public ::testing::Test {
  protected:
    /// @return the presentation stamp
    std::int64_t set_right(std::int64_t decoded) {
        packet_->dts = decoded;
        packet_->pts = decoded + 80;
        packet_->duration = 40;
        clock_.set_right(*packet_);
        EXPECT_EQ(packet_->pts, packet_->dts + 80);
        return packet_->pts;
    }

    PacketClock clock_{AVRational{1, 1000}};
    PacketHandle packet_{av_packet_alloc()};
};

TEST_F(PacketClockTest, LeavesARunningClockAlone) {
    EXPECT_EQ(set_right(5000), 5080);
    EXPECT_EQ(set_right(5040), 5120);
    EXPECT_EQ(set_right(5030), 5110);      // rounded badly
    EXPECT_EQ(set_right(14'000), 14'080);  // a pause
}

TEST_F(PacketClockTest, GoesOnWhereTheClockStartsAnew) {
    set_right(95'000'000);
    EXPECT_EQ(set_right(3000), 95'000'120);
    EXPECT_EQ(set_right(3040), 95'000'160);
    EXPECT_EQ(set_right(0), 95'000'200) << "and a third time";
}

TEST_F(PacketClockTest, GoesOnWhereTheClockStepsBackByLess) {
    set_right(5000);
    EXPECT_EQ(set_right(4700), 5120);
}

TEST_F(PacketClockTest, GoesOnWhereTheClockLeaps) {
    set_right(5000);
    EXPECT_EQ(set_right(5040 + 10'001), 5120);
}

TEST_F(PacketClockTest, MovesPacketsWithoutADecodingStampAlong) {
    set_right(5000);
    set_right(0);
    packet_->dts = AV_NOPTS_VALUE;
    packet_->pts = 120;
    clock_.set_right(*packet_);
    EXPECT_EQ(packet_->dts, AV_NOPTS_VALUE);
    EXPECT_EQ(packet_->pts, 5160);
}

TEST_F(PacketClockTest, BearsAbsurdStamps) {
    set_right(5000);
    for (const std::int64_t stamp : {std::numeric_limits<std::int64_t>::max() - 80,
                                     std::numeric_limits<std::int64_t>::min() + 1}) {
        packet_->dts = stamp;
        packet_->pts = stamp;
        packet_->duration = std::numeric_limits<std::int64_t>::max();
        clock_.set_right(*packet_);
    }
    EXPECT_EQ(packet_->dts, 5040 + 10'000);
}

TEST_F(PacketClockTest, LeavesRoomForSumsOfAbsurdStamps) {
    packet_->dts = std::numeric_limits<std::int64_t>::max();
    packet_->pts = std::numeric_limits<std::int64_t>::max();
    clock_.set_right(*packet_);
    EXPECT_LE(packet_->dts, std::numeric_limits<std::int64_t>::max() / 8);
    EXPECT_LE(packet_->pts, std::numeric_limits<std::int64_t>::max() / 8);
    packet_->dts = std::numeric_limits<std::int64_t>::min() + 1;
    clock_.set_right(*packet_);
    EXPECT_GE(packet_->dts, std::numeric_limits<std::int64_t>::min() / 8);
}

}  // namespace
}  // namespace refrain::media
