#include "evidence/local/placed_cells.h"

#include <cstdint>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/fingerprint.h"

#include "local/cell_codes.h"
#include "support/gray_picture.h"

// docs/decisions/0071-cells.md.
namespace refrain::evidence {
namespace {

constexpr int kWidth = 512;
constexpr int kHeight = 384;
constexpr align::PlaneMap kSame{1, 0, 0, 0, 1, 0, 0, 0, 1};

LocalFrame known_frame(const test::GrayPicture& picture) {
    local::Plane plane;
    plane.resize(picture.width, picture.height);
    for (int y = 0; y < picture.height; ++y) {
        for (int x = 0; x < picture.width; ++x) {
            plane.row(y)[x] = picture.at(x, y);
        }
    }
    const local::CellGrid grid = local::finest_grid(picture.width, picture.height, 1024);
    LocalFrame frame;
    frame.width = static_cast<std::uint16_t>(picture.width);
    frame.height = static_cast<std::uint16_t>(picture.height);
    frame.cell_columns = static_cast<std::uint16_t>(grid.columns);
    frame.cell_rows = static_cast<std::uint16_t>(grid.rows);
    frame.cells = local::cell_codes(plane, grid);
    return frame;
}

LocalFrame query_frame(const test::GrayPicture& picture) {
    LocalFrame frame;
    frame.width = frame.luma_width = static_cast<std::uint16_t>(picture.width);
    frame.height = frame.luma_height = static_cast<std::uint16_t>(picture.height);
    frame.luma = picture.samples;
    return frame;
}

test::GrayPicture picture_of(std::uint32_t seed) {
    return test::squares_picture(kWidth, kHeight, 9, seed);
}

verdict::CellMeasures measure(const test::GrayPicture& known,
                              const test::GrayPicture& query,
                              const align::PlaneMap& map = kSame,
                              bool is_mirrored = false) {
    return measure_cells(query_frame(query), known_frame(known), map, is_mirrored);
}

TEST(PlacedCells, OfTheSamePictureAgree) {
    const verdict::CellMeasures same = measure(picture_of(1), picture_of(1));
    ASSERT_TRUE(same.is_measured);
    EXPECT_GT(same.like, 0.97);
    EXPECT_LT(same.unlike, 0.01);
    EXPECT_LT(same.distance, 0.1);
    EXPECT_EQ(same.torn, 0);
    EXPECT_GT(same.outline, 0.8);
    EXPECT_EQ(same.covered, 0);
}

TEST(PlacedCells, OfAnotherPictureDisagree) {
    const verdict::CellMeasures other = measure(picture_of(1), picture_of(2));
    ASSERT_TRUE(other.is_measured);
    EXPECT_LT(other.like, 0.4);
    EXPECT_GT(other.unlike, 0.3);
    EXPECT_GT(other.distance, 1.2);
}

TEST(PlacedCells, AgreeInANegativeAndInAMirroredPicture) {
    test::GrayPicture negative = picture_of(1);
    for (std::uint8_t& sample : negative.samples) {
        sample = static_cast<std::uint8_t>(255 - sample);
    }
    EXPECT_GT(measure(picture_of(1), negative).like, 0.97);
    EXPECT_GT(measure(picture_of(1), test::mirror_of(picture_of(1)), kSame, true).like, 0.97);
    EXPECT_LT(measure(picture_of(1), test::mirror_of(picture_of(1))).like, 0.4);
}

// kSteps: up to 4 of the 9 samples across a cell, some 6 pixels here.
TEST(PlacedCells, AreLookedForAroundTheirPlaceButNotFar) {
    const align::PlaneMap near{1, 0, 3, 0, 1, -6, 0, 0, 1};
    const align::PlaneMap far{1, 0, 13, 0, 1, -13, 0, 0, 1};
    EXPECT_GT(measure(picture_of(1), picture_of(1), near).like, 0.9);
    EXPECT_LT(measure(picture_of(1), picture_of(1), far).like, 0.5);
}

TEST(PlacedCells, AgreeInAQueryOfAnotherSize) {
    const test::GrayPicture known = test::boxes_picture(kWidth, kHeight, 4);
    test::GrayPicture half(kWidth / 2, kHeight / 2);
    for (int y = 0; y < half.height; ++y) {
        for (int x = 0; x < half.width; ++x) {
            half.at(x, y) = static_cast<std::uint8_t>(
                (known.at(2 * x, 2 * y) + known.at(2 * x + 1, 2 * y) + known.at(2 * x, 2 * y + 1) +
                 known.at(2 * x + 1, 2 * y + 1)) /
                4);
        }
    }
    const verdict::CellMeasures shrunk = measure(known, half, {0.5, 0, 0, 0, 0.5, 0, 0, 0, 1});
    EXPECT_GT(shrunk.like, 0.9);
    EXPECT_LT(shrunk.unlike, 0.03);
}

/// The picture with part of it hidden under one colour.
test::GrayPicture hidden(const std::function<bool(int, int)>& is_hidden) {
    test::GrayPicture picture = picture_of(1);
    for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
            if (is_hidden(x, y)) {
                picture.at(x, y) = 120;
            }
        }
    }
    return picture;
}

