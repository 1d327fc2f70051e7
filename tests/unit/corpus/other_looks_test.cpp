#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/corpus.h"
#include "refrain/fingerprinter.h"

#include "evidence/local/other_look.h"
#include "fingerprint/local_sampler.h"
#include "support/gray_picture.h"
#include "support/made_up_medium.h"
#include "support/temp_folder.h"

// docs/decisions/0073-other-looks.md.
namespace refrain {
namespace {

using test::GrayPicture;

GrayPicture negative(GrayPicture picture) {
    for (std::uint8_t& sample : picture.samples) {
        sample = static_cast<std::uint8_t>(255 - sample);
    }
    return picture;
}

GrayPicture window(const GrayPicture& picture, int left, int top, int width, int height) {
    GrayPicture part(width, height);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            part.at(x, y) = picture.at(left + x, top + y);
        }
    }
    return part;
}

/// Linear between its samples.
GrayPicture stretched(const GrayPicture& picture, double across, double down) {
    GrayPicture result(static_cast<int>(picture.width * across),
                       static_cast<int>(picture.height * down));
    for (int y = 0; y < result.height; ++y) {
        for (int x = 0; x < result.width; ++x) {
            const double u = std::clamp((x + 0.5) / across - 0.5, 0.0, picture.width - 1.001);
            const double v = std::clamp((y + 0.5) / down - 0.5, 0.0, picture.height - 1.001);
            const int left = static_cast<int>(u);
            const int top = static_cast<int>(v);
            const auto along = [&](int row) {
                return picture.at(left, row) * (left + 1 - u) +
                       picture.at(left + 1, row) * (u - left);
            };
            result.at(x, y) = static_cast<std::uint8_t>(
                std::lround(along(top) * (top + 1 - v) + along(top + 1) * (v - top)));
        }
    }
    return result;
}

LocalFrame frame_of(const GrayPicture& picture, const FingerprintOptions& options) {
    fingerprint::LocalSampler sampler(options, true);
    Fingerprint medium;
    sampler.take({}, picture.view(), Hash256{}, medium);
    EXPECT_EQ(medium.local.size(), 1U);
    return medium.local.empty() ? LocalFrame{} : medium.local[0];
}

/// A medium of one picture that is recognised by its points alone.
Fingerprint medium_of(const GrayPicture& picture, std::uint64_t seed, bool is_query) {
    Fingerprint medium = test::made_up(seed, MediaKind::kImage, 1, 4);
    const FingerprintOptions options;
    medium.local[0] = frame_of(picture, is_query ? options.for_query() : options);
    return medium;
}

LocalFrame as_negative(const LocalFrame& frame, double finest, std::size_t most) {
    return evidence::seen_as(frame, {true, 1, 1}, finest, most);
}

TEST(NegativeFrame, HasTheCodesThatTheNegativeHas) {
    const GrayPicture picture = test::boxes_picture(500, 400, 3);
    const FingerprintOptions query = FingerprintOptions().for_query();
    const LocalFrame made = as_negative(frame_of(picture, query), 1, 4095);
    const LocalFrame seen = frame_of(negative(picture), query);
    ASSERT_GT(made.points.size(), 200U);
    std::size_t same = 0;
    std::size_t near = 0;
    for (const LocalPoint& point : made.points) {
        for (const LocalPoint& other : seen.points) {
            if (point.x == other.x && point.y == other.y && point.scale == other.scale) {
                ++same;
                near += hamming_distance(point.code, other.code) <= 50 ? 1 : 0;
                break;
            }
        }
    }
    EXPECT_GT(same, made.points.size() / 2);
    EXPECT_GT(near, same * 3 / 4);  // finer points are seen through a shrunk picture
}

