// Each rule of matching has a case whose outcome changes when the rule is halved, and when it is
// doubled.

#include "match/match_rules.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "match/aligned_view.h"
#include "match/followed_motion.h"
#include "match/interruptions.h"
#include "match/item_evidence.h"
#include "match/matches_so_far.h"
#include "match/picture_time.h"
#include "support/random_hash.h"
#include "support/rule_table.h"
#include "unit/match/match_scene.h"
#include "verdict/frame_score.h"

namespace refrain::match {
namespace {

using test::RuleCase;
using Rules = MatchRules;

std::string text_of(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f", value);
    return text.data();
}

std::vector<std::size_t> all_hits(const ItemEvidence& evidence) {
    std::vector<std::size_t> all(evidence.hits().size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = i;
    }
    return all;
}

/// Weights of the hits that one sure place makes, and how many there are.
std::string hits_of_a_place(const Rules& rules) {
    Scene scene(100);
    scene.place(0, 100).query_time.end = at(50);
    return scene.with(rules, [](const Aspect& aspect) {
        const ItemEvidence evidence(aspect);
        return std::to_string(evidence.hits().size()) + " hits of " +
               text_of(evidence.hits()[0].weight) + " and " + text_of(evidence.hits()[1].weight);
    });
}

std::string places_compared(const Rules& rules) {
    Scene scene(600);
    for (std::uint32_t i = 0; i < 600; ++i) {
        scene.place(i, 10);
    }
    return scene.with(rules, [](const Aspect& aspect) {
        const ItemEvidence evidence(aspect);
        return std::to_string(evidence.witnesses_in_view(all_hits(evidence)).places.size());
    });
}

/// How many frames keep a place company, from 0.1 to 0.9 s away in the known video.
std::string company_of_a_place(const Rules& rules) {
    Scene scene(1);
    scene.place(0, 10, 100);
    for (const double apart : {0.1, 0.25, 0.5, 0.9}) {
        scene.like(0, 100.5 + apart);
    }
    return scene.with(rules, [&](const Aspect& aspect) {
        const ItemEvidence evidence(aspect);
        const std::size_t place = evidence.hits().size() - 1;
        return std::to_string(evidence.with_company({&place, 1}).size() - 1) + " of 4";
    });
}

/// How many of places that lie ever further from the surest one agree with it.
template <typename Move>
std::string places_that_agree(const Rules& rules, const Move& move) {
    Scene scene(4);
    scene.place(0, 20);
    for (std::uint32_t i = 1; i < 4; ++i) {
        move(scene.place(i, 10), std::array{0.75, 1.5, 3.0}.at(i - 1));
    }
    return scene.with(rules, [](const Aspect& aspect) {
        const ItemEvidence evidence(aspect);
        return std::to_string(evidence.witnesses_in_view(all_hits(evidence)).places.size()) +
               " of 4";
    });
}

/// Scores of a place that agrees with whole frames, by the share of the known picture that it
/// shows.
std::string scores_by_share_shown(const Rules& rules) {
    std::string text;
    for (const float shown : {0.5F, 0.9F}) {
        Scene scene(1);
        scene.like(0, 0, 16);
        evidence::PlacedFrame& placed = scene.place(0, 40);
        placed.placement.overlap_known = shown;
        placed.judgement.evidence = -2;
        text += scene.with(rules, [](const Aspect& aspect) {
            const ItemEvidence evidence(aspect);
            return text_of(evidence.score_of(all_hits(evidence), false).combined) + " ";
        });
    }
    return text;
}

/// The score of a sure place with some evidence in a film that moves otherwise than the known one.
std::string score_of_other_motion(const Rules& rules) {
    Scene scene(1);
    scene.like(0, 0, 20);
    scene.place(0, 40).judgement.evidence = 4;
    return scene.with(rules, [](const Aspect& aspect) {
        const ItemEvidence evidence(aspect);
        return text_of(evidence.score_of(all_hits(evidence), true).combined);
    });
}

/// Which films move otherwise, when one measure of a clear case has each of the values.
template <auto kMeasure, typename Value>
std::string other_motion(const Rules& rules, std::initializer_list<Value> values) {
    std::string text;
    for (const Value value : values) {
        FollowedMotion motion{100, 30, 40, 30, 0.0};
        motion.*kMeasure = value;
        text += moves_otherwise(motion, rules) ? "yes " : "no ";
    }
    return text;
}

/// How many frames of a film of 300 s are compared for motion.
std::string motion_frames(const Rules& rules) {
    Scene scene(600);
    scene.item.frames.push_back({scene.film.frames[0].hash, at(0), at(300), 90});
    const align::TimeSegment all{{at(0), at(300)}, {at(0), at(300)}, 1, {}, 0};
    const align::TimeSegment* runs[] = {&all};
    const evidence::Query query(scene.film);
    return std::to_string(followed_motion(query, {}, scene.item, runs, rules).frames);
}

/// Which numbers of points, of both pictures, are detail enough for a copy to be placed.
std::string points_that_are_detail(const Rules& rules) {
    std::string text;
    for (const std::size_t points : {10U, 20U, 40U, 80U}) {
        Scene scene(1);
        scene.like(0, 0, 25);
        scene.film.local.resize(1);
        scene.film.local[0].points.resize(points);
        scene.item.local = scene.film.local;
        text += scene.with(rules, [&](const Aspect& aspect) {
            const ItemEvidence evidence(aspect);
            const bool has_detail = evidence.witnesses_in_view(all_hits(evidence)).has_detail;
            return has_detail ? std::to_string(points) + " " : std::string();
        });
    }
    return text;
}

/// A picture of a film, of which one frame is kept a second: distances of the whole frames, and
/// places.
struct Picture {
    explicit Picture(const std::vector<int>& bits) {
        std::mt19937_64 random(5);
        const Hash256 shown = test::random_hash(random);
        for (std::size_t i = 0; i < bits.size(); ++i) {
            const auto time = static_cast<double>(i);
            item.frames.push_back(
                {test::with_flipped_bits(shown, bits[i], random), at(time), at(time + 1), 80});
        }
        item.kind = MediaKind::kVideo;
        picture.frames.resize(1);
        picture.frames[0].hash = shown;
        picture.frames[0].quality = 80;
    }
    void place(double time, double score, double nearness) {
        evidence::PlacedFrame frame;
        frame.known_time = at(time);
        frame.score = score;
        frame.nearness = nearness;
        placed.push_back(frame);
    }
    [[nodiscard]] std::string time(const Rules& rules) const {
        const auto span = picture_time(evidence::Query(picture), item, {}, placed, rules);
        return std::to_string(span->begin.ms() / 1000) + "-" +
               std::to_string(span->end.ms() / 1000) + " ";
    }

