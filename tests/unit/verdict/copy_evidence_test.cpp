#include "verdict/copy_evidence.h"

#include <array>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/verdict.h"

namespace refrain::verdict {
namespace {

/// A place of an edited copy of a photo.
PlaceMeasures copy() {
    PlaceMeasures m;
    m.rarity = 150;
    m.rarity_of_point = 0.6;
    m.share = 0.45;
    m.spread = 0.95;
    m.torn = 0.05;
    m.overlap_known = 1;
    m.overlap_query = 1;
    m.found = 0.65;
    m.unlike = 0.1;
    m.lone = 0.7;
    return m;
}

/// A receipt of the same shop: much agrees, in small pieces, and its shapes repeat.
PlaceMeasures look_alike() {
    PlaceMeasures m;
    m.rarity = 70;
    m.rarity_of_point = 0.22;
    m.share = 0.2;
    m.spread = 0.85;
    m.torn = 0.35;
    m.overlap_known = 1;
    m.overlap_query = 1;
    m.found = 0.35;
    m.unlike = 0.2;
    m.lone = 0.28;
    return m;
}

TEST(CopyEvidence, PartsCopiesFromLookAlikes) {
    for (const bool is_film : {false, true}) {
        PlaceMeasures a = copy();
        PlaceMeasures b = look_alike();
        a.is_film = is_film;
        b.is_film = is_film;
        EXPECT_GE(look_alike_score(copy_evidence(a)), kDefaultMinScore) << is_film;
        EXPECT_LT(look_alike_score(copy_evidence(b)), kDefaultMinScore / 2) << is_film;
    }
}

struct Course {
    double PlaceMeasures::*measure;
    double least;
    double most;
    bool rises;
};

TEST(CopyEvidence, RisesOrFallsThroughoutWithEachMeasure) {
    const std::vector<Course> courses = {
        {&PlaceMeasures::rarity, 0, 400, true},      {&PlaceMeasures::rarity_of_point, 0, 2, true},
        {&PlaceMeasures::share, 0, 1, true},         {&PlaceMeasures::spread, 0, 1, true},
        {&PlaceMeasures::torn, 0, 1, false},         {&PlaceMeasures::blank, 0, 1, false},
        {&PlaceMeasures::overlap_known, 0, 1, true}, {&PlaceMeasures::overlap_query, 0, 1, true},
        {&PlaceMeasures::found, 0, 1, true},         {&PlaceMeasures::unlike, 0, 1, false},
        {&PlaceMeasures::lone, 0, 1, true},
    };
    for (const bool is_film : {false, true}) {
        for (const Course& course : courses) {
            PlaceMeasures m = look_alike();
            m.is_film = is_film;
            m.*course.measure = course.least;
            double before = copy_evidence(m);
            for (int i = 1; i <= 100; ++i) {
                m.*course.measure = course.least + (course.most - course.least) * i / 100;
                const double now = copy_evidence(m);
                EXPECT_GE(course.rises ? now - before : before - now, -1e-9);
                before = now;
            }
        }
    }
}

/// The same places where cells could be compared.
PlaceMeasures with_cells(PlaceMeasures m, bool is_copy) {
    m.cells.is_measured = true;
    m.cells.telling = 400;
    m.cells.like = is_copy ? 0.9 : 0.6;
    m.cells.unlike = is_copy ? 0.02 : 0.2;
    m.cells.distance = is_copy ? 0.2 : 0.6;
    m.cells.torn = is_copy ? 0.01 : 0.2;
    m.cells.mixed = is_copy ? 0.01 : 0.08;
    m.cells.mixed_extra = is_copy ? 0.01 : 0.08;
    m.cells.outline = is_copy ? 0.9 : 0.6;
    return m;
}

TEST(CopyEvidence, OfCellsPartsPlacesThatAreElseTheSame) {
    for (const bool is_film : {false, true}) {
        for (PlaceMeasures m : {copy(), look_alike()}) {
            m.is_film = is_film;
            const double good = copy_evidence(with_cells(m, true));
            const double bad = copy_evidence(with_cells(m, false));
            EXPECT_GT(good, bad + 2);
        }
        PlaceMeasures m = copy();
        m.is_film = is_film;
        EXPECT_GE(look_alike_score(copy_evidence(with_cells(m, true))), kDefaultMinScore);
        m = look_alike();
        m.is_film = is_film;
        EXPECT_LT(look_alike_score(copy_evidence(with_cells(m, false))), kDefaultMinScore / 2);
    }
}

TEST(CopyEvidence, OfFilmsHasTablesOfItsOwn) {
    PlaceMeasures film = look_alike();
    film.is_film = true;
    EXPECT_NE(copy_evidence(film), copy_evidence(look_alike()));
    EXPECT_NE(copy_evidence(with_cells(film, false)),
              copy_evidence(with_cells(look_alike(), false)));
}

TEST(CopyEvidence, RisesOrFallsThroughoutWithEachMeasureOfCells) {
    const struct {
        double CellMeasures::*measure;
        bool rises;
    } courses[] = {
        {&CellMeasures::like, true},      {&CellMeasures::unlike, false},
        {&CellMeasures::distance, false}, {&CellMeasures::torn, false},
        {&CellMeasures::mixed, false},    {&CellMeasures::mixed_extra, false},
        {&CellMeasures::outline, true},
    };
    for (const bool is_film : {false, true}) {
        double moved = 0;
        for (const auto& course : courses) {
            PlaceMeasures m = with_cells(look_alike(), true);
            m.is_film = is_film;
            m.cells.*course.measure = 0;
            const double first = copy_evidence(m);
            double before = first;
            for (int i = 1; i <= 150; ++i) {
                m.cells.*course.measure = i / 100.0;
                const double now = copy_evidence(m);
                EXPECT_GE(course.rises ? now - before : before - now, -1e-9);
                before = now;
            }
            moved += std::abs(before - first);
        }
        EXPECT_GT(moved, 4);
    }
}

/// What tearing, or losing points, costs a picture with this share of lone points.
double cost_of(double PlaceMeasures::*measure, double good, double bad, double lone) {
    PlaceMeasures whole = copy();
    whole.lone = lone;
    whole.*measure = good;
    PlaceMeasures broken = whole;
    broken.*measure = bad;
    return copy_evidence(whole) - copy_evidence(broken);
}

// kPhoto: 0.55.
TEST(CopyEvidence, DisagreementCostsMoreWhereShapesRepeatAndNoMoreInAPhoto) {
    const struct {
        double PlaceMeasures::*measure;
        double good;
        double bad;
    } kinds[] = {{&PlaceMeasures::torn, 0, 0.03}, {&PlaceMeasures::found, 1, 0.9}};
    for (const auto& kind : kinds) {
        const auto cost = [&](double lone) {
            return cost_of(kind.measure, kind.good, kind.bad, lone);
        };
        EXPECT_NEAR(cost(0.56), cost(1), 1e-9);
        EXPECT_GT(cost(0.5), cost(0.56) + 1e-3);
        EXPECT_GT(cost(0.3), cost(0.5) + 1e-3);
        EXPECT_GT(cost(0), cost(0.3) + 1e-3);
    }
}

TEST(CopyEvidence, OfNothingIsNone) {
    EXPECT_EQ(look_alike_score(copy_evidence(PlaceMeasures{})), 0);
}

/// A place with this much evidence: of cells that agree, and more or fewer unlike points.
PlaceMeasures place_with(double evidence) {
    PlaceMeasures m = with_cells(copy(), true);
    double least = 0;
    double most = 40;
    m.rarity = 60;
    // Evidence falls as points are lost; a mixture of both ends meets every value between.
    const PlaceMeasures bad = with_cells(look_alike(), false);
    const auto mixed = [&](double share) {
        PlaceMeasures between = m;
        const auto mix = [share](double& a, double b) {
            a += share / 40 * (b - a);
        };
        mix(between.share, bad.share);
        mix(between.found, bad.found);
        mix(between.unlike, bad.unlike);
        mix(between.lone, bad.lone);
        mix(between.torn, bad.torn);
        mix(between.cells.like, bad.cells.like);
        mix(between.cells.unlike, bad.cells.unlike);
        mix(between.cells.mixed, bad.cells.mixed);
        return between;
    };
    for (int i = 0; i < 60; ++i) {
        const double middle = (least + most) / 2;
        (copy_evidence(mixed(middle)) >= evidence ? least : most) = middle;
    }
    m = mixed(least);
    EXPECT_NEAR(copy_evidence(m), evidence, 0.01);
    return m;
}

TEST(AgreedScore, IsTheRarityWhereTheEvidenceIsACopys) {
    EXPECT_EQ(agreed_score(place_with(0.2)), 0);
    EXPECT_EQ(agreed_score(place_with(0.4)), 60);
}

TEST(AgreedScore, OfAMapWithPerspectiveNeedsMoreEvidenceAndHalfOfThePicture) {
    for (const double evidence : {0.9, 1.1}) {
        PlaceMeasures m = place_with(evidence);
        m.is_perspective = true;
        EXPECT_EQ(agreed_score(m), evidence > 1 ? 60 : 0);
    }
    PlaceMeasures m = with_cells(copy(), true);
    m.is_perspective = true;
    m.overlap_known = 0.51;
    EXPECT_GT(agreed_score(m), 0);
    m.overlap_known = 0.49;
    EXPECT_EQ(agreed_score(m), 0);
}

TEST(AgreedScore, OfAFilmNeedsTheShareOfPointsOfACopy) {
    PlaceMeasures m = with_cells(copy(), true);
    m.is_film = true;
    m.rarity = 20;
    m.share = 0.31;
    EXPECT_EQ(agreed_score(m), 20);
    m.share = 0.29;
    EXPECT_EQ(agreed_score(m), 0);
    m = with_cells(look_alike(), true);
    m.is_film = true;
    EXPECT_EQ(agreed_score(m), 0);
}

TEST(AgreedScore, OfAFilmThatShowsLessThanAQuarterIsNothing) {
    PlaceMeasures m = with_cells(copy(), true);
    m.is_film = true;
    m.overlap_known = 0.25;
    EXPECT_GT(agreed_score(m), 0);
    m.overlap_known = 0.24;
    EXPECT_EQ(agreed_score(m), 0);
}

/// Evidence of a part that agrees, with as much of the known picture in view.
PlaceMeasures part_of_picture() {
    PlaceMeasures m = with_cells(copy(), true);
    m.overlap_known = 0.2;
    m.rarity = 60;
    m.cells.telling = 100;
    m.cells.like = 1;
    m.cells.unlike = 0;
    m.cells.mixed = 0;
    m.cells.mixed_extra = 0;
    EXPECT_GT(copy_evidence(m), 4);
    return m;
}

TEST(AgreedScore, OfLessThanAQuarterNeedsFullDetail) {
    PlaceMeasures m = part_of_picture();
    EXPECT_EQ(agreed_score(m), 60);
    m.cells.telling = 39;
    EXPECT_EQ(agreed_score(m), 0);
    m.cells.telling = 41;
    EXPECT_EQ(agreed_score(m), 60);
    m.rarity = 24;
    EXPECT_EQ(agreed_score(m), 0);
    m.rarity = 26;
    EXPECT_EQ(agreed_score(m), 26);
    m.is_perspective = true;
    EXPECT_EQ(agreed_score(m), 0);
    for (const double evidence : {3.9, 4.1}) {
        PlaceMeasures part = place_with(evidence + 1.31);
        part.overlap_known = 0.245;
        const double own = copy_evidence(part);
        EXPECT_EQ(agreed_score(part) > 0, own >= 4) << own;
        part.overlap_known = 0.247;
        EXPECT_GT(agreed_score(part), 0) << own;
    }
}

TEST(AgreedScore, IsOfPlacesWithCellsAndOfNoCommonOnes) {
    PlaceMeasures m = with_cells(copy(), true);
    m.rarity = 21;
    EXPECT_EQ(agreed_score(m), 21);
    m.rarity = 19;
    EXPECT_EQ(agreed_score(m), 0);
    m.is_film = true;
    EXPECT_EQ(agreed_score(m), 19);
    m.rarity = 14;
    EXPECT_EQ(agreed_score(m), 0);
    EXPECT_EQ(agreed_score(copy()), 0) << "no cells";
}

TEST(WholeFrameEvidence, IsFullForTheSameFrameAndEndsWhereLookAlikesBegin) {
    EXPECT_DOUBLE_EQ(whole_frame_evidence(0), whole_frame_evidence(8));
    EXPECT_LT(whole_frame_evidence(9), whole_frame_evidence(8));
    EXPECT_GT(whole_frame_evidence(21), 0);
    EXPECT_EQ(whole_frame_evidence(22), 0);
    EXPECT_EQ(whole_frame_evidence(256), 0);
    // It outweighs a place that a blurred copy has lost, and not one of other content.
    EXPECT_NEAR(whole_frame_evidence(0), 9, 0.5);
}

TEST(UnplacedScore, EndsWhereLookAlikesBegin) {
    EXPECT_GT(unplaced_score(20), 60);
    EXPECT_EQ(unplaced_score(21), 0);
}

TEST(LookAlikeScore, IsTheDefaultWhereLookAlikesEnd) {
    EXPECT_DOUBLE_EQ(look_alike_score(0), kDefaultMinScore);
    EXPECT_DOUBLE_EQ(look_alike_score(1), kDefaultMinScore + 2);
    EXPECT_EQ(look_alike_score(-10), 0);
}

}  // namespace
}  // namespace refrain::verdict
