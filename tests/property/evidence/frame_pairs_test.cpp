#include "evidence/frames/frame_pairs.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "match/match_item.h"
#include "support/random_hash.h"
#include "verdict/frame_score.h"

namespace refrain::evidence {
namespace {

using Random = std::mt19937_64;

constexpr MediaTime kKnownStep = MediaTime::from_ms(80);
constexpr MediaTime kQueryStep = MediaTime::from_ms(250);

/// Codes of a film every kKnownStep: scenes, of which some come again.
std::vector<Hash256> film(Random& random, std::size_t frames) {
    std::vector<std::vector<Hash256>> scenes;
    std::vector<Hash256> codes;
    while (codes.size() < frames) {
        if (!scenes.empty() && random() % 4 == 0) {
            const std::vector<Hash256>& again = scenes[random() % scenes.size()];
            codes.insert(codes.end(), again.begin(), again.end());
            continue;
        }
        std::vector<Hash256> scene;
        Hash256 code = test::random_hash(random);
        const int motion = 3 + static_cast<int>(random() % 7);  // a still shows no speed
        for (std::size_t i = 0, length = 20 + random() % 100; i < length; ++i) {
            scene.push_back(code);
            code = test::with_flipped_bits(code, motion, random);
        }
        codes.insert(codes.end(), scene.begin(), scene.end());
        scenes.push_back(std::move(scene));
    }
    codes.resize(frames);
    return codes;
}

Fingerprint fingerprint_of(const std::vector<Hash256>& codes, MediaTime step) {
    Fingerprint fingerprint;
    fingerprint.media.kind = MediaKind::kVideo;
    for (std::size_t i = 0; i < codes.size(); ++i) {
        fingerprint.frames.push_back(
            {MediaTime::from_us(step.us * static_cast<std::int64_t>(i)), codes[i], 90, false});
    }
    fingerprint.media.duration =
        MediaTime::from_us(step.us * static_cast<std::int64_t>(codes.size()));
    return fingerprint;
}

/// Strange pictures, and between them excerpts at several speeds, forward and reversed.
std::vector<Hash256> edited(Random& random, const std::vector<Hash256>& known) {
    constexpr double kSpeeds[] = {1, 1, 1, 1.25, 0.8, -1};
    std::vector<Hash256> codes;
    for (int excerpt = 0; excerpt < 3; ++excerpt) {
        for (std::size_t i = random() % 20; i > 0; --i) {
            codes.push_back(test::random_hash(random));
        }
        const double speed = kSpeeds[random() % 6];
        const double step =
            speed * static_cast<double>(kQueryStep.us) / static_cast<double>(kKnownStep.us);
        auto at = static_cast<double>(random() % known.size());
        for (std::size_t i = 20 + random() % 60; i > 0; --i, at += step) {
            if (at >= 0 && at < static_cast<double>(known.size())) {
                const int noise = static_cast<int>(random() % 20);
                codes.push_back(
                    test::with_flipped_bits(known[static_cast<std::size_t>(at)], noise, random));
            }
        }
    }
    return codes;
}

std::vector<SeedHit> hits_of(const Query& query, const KnownItem& item) {
    std::vector<SeedHit> hits;
    for (std::uint32_t seed = 0; seed < query.seeds().size(); ++seed) {
        for (std::uint32_t frame = 0; frame < item.frames.size(); ++frame) {
            const int distance =
                hamming_distance(query.seed_codes()[seed], item.frames[frame].hash);
            if (distance <= verdict::kMaxDistance) {
                hits.push_back({seed, frame, distance});
            }
        }
    }
    return hits;
}

struct Scene {
    explicit Scene(std::uint64_t seed) : random(seed) {
        const std::vector<Hash256> codes = film(random, 2000);
        const Fingerprint known = fingerprint_of(codes, kKnownStep);
        item.kind = MediaKind::kVideo;
        item.duration = known.media.duration;
        keep_searchable(item, known);
        fingerprint = fingerprint_of(edited(random, codes), kQueryStep);
    }