TEST(SqueezedFrame, HasCodesOfTheSqueezedPicture) {
    const GrayPicture picture = test::boxes_picture(500, 400, 5);
    const FingerprintOptions query = FingerprintOptions().for_query();
    const LocalFrame wide = frame_of(stretched(picture, 2, 1), query);
    const LocalFrame made = evidence::seen_as(wide, {false, 0.5, 1}, 1, 4095);
    EXPECT_EQ(made.width, (wide.width + 1) / 2);
    EXPECT_EQ(made.height, wide.height);
    const LocalFrame seen = frame_of(picture, query);
    const double size = static_cast<double>(made.width) / seen.width;
    const auto has_near = [&](const LocalPoint& point) {
        return std::any_of(seen.points.begin(), seen.points.end(), [&](const LocalPoint& other) {
            const double dx = point.x - size * other.x;
            const double dy = point.y - size * other.y;
            return std::hypot(dx, dy) < 6 * LocalPoint::kPositionUnits &&
                   hamming_distance(point.code, other.code) <= 50;
        });
    };
    const auto near_among = [&](const std::vector<LocalPoint>& points) {
        return static_cast<double>(std::count_if(points.begin(), points.end(), has_near)) /
               static_cast<double>(points.size());
    };
    ASSERT_GT(made.points.size(), 200U);
    EXPECT_GT(near_among(made.points), 0.1);
    std::vector<LocalPoint> as_they_are = wide.points;
    for (LocalPoint& point : as_they_are) {
        point.x = static_cast<std::uint16_t>(point.x / 2);
    }
    EXPECT_LT(near_among(as_they_are), 0.5 * near_among(made.points));
}

TEST(NegativeFrame, KeepsToTheNumberAndTheSizesThatAreAskedFor) {
    const LocalFrame frame =
        frame_of(test::boxes_picture(500, 400, 4), FingerprintOptions().for_query());
    EXPECT_LE(as_negative(frame, 1, 50).points.size(), 50U);
    const LocalFrame coarse = as_negative(frame, 2, 4095);
    ASSERT_GT(coarse.points.size(), 10U);
    for (const LocalPoint& point : coarse.points) {
        EXPECT_GT(std::exp2(static_cast<double>(point.scale) / LocalPoint::kScaleUnits), 1.6);
    }
}

TEST(NegativeFrame, OfAFrameWithoutItsPictureIsEmpty) {
    LocalFrame frame = frame_of(test::boxes_picture(500, 400, 4), FingerprintOptions().for_query());
    frame.luma.clear();
    frame.luma_width = frame.luma_height = 0;
    EXPECT_TRUE(as_negative(frame, 1, 4095).points.empty());
    EXPECT_TRUE(as_negative(LocalFrame{}, 1, 4095).points.empty());
    frame.luma.assign(12, 7);  // too small for any code
    frame.luma_width = 4;
    frame.luma_height = 3;
    EXPECT_TRUE(as_negative(frame, 1, 4095).points.empty());
}

class OtherLooks : public testing::Test {
  protected:
    OtherLooks() {
        std::vector<NewItem> items;
        for (std::uint32_t i = 0; i < 12; ++i) {
            NewItem item;
            item.id = item.name = "item" + std::to_string(i);
            item.fingerprint = medium_of(test::boxes_picture(600, 450, 20 + i), 20 + i, false);
            items.push_back(std::move(item));
        }
        EXPECT_TRUE(corpus_.add(items).ok());
    }

    std::vector<Match> find(const GrayPicture& picture, Effort effort) {
        FindOptions options;
        options.effort = effort;
        Result<FindAnswer> answer = corpus_.find(medium_of(picture, 1000, true), options);
        EXPECT_TRUE(answer.ok());
        return answer.ok() ? std::move(answer->matches) : std::vector<Match>();
    }

    test::TempFolder folder_;
    Corpus corpus_ = Corpus::open(folder_.path() / "corpus", CorpusMode::kCreate).value();
};

