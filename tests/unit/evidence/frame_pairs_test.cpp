#include "evidence/frames/frame_pairs.h"

#include <cstddef>
#include <cstdint>

#include <gtest/gtest.h>

#include "evidence/query.h"

namespace refrain::evidence {
namespace {

constexpr std::size_t kQueryFrames = 20;
constexpr std::size_t kKnownFrames = 5;

/// Two films that show one picture all the time, so that every frame is like every other.
class StillFilms : public ::testing::Test {
  protected:
    StillFilms() {
        film_.media.kind = MediaKind::kVideo;
        film_.media.duration = MediaTime::from_seconds(kQueryFrames);
        for (std::size_t i = 0; i < kQueryFrames; ++i) {
            film_.frames.push_back({at(i), Hash256{}, 90, false});
        }
        item_.kind = MediaKind::kVideo;
        for (std::size_t i = 0; i < kKnownFrames; ++i) {
            item_.frames.push_back({Hash256{}, at(i), at(i + 1), 90});
        }
    }
    static MediaTime at(std::size_t second) {
        return MediaTime::from_seconds(static_cast<std::int64_t>(second));
    }
    [[nodiscard]] PairedFrames pair(const PairBounds& bounds) const {
        return pair_all_frames(Query(film_), item_, QueryView{}, bounds);
    }

    Fingerprint film_;
    KnownItem item_;
};

TEST_F(StillFilms, ArePairedFrameByFrameWithinTheBounds) {
    const PairedFrames all = pair({});
    EXPECT_EQ(all.pairs.size(), kQueryFrames * kKnownFrames);
    EXPECT_EQ(all.compared, kQueryFrames * kKnownFrames);
    EXPECT_FALSE(all.is_cut_off);
}

TEST_F(StillFilms, KeepSoManyPairsAndThoseOfAFrameMore) {
    const PairedFrames some = pair({.kept = 12});
    EXPECT_EQ(some.pairs.size(), 15U);
    EXPECT_TRUE(some.is_cut_off);
}

TEST_F(StillFilms, AreComparedSoOftenAndNoMore) {
    const PairedFrames some = pair({.compared = 12});
    EXPECT_EQ(some.compared, 10U);
    EXPECT_TRUE(some.is_cut_off);
}

}  // namespace
}  // namespace refrain::evidence
