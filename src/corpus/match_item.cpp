#include "corpus/match_item.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "corpus/describe_match.h"
#include "corpus/explain_match.h"
#include "corpus/picture_time.h"
#include "corpus/sighting.h"

namespace refrain::corpus {

namespace {

using Sightings = std::vector<Sighting>;

/// Query times that the sightings explain.
std::vector<TimeSpan> taken_by(const std::vector<Sighting*>& chosen) {
    std::vector<TimeSpan> spans;
    for (const Sighting* sighting : chosen) {
        const std::vector<TimeSpan> own = sighting->explained();
        spans.insert(spans.end(), own.begin(), own.end());
    }
    return spans;
}

/// Adds a sighting to those that are better; what it explains in their holes is its own.
void add(Sighting* next, std::vector<Sighting*>& chosen) {
    const std::vector<TimeSpan> spans = next->explained();
    for (Sighting* better : chosen) {
        better->leave(spans);
    }
    chosen.push_back(next);
}

/// The best sighting, and after it those that explain other query time, the best of the rest first.
std::vector<Sighting*> choose(Sightings& sightings) {
    const auto is_worse = [](const Sighting* a, const Sighting* b) {
        return std::pair(a->score().combined, a->score().by_chance) <
               std::pair(b->score().combined, b->score().by_chance);
    };
    std::vector<Sighting*> open;
    open.reserve(sightings.size());
    for (Sighting& sighting : sightings) {
        open.push_back(&sighting);
    }
    std::vector<Sighting*> chosen;
    while (!open.empty()) {
        const auto best = std::max_element(open.begin(), open.end(), is_worse);
        add(*best, chosen);
        open.erase(best);
        if (chosen.front()->context().query.is_image()) {
            break;  // all of it is explained
        }
        const std::vector<TimeSpan> taken = taken_by(chosen);
        std::erase_if(open, [&](Sighting* sighting) { return !sighting->look_beside(taken); });
    }
    return chosen;
}

Transform placed_by(const Sighting& sighting, const PlacedFrame* placed) {
    return placed == nullptr ? transform_of(sighting.view())
                             : transform_of(*placed, is_mirrored_view(sighting.view()),
                                            sighting.context().query.fingerprint());
}

/// Whether a segment lies otherwise in the query than the match says. What places tell of one
/// picture differs by less; whole frames tell nothing of size and box.
bool differs(const Transform& segment, const Transform& match, bool has_place) {
    constexpr double kMostTurn = 12;        // degrees
    constexpr double kMostLogScale = 0.35;  // of the natural logarithm
    constexpr double kMostShift = 0.15;     // of the query's width or height
    if (segment.is_mirrored != match.is_mirrored || segment.is_negative != match.is_negative ||
        std::abs(std::remainder(segment.rotation_deg - match.rotation_deg, 360.0)) > kMostTurn) {
        return true;
    }
    if (!has_place) {
        return false;
    }
    const auto log_scale = [](const Transform& one) {
        return std::log(std::max(one.scale, 1e-6));
    };
    if (std::abs(log_scale(segment) - log_scale(match)) > kMostLogScale) {
        return true;
    }
    for (std::size_t i = 0; i < segment.box.size(); ++i) {
        if (std::abs(segment.box.at(i) - match.box.at(i)) > kMostShift) {
            return true;
        }
    }
    return false;
}

void add_segments(const Sighting& sighting, Match& match) {
    const Query& query = sighting.context().query;
    const KnownItem& item = sighting.item();
    const std::optional<TimeSpan> taken_at =
        query.is_image() ? picture_time(query, item, sighting.view(), sighting.local())
                         : std::nullopt;
    for (const SightedRun& sighted : sighting.runs()) {
        Segment segment;
        if (!query.is_image()) {
            segment.query = sighted.run.query;
        }
        if (item.kind == MediaKind::kVideo) {
            segment.reference = taken_at ? *taken_at : sighted.run.reference;
        }
        if (!segment.query && !segment.reference) {
            continue;
        }
        segment.speed = sighted.run.speed;
        segment.hits = static_cast<int>(sighted.run.hits.size());
        segment.score = sighted.score;
        const Transform lies = placed_by(sighting, sighted.best_placed);
        if (differs(lies, *match.transform, sighted.best_placed != nullptr)) {
            segment.transform = lies;
        }
        match.segments.push_back(segment);
    }
}

void add_coverage(const Sighting& best, Match& match) {
    std::vector<TimeSpan> query_spans;
    std::vector<TimeSpan> reference_spans;
    for (const Segment& segment : match.segments) {
        if (segment.query) {
            query_spans.push_back(*segment.query);
        }
        if (segment.reference) {
            reference_spans.push_back(*segment.reference);
        }
    }
    const PlacedFrame* placed = best.score().has_frames ? nullptr : best.score().best_placed;
    const double query_picture = placed == nullptr ? 1 : placed->placement.overlap_query;
    const double known_picture = placed == nullptr ? 1 : placed->placement.overlap_known;
    const Query& query = best.context().query;
    match.query_coverage =
        query.is_image() ? query_picture : covered(query_spans, query.fingerprint().media.duration);
    match.reference_coverage = best.item().kind == MediaKind::kImage
                                   ? known_picture
                                   : covered(reference_spans, best.item().duration);
}

void add_evidence(const std::vector<Sighting*>& chosen, Match& match) {
    bool has_frames = false;
    bool has_places = false;
    for (const Sighting* sighting : chosen) {
        has_frames = has_frames || sighting->score().has_frames;
        has_places = has_places || sighting->score().best_placed != nullptr;
    }
    if (has_frames) {
        match.evidence.push_back(Evidence::kFrames);
    }
    if (has_places) {
        match.evidence.push_back(Evidence::kLocal);
    }
}

/// What the sightings are worth together; never less than the best of them alone.
ItemScore score_of(const std::vector<Sighting*>& chosen) {
    const Sighting& best = *chosen.front();
    if (chosen.size() == 1) {
        return best.score();
    }
    std::vector<Witnesses> all;
    all.reserve(chosen.size());
    for (const Sighting* sighting : chosen) {
        all.push_back(sighting->evidence().witnesses_in_view(sighting->used()));
    }
    ItemScore together = score_together(all, best.context());
    return together.combined > best.score().combined ? together : best.score();
}

}  // namespace

Match match_item(std::span<const Aspect> aspects) {
    Sightings sightings;
    sightings.reserve(aspects.size());
    for (const Aspect& aspect : aspects) {
        sightings.emplace_back(aspect);
    }
    const std::vector<Sighting*> chosen = choose(sightings);
    const Sighting& best = *chosen.front();
    Match match = describe(best.item());
    const ItemScore score = score_of(chosen);
    match.score = score.combined;
    if (score.combined < kDefaultMinScore && score.by_chance >= kDefaultMinScore) {
        match.relation = Relation::kSimilar;
    }
    if (best.score().best_placed != nullptr) {
        match.agreement = best.score().best_placed->judgement.agreement;
    }
    match.transform = placed_by(best, best.score().best_placed);
    add_evidence(chosen, match);
    for (const Sighting* sighting : chosen) {
        add_segments(*sighting, match);
    }
    add_coverage(best, match);
    if (best.context().wants_explanation) {
        match.explanation = explain_match(best.evidence(), best.view(), best.used(), best.score());
    }
    return match;
}

}  // namespace refrain::corpus
