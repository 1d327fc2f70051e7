#include "match/item_evidence.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "verdict/copy_evidence.h"
#include "verdict/local_score.h"

namespace refrain::match {

namespace {

const std::vector<evidence::Likeness> kNoLikenesses;
const std::vector<evidence::PlacedFrame> kNoPlaces;

bool has_detail(const std::vector<LocalFrame>& frames, const MatchRules& rules) {
    return std::any_of(frames.begin(), frames.end(), [&rules](const LocalFrame& frame) {
        return frame.points.size() >= rules.detail;
    });
}

/// What decides whether a copy is shown, of all views.
struct Judged {
    int nearest = Hash256::kBits;  ///< of whole frames, bits
    double by_frames = 0;          ///< the most that a whole frame adds to the evidence of places
    bool has_frames = false;       ///< by their own codes, not by those of their edges
    bool has_detail = false;
    bool moves_otherwise = true;
    const Witnesses* best = nullptr;  ///< with the surest place
    double shown = 0;
};

Judged judged(std::span<const Witnesses> all, const MatchRules& rules) {
    Judged sum;
    for (const Witnesses& one : all) {
        for (const verdict::FrameEvidence& frame : one.frames) {
            if (!frame.is_by_edges) {
                sum.nearest = std::min(sum.nearest, frame.distance);
                sum.by_frames =
                    std::max(sum.by_frames,
                             verdict::whole_frame_evidence(frame.distance, rules.score) *
                                 verdict::weight_of_shared(frame.unrelated_items, rules.score));
                sum.has_frames = true;
            }
        }
        sum.has_detail = sum.has_detail || one.has_detail;
        sum.moves_otherwise = sum.moves_otherwise && one.moves_otherwise;
        if (one.best_placed != nullptr) {
            const bool is_better =
                sum.best == nullptr || one.copy_evidence > sum.best->copy_evidence;
            sum.best = is_better ? &one : sum.best;
            sum.shown = std::max(sum.shown, one.shown);
        }
    }
    return sum;
}

/// Lowers a score to what look-alikes leave of it.
void judge(std::span<const Witnesses> all, const MatchRules& rules, ItemScore& score) {
    const Judged sum = judged(all, rules);
    const double taken = sum.moves_otherwise ? rules.moving_otherwise : 0;
    if (sum.best == nullptr) {
        if (sum.has_frames && sum.moves_otherwise) {
            score.combined =
                std::min(score.by_chance, verdict::look_alike_score(-taken, rules.score));
        } else if (sum.has_frames && sum.has_detail) {
            score.combined =
                std::min(score.by_chance, verdict::unplaced_score(sum.nearest, rules.score));
        }
        return;
    }
    const double evidence = sum.best->copy_evidence - taken;
    score.by_places = std::min(score.by_places, verdict::look_alike_score(evidence, rules.score));
    score.combined = verdict::combined_score(score.by_frames, score.by_places, rules.score);
    if (sum.has_frames && (sum.moves_otherwise || sum.shown >= rules.nearly_whole)) {
        const double by_frames = sum.moves_otherwise ? 0 : sum.by_frames;
        score.combined =
            std::min(score.by_chance, verdict::look_alike_score(evidence + by_frames, rules.score));
    }
}

struct Pose {
    double turn = 0;
    double log_scale = 0;
    double x = 0;
    double y = 0;
};

/// Where the middle of the known picture comes to lie, in parts of the query's longer side.
Pose pose_of(const evidence::PlacedFrame& placed) {
    const align::PicturePlacement& placement = placed.placement;
    const double side = std::max(placed.query_size.width, placed.query_size.height);
    Pose pose{placement.rotation_deg, std::log(std::max(placement.scale, 1e-6)), 0, 0};
    for (const align::PlanePoint& corner : placement.quad) {
        pose.x += corner.x / side / 4;
        pose.y += corner.y / side / 4;
    }
    return pose;
}

bool agree(const Pose& a, const Pose& b, const MatchRules& rules) {
    const double turn = std::abs(std::remainder(a.turn - b.turn, 360.0));
    return turn <= rules.same_turn && std::abs(a.log_scale - b.log_scale) <= rules.same_log_scale &&
           std::abs(a.x - b.x) <= rules.same_shift && std::abs(a.y - b.y) <= rules.same_shift;
}

/// The surest place of each query frame.
std::vector<const evidence::PlacedFrame*> best_by_frame(
    const std::vector<const evidence::PlacedFrame*>& placed) {
    std::map<std::uint32_t, const evidence::PlacedFrame*> best;
    for (const evidence::PlacedFrame* one : placed) {
        const auto [slot, is_new] = best.try_emplace(one->query, one);
        if (!is_new && one->score > slot->second->score) {
            slot->second = one;
        }
    }
    std::vector<const evidence::PlacedFrame*> list;
    list.reserve(best.size());
    for (const auto& [frame, one] : best) {
        list.push_back(one);
    }
    return list;
}

}  // namespace

ItemEvidence::ItemEvidence(const Aspect& aspect)
    : context_(*aspect.context),
      item_(*aspect.item),
      view_(aspect.view),
      likenesses_(aspect.likenesses != nullptr ? *aspect.likenesses : kNoLikenesses),
      local_(aspect.local != nullptr ? *aspect.local : kNoPlaces) {
    add_frames();
    add_places();
    for (std::size_t i = 0; i < hits_.size(); ++i) {
        by_query_frame_.emplace(hits_[i].query_frame, i);
    }
}

void ItemEvidence::add_frames() {
    const evidence::Query& query = context_.query;
    for (const evidence::Likeness& likeness : likenesses_) {
        const evidence::QueryFrame& shown = query.frames()[likeness.query];
        verdict::FrameEvidence frame;
        frame.distance = likeness.distance;
        frame.quality = likeness.quality;
        frame.sharing_items = likeness.sharing_items;
        frame.is_by_edges = likeness.is_by_edges;
        frame.unrelated_items = likeness.unrelated_items;
        frame.query_hash = query.code(likeness.query, evidence::QueryView{});
        frames_.push_back(frame);
        hits_.push_back({shown.instant, shown.time, shown.end, shown.previous, likeness.known.begin,
                         likeness.known.end, verdict::frame_weight(frame, context_.rules.score)});
    }
}

void ItemEvidence::add_places() {
    const MatchRules& rules = context_.rules;
    const std::vector<MediaTime>& instants = context_.query.instants();
    const MediaTime duration = context_.query.fingerprint().media.duration;
    for (std::uint32_t p = 0; p < local_.size(); ++p) {
        const evidence::PlacedFrame& placed = local_[p];
        const TimeSpan& from = placed.query_time;
        // Of two sure places the one with more of its points found again is nearer in time.
        const double weight =
            std::min(placed.score, rules.max_place_weight) + std::min(1.0, placed.found_again);
        auto at = std::lower_bound(instants.begin(), instants.end(), from.begin);
        for (std::size_t later = 0;
             at != instants.end() && *at < from.end && later < rules.max_later_frames;
             ++at, ++later) {
            const auto ordinal = static_cast<std::uint32_t>(at - instants.begin());
            align::TimeHit hit;
            hit.query_frame = ordinal;
            hit.query_time = *at;
            hit.query_end = at + 1 != instants.end() ? *(at + 1) : duration;
            hit.query_previous = ordinal > 0 ? *(at - 1) : MediaTime{};
            hit.reference_begin = placed.known.begin;
            hit.reference_end = placed.known.end + (*at - from.begin);
            hit.weight = later == 0 ? weight : rules.later_share * weight;
            hits_.push_back(hit);
            places_.push_back(p);
        }
    }
}

std::set<std::size_t> ItemEvidence::with_company(std::span<const std::size_t> used) const {
    const MediaTime same_time = context_.rules.same_time;
    std::set<std::size_t> all(used.begin(), used.end());
    for (const std::size_t i : used) {
        const align::TimeHit& hit = hits_[i];
        const auto [first, last] = by_query_frame_.equal_range(hit.query_frame);
        for (auto entry = first; entry != last; ++entry) {
            const align::TimeHit& other = hits_[entry->second];
            const bool is_other_kind = (i < frames_.size()) != (entry->second < frames_.size());
            if (is_other_kind && other.reference_begin <= hit.reference_end + same_time &&
                hit.reference_begin <= other.reference_end + same_time) {
                all.insert(entry->second);
            }
        }
    }
    return all;
}

Hash256 ItemEvidence::hash_at(MediaTime time) const {
    const std::vector<FrameHash>& frames = context_.query.fingerprint().frames;
    const auto found =
        std::lower_bound(frames.begin(), frames.end(), time,
                         [](const FrameHash& frame, MediaTime at) { return frame.time < at; });
    return found == frames.end() ? Hash256{} : found->hash;
}

Hash256 ItemEvidence::known_hash_at(MediaTime time) const {
    const auto after = std::upper_bound(
        item_.frames.begin(), item_.frames.end(), time,
        [](MediaTime at, const evidence::KnownFrame& frame) { return at < frame.begin; });
    return after == item_.frames.begin() ? Hash256{} : (after - 1)->hash;
}

std::vector<ItemEvidence::UsedFrame> ItemEvidence::frames_of(
    const std::set<std::size_t>& hits) const {
    std::vector<UsedFrame> list;
    for (const std::size_t i : hits) {
        if (i < frames_.size()) {
            list.push_back({&likenesses_[i], &frames_[i]});
        }
    }
    return list;
}

std::vector<const evidence::PlacedFrame*> ItemEvidence::places_of(
    const std::set<std::size_t>& hits) const {
    std::vector<const evidence::PlacedFrame*> placed;
    for (const std::size_t i : hits) {
        if (i >= frames_.size()) {
            placed.push_back(&local_[places_[i - frames_.size()]]);
        }
    }
    placed = best_by_frame(placed);
    std::sort(placed.begin(), placed.end(),
              [](const evidence::PlacedFrame* a, const evidence::PlacedFrame* b) {
                  return a->score != b->score ? a->score > b->score : a->query < b->query;
              });
    return placed;
}

/// What is left of each place where many share it, or the whole frame that shows it.
std::map<const evidence::PlacedFrame*, double> ItemEvidence::own_worth_of(
    const std::set<std::size_t>& hits) const {
    std::map<std::uint32_t, int> sharing;  // of whole frames
    for (const std::size_t i : hits) {
        if (!is_place(i) && !frames_[i].is_by_edges) {
            int& most = sharing[hits_[i].query_frame];
            most = std::max(most, frames_[i].unrelated_items);
        }
    }
    std::map<const evidence::PlacedFrame*, double> worth;
    for (const std::size_t i : hits) {
        if (is_place(i)) {
            const evidence::PlacedFrame& placed = local_[places_[i - frames_.size()]];
            double& own = worth.try_emplace(&placed, placed.own_worth).first->second;
            const auto shared = sharing.find(hits_[i].query_frame);
            if (shared != sharing.end()) {
                own =
                    std::min(own, verdict::weight_of_shared(shared->second, context_.rules.score));
            }
        }
    }
    return worth;
}

Witnesses ItemEvidence::witnesses_of(std::span<const std::size_t> used) const {
    const std::set<std::size_t> hits = with_company(used);
    Witnesses all;
    for (const UsedFrame& frame : frames_of(hits)) {
        all.frames.push_back(*frame.evidence);
    }
    std::vector<const evidence::PlacedFrame*> placed = places_of(hits);
    placed.resize(std::min(placed.size(), context_.rules.max_compared));
    all.has_detail = has_detail(context_.query.fingerprint().local, context_.rules) &&
                     has_detail(item_.local, context_.rules);
    if (placed.empty()) {
        return all;
    }
    const std::map<const evidence::PlacedFrame*, double> worth = own_worth_of(hits);
    const auto evidence_of = [&](const evidence::PlacedFrame& one) {
        return verdict::shared_evidence(one.judgement.evidence, worth.at(&one),
                                        context_.rules.score);
    };
    all.copy_evidence = evidence_of(*placed[0]);
    for (const evidence::PlacedFrame* one : placed) {
        all.copy_evidence = std::max(all.copy_evidence, evidence_of(*one));
        all.shown = std::max(all.shown, one->placement.overlap_known);
    }
    all.best_placed = placed[0];
    const Pose best = pose_of(*placed[0]);
    for (const evidence::PlacedFrame* one : placed) {
        if (agree(best, pose_of(*one), context_.rules)) {
            all.places.push_back({one->score, hash_at(one->query_time.begin),
                                  known_hash_at(one->known_time), worth.at(one)});
        }
    }
    return all;
}

Witnesses ItemEvidence::witnesses_in_view(std::span<const std::size_t> used) const {
    Witnesses all = witnesses_of(used);
    const std::vector<UsedFrame> frames = frames_of(with_company(used));
    for (std::size_t i = 0; i < frames.size(); ++i) {
        all.frames[i].query_hash = context_.query.code(frames[i].likeness->query, view_);
    }
    return all;
}

ItemScore ItemEvidence::score_of(std::span<const std::size_t> used, bool moves_otherwise) const {
    Witnesses all = witnesses_of(used);
    all.moves_otherwise = moves_otherwise;
    return score_together({&all, 1}, context_);
}

ItemScore score_together(std::span<const Witnesses> all, const LookUpContext& context) {
    std::vector<verdict::FrameEvidence> frames;
    std::vector<verdict::LocalWitness> places;
    const verdict::ScoreRules& rules = context.rules.score;
    ItemScore score;
    for (const Witnesses& one : all) {
        frames.insert(frames.end(), one.frames.begin(), one.frames.end());
        places.insert(places.end(), one.places.begin(), one.places.end());
        if (score.best_placed == nullptr ||
            (one.best_placed != nullptr && one.best_placed->score > score.best_placed->score)) {
            score.best_placed = one.best_placed;
        }
    }
    score.by_frames = verdict::frame_score(frames, context.comparisons, rules);
    score.by_places = verdict::local_score(places, context.local_comparisons, rules);
    score.has_frames = !frames.empty() && (score.by_frames > 0 || places.empty());
    if (score.by_places <= 0 && score.has_frames) {
        score.best_placed = nullptr;
    }
    score.by_chance = verdict::combined_score(score.by_frames, score.by_places, rules);
    for (verdict::LocalWitness& place : places) {
        place.score *= place.own_worth;
    }
    score.by_places =
        std::min(score.by_places, verdict::local_score(places, context.local_comparisons, rules));
    score.combined = verdict::combined_score(score.by_frames, score.by_places, rules);
    judge(all, context.rules, score);
    return score;
}

}  // namespace refrain::match
