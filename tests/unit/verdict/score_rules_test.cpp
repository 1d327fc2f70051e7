// Each rule of a score has a case whose outcome changes when the rule is halved, and when it is
// doubled.

#include "verdict/score_rules.h"

#include <array>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/random_hash.h"
#include "support/rule_table.h"
#include "verdict/copy_evidence.h"
#include "verdict/frame_score.h"
#include "verdict/local_score.h"

namespace refrain::verdict {
namespace {

using test::RuleCase;
using test::scale_field;

std::string text_of(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f", value);
    return text.data();
}

/// A code with its first `bits` bits set: codes of more and more bits lie ever further apart.
Hash256 code_of(int bits) {
    Hash256 code;
    for (int i = 0; i < bits; ++i) {
        code.set_bit(i);
    }
    return code;
}

/// Frames whose codes lie `apart` bits from each other.
std::vector<FrameEvidence> frames(std::size_t count, int distance, int apart, int quality = 100) {
    std::vector<FrameEvidence> list(count);
    for (std::size_t i = 0; i < count; ++i) {
        list[i].distance = distance;
        list[i].quality = quality;
        list[i].query_hash = code_of(static_cast<int>(i) * apart);
    }
    return list;
}

/// Frames that are the same as known ones, of pictures that have nothing in common.
std::vector<FrameEvidence> unrelated_frames(std::size_t count) {
    std::mt19937_64 random(1);
    std::vector<FrameEvidence> list(count);
    for (FrameEvidence& frame : list) {
        frame.quality = 100;
        frame.query_hash = test::random_hash(random);
    }
    return list;
}

/// Places of the same worth in frames whose codes lie `apart` bits from each other.
std::vector<LocalWitness> places(std::size_t count, double worth, int apart) {
    std::vector<LocalWitness> list;
    for (std::size_t i = 0; i < count; ++i) {
        const Hash256 code = code_of(static_cast<int>(i) * apart);
        list.push_back({worth, code, code});
    }
    return list;
}

/// A place of two pictures with cells, from a look-alike's at 0 to a copy's at 1; of the whole
/// known picture.
PlaceMeasures place_at(double t) {
    const auto between = [t](double look_alike, double copy) {
        return look_alike + (copy - look_alike) * t;
    };
    PlaceMeasures m;
    m.rarity = 80;
    m.rarity_of_point = between(0.1, 0.6);
    m.share = between(0.1, 0.7);
    m.spread = 0.8;
    m.torn = between(0.5, 0);
    m.overlap_known = 0.9;
    m.overlap_query = 0.9;
    m.found = between(0.2, 0.8);
    m.unlike = between(0.5, 0.02);
    m.lone = 0.6;
    m.cells.is_measured = true;
    m.cells.telling = 400;
    m.cells.like = between(0.5, 1);
    m.cells.unlike = between(0.3, 0);
    m.cells.distance = between(0.8, 0.1);
    m.cells.torn = between(0.3, 0);
    m.cells.mixed = between(0.1, 0);
    m.cells.mixed_extra = between(0.1, 0);
    m.cells.outline = between(0.4, 0.95);
    return m;
}

/// How many of 1000 steps of a place count by agreement alone. @param at  the place, from 0 to 1
template <typename At>
std::string agreeing(const ScoreRules& rules, const At& at) {
    int count = 0;
    for (int i = 0; i < 1000; ++i) {
        count += agreed_score(at(i / 1000.0), rules) > 0 ? 1 : 0;
    }
    return std::to_string(count);
}

using Rules = ScoreRules;
template <auto kField>
RuleCase<Rules> watch(const char* name,
                      const char* shipped,
                      std::function<std::string(const Rules&)> outcome) {
    return {name, &scale_field<kField, Rules>, std::move(outcome), shipped};
}

std::vector<RuleCase<Rules>> cases() {
    return {
        watch<&Rules::unrelated_mean>("unrelated_mean", "1.704",
                                      [](const Rules& r) { return text_of(rarity(110, r)); }),
        watch<&Rules::unrelated_deviation>("unrelated_deviation", "1.704",
                                           [](const Rules& r) { return text_of(rarity(110, r)); }),
        watch<&Rules::tail_begins>("tail_begins", "8.477",
                                   [](const Rules& r) { return text_of(rarity(66, r)); }),
        watch<&Rules::tail_slope>("tail_slope", "8.477",
                                  [](const Rules& r) { return text_of(rarity(66, r)); }),
        watch<&Rules::full_quality>("full_quality", "0.600 of a frame of full quality",
                                    [](const Rules& r) {
                                        const double part = frame_weight({31, 30, 1, {}}, r);
                                        const double whole = frame_weight({31, 100, 1, {}}, r);
                                        return text_of(part / whole) +
                                               " of a frame of full quality";
                                    }),
        watch<&Rules::least_quality_share>(
            "least_quality_share", "0.250 of a frame of full quality",
            [](const Rules& r) {
                const double part = frame_weight({31, 2, 1, {}}, r);
                const double whole = frame_weight({31, 100, 1, {}}, r);
                return text_of(part / whole) + " of a frame of full quality";
            }),
        watch<&Rules::most_edge_comparisons>("most_edge_comparisons", "7.900",
                                             [](const Rules& r) {
                                                 FrameEvidence frame{40, 100, 1, {}};
                                                 frame.is_by_edges = true;
                                                 return text_of(
                                                     frame_score(std::span(&frame, 1), 1e9, r));
                                             }),
        watch<&Rules::max_frames_score>(
            "max_frames_score", "60.000",
            [](const Rules& r) { return text_of(frame_score(unrelated_frames(24), 1, r)); }),
        watch<&Rules::independent_bits>("independent_bits", "places 12.417, frames 3.994",
                                        [](const Rules& r) {
                                            const std::string local =
                                                text_of(local_score(places(2, 10, 58), 1, r));
                                            const double whole =
                                                frame_score(frames(2, 100, 58), 1, r);
                                            return "places " + local + ", frames " + text_of(whole);
                                        }),
        watch<&Rules::further_share>("further_share", "places 14.000, frames 17.328",
                                     [](const Rules& r) {
                                         const std::string local =
                                             text_of(local_score(places(2, 10, 96), 1, r));
                                         const double whole = frame_score(frames(2, 40, 96), 1, r);
                                         return "places " + local + ", frames " + text_of(whole);
                                     }),
        watch<&Rules::max_witnesses>("max_witnesses", "places 1.383, frames 4.449",
                                     [](const Rules& r) {
                                         const std::string local =
                                             text_of(local_score(places(60, 1, 4), 1, r));
                                         const double whole = frame_score(frames(60, 100, 4), 1, r);
                                         return "places " + local + ", frames " + text_of(whole);
                                     }),
        watch<&Rules::rarity_at_nearest>(
            "rarity_at_nearest", "0.653",
            [](const Rules& r) { return text_of(static_cast<double>(pair_weight(40, r))); }),
        watch<&Rules::nearest>(
            "nearest", "0.653",
            [](const Rules& r) { return text_of(static_cast<double>(pair_weight(40, r))); }),
        watch<&Rules::rarity_per_bit>(
            "rarity_per_bit", "0.653",
            [](const Rules& r) { return text_of(static_cast<double>(pair_weight(40, r))); }),
        watch<&Rules::least_rarity>(
            "least_rarity", "0.653",
            [](const Rules& r) { return text_of(static_cast<double>(pair_weight(40, r))); }),
        watch<&Rules::least_weight>(
            "least_weight", "0.050",
            [](const Rules& r) { return text_of(static_cast<double>(pair_weight(100, r))); }),
        watch<&Rules::max_witness>(
            "max_witness", "72.000",
            [](const Rules& r) { return text_of(local_score(places(1, 1000, 0), 1, r)); }),
        watch<&Rules::second_share>(
            "second_share", "9.500",
            [](const Rules& r) { return text_of(combined_score(8, 3, r)); }),
        watch<&Rules::max_score>(
            "max_score", "75.000",
            [](const Rules& r) { return text_of(combined_score(500, 500, r)); }),
        watch<&Rules::few_share>("few_share", "0.750",
                                 [](const Rules& r) { return text_of(weight_of_shared(5, r)); }),
        watch<&Rules::many_share>("many_share", "0.250",
                                  [](const Rules& r) { return text_of(weight_of_shared(7, r)); }),
        watch<&Rules::own_rarity>("own_rarity", "0.500",
                                  [](const Rules& r) { return text_of(own_worth(0, 20, r)); }),
        watch<&Rules::same_frame>(
            "same_frame", "7.714",
            [](const Rules& r) { return text_of(whole_frame_evidence(10, r)); }),
        watch<&Rules::like_frame>(
            "like_frame", "3.857",
            [](const Rules& r) { return text_of(whole_frame_evidence(16, r)); }),
        watch<&Rules::frame_evidence>(
            "frame_evidence", "9.000",
            [](const Rules& r) { return text_of(whole_frame_evidence(0, r)); }),
        watch<&Rules::unplaced_frame>("unplaced_frame", "15 bits 75.000, 30 bits 0.000",
                                      [](const Rules& r) {
                                          return "15 bits " + text_of(unplaced_score(15, r)) +
                                                 ", 30 bits " + text_of(unplaced_score(30, r));
                                      }),
        watch<&Rules::redrawn>("redrawn", "50 bits no, 80 bits yes, 206 bits no",
                               [](const Rules& r) {
                                   std::string text;
                                   for (const int bits : {50, 80, 206}) {
                                       text += (text.empty() ? "" : ", ") + std::to_string(bits) +
                                               (is_redrawn(bits, r) ? " bits yes" : " bits no");
                                   }
                                   return text;
                               }),
        watch<&Rules::agreed_rarity>("agreed_rarity", "800",
                                     [](const Rules& r) {
                                         return agreeing(r, [](double t) {
                                             PlaceMeasures m = place_at(1);
                                             m.rarity = 100 * t;
                                             return m;
                                         });
                                     }),
        watch<&Rules::agrees>("agrees", "566",
                              [](const Rules& r) { return agreeing(r, place_at); }),
        watch<&Rules::film_rarity>("film_rarity", "850",
                                   [](const Rules& r) {
                                       return agreeing(r, [](double t) {
                                           PlaceMeasures m = place_at(1);
                                           m.is_film = true;
                                           m.rarity = 100 * t;
                                           return m;
                                       });
                                   }),
        watch<&Rules::film_agrees>("film_agrees", "265",
                                   [](const Rules& r) {
                                       return agreeing(r, [](double t) {
                                           PlaceMeasures m = place_at(t);
                                           m.is_film = true;
                                           m.share = 0.7;
                                           return m;
                                       });
                                   }),
        watch<&Rules::film_share>("film_share", "700",
                                  [](const Rules& r) {
                                      return agreeing(r, [](double t) {
                                          PlaceMeasures m = place_at(1);
                                          m.is_film = true;
                                          m.share = t;
                                          return m;
                                      });
                                  }),
        watch<&Rules::agrees_in_perspective>("agrees_in_perspective", "493",
                                             [](const Rules& r) {
                                                 return agreeing(r, [](double t) {
                                                     PlaceMeasures m = place_at(t);
                                                     m.is_perspective = true;
                                                     return m;
                                                 });
                                             }),
        watch<&Rules::shown_in_perspective>("shown_in_perspective", "500",
                                            [](const Rules& r) {
                                                return agreeing(r, [](double t) {
                                                    PlaceMeasures m = place_at(1);
                                                    m.is_perspective = true;
                                                    m.overlap_known = t;
                                                    return m;
                                                });
                                            }),
        watch<&Rules::whole_enough>("whole_enough", "754",
                                    [](const Rules& r) {
                                        return agreeing(r, [](double t) {
                                            PlaceMeasures m = place_at(1);
                                            m.cells.telling = 30;  // too few for a part
                                            m.overlap_known = t;
                                            return m;
                                        });
                                    }),
        watch<&Rules::part_agrees>("part_agrees", "179",
                                   [](const Rules& r) {
                                       return agreeing(r, [](double t) {
                                           PlaceMeasures m = place_at(t);
                                           m.overlap_known = 0.2;
                                           return m;
                                       });
                                   }),
        watch<&Rules::part_rarity>("part_rarity", "750",
                                   [](const Rules& r) {
                                       return agreeing(r, [](double t) {
                                           PlaceMeasures m = place_at(1);
                                           m.overlap_known = 0.2;
                                           m.rarity = 100 * t;
                                           return m;
                                       });
                                   }),
        watch<&Rules::part_cells>("part_cells", "600",
                                  [](const Rules& r) {
                                      return agreeing(r, [](double t) {
                                          PlaceMeasures m = place_at(1);
                                          m.overlap_known = 0.2;
                                          m.cells.telling = 100 * t;
                                          return m;
                                      });
                                  }),
        watch<&Rules::score_at_no_evidence>(
            "score_at_no_evidence", "6.000",
            [](const Rules& r) { return text_of(look_alike_score(0, r)); }),
        watch<&Rules::score_per_evidence>(
            "score_per_evidence", "10.000",
            [](const Rules& r) { return text_of(look_alike_score(2, r)); }),
    };
}

class ScoreRulesWatched : public testing::TestWithParam<RuleCase<Rules>> {};

TEST_P(ScoreRulesWatched, ChangesAScoreWhenHalvedAndWhenDoubled) {
    test::expect_watched(GetParam(), kScoreRules);
}

INSTANTIATE_TEST_SUITE_P(Each,
                         ScoreRulesWatched,
                         testing::ValuesIn(cases()),
                         test::name_of_rule<Rules>);

}  // namespace
}  // namespace refrain::verdict
