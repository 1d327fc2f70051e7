// Each rule of placement has a scene that is placed otherwise when the rule is halved, and when it
// is doubled.

#include "align/placement_rules.h"

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "align/placement_search.h"
#include "support/rule_table.h"
#include "unit/align/place_scene.h"

namespace refrain::align {
namespace {

using test::RuleCase;
using Rules = PlacementRules;

std::string scene(std::uint64_t seed, const Rules& rules) { return PlaceScene(seed).places(rules); }

template <auto kField>
RuleCase<Rules> watch(const char* name, std::uint64_t seed, const char* shipped) {
    return {name, &test::scale_field<kField, Rules>,
            [seed](const Rules& rules) { return scene(seed, rules); }, shipped};
}

template <auto kField>
RuleCase<Rules> watch(const char* name,
                      const char* shipped,
                      std::function<std::string(const Rules&)> outcome) {
    return {name, &test::scale_field<kField, Rules>, std::move(outcome), shipped};
}

/// What a place is worth of which 0.25 and 0.35 of either picture are common.
std::string worth_by_overlap(const Rules& rules) {
    std::string text;
    for (const double overlap : {0.25, 0.35}) {
        PicturePlacement placement;
        placement.log10_chance = -40;
        placement.spread = 1;
        placement.expected_share = 1;
        placement.overlap_known = overlap;
        placement.overlap_query = overlap;
        text += std::to_string(placement_score(placement, rules)) + " ";
    }
    return text;
}

/// How many of 100 maps that lean ever more are plausible.
std::string plausible_leans(const Rules& rules) {
    Rules of_depth = rules;
    of_depth.max_shear = 1000;
    int count = 0;
    for (int i = 0; i < 100; ++i) {
        const double lean = 0.0002 * i;
        const PlaneMap map{1, 0, 0, 0, 1, 0, lean, 0, 1};
        count += is_plausible(map, {512, 384}, 64, of_depth) ? 1 : 0;
    }
    return std::to_string(count);
}

template <auto kField>
void scale_each(Rules& rules, double factor) {
    for (auto& value : rules.*kField) {
        value = static_cast<std::decay_t<decltype(value)>>(value * factor);
    }
}

std::vector<RuleCase<Rules>> cases() {
    return {
        watch<&Rules::turn_tolerance>(
            "turn_tolerance", 14,
            "S6 chance 0.00 spread 0.58 share 0.12 blank 0.02 torn 0.20 worth 0.00"),
        watch<&Rules::log_scale_tolerance>(
            "log_scale_tolerance", 14,
            "S6 chance 0.00 spread 0.58 share 0.12 blank 0.02 torn 0.20 worth 0.00"),
        watch<&Rules::place_tolerance>(
            "place_tolerance", 14,
            "S6 chance 0.00 spread 0.58 share 0.12 blank 0.02 torn 0.20 worth 0.00"),
        watch<&Rules::place_tolerance_per_scale>(
            "place_tolerance_per_scale", 119,
            "S6 chance 0.00 spread 0.73 share 0.09 blank 0.04 torn 0.07 worth 0.00"),
        watch<&Rules::max_tolerance_scale>(
            "max_tolerance_scale", 496,
            "S6 chance 0.00 spread 0.75 share 0.15 blank 0.00 torn 0.00 worth 0.00"),
        watch<&Rules::turns>(
            "turns", 14, "S6 chance 0.00 spread 0.58 share 0.12 blank 0.02 torn 0.20 worth 0.00"),
        watch<&Rules::place_step>(
            "place_step", 36,
            "S5 chance 0.00 spread 0.65 share 0.07 blank 0.07 torn 0.24 worth 0.00"),
        watch<&Rules::fewest_in_cell>(
            "fewest_in_cell", 496,
            "S6 chance 0.00 spread 0.75 share 0.15 blank 0.00 torn 0.00 worth 0.00"),
        watch<&Rules::max_members>(
            "max_members", 1412,
            "S9 chance -1.49 spread 0.63 share 0.05 blank 0.00 torn 0.73 worth 0.00"),
        watch<&Rules::max_uses>(
            "max_uses", 780,
            "S4 chance 0.00 spread 0.81 share 0.10 blank 0.00 torn 0.00 worth 0.00"),
        watch<&Rules::seed_drift>(
            "seed_drift", 14,
            "S6 chance 0.00 spread 0.58 share 0.12 blank 0.02 torn 0.20 worth 0.00"),
        watch<&Rules::seed_narrowing>(
            "seed_narrowing", 14,
            "S6 chance 0.00 spread 0.58 share 0.12 blank 0.02 torn 0.20 worth 0.00"),
        watch<&Rules::fit_drift>(
            "fit_drift", 314,
            "S4 chance 0.00 spread 0.54 share 0.08 blank 0.18 torn 0.00 worth 0.00"),
        watch<&Rules::fit_narrowing>(
            "fit_narrowing", 355,
            "S5 chance 0.00 spread 1.00 share 0.11 blank 0.07 torn 0.00 worth 0.00"),
        watch<&Rules::shortlist_drift>(
            "shortlist_drift", 73,
            "P29 chance -38.26 spread 0.71 share 0.85 blank 0.25 torn 0.18 worth 34.73"),
        {"loosening_drifts", scale_each<&Rules::loosening_drifts>,
         [](const Rules& r) { return scene(377, r); },
         "A9 chance -13.81 spread 0.89 share 0.06 blank 0.00 torn 0.42 worth 0.01"},
        watch<&Rules::seeds>(
            "seeds", 14, "S6 chance 0.00 spread 0.58 share 0.12 blank 0.02 torn 0.20 worth 0.00"),
        watch<&Rules::explained_share>(
            "explained_share", 593,
            "A193 chance -614.44 spread 0.99 share 0.92 blank 0.00 torn 0.00 worth 614.44; S16 chance -21.24 spread 0.95 share 0.07 blank 0.00 torn 0.52 worth 0.33"),
        watch<&Rules::enough_inliers>(
            "enough_inliers", 5595,
            "P22 chance -27.97 spread 0.98 share 0.51 blank 0.20 torn 0.00 worth 7.98"),
        watch<&Rules::min_for_affine>(
            "min_for_affine", 747,
            "P36 chance -67.60 spread 0.93 share 0.30 blank 0.00 torn 0.16 worth 2.21; S4 chance 0.00 spread 1.00 share 0.04 blank 0.00 torn 0.37 worth 0.00"),
        watch<&Rules::min_for_perspective>(
            "min_for_perspective", 468,
            "P37 chance -76.78 spread 0.51 share 0.67 blank 0.00 torn 0.07 worth 3.67; S6 chance -1.81 spread 0.56 share 0.19 blank 0.00 torn 0.13 worth 0.09"),
        watch<&Rules::max_shear>(
            "max_shear", 1007,
            "A15 chance -14.91 spread 0.65 share 0.21 blank 0.00 torn 0.45 worth 0.16; S8 chance -3.72 spread 0.73 share 0.13 blank 0.00 torn 0.14 worth 0.57"),
        watch<&Rules::max_depth_ratio>("max_depth_ratio", "30", plausible_leans),
        watch<&Rules::least_variance>(
            "least_variance", 1211,
            "S4 chance 0.00 spread 0.54 share 0.12 blank 0.18 torn 0.00 worth 0.00"),
        watch<&Rules::least_variance_share>(
            "least_variance_share", 386,
            "S6 chance 0.00 spread 0.56 share 0.17 blank 0.00 torn 0.70 worth 0.00; S4 chance 0.00 spread 1.00 share 0.04 blank 0.00 torn 0.60 worth 0.00"),
        {"distances", scale_each<&Rules::distances>, [](const Rules& r) { return scene(150, r); },
         "S4 chance -3.17 spread 1.00 share 0.05 blank 0.03 torn 0.42 worth 0.09"},
        watch<&Rules::corner>(
            "corner", 549,
            "S6 chance -4.89 spread 0.40 share 0.27 blank 0.36 torn 0.00 worth 0.08"),
        watch<&Rules::size_agrees>(
            "size_agrees", 61,
            "S4 chance -3.17 spread 0.89 share 0.50 blank 0.00 torn 0.00 worth 3.17"),
        watch<&Rules::pose_prior>(
            "pose_prior", 61,
            "S4 chance -3.17 spread 0.89 share 0.50 blank 0.00 torn 0.00 worth 3.17"),
        watch<&Rules::finest>(
            "finest", 14, "S6 chance 0.00 spread 0.58 share 0.12 blank 0.02 torn 0.20 worth 0.00"),
        watch<&Rules::coarsest>(
            "coarsest", 36,
            "S5 chance 0.00 spread 0.65 share 0.07 blank 0.07 torn 0.24 worth 0.00"),
        watch<&Rules::min_in_band>(
            "min_in_band", 1146,
            "P43 chance -86.22 spread 0.45 share 0.73 blank 0.11 torn 0.00 worth 2.74"),
        watch<&Rules::min_in_cell>(
            "min_in_cell", 14,
            "S6 chance 0.00 spread 0.58 share 0.12 blank 0.02 torn 0.20 worth 0.00"),
        watch<&Rules::hardly_any>(
            "hardly_any", 717,
            "A141 chance -331.53 spread 0.99 share 1.00 blank 0.00 torn 0.03 worth 331.53; S14 chance -8.78 spread 1.00 share 0.11 blank 0.00 torn 0.34 worth 1.22"),
        watch<&Rules::huddled>(
            "huddled", 207,
            "S6 chance -4.80 spread 0.75 share 0.19 blank 0.00 torn 0.22 worth 1.90"),
        watch<&Rules::spread>(
            "spread", 207,
            "S6 chance -4.80 spread 0.75 share 0.19 blank 0.00 torn 0.22 worth 1.90"),
        watch<&Rules::full_share>(
            "full_share", 141,
            "S7 chance -4.39 spread 1.00 share 0.23 blank 0.00 torn 0.13 worth 2.49"),
        watch<&Rules::full_share_per_huddle>(
            "full_share_per_huddle", 207,
            "S6 chance -4.80 spread 0.75 share 0.19 blank 0.00 torn 0.22 worth 1.90"),
        watch<&Rules::blank>(
            "blank", 262, "S4 chance -1.10 spread 1.00 share 0.20 blank 0.50 torn 0.00 worth 0.31"),
        watch<&Rules::full_share_per_blank>(
            "full_share_per_blank", 262,
            "S4 chance -1.10 spread 1.00 share 0.20 blank 0.50 torn 0.00 worth 0.31"),
        watch<&Rules::full_perspective_share>(
            "full_perspective_share", 117,
            "P16 chance -30.76 spread 0.60 share 0.24 blank 0.12 torn 0.38 worth 0.06"),
        watch<&Rules::torn_affine>(
            "torn_affine", 21,
            "A21 chance -21.45 spread 0.48 share 0.24 blank 0.05 torn 0.22 worth 0.16"),
        watch<&Rules::full_share_per_tear_affine>(
            "full_share_per_tear_affine", 377,
            "A9 chance -13.81 spread 0.89 share 0.06 blank 0.00 torn 0.42 worth 0.01"),
        watch<&Rules::torn>(
            "torn", 441, "S4 chance -3.26 spread 0.79 share 0.05 blank 0.00 torn 0.50 worth 0.03"),
        watch<&Rules::full_share_per_tear>(
            "full_share_per_tear", 441,
            "S4 chance -3.26 spread 0.79 share 0.05 blank 0.00 torn 0.50 worth 0.03"),
        watch<&Rules::similarity_power>(
            "similarity_power", 141,
            "S7 chance -4.39 spread 1.00 share 0.23 blank 0.00 torn 0.13 worth 2.49"),
        watch<&Rules::affine_power>(
            "affine_power", 377,
            "A9 chance -13.81 spread 0.89 share 0.06 blank 0.00 torn 0.42 worth 0.01"),
        watch<&Rules::perspective_power>(
            "perspective_power", 117,
            "P16 chance -30.76 spread 0.60 share 0.24 blank 0.12 torn 0.38 worth 0.06"),
        watch<&Rules::no_part>(
            "no_part", 1073,
            "S7 chance -12.89 spread 0.80 share 0.17 blank 0.17 torn 0.00 worth 3.53"),
        watch<&Rules::full_part>(
            "full_part", 254,
            "S7 chance -0.23 spread 1.00 share 0.58 blank 0.61 torn 0.00 worth 0.23"),
        watch<&Rules::full_overlap>("full_overlap", "15.625000 30.625000 ", worth_by_overlap),
    };
}

class PlacementRulesWatched : public testing::TestWithParam<RuleCase<Rules>> {};

TEST_P(PlacementRulesWatched, ChangesAPlaceWhenHalvedAndWhenDoubled) {
    test::expect_watched(GetParam(), kPlacementRules);
}

INSTANTIATE_TEST_SUITE_P(Each,
                         PlacementRulesWatched,
                         testing::ValuesIn(cases()),
                         test::name_of_rule<Rules>);

}  // namespace
}  // namespace refrain::align
