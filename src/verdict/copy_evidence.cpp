#include "verdict/copy_evidence.h"

#include <algorithm>
#include <array>
#include <span>

#include "refrain/hash256.h"

namespace refrain::verdict {

namespace {

/// Between two values of a measure the evidence changes by `gain`, evenly.
struct Step {
    double (*measure)(const PlaceMeasures&);
    double from;
    double to;
    double gain;
};

// A picture with this share of lone points is a photo: nothing in it is repeated.
constexpr double kPhoto = 0.55;
// Cells of a copy to the bit lie much nearer than this on average.
constexpr double kClean = 0.4;
// As many unlike cells beside the largest cover are full disagreement.
constexpr double kScattered = 0.08;

constexpr auto rarity = [](const PlaceMeasures& m) {
    return m.rarity;
};
constexpr auto rarity_of_point = [](const PlaceMeasures& m) {
    return m.rarity_of_point;
};
constexpr auto share = [](const PlaceMeasures& m) {
    return m.share;
};
constexpr auto spread = [](const PlaceMeasures& m) {
    return m.spread;
};
constexpr auto torn = [](const PlaceMeasures& m) {
    return m.torn;
};
constexpr auto blank = [](const PlaceMeasures& m) {
    return m.blank;
};
constexpr auto overlap_known = [](const PlaceMeasures& m) {
    return m.overlap_known;
};
constexpr auto overlap_query = [](const PlaceMeasures& m) {
    return m.overlap_query;
};
constexpr auto found = [](const PlaceMeasures& m) {
    return m.found;
};
constexpr auto unlike = [](const PlaceMeasures& m) {
    return m.unlike;
};
constexpr auto lone = [](const PlaceMeasures& m) {
    return m.lone;
};
// Disagreement says most where shapes repeat, since there what agrees says least.
constexpr auto repeated = [](const PlaceMeasures& m) {
    return std::max(0.0, 1 - m.lone / kPhoto);
};
constexpr auto repeated_and_torn = [](const PlaceMeasures& m) {
    return repeated(m) * m.torn;
};
constexpr auto repeated_and_lost = [](const PlaceMeasures& m) {
    return repeated(m) * (1 - m.found);
};

constexpr auto cells_like = [](const PlaceMeasures& m) {
    return m.cells.like;
};
constexpr auto cells_unlike = [](const PlaceMeasures& m) {
    return m.cells.unlike;
};
constexpr auto cells_distance = [](const PlaceMeasures& m) {
    return m.cells.distance;
};
constexpr auto cells_torn = [](const PlaceMeasures& m) {
    return m.cells.torn;
};
constexpr auto cells_mixed = [](const PlaceMeasures& m) {
    return m.cells.mixed;
};
constexpr auto cells_mixed_extra = [](const PlaceMeasures& m) {
    return m.cells.mixed_extra;
};
constexpr auto cells_outline = [](const PlaceMeasures& m) {
    return m.cells.outline;
};
constexpr auto repeated_and_unlike = [](const PlaceMeasures& m) {
    return repeated(m) * m.cells.unlike;
};
constexpr auto repeated_and_mixed = [](const PlaceMeasures& m) {
    return repeated(m) * m.cells.mixed;
};

// Where what agrees agrees exactly, nothing but other content explains what is torn beside a cover.
constexpr auto contradicted = [](const PlaceMeasures& m) {
    const double clean = std::max(0.0, 1 - m.cells.distance / kClean);
    return clean * m.torn * std::min(1.0, m.cells.unlike_elsewhere / kScattered);
};

#include "verdict/copy_evidence_table.inc"
// The same with cells, fitted beside them.
#include "verdict/cell_evidence_table.inc"

double part(double value, double from, double to) {
    return std::clamp((value - from) / (to - from), 0.0, 1.0);
}

double sum_of(std::span<const Step> steps, double intercept, const PlaceMeasures& measures) {
    double sum = intercept;
    for (const Step& step : steps) {
        sum += step.gain * part(step.measure(measures), step.from, step.to);
    }
    return sum;
}

}  // namespace

double copy_evidence(const PlaceMeasures& measures) {
    if (measures.cells.is_measured) {
        return measures.is_film ? sum_of(kFilmCellSteps, kFilmCellIntercept, measures)
                                : sum_of(kPictureCellSteps, kPictureCellIntercept, measures);
    }
    return measures.is_film ? sum_of(kFilmSteps, kFilmIntercept, measures)
                            : sum_of(kPictureSteps, kPictureIntercept, measures);
}

double agreed_rarity(bool is_film, const ScoreRules& rules) {
    return is_film ? rules.film_rarity : rules.agreed_rarity;
}

double agreed_score(const PlaceMeasures& measures, const ScoreRules& rules) {
    if (!measures.cells.is_measured || measures.rarity < agreed_rarity(measures.is_film, rules) ||
        (measures.is_film && measures.share < rules.film_share)) {
        return 0;
    }
    const double evidence = copy_evidence(measures);
    bool agrees = evidence >= (measures.is_film ? rules.film_agrees : rules.agrees);
    if (measures.is_perspective) {
        agrees = agrees && evidence >= rules.agrees_in_perspective &&
                 measures.overlap_known >= rules.shown_in_perspective;
    } else if (measures.overlap_known < rules.whole_enough) {
        agrees = !measures.is_film && evidence >= rules.part_agrees &&
                 measures.rarity >= rules.part_rarity && measures.cells.telling >= rules.part_cells;
    }
    return agrees ? measures.rarity : 0;
}

double whole_frame_evidence(int distance, const ScoreRules& rules) {
    return rules.frame_evidence * (1 - part(distance, rules.same_frame, rules.like_frame));
}

double unplaced_score(int distance, const ScoreRules& rules) {
    return distance <= rules.unplaced_frame ? rules.max_score : 0;
}

bool is_redrawn(int distance, const ScoreRules& rules) {
    return std::min(distance, Hash256::kBits - distance) >= rules.redrawn;
}

double own_worth(double mean_weight, double own_rarity, const ScoreRules& rules) {
    return std::clamp(std::max(mean_weight, own_rarity / rules.own_rarity), 0.0, 1.0);
}

double shared_evidence(double evidence, double own_worth, const ScoreRules& rules) {
    const double worth = look_alike_score(evidence, rules);
    return evidence - (1 - own_worth) * worth / rules.score_per_evidence;
}

double look_alike_score(double evidence, const ScoreRules& rules) {
    return std::max(0.0, rules.score_at_no_evidence + rules.score_per_evidence * evidence);
}

}  // namespace refrain::verdict