    evidence::KnownItem item;
    Fingerprint picture;
    std::vector<evidence::PlacedFrame> placed;
};

/// Two places compete: the one that lies later has a lower score and is nearer, by `nearness`.
std::string time_of_two_places(const Rules& rules,
                               std::pair<double, double> scores,
                               std::initializer_list<double> nearness) {
    std::string text;
    for (const double nearer : nearness) {
        Picture scene({100, 100, 100, 100, 100, 100, 100, 100, 100});
        scene.place(1, scores.first, 0);
        scene.place(7, scores.second, nearer);
        text += scene.time(rules);
    }
    return text;
}

/// One place, and a whole frame `apart` seconds later that is nearer by `bits`.
std::string time_of_a_nearer_frame(const Rules& rules, int apart, std::initializer_list<int> bits) {
    std::string text;
    for (const int nearer : bits) {
        std::vector<int> distances(12, 120);
        distances[static_cast<std::size_t>(1 + apart)] -= nearer;
        Picture scene(distances);
        scene.place(1, 10, 0);
        text += scene.time(rules);
    }
    return text;
}

/// A place, and behind the beginning of a shot a whole frame that is nearer by 70 and by 160 bits.
std::string time_across_a_cut(const Rules& rules) {
    std::string text;
    for (const int at_place : {140, 230}) {
        Picture scene({250, 250, at_place, 70, 250});
        scene.item.shots = {at(0), at(2.5)};
        scene.place(2, 10, 0);
        text += scene.time(rules);
    }
    return text;
}

align::TimeSegment run(double begin, double end, double offset, std::size_t hit, double speed = 1) {
    return {{at(begin), at(end)},
            {at(offset + speed * begin), at(offset + speed * end)},
            speed,
            {hit},
            10};
}

/// How many runs are left where a line is interrupted by places: one, where both its ends agree.
template <typename Second>
std::string interrupted(const Rules& rules, const Second& second) {
    std::string text;
    for (const double factor : {0.75, 1.5, 3.0}) {
        const std::vector<align::TimeSegment> runs = without_interruptions(
            {run(0, 10, 50, 0), run(10, 10.1, 500, 100), second(factor)},
            [](std::size_t hit) { return hit == 100; }, rules);
        text += std::to_string(runs.size()) + " ";
    }
    return text;
}

/// Stretches in which pictures are seen, with gaps of 3, 6 and 12 s.
std::string stretches_of_a_picture(const Rules& rules) {
    Scene scene(60, MediaKind::kImage);
    for (const std::uint32_t frame : {0U, 7U, 20U, 45U}) {
        scene.like(frame, 0);
    }
    return scene.with(rules, [](const Aspect& aspect) {
        return std::to_string(AlignedView(aspect).runs().size());
    });
}

/// Stretches that a run with gaps of 0.5, 1.5 and 2.5 s explains.
std::string stretches_explained(const Rules& rules) {
    Scene scene(60);
    for (std::uint32_t frame = 0; frame < 60; ++frame) {
        const bool is_missed =
            frame == 10 || (frame >= 20 && frame < 23) || (frame >= 40 && frame < 45);
        if (!is_missed) {
            scene.like(frame, 100 + 0.5 * frame);
        }
    }
    return scene.with(rules, [](const Aspect& aspect) {
        return std::to_string(AlignedView(aspect).explained().size());
    });
}

/// Runs that are kept beside a sure one, of scores 0.3, 0.75 and 1.5.
std::string weak_runs(const Rules& rules) {
    Scene scene(100, MediaKind::kImage);
    scene.like(0, 0, 0);
    scene.like(30, 0, 28);
    scene.like(60, 0, 25);
    scene.like(90, 0, 20);
    const double comparisons = std::pow(10, verdict::rarity(28) - 0.3);
    return scene.with(
        rules,
        [](const Aspect& aspect) { return std::to_string(AlignedView(aspect).runs().size()); },
        comparisons);
}

/// Which shares of a film's time are enough, when matches with enough score cover them.
std::string shares_that_explain(const Rules& rules) {
    Scene scene(200);
    const evidence::Query query(scene.film);
    std::string text;
    for (const int percent : {40, 60, 95, 100}) {
        MatchesSoFar matches(rules);
        ItemMatch found;
        found.match.score = 100;
        found.explained = {{0, false, {at(0), at(percent)}, 100}};
        matches.offer(1, found, false);
        text +=
            matches.explain(query, "", matches.sure_score()) ? std::to_string(percent) + " " : "";
    }
    return text;
}

std::string scores_that_are_sure(const Rules& rules) {
    Scene scene(200);
    const evidence::Query query(scene.film);
    std::string text;
    for (const int score : {5, 15, 25, 45}) {
        MatchesSoFar matches(rules);
        ItemMatch found;
        found.match.score = score;
        found.explained = {{0, false, {at(0), at(100)}, static_cast<double>(score)}};
        matches.offer(1, found, false);
        text += matches.explain(query, "", matches.sure_score()) ? std::to_string(score) + " " : "";
    }
    return text;
}

template <auto kField>
RuleCase<Rules> watch(const char* name,
                      const char* shipped,
                      std::function<std::string(const Rules&)> outcome) {
    return {name, &test::scale_field<kField, Rules>, std::move(outcome), shipped};
}

std::vector<RuleCase<Rules>> cases() {
    return {
        watch<&Rules::max_place_weight>("max_place_weight", "32 hits of 15.000 and 12.000",
                                        hits_of_a_place),
        watch<&Rules::later_share>("later_share", "32 hits of 15.000 and 12.000", hits_of_a_place),
        watch<&Rules::max_later_frames>("max_later_frames", "32 hits of 15.000 and 12.000",
                                        hits_of_a_place),
        watch<&Rules::max_compared>("max_compared", "256", places_compared),
        watch<&Rules::same_time>("same_time", "2 of 4", company_of_a_place),
        watch<&Rules::same_turn>("same_turn", "2 of 4",
                                 [](const Rules& r) {
                                     return places_that_agree(
                                         r, [](evidence::PlacedFrame& placed, double factor) {
                                             placed.placement.rotation_deg = 12 * factor;
                                         });
                                 }),
        watch<&Rules::same_log_scale>("same_log_scale", "2 of 4",
                                      [](const Rules& r) {
                                          return places_that_agree(
                                              r, [](evidence::PlacedFrame& placed, double factor) {
                                                  placed.placement.scale = std::exp(0.35 * factor);
                                              });
                                      }),
        watch<&Rules::same_shift>("same_shift", "2 of 4",
                                  [](const Rules& r) {
                                      return places_that_agree(
                                          r, [](evidence::PlacedFrame& placed, double factor) {
                                              for (align::PlanePoint& p : placed.placement.quad) {
                                                  p.x += 512 * 0.15 * factor;
                                              }
                                          });
                                  }),
        watch<&Rules::nearly_whole>("nearly_whole", "16.977 9.714 ", scores_by_share_shown),
        watch<&Rules::detail>("detail", "40 80 ", points_that_are_detail),
        watch<&Rules::followed>(
            "followed", "yes yes no no ",
            [](const Rules& r) {
                return other_motion<&FollowedMotion::followed>(r, {0.1, 0.3, 0.5, 0.8});
            }),
        watch<&Rules::known_motion>(
            "known_motion", "no no yes yes ",
            [](const Rules& r) {
                return other_motion<&FollowedMotion::known>(r, {2.0, 5.0, 10.0, 20.0});
            }),
        watch<&Rules::same_ground>(
            "same_ground", "yes yes no no ",
            [](const Rules& r) {
                return other_motion<&FollowedMotion::distance>(r, {20.0, 40.0, 80.0, 120.0});
            }),
        watch<&Rules::fewest_motion_frames>(
            "fewest_motion_frames", "no no yes yes ",
            [](const Rules& r) {
                return other_motion<&FollowedMotion::frames>(r, {3, 7, 15, 30});
            }),
        watch<&Rules::moving_otherwise>("moving_otherwise", "3.400", score_of_other_motion),
        watch<&Rules::most_motion_frames>("most_motion_frames", "256", motion_frames),
        watch<&Rules::max_time_score>("max_time_score", "0-3 6-9 6-9 ",
                                      [](const Rules& r) {
                                          return time_of_two_places(r, {9, 1.1}, {0.5, 1.5, 4});
                                      }),
        watch<&Rules::least_time_score>(
            "least_time_score", "0-3 6-9 ",
            [](const Rules& r) {
                return time_of_two_places(r, {9, 0.7}, {5}) + time_of_two_places(r, {9, 1.5}, {5});
            }),
        watch<&Rules::per_bit>("per_bit", "0-3 6-7 6-7 ",
                               [](const Rules& r) {
                                   return time_of_a_nearer_frame(r, 5, {30, 75, 110});
                               }),
        watch<&Rules::per_second>("per_second", "0-3 6-7 6-7 ",
                                  [](const Rules& r) {
                                      return time_of_a_nearer_frame(r, 5, {30, 75, 110});
                                  }),
        watch<&Rules::other_shot>("other_shot", "2-3 3-4 ", time_across_a_cut),
        watch<&Rules::as_likely>("as_likely", "1-3 ",
                                 [](const Rules& r) {
                                     Picture scene({120, 90, 91, 95, 120, 120});
                                     scene.place(1, 10, 0);
                                     return scene.time(r);
                                 }),
        watch<&Rules::max_gap>("max_gap", "1 3 3 and 3",
                               [](const Rules& r) {
                                   const std::string runs = interrupted(r, [](double factor) {
                                       return run(10 + 5 * factor, 60, 50, 1);
                                   });
                                   return runs + "and " + stretches_of_a_picture(r);
                               }),
        watch<&Rules::same_speed>("same_speed", "1 3 3 ",
                                  [](const Rules& r) {
                                      return interrupted(r, [](double factor) {
                                          const double speed = 1 + 0.01 * factor;
                                          return run(11, 60, 50 - 11 * (speed - 1), 1, speed);
                                      });
                                  }),
        watch<&Rules::same_offset>("same_offset", "1 3 3 ",
                                   [](const Rules& r) {
                                       return interrupted(r, [](double factor) {
                                           return run(11, 60, 50 + 0.3 * factor, 1);
                                       });
                                   }),
        watch<&Rules::hole>("hole", "3", stretches_explained),
        watch<&Rules::least_run_score>("least_run_score", "3", weak_runs),
        watch<&Rules::explained>("explained", "95 100 ", shares_that_explain),
        watch<&Rules::sure_score>("sure_score", "25 45 ", scores_that_are_sure),
    };
}

class MatchRulesWatched : public testing::TestWithParam<RuleCase<Rules>> {};

TEST_P(MatchRulesWatched, ChangesAMatchWhenHalvedAndWhenDoubled) {
    test::expect_watched(GetParam(), kMatchRules);
}

INSTANTIATE_TEST_SUITE_P(Each,
                         MatchRulesWatched,
                         testing::ValuesIn(cases()),
                         test::name_of_rule<Rules>);

}  // namespace
}  // namespace refrain::match