TEST_F(OtherLooks, ACropOfANegativeIsFoundAndSaidToBeOne) {
    for (const std::uint32_t i : {0U, 5U, 11U}) {
        const GrayPicture crop =
            window(negative(test::boxes_picture(600, 450, 20 + i)), 60, 40, 420, 330);
        for (const Effort effort : {Effort::kNormal, Effort::kThorough}) {
            const std::vector<Match> matches = find(crop, effort);
            ASSERT_EQ(matches.size(), 1U) << i;
            EXPECT_EQ(matches[0].name, "item" + std::to_string(i));
            ASSERT_TRUE(matches[0].transform);
            EXPECT_TRUE(matches[0].transform->is_negative);
            EXPECT_FALSE(matches[0].transform->is_mirrored);
        }
        EXPECT_TRUE(find(crop, Effort::kFast).empty());
        const std::vector<Match> mirrored = find(test::mirror_of(crop), Effort::kNormal);
        ASSERT_EQ(mirrored.size(), 1U) << i;
        EXPECT_TRUE(mirrored[0].transform->is_negative);
        EXPECT_TRUE(mirrored[0].transform->is_mirrored);
    }
}

// kSqueeze: 1 / 1.75, which is to serve from 1.5 to 2.
TEST_F(OtherLooks, AStretchedCropIsFoundWhereItLies) {
    for (const std::uint32_t i : {1U, 6U, 10U}) {
        const GrayPicture crop = window(test::boxes_picture(600, 450, 20 + i), 60, 40, 420, 330);
        for (const double by : {1.6, 1.85}) {
            for (const bool is_wide : {false, true}) {
                const std::vector<Match> matches =
                    find(stretched(crop, is_wide ? by : 1, is_wide ? 1 : by), Effort::kNormal);
                ASSERT_EQ(matches.size(), 1U) << i << " " << by << " " << is_wide;
                EXPECT_EQ(matches[0].name, "item" + std::to_string(i));
                ASSERT_TRUE(matches[0].transform);
                EXPECT_FALSE(matches[0].transform->is_negative);
                EXPECT_NEAR(matches[0].transform->box[0], 0, 0.02);
                EXPECT_NEAR(matches[0].transform->box[3], 1, 0.02);
                // Of the known picture 420 x 330 of 600 x 450 are seen.
                EXPECT_NEAR(matches[0].transform->scale, std::sqrt(600.0 * 450 / (420 * 330)), 0.1);
            }
        }
    }
}

TEST_F(OtherLooks, APlainCropIsNoNegativeAndAStrangersNegativeNothing) {
    const GrayPicture crop = window(test::boxes_picture(600, 450, 23), 60, 40, 420, 330);
    const std::vector<Match> matches = find(crop, Effort::kThorough);
    ASSERT_EQ(matches.size(), 1U);
    EXPECT_FALSE(matches[0].transform->is_negative);
    EXPECT_TRUE(find(negative(test::boxes_picture(600, 450, 77)), Effort::kThorough).empty());
}

constexpr std::uint32_t kKnownFilm = 300;
constexpr std::uint32_t kOtherFilm = 500;

GrayPicture film_frame(std::uint32_t film, std::uint32_t frame) {
    return test::boxes_picture(600, 450, film + frame);
}

/// A film of which each frame stands for a second, and that is recognised by its points alone.
template <typename FrameAt>
Fingerprint film_of(std::uint32_t frames, bool is_query, const FrameAt& frame_at) {
    Fingerprint medium =
        test::made_up(is_query ? 1001 : 1000, MediaKind::kVideo, static_cast<int>(frames), 4);
    medium.media.duration = MediaTime::from_seconds(static_cast<int>(frames));
    medium.decode.decoded_until = medium.media.duration;
    medium.shots.clear();
    medium.local.clear();
    for (std::uint32_t i = 0; i < frames; ++i) {
        medium.frames[i].time = MediaTime::from_seconds(static_cast<int>(i));
    }
    const FingerprintOptions options;
    fingerprint::LocalSampler sampler(is_query ? options.for_query() : options, false);
    for (std::uint32_t i = 0; i < frames; ++i) {
        frame::FrameHeader header;
        header.time = MediaTime::from_seconds(static_cast<int>(i));
        Hash256 hash;  // far from the last one
        for (int bit = 0; bit < Hash256::kBits / 2; ++bit) {
            hash.set_bit(static_cast<int>(i % 2) * Hash256::kBits / 2 + bit);
        }
        sampler.take(header, frame_at(i).view(), hash, medium);
    }
    EXPECT_EQ(medium.local.size(), frames);
    return medium;
}

