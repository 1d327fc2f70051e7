#include "corpus/look_up.h"

#include <algorithm>
#include <chrono>
#include <map>
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
    std::erase_if(matches, [&](const Match& match) { return match.score < options.min_score; });
    std::sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) {
        return a.score != b.score ? a.score > b.score : a.id < b.id;
    });
    if (matches.size() > static_cast<std::size_t>(options.max_matches)) {
        matches.resize(static_cast<std::size_t>(options.max_matches));
    }
}

FindStatus status_of(const FindAnswer& answer, const Fingerprint& query, bool is_searchable) {
    if (!answer.matches.empty()) {
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

/// Whether surer evidence could still tell something new.
bool is_explained(const std::map<std::int64_t, Match>& matches, const Query& query) {
    std::vector<TimeSpan> spans;
    for (const auto& [key, match] : matches) {
        if (match.score < kSure) {
            continue;
        }
        if (query.is_image()) {
            return true;
        }
        for (const Segment& segment : match.segments) {
            if (segment.query && segment.score >= kSure) {
                spans.push_back(*segment.query);
            }
        }
    }
    return !spans.empty() && covered(spans, query.fingerprint().media.duration) >= kExplained;
}

/// The matches of a query that is nobody's bytes, best one of each item.
class LookUp {
  public:
    LookUp(const KnownSet& known, const Query& query, const FindOptions& options)
        : known_(known), query_(query), options_(options) {}

    Result<std::vector<Match>> run() {
        if (Result<void> frames = match_frames(); !frames) {
            return frames.error();
        }
        const bool goes_on = options_.effort == Effort::kThorough || !is_explained(best_, query_);
        if (goes_on) {
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
    /// By whole-frame hashes: the seeds find candidates, all frames then decide.
    Result<void> match_frames() {
        Result<std::vector<FrameHit>> hits = known_.search(query_.seed_codes());
        if (!hits) {
            return std::move(hits).error();
        }
        Result<SeedFindings> grouped = group_hits(known_, query_, *hits, options_);
        if (!grouped) {
            return grouped.error();
        }
        findings_ = std::move(*grouped);
        for (const Candidate& candidate : findings_.candidates) {
            if (Result<bool> taken = take(candidate.key, candidate.view, {}); !taken || !*taken) {
                return taken ? Result<void>() : Result<void>(taken.error());
            }
        }
        return {};
    }

    /// By local features, together with the frames of the views that they agree with.
    Result<void> match_local() {
        Result<LocalFindings> local = search_local(known_, query_.fingerprint(), options_);
        if (!local) {
            return local.error();
        }
        local_comparisons_ = local->comparisons;
        for (const auto& [group, placed] : local->groups) {
            std::vector<std::uint32_t> views = {static_cast<std::uint32_t>(
                group.is_mirrored ? DihedralView::kFlipY : DihedralView::kOriginal)};
            for (const Candidate& candidate : findings_.candidates) {
                if (candidate.key == group.key && candidate.view != views[0] &&
                    candidate.view < kNegative &&
                    is_mirrored_view(candidate.view) == group.is_mirrored) {
                    views.push_back(candidate.view);
                }
            }
            for (const std::uint32_t view : views) {
                if (Result<bool> taken = take(group.key, view, placed); !taken || !*taken) {
                    return taken ? Result<void>() : Result<void>(taken.error());
                }
            }
        }
        return {};
    }

    /// @return false: the bounds of the work are reached
    Result<bool> take(std::int64_t key,
                      std::uint32_t view,
                      const std::vector<PlacedFrame>& placed) {
        const Result<KnownItemPtr> read = known_.find(key);
        if (!read) {
            return read.error();
        }
        if (*read == nullptr) {
            return true;  // removed meanwhile
        }
        const KnownItem& item = **read;
        const std::size_t pairs = query_.frames().size() * item.frames.size();
        if (best_.size() >= kMaxCandidates || pairs > pairs_left_) {
            return false;
        }
        pairs_left_ -= pairs;
        const double comparisons =
            static_cast<double>(query_.seeds().size()) * static_cast<double>(known_.codes());
        const LookUpContext context{query_, findings_.sharing, comparisons, local_comparisons_,
                                    options_.wants_explanation};
        Match match = match_item(context, item, view, placed);
        const auto [slot, is_new] = best_.try_emplace(key, match);
        if (!is_new && match.score > slot->second.score) {
            slot->second = std::move(match);
        }
        return true;
    }

    const KnownSet& known_;
    const Query& query_;
    const FindOptions& options_;
    SeedFindings findings_;
    double local_comparisons_ = 1;
    std::map<std::int64_t, Match> best_;
    std::size_t pairs_left_ = kMaxFramePairs;
};

}  // namespace

Result<FindAnswer> look_up(const KnownSet& known,
                           const Fingerprint& query,
                           const FindOptions& options) {
    if (options.max_matches < 1) {
        return Error{ErrorCode::kInvalidArgument, "the number of matches must be at least 1"};
    }
    if (!query.views.empty() && query.views.size() != query.frames.size()) {
        return Error{ErrorCode::kInvalidArgument, "the query has views for some frames only"};
    }
    const auto began = std::chrono::steady_clock::now();
    FindAnswer answer;
    const Result<std::vector<KnownItemPtr>> same_bytes =
        known.find_bytes(query.media.digest.sha256);
    if (!same_bytes) {
        return same_bytes.error();
    }
    for (const KnownItemPtr& item : *same_bytes) {
        if (is_wanted(*item, options)) {
            answer.matches.push_back(exact_match(*item, query));
            if (options.wants_explanation) {
                answer.matches.back().explanation = explain_exact(*item, query);
            }
        }
    }
    const Query prepared(query);
    if (answer.matches.empty()) {
        Result<std::vector<Match>> matches = LookUp(known, prepared, options).run();
        if (!matches) {
            return std::move(matches).error();
        }
        answer.matches = std::move(matches).value();
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
