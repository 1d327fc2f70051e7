#include "match/followed_motion.h"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "support/random_hash.h"

namespace refrain::match {
namespace {

constexpr int kFrames = 40;

MediaTime at(double seconds) { return MediaTime::from_us(std::llround(seconds * 1e6)); }

/// Codes of a film before a fixed camera: what moves changes some bits of the background's.
std::vector<Hash256> event_before(const Hash256& background, std::mt19937_64& random) {
    std::vector<Hash256> codes;
    for (int i = 0; i < kFrames; ++i) {
        Hash256 moving = test::random_hash(random);
        Hash256 code = background;
        moving.words = {moving.words[0] & 0xFFFFFFFFFFFFU, 0, 0, 0};
        code.words[0] ^= moving.words[0];
        codes.push_back(code);
    }
    return codes;
}

/// Two films of 20 s, frame by frame at the same times.
struct Films {
    Films(const std::vector<Hash256>& query, const std::vector<Hash256>& known) {
        film.media.kind = MediaKind::kVideo;
        film.media.duration = at(0.5 * kFrames);
        item.kind = MediaKind::kVideo;
        item.duration = film.media.duration;
        for (std::size_t i = 0; i < query.size(); ++i) {
            const double time = 0.5 * static_cast<double>(i);
            FrameHash frame;
            frame.time = at(time);
            frame.hash = query[i];
            frame.quality = 90;
            film.frames.push_back(frame);
            item.frames.push_back({known[i], at(time), at(time + 0.1), 90});
        }
    }
    [[nodiscard]] FollowedMotion motion() const {
        const align::TimeSegment all{{at(0), at(20)}, {at(0), at(20)}, speed, {}, 0};
        const align::TimeSegment* runs[] = {&all};
        return followed_motion(evidence::Query(film), {}, item, runs, kMatchRules);
    }

    Fingerprint film;
    evidence::KnownItem item;
    double speed = 1;
};

std::vector<Hash256> with_noise(std::vector<Hash256> codes, int bits, std::mt19937_64& random) {
    for (Hash256& code : codes) {
        code = test::with_flipped_bits(code, bits, random);
    }
    return codes;
}

TEST(FollowedMotion, ACopyMakesTheChangesOfTheFilm) {
    std::mt19937_64 random(1);
    const std::vector<Hash256> known = event_before(test::random_hash(random), random);
    const FollowedMotion motion = Films(with_noise(known, 14, random), known).motion();
    EXPECT_EQ(motion.frames, kFrames);
    EXPECT_EQ(motion.nearest, 14);
    EXPECT_GT(motion.followed, 0.8);
    EXPECT_FALSE(moves_otherwise(motion, kMatchRules));
}

TEST(FollowedMotion, WhatIsLaidOverTheWholeFilmTellsNothing) {
    std::mt19937_64 random(2);
    const std::vector<Hash256> known = event_before(test::random_hash(random), random);
    std::vector<Hash256> query = known;
    const Hash256 laid_over = test::with_flipped_bits(Hash256{}, 40, random);
    for (Hash256& code : query) {
        for (std::size_t i = 0; i < code.words.size(); ++i) {
            code.words[i] |= laid_over.words[i];
        }
    }
    const FollowedMotion motion = Films(query, known).motion();
    EXPECT_GT(motion.followed, 0.7);
    EXPECT_FALSE(moves_otherwise(motion, kMatchRules));
}

TEST(FollowedMotion, AnotherEventBeforeTheSameCameraMovesOtherwise) {
    std::mt19937_64 random(3);
    const Hash256 background = test::random_hash(random);
    const std::vector<Hash256> known = event_before(background, random);
    const FollowedMotion motion = Films(event_before(background, random), known).motion();
    EXPECT_LT(motion.distance, 30);
    EXPECT_LT(motion.followed, 0.2);
    EXPECT_TRUE(moves_otherwise(motion, kMatchRules));
}

TEST(FollowedMotion, OfAStillFilmItCannotBeTold) {
    std::mt19937_64 random(4);
    const Hash256 background = test::random_hash(random);
    const std::vector<Hash256> known(kFrames, background);
    const FollowedMotion motion = Films(event_before(background, random), known).motion();
    EXPECT_EQ(motion.known, 0);
    EXPECT_EQ(motion.followed, 0);
    EXPECT_FALSE(moves_otherwise(motion, kMatchRules));
}

// The second half of the query is a crop, whose codes are of another place.
TEST(FollowedMotion, RunsOnOtherGroundTellNothingOfMotion) {
    std::mt19937_64 random(6);
    const std::vector<Hash256> known = event_before(test::random_hash(random), random);
    std::vector<Hash256> query = known;
    for (std::size_t i = query.size() / 2; i < query.size(); ++i) {
        query[i] = test::random_hash(random);
    }
    const Films films(query, known);
    const align::TimeSegment first{{at(0), at(10)}, {at(0), at(10)}, 1, {}, 0};
    const align::TimeSegment second{{at(10), at(20)}, {at(10), at(20)}, 1, {}, 0};
    const align::TimeSegment* both[] = {&first, &second};
    const align::TimeSegment* one[] = {&second};
    const evidence::Query film(films.film);
    const FollowedMotion motion = followed_motion(film, {}, films.item, both, kMatchRules);
    EXPECT_EQ(motion.frames, kFrames / 2);
    EXPECT_EQ(motion.followed, 1);
    // With nothing on the same ground all are compared, and say that it cannot be told.
    const FollowedMotion other = followed_motion(film, {}, films.item, one, kMatchRules);
    EXPECT_EQ(other.frames, kFrames / 2);
    EXPECT_GT(other.distance, kMatchRules.same_ground);
    EXPECT_FALSE(moves_otherwise(other, kMatchRules));
}

TEST(FollowedMotion, AReversedCopyIsFollowedBackwards) {
    std::mt19937_64 random(5);
    const std::vector<Hash256> known = event_before(test::random_hash(random), random);
    // The last known frame begins at 19.5 s; the query shows it at 0.5 s after its begin.
    std::vector<Hash256> query{known.back()};
    query.insert(query.end(), known.rbegin(), known.rend() - 1);
    Films films(query, known);
    films.speed = -1;
    const FollowedMotion motion = films.motion();
    EXPECT_GT(motion.followed, 0.8);
    films.speed = 1;
    EXPECT_LT(films.motion().followed, 0.5);
}

TEST(FollowedMotion, PicturesHaveNone) {
    std::mt19937_64 random(6);
    const std::vector<Hash256> known = event_before(test::random_hash(random), random);
    Films films(known, known);
    films.item.kind = MediaKind::kImage;
    EXPECT_EQ(films.motion().frames, 0);
    EXPECT_FALSE(moves_otherwise(films.motion(), kMatchRules));
    EXPECT_EQ(followed_motion(evidence::Query(films.film), {}, films.item, {}, kMatchRules).frames,
              0);
}

}  // namespace
}  // namespace refrain::match