class OtherLooksOfFilms : public testing::Test {
  protected:
    OtherLooksOfFilms() {
        NewItem item;
        item.id = item.name = "film";
        item.fingerprint =
            film_of(16, false, [](std::uint32_t i) { return film_frame(kKnownFilm, i); });
        EXPECT_TRUE(corpus_.add({&item, 1}).ok());
    }

    /// Looks up a film that shows the known one from the ninth of its forty frames on.
    template <typename Edit>
    std::vector<Match> find(const Edit& edit, Effort effort) {
        FindOptions options;
        options.effort = effort;
        const Fingerprint query = film_of(40, true, [&](std::uint32_t i) {
            return i >= 8 && i < 24 ? edit(film_frame(kKnownFilm, i - 8))
                                    : film_frame(kOtherFilm, i);
        });
        Result<FindAnswer> answer = corpus_.find(query, options);
        EXPECT_TRUE(answer.ok());
        return answer.ok() ? std::move(answer->matches) : std::vector<Match>();
    }

    test::TempFolder folder_;
    Corpus corpus_ = Corpus::open(folder_.path() / "corpus", CorpusMode::kCreate).value();
};

// kProbeFrames: 6, of which three show the known film; half as many would be one, which is not
// enough to go on.
TEST_F(OtherLooksOfFilms, ACropOfANegativeIsFoundWhereItIs) {
    const auto edit = [](const GrayPicture& picture) {
        return window(negative(picture), 20, 15, 560, 420);
    };
    for (const Effort effort : {Effort::kNormal, Effort::kThorough}) {
        const std::vector<Match> matches = find(edit, effort);
        ASSERT_EQ(matches.size(), 1U);
        ASSERT_TRUE(matches[0].transform);
        EXPECT_TRUE(matches[0].transform->is_negative);
        ASSERT_FALSE(matches[0].segments.empty());
        for (const Segment& segment : matches[0].segments) {
            ASSERT_TRUE(segment.query && segment.reference);
            EXPECT_GE(segment.query->begin.seconds(), 7);
            EXPECT_LE(segment.query->end.seconds(), 25);
            EXPECT_NEAR((segment.query->begin - segment.reference->begin).seconds(), 8, 1.1);
        }
    }
    EXPECT_TRUE(find(edit, Effort::kFast).empty());
}

TEST_F(OtherLooksOfFilms, AStretchedCropIsFound) {
    for (const bool is_wide : {false, true}) {
        const auto edit = [is_wide](const GrayPicture& picture) {
            return stretched(window(picture, 20, 15, 560, 420), is_wide ? 1.85 : 1,
                             is_wide ? 1 : 1.85);
        };
        const std::vector<Match> matches = find(edit, Effort::kNormal);
        ASSERT_EQ(matches.size(), 1U) << is_wide;
        ASSERT_TRUE(matches[0].transform);
        EXPECT_FALSE(matches[0].transform->is_negative);
        EXPECT_NEAR(matches[0].transform->box[0], 0, 0.03);
        EXPECT_NEAR(matches[0].transform->box[3], 1, 0.03);
    }
}

TEST_F(OtherLooksOfFilms, AStrangersNegativeIsNothing) {
    const auto edit = [](const GrayPicture&) {
        return negative(test::boxes_picture(600, 450, 77));
    };
    EXPECT_TRUE(find(edit, Effort::kThorough).empty());
}

}  // namespace
}  // namespace refrain
