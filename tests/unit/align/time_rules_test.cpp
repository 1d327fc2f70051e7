// Each rule of time alignment has a case whose outcome changes when the rule is halved, and when it
// is doubled.

#include "align/time_rules.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "align/hit_table.h"
#include "align/line_choice.h"
#include "align/line_fit.h"
#include "align/line_run.h"
#include "align/line_seeds.h"
#include "align/segment_edges.h"
#include "support/rule_table.h"
#include "unit/align/time_scene.h"

namespace refrain::align {
namespace {

using test::RuleCase;
using Rules = TimeRules;

MediaTime at(double seconds) { return MediaTime::from_us(std::llround(seconds * 1e6)); }

std::string text_of(double value, int digits = 3) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

/// Hits of a query with two frames a second.
struct Hits {
    void add(std::uint32_t frame, double known, double length, double weight = 10) {
        const double time = 0.5 * frame;
        list.push_back({frame, at(time), at(time + 0.5), at(std::max(time - 0.5, 0.0)), at(known),
                        at(known + length), weight});
    }
    std::vector<TimeHit> list;
};

/// Pieces that a frame with 100 places in the known video keeps.
std::string pieces_of_a_frame(const Rules& rules) {
    Hits hits;
    for (int i = 0; i < 100; ++i) {
        hits.add(0, 2 * i, 0.5);
    }
    return std::to_string(make_hit_table(hits.list, {}, rules).pieces.size());
}

/// Pieces that all of so many frames with as many places each keep.
std::string pieces_of_frames(const Rules& rules, std::uint32_t frames, int places) {
    Hits hits;
    hits.list.reserve(static_cast<std::size_t>(frames) * static_cast<std::size_t>(places));
    for (std::uint32_t frame = 0; frame < frames; ++frame) {
        for (int i = 0; i < places; ++i) {
            hits.add(frame, 2 * i, 0.5);
        }
    }
    return std::to_string(make_hit_table(hits.list, {}, rules).pieces.size());
}

std::string length_of_an_instant(const Rules& rules) {
    Hits hits;
    hits.add(0, 5, 0);
    const HitTable table = make_hit_table(hits.list, {}, rules);
    return text_of(table.pieces[0].end - table.pieces[0].begin, 4);
}

/// Pieces left of 40 spans that touch: half of them are of nearly the same weight, half are not.
std::string joined_pieces(const Rules& rules) {
    Hits hits;
    for (int i = 0; i < 40; ++i) {
        const double lighter = i < 20 ? 9.7 : 6;
        hits.add(0, 0.5 * i, 0.5, i % 2 == 0 ? 10 : lighter);
    }
    return std::to_string(make_hit_table(hits.list, {}, rules).pieces.size());
}

/// Of two excerpts that are played backwards, each in one of 5000 stretches between silences, those
/// that are found: one lies in a stretch whose number is even, the other in one whose number is
/// odd, neither in every third.
std::string excerpts_in_many_stretches(const Rules& rules) {
    constexpr std::uint32_t kFrames = 8;
    std::mt19937_64 random(2);
    std::vector<TimeHit> hits;
    for (std::uint32_t stretch = 0; stretch < 5000; ++stretch) {
        const bool is_excerpt = stretch == 2002 || stretch == 3001;
        for (std::uint32_t i = 0; i < kFrames; ++i) {
            const double time = 10.0 * stretch + 0.5 * i;
            const double stray = static_cast<double>(random() % 1'000'000);
            const double known = is_excerpt ? 500.0 + stretch - 0.5 * i : stray;
            hits.push_back({kFrames * stretch + i, at(time), at(time + 0.5),
                            at(std::max(time - 0.5, 0.0)), at(known), at(known + 0.2), 10});
        }
    }
    TimeOptions options;
    options.min_weight = 75;
    std::string text;
    for (const TimeSegment& segment : find_time_segments(hits, options, rules)) {
        text += text_of(segment.query.begin.seconds(), 0) + " ";
    }
    return text;
}

/// Lines that are followed in a query of strays, when one segment is asked for.
std::string lines_followed(const Rules& rules) {
    std::mt19937_64 random(4);
    Hits hits;
    for (std::uint32_t frame = 0; frame < 200; ++frame) {
        hits.add(frame, static_cast<double>(random() % 10'000), 0.5);
    }
    TimeOptions options;
    options.max_segments = 1;
    return std::to_string(
        find_line_runs(make_hit_table(hits.list, options, rules), options).size());
}

/// Frames that a run reaches whose line bends a little all along, so that each round of growth
/// gains.
std::string reach_of_a_bent_line(const Rules& rules) {
    Hits hits;
    for (std::uint32_t frame = 0; frame < 4000; ++frame) {
        const double time = 0.5 * frame;
        hits.add(frame, 0.9 * time + 1e-4 * time * time, 2);
    }
    const TimeOptions options;
    const HitTable table = make_hit_table(hits.list, options, rules);
    const LineRun run = grow_run(table, {2, 1.8, 0.9}, 0, 8, speeds_around(0.9, options));
    return std::to_string(run.frames.size());
}

/// Frames of a run at 20 frames a second that goes on behind 30, 60 and 98 frames that miss it.
std::string reach_behind_misses(const Rules& rules) {
    std::string text;
    for (const std::uint32_t missed : {30U, 60U, 98U}) {
        std::vector<TimeHit> hits;
        for (std::uint32_t frame = 0; frame < 400; ++frame) {
            const double time = 0.05 * frame;
            const bool is_missed = frame >= 100 && frame < 100 + missed;
            const double known = is_missed ? 900 + 7.0 * (frame % 50) : time;
            hits.push_back({frame, at(time), at(time + 0.05), at(std::max(time - 0.05, 0.0)),
                            at(known), at(known + 0.05), 10});
        }
        const HitTable table = make_hit_table(hits, {}, rules);
        text += std::to_string(grow_run(table, {2, 2, 1}, 0, 80, {1, 1}).frames.size()) + " ";
    }
    return text;
}

/// Where a line at a fixed speed lies that has room between spans of different lengths, and misses
/// one.
std::string value_in_the_room(const Rules& rules) {
    const std::vector<FitPoint> points = {
        {0, 0, 4, 1}, {1, 1.5, 2.5, 1}, {2, 2.9, 3.05, 1}, {3, 3.0, 6.5, 1}, {4, 6.5, 6.6, 0.3}};
    return text_of(fit_line(points, {0, 1, 1}, {1, 1}, rules).value, 4);
}

/// Of runs after which a single frame follows, behind 1 to 8 that miss: how many that frame joins.
/// The run was taken for a held picture; with the frame it is seen to run at another speed.
std::string joined_by_a_frame(const Rules& rules) {
    constexpr double kSpeed = 1.3;
    int joined = 0;
    for (std::uint32_t missed = 1; missed <= 8; ++missed) {
        Hits hits;
        LineRun run{{0, 0, 0}, {}, 10};
        for (std::uint32_t frame = 0; frame < 10; ++frame) {
            hits.add(frame, kSpeed * 0.5 * frame, 0.2);
            run.frames.push_back(frame);
        }
        const double time = 0.5 * (10 + missed);
        hits.add(10 + missed, kSpeed * time, 0.2);
        const LineRun lone{{time, kSpeed * time, 1}, {10}, 10};
        const HitTable table = make_hit_table(hits.list, {}, rules);
        joined += join_neighbours(table, {run, lone}, {}).size() == 1 ? 1 : 0;
    }
    return std::to_string(joined);
}

/// Of runs with 3 to 14 frames, the last of them behind eight that miss: how many lose it.
std::string trimmed_runs(const Rules& rules) {
    int trimmed = 0;
    for (std::uint32_t count = 3; count <= 14; ++count) {
        Hits hits;
        std::vector<LineRun> runs(1);
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::uint32_t frame = i + 1 < count ? i : i + 8;
            hits.add(frame, 0.5 * frame, 0.5);
            runs[0].frames.push_back(i);
        }
        trim_strays(make_hit_table(hits.list, {}, rules), runs);
        trimmed += runs[0].frames.size() < count ? 1 : 0;
    }
    return std::to_string(trimmed);
}

/// Of two runs between which the picture may be held, by how much better a held picture explains
/// the frames: 1 where it is taken out of both.
std::string held_pictures(const Rules& rules) {
    std::string text;
    for (const double better : {1.004, 1.018, 1.035, 1.08}) {
        Hits hits;
        std::vector<LineRun> runs = {{{0, 0, 1}, {}, 0}, {{0, -6, 1}, {}, 0}};
        for (std::uint32_t frame = 0; frame < 60; ++frame) {
            const double time = 0.5 * frame;
            const bool is_first = time <= 13;
            hits.add(frame, (is_first ? time : time - 6) - 0.25, 0.5);
            if (time >= 10 && time <= 16) {
                hits.add(frame, 9.75, 0.5, 10 * better);
            }
            runs[is_first ? 0 : 1].frames.push_back(frame);
        }
        const auto segments =
            segments_of(hits.list, make_hit_table(hits.list, {}, rules), runs, {});
        text += segments[1].query.begin > segments[0].query.end ? "1 " : "0 ";
    }
    return text;
}

std::string scene(std::uint64_t seed, const Rules& rules) {
    return TimeScene(seed).segments(rules);
}

template <auto kField>
RuleCase<Rules> watch(const char* name,
                      const char* shipped,
                      std::function<std::string(const Rules&)> outcome) {
    return {name, &test::scale_field<kField, Rules>, std::move(outcome), shipped};
}

/// The outcome is what alignment makes of the scene of this seed.
template <auto kField>
RuleCase<Rules> watch(const char* name, const char* shipped, std::uint64_t seed) {
    return watch<kField>(name, shipped, [seed](const Rules& rules) { return scene(seed, rules); });
}

void scale_ratios(Rules& rules, double factor) {
    for (double& ratio : rules.join_ratios) {
        ratio *= factor;
    }
}

std::vector<RuleCase<Rules>> cases() {
    return {
        watch<&Rules::max_pieces_per_frame>("max_pieces_per_frame", "32", pieces_of_a_frame),
        watch<&Rules::min_pieces_per_frame>(
            "min_pieces_per_frame", "240000",
            [](const Rules& r) { return pieces_of_frames(r, 60'000, 9); }),
        watch<&Rules::max_pieces>("max_pieces", "200000",
                                  [](const Rules& r) { return pieces_of_frames(r, 10'000, 40); }),
        watch<&Rules::shortest_piece>("shortest_piece", "0.0010", length_of_an_instant),
        {"join_ratios", scale_ratios, joined_pieces, "20"},
        watch<&Rules::runs_per_segment>("runs_per_segment", "8", lines_followed),
        watch<&Rules::max_speed_stretches>("max_speed_stretches", "20014 ",
                                           excerpts_in_many_stretches),
        watch<&Rules::near_frames>("near_frames", "3", joined_by_a_frame),
        watch<&Rules::min_frames_to_trim>("min_frames_to_trim", "10", trimmed_runs),
        {"clearly", test::scale_excess<&Rules::clearly, Rules>, held_pictures, "0 0 1 1 "},
        watch<&Rules::refit_tie>("refit_tie",
                                 "11.8-19.8=64.3-72.3 x1.00 n10; 7.2-8.8=81.9-83.4 x1.00 n3", 2096),
        watch<&Rules::unlikely>(
            "unlikely",
            "26.5-46.5=95.5-115.5 x1.00 n14; 2.5-12.5=87.5-97.5 x-1.00 n9; 20.5-24.5=70.1-74.1 x1.00 n4",
            3035),
        watch<&Rules::max_stretch_frames>(
            "max_stretch_frames", "0.5-2.5=61.5-63.5 x1.00 n29; 3.1-4.3=58.4-59.7 x1.00 n22",
            [](const Rules& r) { return TimeScene(1371, 0.05).segments(r); }),
        watch<&Rules::growth_rounds>("growth_rounds", "600", reach_of_a_bent_line),
        watch<&Rules::give_up>("give_up", "370 100 100 ", reach_behind_misses),
        watch<&Rules::middle_pull>("middle_pull", "3.3862", value_in_the_room),
        watch<&Rules::pull_softness>("pull_softness", "3.3862", value_in_the_room),
        watch<&Rules::miss_cost>("miss_cost", "6.1-7.9=42.6-44.4 x1.00 n2", 176),
        watch<&Rules::run_price>("run_price", "6.1-7.9=42.6-44.4 x1.00 n2", 176),
        watch<&Rules::min_stretch_frames>("min_stretch_frames", "2.5-4.5=66.5-68.5 x1.00 n2", 6599),
        watch<&Rules::stretch_seconds>("stretch_seconds", "2.9-3.4=55.5-56.0 x1.00 n2", 4586),
        watch<&Rules::other_speed_price>("other_speed_price", "5.1-29.6=49.5-71.2 x0.89 n42", 4161),
        watch<&Rules::min_frames_for_speed>("min_frames_for_speed", "0.8-2.8=65.7-65.8 x0.00 n4",
                                            7781),
        watch<&Rules::speed_gain>("speed_gain", "7.5-18.5=53.0-60.4 x0.67 n9", 8755),
        watch<&Rules::hold_gain>(
            "hold_gain", "8.5-28.5=73.0-93.0 x-1.00 n20; 34.5-36.5=70.1-72.1 x1.00 n2", 4518),
        watch<&Rules::speed_promise>("speed_promise", "3.5-13.5=88.2-98.2 x1.00 n5", 4134),
        watch<&Rules::unexplained_share>("unexplained_share", "11.2-16.2=53.8-56.3 x0.50 n6", 8736),
        watch<&Rules::plain_seeds_per_stretch>(
            "plain_seeds_per_stretch",
            "3.1-8.1=86.5-91.5 x1.00 n16; 33.4-36.4=95.0-99.5 x1.48 n4; 13.4-15.4=48.0-50.0 x1.00 n3; 49.4-50.1=86.3-87.0 x1.00 n2",
            6193),
        {"speed_step", test::scale_excess<&Rules::speed_step, Rules>,
         [](const Rules& r) { return scene(5645, r); }, "0.5-3.5=47.0-50.0 x1.00 n3"},
        watch<&Rules::hold_gain_share>(
            "hold_gain_share",
            "7.2-27.8=20.8-41.3 x-1.00 n24; 37.2-53.8=50.2-66.7 x1.00 n17; 28.2-35.2=45.5-52.5 x1.00 n7; 56.2-59.2=65.3-68.3 x1.00 n3",
            4439),
        watch<&Rules::speed_gain_share>(
            "speed_gain_share", "15.9-39.9=54.5-77.3 x0.95 n77; 9.9-14.9=81.5-86.5 x1.00 n20",
            4538),
        watch<&Rules::hold_steps>(
            "hold_steps",
            "22.8-29.5=56.6-60.0 x0.50 n7; 11.5-13.7=55.5-56.6 x0.50 n2; 7.5-9.5=65.0-67.0 x1.00 n2",
            6083),
    };
}

class TimeRulesWatched : public testing::TestWithParam<RuleCase<Rules>> {};

TEST_P(TimeRulesWatched, ChangesAnAlignmentWhenHalvedAndWhenDoubled) {
    test::expect_watched(GetParam(), kTimeRules);
}

// Runs are moved while they are joined, and none of their frames may go with them.
TEST(JoinedRuns, KeepEachFrameOnce) {
    constexpr std::size_t kRuns = 6;
    constexpr std::uint32_t kFrames = 5;
    Hits hits;
    std::vector<LineRun> runs(kRuns, LineRun{{0, 0, 1}, {}, 0});
    std::vector<std::size_t> all;
    for (std::uint32_t frame = 0; frame < kRuns * kFrames; ++frame) {
        hits.add(frame, 0.5 * frame, 0.5);
        runs[frame / kFrames].frames.push_back(frame);
        all.push_back(frame);
    }
    const HitTable table = make_hit_table(hits.list, {}, kTimeRules);
    for (LineRun& run : runs) {
        run.score = score_on(table, run.frames, run.line);
    }
    const std::vector<LineRun> joined = join_neighbours(table, runs, {});
    ASSERT_EQ(joined.size(), 1U);
    EXPECT_EQ(joined[0].frames, all);
    EXPECT_NEAR(joined[0].score, score_on(table, all, joined[0].line), 1e-6);
    // A run that nothing joins stays as it is, and so do no runs at all.
    const std::vector<LineRun> alone = join_neighbours(table, {runs[0]}, {});
    ASSERT_EQ(alone.size(), 1U);
    EXPECT_EQ(alone[0].frames, runs[0].frames);
    EXPECT_TRUE(join_neighbours(table, {}, {}).empty());
}

INSTANTIATE_TEST_SUITE_P(Each,
                         TimeRulesWatched,
                         testing::ValuesIn(cases()),
                         test::name_of_rule<Rules>);

}  // namespace
}  // namespace refrain::align
