#include "match/picture_time.h"

#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "support/random_hash.h"

namespace refrain::match {
namespace {

constexpr MediaTime kStep = MediaTime::from_ms(500);

MediaTime at(int step) { return MediaTime::from_ms(500 * step); }

/// A known video of which a frame is kept every half a second and gets local features every two,
/// and a picture whose hash lies `bits` from each frame's.
struct Scene {
    explicit Scene(const std::vector<int>& bits) {
        std::mt19937_64 random(5);
        const Hash256 shown = test::random_hash(random);
        for (std::size_t i = 0; i < bits.size(); ++i) {
            const MediaTime time = at(static_cast<int>(i));
            item.frames.push_back(
                {test::with_flipped_bits(shown, bits[i], random), time, time + kStep, 80});
            if (i % 4 == 0) {
                LocalFrame local;
                local.time = time;
                item.local.push_back(local);
            }
        }
        item.kind = MediaKind::kVideo;
        FrameHash frame;
        frame.hash = shown;
        frame.quality = 80;
        picture.frames.push_back(frame);
    }

    void place(std::uint32_t picture_index, double score, double nearness) {
        evidence::PlacedFrame frame;
        frame.picture = picture_index;
        frame.known_time = at(4 * static_cast<int>(picture_index));
        frame.score = score;
        frame.nearness = nearness;
        placed.push_back(frame);
    }

    [[nodiscard]] std::optional<TimeSpan> time() const {
        return picture_time(evidence::Query(picture), item, evidence::QueryView{}, placed);
    }

    evidence::KnownItem item;
    Fingerprint picture;
    std::vector<evidence::PlacedFrame> placed;
};

TEST(PictureTime, IsUnknownWithoutAPlace) {
    EXPECT_FALSE(Scene({90, 90, 90}).time());
    Scene empty({});
    empty.place(0, 10, 0);
    EXPECT_FALSE(empty.time());
}

TEST(PictureTime, IsThatOfTheWholeFrameLeastFarAroundThePlace) {
    Scene scene({128, 128, 128, 128, 95, 90, 60, 85, 95, 128, 128, 128, 128});
    scene.place(1, 12, -0.5);
    const std::optional<TimeSpan> time = scene.time();
    ASSERT_TRUE(time);
    EXPECT_EQ(time->begin, at(6));
    EXPECT_EQ(time->end, at(7));
}

TEST(PictureTime, SpansNeighboursThatAreAsLikely) {
    Scene scene({128, 128, 128, 90, 62, 60, 63, 90, 128});
    scene.place(1, 12, -0.5);
    const std::optional<TimeSpan> time = scene.time();
    ASSERT_TRUE(time);
    EXPECT_EQ(time->begin, at(4));
    EXPECT_EQ(time->end, at(7));
}

TEST(PictureTime, StaysWithinTheShotOfThePlace) {
    Scene scene({90, 90, 90, 90, 85, 90, 90});
    scene.item.shots = {at(0), at(3), at(6)};
    scene.place(1, 12, -0.5);
    const std::optional<TimeSpan> time = scene.time();
    ASSERT_TRUE(time);
    EXPECT_EQ(time->begin, at(3));
    EXPECT_EQ(time->end, at(6));
}

TEST(PictureTime, IsNearThePlaceThatLooksMoreLikeIt) {
    Scene scene({90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90});
    scene.place(0, 30, -1);
    scene.place(3, 8, -0.2);
    const std::optional<TimeSpan> time = scene.time();
    ASSERT_TRUE(time);
    EXPECT_LE(time->begin, at(12));
    EXPECT_GT(time->end, at(12));
    EXPECT_GE(time->begin, at(8));
}

TEST(PictureTime, DoesNotBelieveAStrayPlaceHoweverNear) {
    Scene scene({90, 90, 90, 90, 90, 90, 90, 90, 90});
    scene.place(0, 12, -0.5);
    scene.place(2, 0.6, 1);
    const std::optional<TimeSpan> time = scene.time();
    ASSERT_TRUE(time);
    EXPECT_EQ(time->begin, MediaTime{});
}

TEST(PictureTime, IsThatOfAWholeFrameThatIsAMatchByItself) {
    std::vector<int> bits(40, 128);
    bits[35] = 10;
    Scene scene(bits);
    scene.place(0, 30, 0.3);
    const std::optional<TimeSpan> time = scene.time();
    ASSERT_TRUE(time);
    EXPECT_EQ(time->begin, at(35));
    EXPECT_EQ(time->end, at(36));
}

}  // namespace
}  // namespace refrain::match
