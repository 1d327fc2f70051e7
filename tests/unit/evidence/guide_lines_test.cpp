#include "evidence/frames/guide_lines.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "evidence/frames/seed_search.h"
#include "support/random_hash.h"
#include "verdict/frame_score.h"

namespace refrain::evidence {
namespace {

using Random = std::mt19937_64;

constexpr MediaTime kKnownStep = MediaTime::from_ms(100);
constexpr std::size_t kClipFrames = 30;
constexpr std::size_t kShotFrames = 10;

std::vector<Hash256> moving(Random& random, std::size_t frames) {
    std::vector<Hash256> codes = {test::random_hash(random)};
    while (codes.size() < frames) {
        codes.push_back(test::with_flipped_bits(codes.back(), 12, random));
    }
    return codes;
}

/// A clip that comes again and again, and after each time a shot that comes once.
std::vector<Hash256> looped_film(Random& random, std::size_t loops) {
    const std::vector<Hash256> clip = moving(random, kClipFrames);
    std::vector<Hash256> codes;
    for (std::size_t i = 0; i < loops; ++i) {
        const std::vector<Hash256> shot = moving(random, kShotFrames);
        codes.insert(codes.end(), clip.begin(), clip.end());
        codes.insert(codes.end(), shot.begin(), shot.end());
    }
    return codes;
}

struct Scene {
    /// @param speed  known seconds for each second of the query
    Scene(std::size_t loops, std::size_t first, double speed) {
        Random random(3);
        const std::vector<Hash256> codes = looped_film(random, loops);
        item.kind = MediaKind::kVideo;
        item.duration = at(codes.size());
        for (std::size_t i = 0; i < codes.size(); ++i) {
            item.frames.push_back({codes[i], at(i), at(i + 1), 90});
        }
        fingerprint.media.kind = MediaKind::kVideo;
        const double step = 2.5 * speed;  // of a quarter of a second
        double known = static_cast<double>(first);
        std::int64_t quarters = 0;
        for (; known < static_cast<double>(codes.size()); known += step, ++quarters) {
            const Hash256 code = test::with_flipped_bits(codes[static_cast<std::size_t>(known)],
                                                         static_cast<int>(random() % 12), random);
            fingerprint.frames.push_back({MediaTime::from_ms(250 * quarters), code, 90, false});
        }
        fingerprint.media.duration = MediaTime::from_ms(250 * quarters);
    }

    static MediaTime at(std::size_t frame) {
        return MediaTime::from_us(kKnownStep.us * static_cast<std::int64_t>(frame));
    }

    /// As a search keeps them: of a seed the nearest frames alone.
    [[nodiscard]] std::vector<SeedHit> hits(const Query& query) const {
        std::vector<SeedHit> all;
        for (std::uint32_t seed = 0; seed < query.seeds().size(); ++seed) {
            std::vector<SeedHit> own;
            for (std::uint32_t frame = 0; frame < item.frames.size(); ++frame) {
                const int distance =
                    hamming_distance(query.seed_codes()[seed], item.frames[frame].hash);
                if (distance <= verdict::kMaxDistance) {
                    own.push_back({seed, frame, distance});
                }
            }
            std::stable_sort(own.begin(), own.end(), [](const SeedHit& a, const SeedHit& b) {
                return a.distance < b.distance;
            });
            own.resize(std::min(own.size(), kMaxHitsOfSeed));
            all.insert(all.end(), own.begin(), own.end());
        }
        return all;
    }

    KnownItem item;
    Fingerprint fingerprint;
};

TEST(GuideLines, FollowOneLineThroughAFilmThatRepeatsItselfMoreOftenThanHitsAreKept) {
    for (const std::size_t first : {std::size_t{0}, std::size_t{15}, std::size_t{1000}}) {
        const Scene scene(250, first, 1);
        const Query query(scene.fingerprint);
        const std::vector<GuideLine> lines =
            guide_lines(query, scene.item, QueryView{}, scene.hits(query));
        ASSERT_EQ(lines.size(), 1U) << first;
        EXPECT_DOUBLE_EQ(lines[0].speed, 1);
        EXPECT_NEAR(lines[0].at(0), Scene::at(first).seconds(), 0.3);
        EXPECT_EQ(lines[0].query_end, query.end().seconds());
    }
}

TEST(GuideLines, FollowASpeedThatIsNearlyNormal) {
    const double speed = 1.001;  // 24 frames a second instead of 24000/1001
    const Scene scene(450, 0, speed);
    const Query query(scene.fingerprint);
    const std::vector<GuideLine> lines =
        guide_lines(query, scene.item, QueryView{}, scene.hits(query));
    ASSERT_FALSE(lines.empty());
    for (double time = 0; time < query.end().seconds(); time += 10) {
        const bool is_found = std::any_of(lines.begin(), lines.end(), [&](const GuideLine& line) {
            return line.query_begin <= time && time <= line.query_end &&
                   std::abs(line.at(time) - speed * time) < 0.5;
        });
        EXPECT_TRUE(is_found) << time;
    }
}

TEST(GuideLines, AreNoneWithoutHits) {
    const Scene scene(2, 0, 1);
    EXPECT_TRUE(guide_lines(Query(scene.fingerprint), scene.item, QueryView{}, {}).empty());
}

}  // namespace
}  // namespace refrain::evidence
