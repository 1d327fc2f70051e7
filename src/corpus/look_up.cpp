#include "corpus/look_up.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "corpus/candidate.h"
#include "corpus/describe_match.h"
#include "corpus/explain_match.h"
#include "corpus/local_search.h"
#include "corpus/match_item.h"
#include "corpus/query.h"

namespace refrain::corpus {

namespace {

// Bounds of the work after the search: candidates with the most votes come first.
constexpr std::size_t kMaxCandidates = 256;
constexpr std::size_t kMaxFramePairs = std::size_t{1} << 30;

void keep_best(std::vector<Match>& matches, const FindOptions& options) {
    std::erase_if(matches, [&](const Match& match) {
        return match.relation == Relation::kSimilar ? !options.lists_similar
                                                    : match.score < options.min_score;
    });
    std::sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) {
        return a.score != b.score ? a.score > b.score : a.id < b.id;
    });
    if (matches.size() > static_cast<std::size_t>(options.max_matches)) {
        matches.resize(static_cast<std::size_t>(options.max_matches));
    }
}

FindStatus status_of(const FindAnswer& answer, const Fingerprint& query, bool is_searchable) {
    const bool has_copy =
        std::any_of(answer.matches.begin(), answer.matches.end(),
                    [](const Match& match) { return match.relation == Relation::kCopy; });
    if (has_copy) {
        return FindStatus::kMatch;
    }
    if (query.decode.is_partial) {
        return FindStatus::kPartial;
    }
    return is_searchable ? FindStatus::kNoMatch : FindStatus::kLowQuality;
}

// A score at which whole frames are believed without asking local features too.
constexpr double kSure = 20.0;
// So much of a video has to be explained for that.
constexpr double kExplained = 0.9;

/// The matches of a query by its pictures, one of each item.
class LookUp {
  public:
    /// @param exact  items that hold the query's bytes, which need no other match
    LookUp(const KnownSet& known,
           const Query& query,
           const LookUpRequest& request,
           const std::vector<KnownItemPtr>& exact)
        : known_(known), query_(query), request_(request) {
        for (const KnownItemPtr& item : exact) {
            exact_.insert(item->key);
            exact_banks_.insert(item->bank);
        }
    }

    Result<std::vector<Match>> run() {
        if (options().effort == Effort::kFast && !exact_.empty() && has_every_bank()) {
            return std::vector<Match>();
        }
        if (Result<void> frames = match_frames(); !frames) {
            return frames.error();
        }
        if (goes_on()) {
            if (Result<void> local = match_local(); !local) {
                return local.error();
            }
        }
        std::vector<Match> matches;
        matches.reserve(best_.size());
        for (auto& [key, match] : best_) {
            matches.push_back(std::move(match));
        }
        return matches;
    }

  private:
    using ViewOfItem = std::pair<std::int64_t, std::uint32_t>;

    [[nodiscard]] const FindOptions& options() const { return request_.options; }

    /// Whether every bank that is asked for holds the query's bytes.
    [[nodiscard]] bool has_every_bank() const {
        return std::all_of(request_.banks.begin(), request_.banks.end(),
                           [&](const std::string& bank) { return exact_banks_.contains(bank); });
    }

    /// Whether surer evidence could still tell something new.
    [[nodiscard]] bool goes_on() const {
        if (options().effort == Effort::kThorough) {
            return true;
        }
        if (options().effort == Effort::kNormal && !exact_.empty()) {
            return true;  // no frame was needed to know the item, which says nothing of the others
        }
        return !std::all_of(request_.banks.begin(), request_.banks.end(),
                            [&](const std::string& bank) { return is_explained(bank); });
    }

    /// Whether sure matches in a bank explain the query.
    [[nodiscard]] bool is_explained(const std::string& bank) const {
        if (exact_banks_.contains(bank)) {
            return true;
        }
        std::vector<TimeSpan> spans;
        for (const auto& [key, match] : best_) {
            if (match.score < kSure || match.bank != bank) {
                continue;
            }
            if (query_.is_image()) {
                return true;
            }
            for (const Segment& segment : match.segments) {
                if (segment.query && segment.score >= kSure) {
                    spans.push_back(*segment.query);
                }
            }
        }
        return !spans.empty() && covered(spans, query_.fingerprint().media.duration) >= kExplained;
    }

