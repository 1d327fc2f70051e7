#include "verdict/copy_evidence.h"

#include <algorithm>
#include <array>
#include <span>

#include "verdict/local_score.h"

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

// Codes of whole frames of look-alikes lie 21 bits apart and more, hardly any below.
constexpr double kSameFrame = 8;
constexpr double kLikeFrame = 22;
constexpr double kFrameEvidence = 9;
constexpr int kUnplacedFrame = 20;

// Evidence of places that count by it alone; a map with perspective bends to what it is given, and
// must show this much of the known picture: a photo on a slide that is known is no copy.
constexpr double kAgrees = 0.3;
constexpr double kAgreesInPerspective = 1.0;
constexpr double kShownInPerspective = 0.5;
// What shows less of the known picture than this is a part of it. It needs more evidence, and as
// many cells to see it by.
constexpr double kQuarter = 0.246;
constexpr double kPartAgrees = 4.0;
constexpr double kPartRarity = 25;
constexpr double kPartCells = 40;

// The tables are such that look-alikes of the training sets end at 0; each unit of evidence moves
// the score by so much.
constexpr double kAtDefault = 6.0;
constexpr double kScorePerEvidence = 2.0;

}  // namespace

double copy_evidence(const PlaceMeasures& measures) {
    if (measures.cells.is_measured) {
        return measures.is_film ? sum_of(kFilmCellSteps, kFilmCellIntercept, measures)
                                : sum_of(kPictureCellSteps, kPictureCellIntercept, measures);
    }
    return measures.is_film ? sum_of(kFilmSteps, kFilmIntercept, measures)
                            : sum_of(kPictureSteps, kPictureIntercept, measures);
}

double agreed_score(const PlaceMeasures& measures) {
    if (measures.is_film || !measures.cells.is_measured || measures.rarity < kAgreedRarity) {
        return 0;
    }
    const double evidence = copy_evidence(measures);
    bool agrees = evidence >= kAgrees;
    if (measures.is_perspective) {
        agrees = evidence >= kAgreesInPerspective && measures.overlap_known >= kShownInPerspective;
    } else if (measures.overlap_known < kQuarter) {
        agrees = evidence >= kPartAgrees && measures.rarity >= kPartRarity &&
                 measures.cells.telling >= kPartCells;
    }
    return agrees ? measures.rarity : 0;
}

double whole_frame_evidence(int distance) {
    return kFrameEvidence * (1 - part(distance, kSameFrame, kLikeFrame));
}

double unplaced_score(int distance) { return distance <= kUnplacedFrame ? kMaxScore : 0; }

double look_alike_score(double evidence) {
    return std::max(0.0, kAtDefault + kScorePerEvidence * evidence);
}

}  // namespace refrain::verdict