    Random random;
    KnownItem item;
    Fingerprint fingerprint;
};

Match match_by(const Scene& scene, const Query& query, const PairedFrames& paired) {
    std::vector<Likeness> likenesses;
    for (const PairedFrame& pair : paired.pairs) {
        const KnownFrame& known = scene.item.frames[pair.known];
        likenesses.push_back({pair.query,
                              {known.begin, known.end},
                              pair.distance,
                              std::min<int>(query.frames()[pair.query].quality, known.quality),
                              1});
    }
    const match::LookUpContext context{query, 1e6, 1, false, false};
    const match::Aspect aspect{&context, &scene.item, QueryView{}, &likenesses, nullptr};
    Match match = match::match_item({&aspect, 1}).match;
    std::sort(match.segments.begin(), match.segments.end(),
              [](const Segment& a, const Segment& b) { return a.query->begin < b.query->begin; });
    return match;
}

class FramePairs : public testing::TestWithParam<std::uint64_t> {};

TEST_P(FramePairs, OnLinesMakeTheMatchThatAllPairsMake) {
    const Scene scene(GetParam());
    const Query query(scene.fingerprint);
    const std::vector<SeedHit> hits = hits_of(query, scene.item);
    const Match all = match_by(scene, query, pair_all_frames(query, scene.item, QueryView{}, {}));
    const Match fast =
        match_by(scene, query, pair_frames_on_lines(query, scene.item, QueryView{}, hits, {}));
    ASSERT_EQ(fast.segments.size(), all.segments.size());
    // Where a scene comes again, one of several equals may be the one that counts.
    constexpr double kAsGood = 0.99;
    EXPECT_GE(fast.score, kAsGood * all.score);
    for (std::size_t i = 0; i < all.segments.size(); ++i) {
        const Segment& one = fast.segments[i];
        const Segment& other = all.segments[i];
        EXPECT_NEAR(one.query->begin.seconds(), other.query->begin.seconds(), 0.3);
        EXPECT_NEAR(one.query->end.seconds(), other.query->end.seconds(), 0.3);
        EXPECT_GE(one.score, kAsGood * other.score);
        if (one.score * kAsGood <= other.score) {
            EXPECT_NEAR(one.speed, other.speed, 0.04);
        }
    }
}

TEST_P(FramePairs, OnLinesAreSomeOfAllPairs) {
    const Scene scene(GetParam());
    const Query query(scene.fingerprint);
    const PairedFrames all = pair_all_frames(query, scene.item, QueryView{}, {});
    const PairedFrames fast =
        pair_frames_on_lines(query, scene.item, QueryView{}, hits_of(query, scene.item), {});
    const auto by_place = [](const PairedFrame& a, const PairedFrame& b) {
        return std::pair(a.query, a.known) < std::pair(b.query, b.known);
    };
    EXPECT_TRUE(std::is_sorted(fast.pairs.begin(), fast.pairs.end(), by_place));
    EXPECT_TRUE(std::includes(all.pairs.begin(), all.pairs.end(), fast.pairs.begin(),
                              fast.pairs.end(), by_place));
    EXPECT_LT(fast.compared, all.compared);
}

TEST_P(FramePairs, SayWhenABoundCutThemOff) {
    const Scene scene(GetParam());
    const Query query(scene.fingerprint);
    const std::size_t frames = scene.item.frames.size();
    PairBounds bounds;
    bounds.compared = frames * query.frames().size();
    EXPECT_FALSE(pair_all_frames(query, scene.item, QueryView{}, bounds).is_cut_off);
    --bounds.compared;
    const PairedFrames cut = pair_all_frames(query, scene.item, QueryView{}, bounds);
    EXPECT_TRUE(cut.is_cut_off);
    EXPECT_EQ(cut.compared, bounds.compared + 1 - frames);
}

INSTANTIATE_TEST_SUITE_P(Films, FramePairs, testing::Range<std::uint64_t>(1, 41));

}  // namespace
}  // namespace refrain::evidence
