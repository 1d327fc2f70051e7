#include "evidence/local/place_following.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

// docs/decisions/0031-films-are-followed.md.
namespace refrain::evidence {
namespace {

constexpr int kPictures = 40;  // of the known film, a second apart
constexpr int kSide = 1000;

MediaTime seconds(double time) {
    return MediaTime::from_us(static_cast<std::int64_t>(std::llround(time * 1e6)));
}

/// How a frame shows the known film.
struct Pose {
    double turn = 0;
    double scale = 1;
    double shift = 0;  ///< to the right, of the query's side
};

PlacedFrame place_of(std::uint32_t frame, std::uint32_t picture, double score, const Pose& pose) {
    PlacedFrame placed;
    placed.query = frame;
    placed.picture = picture;
    placed.score = score;
    placed.known_time = seconds(picture);
    placed.query_size = {kSide, kSide};
    placed.placement.rotation_deg = pose.turn;
    placed.placement.scale = pose.scale;
    for (align::PlanePoint& corner : placed.placement.quad) {
        corner = {pose.shift * kSide, 0};
    }
    return placed;
}

/// A film whose picture `shown(time)` a query shows at a time, with frames at these times.
class FollowFilm : public testing::Test {
  protected:
    FollowFilm() {
        for (int i = 0; i < kPictures; ++i) {
            LocalFrame frame;
            frame.time = seconds(i);
            item_.local.push_back(frame);
        }
    }

    void show_at(const std::vector<double>& times) {
        for (const double time : times) {
            LocalFrame frame;
            frame.time = seconds(time);
            frame.points.resize(1);
            query_.local.push_back(frame);
        }
    }

    /// The film is followed from what is placed so far.
    void follow(std::vector<PlacedFrame>& placed) {
        tried_.clear();
        const FollowedFilm film{
            query_, item_,
            [](std::uint32_t picture) {
                return TimeSpan{seconds(picture - 0.5), seconds(picture + 0.5)};
            },
            [this](std::uint32_t frame, std::uint32_t picture) -> std::optional<PlacedFrame> {
                tried_.push_back(picture);
                if (picture != shown_in(frame)) {
                    return std::nullopt;
                }
                return place_of(frame, picture, 2, pose_(frame));
            }};
        follow_film(film, placed, rules_);
    }

    /// The frames in which the film is placed, when one frame alone is known to show it.
    std::vector<std::uint32_t> followed(std::uint32_t from, double score = 20) {
        std::vector<PlacedFrame> placed{place_of(from, shown_in(from), score, pose_(from))};
        follow(placed);
        std::vector<std::uint32_t> frames;
        for (const PlacedFrame& one : placed) {
            frames.push_back(one.query);
        }
        std::sort(frames.begin(), frames.end());
        return frames;
    }

    std::uint32_t shown_in(std::uint32_t frame) const {
        return static_cast<std::uint32_t>(
            std::lround(shown_(query_.local.at(frame).time.seconds())));
    }