    /// By whole-frame hashes: the seeds find candidates, all frames then decide.
    Result<void> match_frames() {
        Result<std::vector<FrameHit>> hits = known_.search(query_.seed_codes());
        if (!hits) {
            return std::move(hits).error();
        }
        Result<SeedFindings> grouped = group_hits(known_, query_, *hits, options());
        if (!grouped) {
            return grouped.error();
        }
        findings_ = std::move(*grouped);
        std::vector<std::int64_t> keys;  // those with most votes first
        for (const Candidate& candidate : findings_.candidates) {
            std::vector<std::uint32_t>& views = views_[candidate.key];
            if (views.empty()) {
                keys.push_back(candidate.key);
            }
            views.push_back(candidate.view);
        }
        for (const std::int64_t key : keys) {
            if (Result<bool> taken = take(key, {}); !taken || !*taken) {
                return taken ? Result<void>() : Result<void>(taken.error());
            }
        }
        return {};
    }

    /// By local features, together with the frames of the views that they agree with.
    Result<void> match_local() {
        Result<LocalFindings> local =
            search_local(known_, query_.fingerprint(), seen_whole(), options());
        if (!local) {
            return local.error();
        }
        local_comparisons_ = local->comparisons;
        std::map<std::int64_t, PlacesOfItem> by_item;
        for (const auto& [group, placed] : local->groups) {
            by_item[group.key].emplace_back(group.is_mirrored, &placed);
        }
        for (const auto& [key, places] : by_item) {
            if (Result<bool> taken = take(key, places); !taken || !*taken) {
                return taken ? Result<void>() : Result<void>(taken.error());
            }
        }
        return {};
    }

    [[nodiscard]] std::set<std::int64_t> seen_whole() const {
        std::set<std::int64_t> keys;
        for (const Candidate& candidate : findings_.candidates) {
            keys.insert(candidate.key);
        }
        return keys;
    }

    /// Whether in the mirrored query, and the places there.
    using PlacesOfItem = std::vector<std::pair<bool, const std::vector<PlacedFrame>*>>;

    /// Matches one item in all views in which seeds or places show it.
    ///
    /// @return false: the bounds of the work are reached
    Result<bool> take(std::int64_t key, const PlacesOfItem& places) {
        if (exact_.contains(key)) {
            return true;
        }
        const Result<KnownItemPtr> read = known_.find(key);
        if (!read) {
            return read.error();
        }
        if (*read == nullptr) {
            return true;  // removed meanwhile
        }
        const double comparisons =
            static_cast<double>(query_.seeds().size()) * static_cast<double>(known_.codes());
        const LookUpContext context{query_, findings_.sharing, comparisons, local_comparisons_,
                                    options().wants_explanation};
        std::vector<Aspect> aspects;
        for (const auto& [view, placed] : views_of(key, places)) {
            const std::vector<PairedFrame>* pairs = pairs_of(**read, view);
            if (pairs == nullptr) {
                return false;
            }
            aspects.push_back({&context, read->get(), view, pairs, placed});
        }
        if (aspects.empty()) {
            return true;
        }
        if (best_.size() >= kMaxCandidates && !best_.contains(key)) {
            return false;
        }
        Match match = match_item(aspects);
        const auto [slot, is_new] = best_.try_emplace(key, match);
        // Places may contradict what whole frames said without them.
        if (!is_new && (!places.empty() || match.score > slot->second.score)) {
            slot->second = std::move(match);
        }
        return true;
    }

