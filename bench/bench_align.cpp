#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

#include "align/picture_match.h"
#include "align/time_segments.h"

namespace refrain::align {
namespace {

constexpr MediaTime kFrame = MediaTime::from_ms(500);

MediaTime frame_time(std::uint32_t frame) { return {kFrame.us * frame}; }

TimeHit hit_at(std::uint32_t frame, MediaTime begin, MediaTime end, double weight) {
    return {frame,
            frame_time(frame),
            frame_time(frame + 1),
            frame_time(frame > 0 ? frame - 1 : 0),
            begin,
            end,
            weight};
}

/// A static scene against itself: every query frame looks like every stored frame, none quite
/// alike.
std::vector<TimeHit> static_scene(std::size_t count) {
    std::mt19937_64 random(1);
    std::vector<TimeHit> hits;
    for (std::uint32_t side = 1; hits.size() < count; ++side) {
        hits.clear();
        for (std::uint32_t q = 0; q < side; ++q) {
            for (std::uint32_t r = 0; r < side; ++r) {
                const double weight = 20 + static_cast<double>(random() % 11);
                hits.push_back(hit_at(q, frame_time(r), frame_time(r + 1), weight));
            }
        }
        side += side / 50;
    }
    return hits;
}

/// Ten-second shots in random order, and beside each right hit four strays.
std::vector<TimeHit> shuffled_shots(std::size_t count) {
    constexpr std::uint32_t kShot = 20;
    std::mt19937_64 random(1);
    const auto frames = static_cast<std::uint32_t>(count / 5);
    const std::uint32_t shots = frames / kShot + 1;
    std::vector<TimeHit> hits;
    for (std::uint32_t q = 0; q < frames; ++q) {
        // A fixed permutation-like scatter; where two shots fall on one, that one is repeated.
        const std::uint32_t shot = q / kShot * 7919U % shots;
        const std::uint32_t shown = shot * kShot + q % kShot;
        hits.push_back(hit_at(q, frame_time(shown), frame_time(shown + 1), 25));
        for (int stray = 0; stray < 4; ++stray) {
            const auto wrong = static_cast<std::uint32_t>(random() % (shots * kShot));
            hits.push_back(hit_at(q, frame_time(wrong), frame_time(wrong + 1), 20));
        }
    }
    return hits;
}

/// One excerpt at 1.25 times the speed, hits only where they belong.
std::vector<TimeHit> faster_excerpt(std::size_t count) {
    std::vector<TimeHit> hits;
    for (std::uint32_t q = 0; q < count; ++q) {
        const MediaTime begin = MediaTime::from_us(frame_time(q).us * 5 / 4);
        hits.push_back(hit_at(q, begin, begin + kFrame, 25));
    }
    return hits;
}

void align_hits(benchmark::State& state, std::vector<TimeHit> (*make)(std::size_t)) {
    const std::vector<TimeHit> hits = make(static_cast<std::size_t>(state.range(0)));
    TimeOptions options;
    options.query_duration = hits.back().query_end;
    std::size_t segments = 0;
    while (state.KeepRunning()) {
        segments = find_time_segments(hits, options).size();
        benchmark::DoNotOptimize(segments);
    }
    const auto count = static_cast<double>(hits.size());
    state.counters["hits"] = count;
    state.counters["segments"] = static_cast<double>(segments);
    state.counters["ns_per_hit"] = benchmark::Counter(
        count * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void sizes(benchmark::internal::Benchmark* bench) {
    bench->ArgName("hits")->RangeMultiplier(10)->Range(1000, 1000000);
    bench->Unit(benchmark::kMillisecond);
}

BENCHMARK_CAPTURE(align_hits, static_scene, static_scene)->Apply(sizes);
BENCHMARK_CAPTURE(align_hits, shuffled_shots, shuffled_shots)->Apply(sizes);
BENCHMARK_CAPTURE(align_hits, faster_excerpt, faster_excerpt)->Apply(sizes);

/// Two pictures and the pairs between them, of which `percent_right` agree on one turn and size.
struct Pictures {
    std::vector<PointPlace> known;
    std::vector<PointPlace> query;
    std::vector<PointPair> pairs;

    Pictures(std::size_t count, int percent_right) {
        std::mt19937_64 random(1);
        const auto uniform = [&random](double high) {
            return static_cast<float>(static_cast<double>(random() % 100000) / 1e5 * high);
        };
        constexpr double kTurn = 2 * std::numbers::pi;
        for (int i = 0; i < 400; ++i) {
            known.push_back({uniform(512), uniform(384), 1 + uniform(3), uniform(kTurn)});
        }
        for (int i = 0; i < 1200; ++i) {
            query.push_back({uniform(768), uniform(576), 1 + uniform(3), uniform(kTurn)});
        }
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::uint32_t k = i % 400;
            const std::uint32_t q = i * 7 % 1200;
            if (static_cast<int>(i % 100) < percent_right && i < 400) {
                query[q] = {known[k].x * 1.2F + 40, known[k].y * 1.2F + 30, known[k].scale * 1.2F,
                            known[k].angle};
            }
            pairs.push_back({q, k, 0.2F + uniform(0.8), 50});
        }
    }
};

void place(benchmark::State& state, int percent_right) {
    const Pictures pictures(static_cast<std::size_t>(state.range(0)), percent_right);
    std::size_t placements = 0;
    while (state.KeepRunning()) {
        placements = place_pictures(pictures.pairs, pictures.known, pictures.query, {512, 384},
                                    {768, 576}, {})
                         .size();
        benchmark::DoNotOptimize(placements);
    }
    state.counters["placements"] = static_cast<double>(placements);
}

void pair_counts(benchmark::internal::Benchmark* bench) {
    bench->ArgName("pairs")->Arg(50)->Arg(100)->Arg(400)->Arg(2000);
    bench->Unit(benchmark::kMicrosecond);
}

BENCHMARK_CAPTURE(place, unrelated, 0)->Apply(pair_counts);
BENCHMARK_CAPTURE(place, copy, 30)->Apply(pair_counts);

}  // namespace
}  // namespace refrain::align

BENCHMARK_MAIN();
