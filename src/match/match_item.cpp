#include "match/match_item.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "match/aligned_view.h"
#include "match/describe_match.h"
#include "match/explain_match.h"
#include "match/item_evidence.h"
#include "match/picture_time.h"

namespace refrain::match {

namespace {

using AlignedViews = std::vector<AlignedView>;

std::uint32_t part_index(const AlignedView& sighting) {
    return sighting.context().query.fingerprint().part.index;
}

bool is_same_part(const AlignedView& a, const AlignedView& b) {
    return part_index(a) == part_index(b);
}

/// Query times that the sightings explain, of the part that `sighting` is about.
std::vector<TimeSpan> taken_beside(const AlignedView& sighting,
                                   const std::vector<AlignedView*>& chosen) {
    std::vector<TimeSpan> spans;
    for (const AlignedView* other : chosen) {
        if (is_same_part(*other, sighting)) {
            const std::vector<TimeSpan> own = other->explained();
            spans.insert(spans.end(), own.begin(), own.end());
        }
    }
    return spans;
}

/// Adds a sighting to those that are better; what it explains in their holes is its own.
void add(AlignedView* next, std::vector<AlignedView*>& chosen) {
    const std::vector<TimeSpan> spans = next->explained();
    for (AlignedView* better : chosen) {
        if (is_same_part(*better, *next)) {
            better->leave(spans);
        }
    }
    chosen.push_back(next);
}

/// Whether a sighting has the evidence of a better one, or a part of it: what that one left out,
/// such as a picture that is held, was left out for a reason.
bool is_repeated(const AlignedView& sighting, const AlignedView& better) {
    return is_same_part(sighting, better) && &sighting.item() == &better.item() &&
           (sighting.view() == better.view() ||
            (!sighting.local().empty() && &sighting.local() == &better.local()));
}

/// Whether something of a sighting is left beside the chosen ones.
bool is_left(AlignedView& sighting, const std::vector<AlignedView*>& chosen) {
    if (is_repeated(sighting, *chosen.back())) {
        return false;
    }
    if (!is_same_part(sighting, *chosen.back())) {
        return sighting.score().combined >= sighting.context().rules.least_run_score;
    }
    // A picture is explained as a whole, and so is its twin on another ground.
    return !sighting.context().query.is_image() &&
           sighting.look_beside(taken_beside(sighting, chosen));
}

/// The best sighting, and after it those that explain something else, the best of the rest first.
std::vector<AlignedView*> choose(AlignedViews& sightings) {
    const auto is_worse = [](const AlignedView* a, const AlignedView* b) {
        return std::pair(a->score().combined, a->score().by_chance) <
               std::pair(b->score().combined, b->score().by_chance);
    };
    std::vector<AlignedView*> open;
    open.reserve(sightings.size());
    for (AlignedView& sighting : sightings) {
        open.push_back(&sighting);
    }
    std::vector<AlignedView*> chosen;
    while (!open.empty()) {
        const auto best = std::max_element(open.begin(), open.end(), is_worse);
        add(*best, chosen);
        open.erase(best);
        std::erase_if(open, [&](AlignedView* sighting) { return !is_left(*sighting, chosen); });
    }
    return chosen;
}

Transform placed_by(const AlignedView& sighting, const evidence::PlacedFrame* placed) {
    if (placed == nullptr) {
        return transform_of(sighting.view());
    }
    Transform lies = transform_of(*placed, sighting.view().is_mirrored());
    lies.is_negative = sighting.view().is_negative;
    return lies;
}

/// Whether a segment lies otherwise in the query than the match says. What places tell of one
/// picture differs by less; whole frames tell nothing of size and box.
bool differs(const Transform& segment,
             const Transform& match,
             bool has_place,
             const MatchRules& rules) {
    if (segment.is_mirrored != match.is_mirrored || segment.is_negative != match.is_negative ||
        std::abs(std::remainder(segment.rotation_deg - match.rotation_deg, 360.0)) >
            rules.same_turn) {
        return true;
    }
    if (!has_place) {
        return false;
    }
    const auto log_scale = [](const Transform& one) {
        return std::log(std::max(one.scale, 1e-6));
    };
    if (std::abs(log_scale(segment) - log_scale(match)) > rules.same_log_scale) {
        return true;
    }
    for (std::size_t i = 0; i < segment.box.size(); ++i) {
        if (std::abs(segment.box.at(i) - match.box.at(i)) > rules.same_shift) {
            return true;
        }
    }
    return false;
}

/// The parts of a medium that a sighting is about; nothing where there is only one.
std::optional<MatchedPart> query_part(const AlignedView& sighting) {
    return sighting.context().names_parts
               ? std::optional(matched_part(sighting.context().query.fingerprint()))
               : std::nullopt;
}

std::optional<MatchedPart> known_part(const AlignedView& sighting) {
    return sighting.item().has_several_parts ? std::optional(matched_part(sighting.item()))
                                             : std::nullopt;
}

void add_segments(const AlignedView& sighting, Match& match) {
    const evidence::Query& query = sighting.context().query;
    const evidence::KnownItem& item = sighting.item();
    const std::optional<MatchedPart> part = query_part(sighting);
    const std::optional<MatchedPart> reference_part = known_part(sighting);
    const std::optional<TimeSpan> taken_at =
        query.is_image()
            ? picture_time(query, item, sighting.view(), sighting.local(), sighting.context().rules)
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
        if (differs(lies, *match.transform, sighted.best_placed != nullptr,
                    sighting.context().rules)) {
            segment.transform = lies;
        }
        segment.part = part != match.part ? part : std::nullopt;
        segment.reference_part =
            reference_part != match.reference_part ? reference_part : std::nullopt;
        match.segments.push_back(segment);
    }
}

void add_coverage(const AlignedView& best, Match& match) {
    std::vector<TimeSpan> query_spans;
    std::vector<TimeSpan> reference_spans;
    for (const Segment& segment : match.segments) {
        if (segment.query && !segment.part) {
            query_spans.push_back(*segment.query);
        }
        if (segment.reference && !segment.reference_part) {
            reference_spans.push_back(*segment.reference);
        }
    }
    const evidence::PlacedFrame* placed =
        best.score().has_frames ? nullptr : best.score().best_placed;
    const double query_picture = placed == nullptr ? 1 : placed->placement.overlap_query;
    const double known_picture = placed == nullptr ? 1 : placed->placement.overlap_known;
    const evidence::Query& query = best.context().query;
    const evidence::KnownItem& item = best.item();
    match.query_coverage =
        query.is_image() ? query_picture : covered(query_spans, query.end() - query.begin());
    match.reference_coverage = item.kind == MediaKind::kImage
                                   ? known_picture
                                   : covered(reference_spans, item.duration - item.begin);
}

void add_evidence(const std::vector<AlignedView*>& chosen, Match& match) {
    bool has_frames = false;
    bool has_places = false;
    for (const AlignedView* sighting : chosen) {
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
ItemScore score_of(const std::vector<AlignedView*>& chosen) {
    const AlignedView& best = *chosen.front();
    if (chosen.size() == 1) {
        return best.score();
    }
    std::vector<Witnesses> all;
    all.reserve(chosen.size());
    for (const AlignedView* sighting : chosen) {
        all.push_back(sighting->evidence().witnesses_in_view(sighting->used()));
        all.back().moves_otherwise = sighting->moves_otherwise();
    }
    ItemScore together = score_together(all, best.context());
    return together.combined > best.score().combined ? together : best.score();
}

std::vector<Explained> explained_by(const std::vector<AlignedView*>& chosen) {
    std::vector<Explained> list;
    for (const AlignedView* sighting : chosen) {
        const bool is_image = sighting->context().query.is_image();
        for (const SightedRun& sighted : sighting->runs()) {
            list.push_back({part_index(*sighting), is_image, sighted.run.query,
                            is_image ? sighting->score().combined : sighted.score});
        }
    }
    return list;
}

}  // namespace

ItemMatch match_item(std::span<const Aspect> aspects) {
    AlignedViews sightings;
    sightings.reserve(aspects.size());
    for (const Aspect& aspect : aspects) {
        sightings.emplace_back(aspect);
    }
    const std::vector<AlignedView*> chosen = choose(sightings);
    const AlignedView& best = *chosen.front();
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
    match.part = query_part(best);
    match.reference_part = known_part(best);
    add_evidence(chosen, match);
    for (const AlignedView* sighting : chosen) {
        add_segments(*sighting, match);
    }
    add_coverage(best, match);
    if (best.context().wants_explanation) {
        match.explanation = explain_match(best.evidence(), best.view(), best.used(), best.score());
    }
    return {std::move(match), explained_by(chosen)};
}

}  // namespace refrain::match
