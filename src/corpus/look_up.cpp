#include "corpus/look_up.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "corpus/candidate.h"
#include "corpus/describe_match.h"
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

/// Matches by whole-frame hashes: the seeds find candidates, all frames then decide.
Result<std::vector<Match>> match_frames(const KnownSet& known,
                                        const Query& query,
                                        const FindOptions& options) {
    Result<std::vector<FrameHit>> hits = known.search(query.seed_codes());
    if (!hits) {
        return std::move(hits).error();
    }
    const Result<SeedFindings> grouped = group_hits(known, query, *hits, options);
    if (!grouped) {
        return grouped.error();
    }
    const SeedFindings& findings = *grouped;
    const double comparisons =
        static_cast<double>(query.seeds().size()) * static_cast<double>(known.codes());
    const LookUpContext context{query, findings.sharing, comparisons};
    std::map<std::int64_t, Match> best;
    std::size_t pairs_left = kMaxFramePairs;
    for (const Candidate& candidate : findings.candidates) {
        const Result<KnownItemPtr> read = known.find(candidate.key);
        if (!read) {
            return read.error();
        }
        if (*read == nullptr) {
            continue;  // removed meanwhile
        }
        const KnownItem& item = **read;
        const std::size_t pairs = query.frames().size() * item.frames.size();
        if (best.size() >= kMaxCandidates || pairs > pairs_left) {
            break;
        }
        pairs_left -= pairs;
        Match match = match_item(context, item, candidate.view);
        const auto [slot, is_new] = best.try_emplace(candidate.key, match);
        if (!is_new && match.score > slot->second.score) {
            slot->second = std::move(match);
        }
    }
    std::vector<Match> matches;
    matches.reserve(best.size());
    for (auto& [key, match] : best) {
        matches.push_back(std::move(match));
    }
    return matches;
}

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
        }
    }
    const Query prepared(query);
    if (answer.matches.empty()) {
        Result<std::vector<Match>> matches = match_frames(known, prepared, options);
        if (!matches) {
            return std::move(matches).error();
        }
        answer.matches = std::move(matches).value();
    }
    keep_best(answer.matches, options);
    answer.status = status_of(answer, query, !prepared.frames().empty());
    answer.search_time = MediaTime::from_us(std::chrono::duration_cast<std::chrono::microseconds>(
                                                std::chrono::steady_clock::now() - began)
                                                .count());
    return answer;
}

}  // namespace refrain::corpus