TEST(PlacedCells, TellACoverFromSmallDifferencesAllOver) {
    const verdict::CellMeasures cover =
        measure(picture_of(1), hidden([](int x, int) { return x < 256; }));
    const verdict::CellMeasures pieces =
        measure(picture_of(1), hidden([](int x, int y) { return (x / 32 + y / 32) % 2 == 0; }));
    EXPECT_GT(cover.covered, 0.35);
    EXPECT_LT(pieces.covered, 0.1);
    EXPECT_LT(cover.mixed, 0.3 * pieces.mixed);
    EXPECT_LT(cover.unlike_elsewhere, 0.1);
    EXPECT_GT(pieces.unlike_elsewhere, 0.2);
}

TEST(PlacedCells, SeeWhatTheQueryAddsBetweenWhatAgrees) {
    test::GrayPicture known = picture_of(1);
    for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
            if (y / 32 % 2 == 0) {
                known.at(x, y) = 128;
            }
        }
    }
    const verdict::CellMeasures added = measure(known, picture_of(1));
    EXPECT_GT(added.like, 0.65);
    EXPECT_GT(added.mixed_extra, 0.3);
    EXPECT_LT(added.outline, 0.3);
    EXPECT_LT(measure(known, known).mixed_extra, 0.01);
}

TEST(PlacedCells, AreNotMeasuredWithoutThem) {
    LocalFrame known = known_frame(picture_of(1));
    LocalFrame query = query_frame(picture_of(1));
    EXPECT_TRUE(measure_cells(query, known, kSame, false).is_measured);
    LocalFrame old = known;
    old.cells.clear();
    EXPECT_FALSE(measure_cells(query, old, kSame, false).is_measured);
    LocalFrame blind = query;
    blind.luma.clear();
    EXPECT_FALSE(measure_cells(blind, known, kSame, false).is_measured);
}

TEST(PlacedCells, AreNotMeasuredWhereHardlyAnyIsInViewOrShowsSomething) {
    // kFewestInView: 20 cells, of 13.8 pixels.
    const align::PlaneMap corner{1, 0, kWidth - 50, 0, 1, kHeight - 50, 0, 0, 1};
    EXPECT_FALSE(measure(picture_of(1), picture_of(1), corner).is_measured);
    const align::PlaneMap more{1, 0, kWidth - 90, 0, 1, kHeight - 90, 0, 0, 1};
    EXPECT_TRUE(measure(picture_of(1), picture_of(1), more).is_measured);
    EXPECT_FALSE(measure(test::GrayPicture(kWidth, kHeight, 90), picture_of(1)).is_measured);
    // All of it beyond the horizon, or nothing at all.
    EXPECT_FALSE(measure(picture_of(1), picture_of(1), {}).is_measured);
}

TEST(PlacedCells, TakeAnySizeOfPicture) {
    const test::GrayPicture dot(1, 1, 7);
    EXPECT_FALSE(measure(dot, dot).is_measured);
    EXPECT_FALSE(measure(picture_of(1), dot).is_measured);
    const test::GrayPicture line(1, 4000, 7);
    EXPECT_FALSE(measure(line, line).is_measured);
}

/// Every second column of the query lighter: a pattern of two pixels, as of a screen that was
/// filmed.
test::GrayPicture with_columns(test::GrayPicture picture, int by) {
    for (int y = 0; y < picture.height; ++y) {
        for (int x = 0; x < picture.width; ++x) {
            picture.at(x, y) = static_cast<std::uint8_t>(picture.at(x, y) / 2 + (x % 2) * by);
        }
    }
    return picture;
}

// kFilmGap: with half of it the picture is halved once too often and its detail is gone, with twice
// as much not at all, and the pattern of the screen is taken for detail.
TEST(PlacedCells, OfAFilmAreComparedWhereAPatternOfPixelsIsGone) {
    const test::GrayPicture known = test::squares_picture(kWidth, kHeight, 7, 1);
    const LocalFrame screen = query_frame(with_columns(known, 80));
    const auto like_at = [&](double gap) {
        return measure_cells(screen, known_frame(known), kSame, false, gap).like;
    };
    EXPECT_GT(like_at(kFilmGap), 0.98);
    EXPECT_LT(like_at(kFilmGap / 2), 0.95);
    EXPECT_LT(like_at(kFilmGap * 2), 0.75);
}

}  // namespace
}  // namespace refrain::evidence
