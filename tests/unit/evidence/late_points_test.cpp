#include <cstdint>
#include <set>

#include <gtest/gtest.h>

#include "evidence/local/place_search.h"
#include "local/frame_points.h"
#include "support/gray_picture.h"
#include "support/items_in_memory.h"
#include "support/made_up_medium.h"
#include "support/synthetic_picture.h"

// Frames of a query that have their points late: docs/decisions/0013-what-a-benign-film-costs.md.
namespace refrain::evidence {
namespace {

constexpr int kWidth = 512;
constexpr int kHeight = 384;
constexpr std::int64_t kKey = 7;

/// A frame with a picture's points, or with its small picture alone.
LocalFrame frame_of(unsigned seed, MediaTime time, bool is_late) {
    const auto picture = test::boxes_picture(kWidth, kHeight, seed);
    const frame::LumaView luma = picture.view();
    LocalFrame frame;
    frame.time = time;
    frame.width = frame.luma_width = kWidth;
    frame.height = frame.luma_height = kHeight;
    for (int y = 0; y < kHeight; ++y) {
        frame.luma.insert(frame.luma.end(), luma.row(y), luma.row(y) + kWidth);
    }
    if (!is_late) {
        std::vector<LocalFrame> frames{frame};
        local::read_late_points(frames);
        frame = frames[0];
    }
    return frame;
}

/// A film of six frames, of which every second one has its points late.
Fingerprint film_of(unsigned seed) {
    Fingerprint film = test::made_up(50, MediaKind::kVideo, 6, 1);
    for (std::size_t i = 0; i < film.local.size(); ++i) {
        film.local[i] = frame_of(seed, film.local[i].time, i % 2 == 1);
    }
    return film;
}

class LatePoints : public testing::Test {
  protected:
    void SetUp() override {
        Fingerprint known = test::made_up(51, MediaKind::kImage, 1, 1);
        known.local[0] = frame_of(1, {}, false);
        known.local[0].points.resize(400);
        items_.add(kKey, known_side(known));
        ASSERT_TRUE(channel_.add(*items_.items.at(kKey)).ok());
    }

    /// The frames of a query in which the known picture has a place.
    std::set<std::uint32_t> shown_in(const Fingerprint& film, const std::set<std::int64_t>& seen) {
        const Query query(film);
        const FindOptions options;
        PlaceSearch search(channel_, items_, query, options, Depth::kAll);
        EXPECT_TRUE(search.run(seen, {}).ok());
        std::set<std::uint32_t> frames;
        for (const auto& [group, placed] : search.groups()) {
            EXPECT_EQ(group.key, kKey);
            for (const PlacedFrame& frame : placed) {
                frames.insert(frame.query);
            }
        }
        return frames;
    }

    test::ItemsInMemory items_;
    LocalChannel channel_{{}, items_};
};

TEST_F(LatePoints, AskOnceTheOthersShowSomething) {
    const std::set<std::uint32_t> all{0, 1, 2, 3, 4, 5};
    EXPECT_EQ(shown_in(film_of(1), {}), all);
    EXPECT_EQ(shown_in(film_of(1), {kKey}), all) << "whole frames found it";
}

TEST_F(LatePoints, AreNotThereWithoutTheSmallPicture) {
    Fingerprint film = film_of(1);
    for (LocalFrame& frame : film.local) {
        frame.luma.clear();
        frame.luma_width = frame.luma_height = 0;
    }
    EXPECT_EQ(shown_in(film, {}), (std::set<std::uint32_t>{0, 2, 4}));
}

TEST_F(LatePoints, OfAnotherFilmShowNothing) { EXPECT_TRUE(shown_in(film_of(2), {}).empty()); }

}  // namespace
}  // namespace refrain::evidence