    Fingerprint query_;
    KnownItem item_;
    FollowRules rules_;
    std::function<double(double)> shown_ = [](double time) {
        return 10 + time;
    };
    std::function<Pose(std::uint32_t)> pose_ = [](std::uint32_t) {
        return Pose{};
    };
    std::vector<std::uint32_t> tried_;
};

using Frames = std::vector<std::uint32_t>;

TEST_F(FollowFilm, GoesForwardAndBackFromASurePlace) {
    show_at({0, 1, 2, 3, 4});
    EXPECT_EQ(followed(2), (Frames{0, 1, 2, 3, 4}));
}

TEST_F(FollowFilm, FramesWithoutPointsArePassedOver) {
    show_at({0, 1, 2, 3});
    query_.local[1].points.clear();
    EXPECT_EQ(followed(0), (Frames{0, 2, 3}));
}

// sure: 6.
TEST_F(FollowFilm, StartsFromASurePlaceOnly) {
    show_at({0, 1, 2});
    EXPECT_EQ(followed(1, 4), (Frames{1}));
    EXPECT_EQ(followed(1, 8), (Frames{0, 1, 2}));
}

TEST_F(FollowFilm, StartsFromNoLookAlike) {
    show_at({0, 1});
    std::vector<PlacedFrame> placed{place_of(0, 10, 20, {})};
    placed[0].judgement.evidence = -1;
    const FollowedFilm film{
        query_, item_,
        [](std::uint32_t) {
            return TimeSpan{{}, seconds(100)};
        },
        [](std::uint32_t frame, std::uint32_t picture) -> std::optional<PlacedFrame> {
            return place_of(frame, picture, 20, {});
        }};
    follow_film(film, placed, rules_);
    EXPECT_EQ(placed.size(), 1U);
}

// reach: 5 s.
TEST_F(FollowFilm, ReachesAsFarAsTheRulesSay) {
    show_at({0, 4});
    EXPECT_EQ(followed(0), (Frames{0, 1}));
    query_.local.clear();
    show_at({0, 7});
    EXPECT_EQ(followed(0), (Frames{0}));
}

// slowest: half. After four seconds picture 12 may follow 10, and 11 may not.
TEST_F(FollowFilm, MayBePlayedSlowly) {
    show_at({0, 4});
    rules_.pictures = kPictures;
    shown_ = [](double time) {
        return 10 + 0.5 * time;
    };
    EXPECT_EQ(followed(0), (Frames{0, 1}));
    shown_ = [](double time) {
        return 10 + 0.25 * time;
    };
    EXPECT_EQ(followed(0), (Frames{0}));
}

// fastest: twice. After three seconds picture 16 may follow 10, and 18 may not.
TEST_F(FollowFilm, MayBePlayedFast) {
    show_at({0, 3});
    rules_.pictures = kPictures;
    shown_ = [](double time) {
        return 10 + 2 * time;
    };
    EXPECT_EQ(followed(0), (Frames{0, 1}));
    shown_ = [](double time) {
        return 10 + 8.0 / 3 * time;
    };
    EXPECT_EQ(followed(0), (Frames{0}));
}

// pictures: four, those first that the film shows at its own speed.
TEST_F(FollowFilm, TriesFewPicturesInAFrame) {
    show_at({0, 4});
    EXPECT_EQ(followed(0), (Frames{0, 1}));
    ASSERT_EQ(tried_.size(), 4U);
    EXPECT_EQ(tried_[0], 14U);
}

TEST_F(FollowFilm, ATurnBeyondTheRulesIsNotTheSame) {
    show_at({0, 1});
    pose_ = [](std::uint32_t frame) {
        return Pose{9.0 * frame, 1, 0};
    };
    EXPECT_EQ(followed(0), (Frames{0, 1}));
    pose_ = [](std::uint32_t frame) {
        return Pose{18.0 * frame, 1, 0};
    };
    EXPECT_EQ(followed(0), (Frames{0}));
}

TEST_F(FollowFilm, AnotherSizeIsNotTheSame) {
    show_at({0, 1});
    pose_ = [](std::uint32_t frame) {
        return Pose{0, std::exp(0.25 * frame), 0};
    };
    EXPECT_EQ(followed(0), (Frames{0, 1}));
    pose_ = [](std::uint32_t frame) {
        return Pose{0, std::exp(0.5 * frame), 0};
    };
    EXPECT_EQ(followed(0), (Frames{0}));
}

TEST_F(FollowFilm, AnotherPositionIsNotTheSame) {
    show_at({0, 1});
    pose_ = [](std::uint32_t frame) {
        return Pose{0, 1, 0.1 * frame};
    };
    EXPECT_EQ(followed(0), (Frames{0, 1}));
    pose_ = [](std::uint32_t frame) {
        return Pose{0, 1, 0.2 * frame};
    };
    EXPECT_EQ(followed(0), (Frames{0}));
}

// A pan is followed from frame to frame, however far it goes.
TEST_F(FollowFilm, AFilmMayMoveInTheQuery) {
    show_at({0, 1, 2, 3, 4, 5});
    pose_ = [](std::uint32_t frame) {
        return Pose{0, 1, 0.1 * frame};
    };
    EXPECT_EQ(followed(0), (Frames{0, 1, 2, 3, 4, 5}));
}

// Frames come more often than pictures of the known film: the time of the line goes on all the
// same, though the frames before show the same picture.
TEST_F(FollowFilm, GoesOnInTimeWhereThePictureStaysTheSame) {
    show_at({0, 0.3, 0.6, 0.9, 1.2, 1.4, 1.8, 2.1, 2.4});
    rules_.pictures = 1;
    EXPECT_EQ(followed(0), (Frames{0, 1, 2, 3, 4, 5, 6, 7, 8}));
}

// Votes put the second frame on a later part of a still scene: it is also placed where the film
// would go on, and a sure place elsewhere is gone on from where the film does not.
TEST_F(FollowFilm, AFrameIsAlsoPlacedWhereTheFilmGoesOn) {
    show_at({0, 1, 2});
    std::vector<PlacedFrame> placed{place_of(0, 10, 20, {}), place_of(1, 30, 20, {})};
    follow(placed);
    const auto has = [&](std::uint32_t frame, std::uint32_t picture) {
        return std::ranges::any_of(placed, [&](const PlacedFrame& one) {
            return one.query == frame && one.picture == picture;
        });
    };
    EXPECT_TRUE(has(1, 11));
    EXPECT_TRUE(has(1, 30));
    EXPECT_TRUE(has(2, 12));
}

TEST_F(FollowFilm, ACutInTheFilmIsFollowedFromItsSurePlace) {
    show_at({0, 1, 2});
    shown_ = [](double time) {
        return time < 0.5 ? 10 : 20 + time;
    };
    std::vector<PlacedFrame> placed{place_of(0, 10, 20, {}), place_of(1, 21, 20, {})};
    follow(placed);
    ASSERT_EQ(placed.size(), 3U);
    EXPECT_EQ(placed[2].picture, 22U);
}

}  // namespace
}  // namespace refrain::evidence