    /// Views that seeds found, by themselves unless they agree with places, and all views that do,
    /// with these.
    [[nodiscard]] std::vector<std::pair<std::uint32_t, const std::vector<PlacedFrame>*>> views_of(
        std::int64_t key,
        const PlacesOfItem& places) const {
        std::vector<std::pair<std::uint32_t, const std::vector<PlacedFrame>*>> views;
        const auto found = views_.find(key);
        if (found != views_.end()) {
            for (const std::uint32_t view : found->second) {
                views.emplace_back(view, nullptr);
            }
        }
        const std::size_t by_seeds = views.size();
        for (const auto& [is_mirrored, placed] : places) {
            const auto plain = static_cast<std::uint32_t>(is_mirrored ? DihedralView::kFlipY
                                                                      : DihedralView::kOriginal);
            views.emplace_back(plain, placed);
            for (std::size_t i = 0; i < by_seeds; ++i) {
                const std::uint32_t view = views[i].first;
                if (view != plain && view < kNegative && is_mirrored_view(view) == is_mirrored) {
                    views.emplace_back(view, placed);
                }
            }
        }
        std::set<std::uint32_t> with_places;
        for (std::size_t i = by_seeds; i < views.size(); ++i) {
            with_places.insert(views[i].first);
        }
        std::erase_if(views, [&](const auto& one) {
            return one.second == nullptr && with_places.contains(one.first);
        });
        return views;
    }

    /// Null: the bounds of the work are reached.
    const std::vector<PairedFrame>* pairs_of(const KnownItem& item, std::uint32_t view) {
        const auto found = pairs_.find({item.key, view});
        if (found != pairs_.end()) {
            return &found->second;
        }
        const std::size_t pairs = query_.frames().size() * item.frames.size();
        if (pairs > pairs_left_) {
            return nullptr;
        }
        pairs_left_ -= pairs;
        return &pairs_.emplace(ViewOfItem(item.key, view), pair_frames(query_, item, view))
                    .first->second;
    }

    const KnownSet& known_;
    const Query& query_;
    const LookUpRequest& request_;
    std::set<std::int64_t> exact_;
    std::set<std::string> exact_banks_;
    SeedFindings findings_;
    std::map<std::int64_t, std::vector<std::uint32_t>> views_;  ///< by item, of its candidates
    std::map<ViewOfItem, std::vector<PairedFrame>> pairs_;      ///< so far
    double local_comparisons_ = 1;
    std::map<std::int64_t, Match> best_;
    std::size_t pairs_left_ = kMaxFramePairs;
};

}  // namespace

Result<FindAnswer> look_up(const KnownSet& known,
                           const Fingerprint& query,
                           const LookUpRequest& request) {
    const FindOptions& options = request.options;
    if (options.max_matches < 1) {
        return Error{ErrorCode::kInvalidArgument, "the number of matches must be at least 1"};
    }
    if (!query.views.empty() && query.views.size() != query.frames.size()) {
        return Error{ErrorCode::kInvalidArgument, "the query has views for some frames only"};
    }
    const auto began = std::chrono::steady_clock::now();
    Result<std::vector<KnownItemPtr>> exact = known.find_bytes(query.media.digest.sha256);
    if (!exact) {
        return exact.error();
    }
    std::erase_if(*exact, [&](const KnownItemPtr& item) { return !is_wanted(*item, options); });
    const Query prepared(query);
    Result<std::vector<Match>> matches = LookUp(known, prepared, request, *exact).run();
    if (!matches) {
        return std::move(matches).error();
    }
    FindAnswer answer;
    answer.matches = std::move(matches).value();
    for (const KnownItemPtr& item : *exact) {
        answer.matches.push_back(exact_match(*item, query));
        if (options.wants_explanation) {
            answer.matches.back().explanation = explain_exact(*item, query);
        }
    }
    keep_best(answer.matches, options);
    const bool is_searchable = !prepared.frames().empty() || !query.local.empty();
    answer.status = status_of(answer, query, is_searchable);
    answer.search_time = MediaTime::from_us(std::chrono::duration_cast<std::chrono::microseconds>(
                                                std::chrono::steady_clock::now() - began)
                                                .count());
    return answer;
}

}  // namespace refrain::corpus
