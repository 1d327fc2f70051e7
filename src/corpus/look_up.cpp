#include "corpus/look_up.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "corpus/part_search.h"
#include "evidence/frames/candidate.h"
#include "match/describe_match.h"
#include "match/explain_match.h"
#include "match/match_item.h"

namespace refrain::corpus {

namespace {

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

// A score at which whole frames are believed without asking local features too.
constexpr double kSure = 20.0;
// So much of a video has to be explained for that.
constexpr double kExplained = 0.9;

/// The matches of a query by its pictures, one of each item.
class LookUp {
  public:
    /// @param exact  items that hold the query's bytes, which need no other match
    LookUp(const evidence::KnownSet& known,
           const Fingerprint& query,
           const LookUpRequest& request,
           const std::vector<evidence::KnownItemPtr>& exact)
        : known_(known), request_(request), names_parts_(evidence::has_several_parts(query)) {
        parts_.emplace_back(query);
        for (const Fingerprint& part : query.more_parts) {
            parts_.emplace_back(part);
        }
        for (const evidence::KnownItemPtr& item : exact) {
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
        if (Result<void> local = match_local(); !local) {
            return local.error();
        }
        std::vector<Match> matches;
        matches.reserve(best_.size());
        for (auto& [key, found] : best_) {
            matches.push_back(std::move(found.match));
        }
        return matches;
    }

    /// What a bound left out, in one line.
    [[nodiscard]] const std::string& cut_off() const { return work_.cut_off; }
    [[nodiscard]] bool is_searchable() const {
        return std::any_of(parts_.begin(), parts_.end(),
                           [](const PartSearch& part) { return part.is_searchable(); });
    }

  private:
    [[nodiscard]] const FindOptions& options() const { return request_.options; }

    /// Whether every bank that is asked for holds the query's bytes.
    [[nodiscard]] bool has_every_bank() const {
        return std::all_of(request_.banks.begin(), request_.banks.end(),
                           [&](const std::string& bank) { return exact_banks_.contains(bank); });
    }

    /// Whether surer evidence could still tell something new of a part.
    [[nodiscard]] bool goes_on(const evidence::Query& part) const {
        if (options().effort == Effort::kThorough) {
            return true;
        }
        if (options().effort == Effort::kNormal && !exact_.empty()) {
            return true;  // no frame was needed to know the item, which says nothing of the others
        }
        return !std::all_of(
            request_.banks.begin(), request_.banks.end(),
            [&](const std::string& bank) { return is_explained(part, bank, kSure); });
    }

    /// Whether a sample of a long part's local features may do: whole frames found all of it, and
    /// what is left is to tell a copy from a look-alike.
    [[nodiscard]] bool may_sample(const evidence::Query& part) const {
        return options().effort != Effort::kThorough && exact_.empty() &&
               part.fingerprint().local.size() > 2 * evidence::kSampledFrames &&
               std::all_of(request_.banks.begin(), request_.banks.end(),
                           [&](const std::string& bank) {
                               return is_explained(part, bank, kDefaultMinScore);
                           });
    }

    /// Whether matches in a bank, each with that score, explain a part.
    [[nodiscard]] bool is_explained(const evidence::Query& part,
                                    const std::string& bank,
                                    double least) const {
        if (exact_banks_.contains(bank)) {
            return true;
        }
        std::vector<TimeSpan> spans;
        for (const auto& [key, found] : best_) {
            if (found.match.bank != bank || found.match.score < least) {
                continue;
            }
            for (const match::Explained& one : found.explained) {
                if (one.part == part.fingerprint().part.index && one.score >= least) {
                    if (one.is_whole) {
                        return true;
                    }
                    spans.push_back(one.time);
                }
            }
        }
        return !spans.empty() && match::covered(spans, part.end() - part.begin()) >= kExplained;
    }

    /// By whole-frame hashes: the seeds find candidates, all frames then decide.
    Result<void> match_frames() {
        std::map<std::int64_t, double> votes;  // the most that a view of a part has
        for (PartSearch& part : parts_) {
            if (Result<void> searched = part.search_frames(known_, options()); !searched) {
                return searched;
            }
            comparisons_ += static_cast<double>(part.query().seeds().size()) *
                            static_cast<double>(known_.codes());
            for (const evidence::Candidate& candidate : part.findings().candidates) {
                double& most = votes[candidate.key];
                most = std::max(most, candidate.votes);
            }
        }
        std::vector<std::pair<std::int64_t, double>> items(votes.begin(), votes.end());
        std::stable_sort(items.begin(), items.end(),
                         [](const auto& a, const auto& b) { return a.second > b.second; });
        for (const auto& [key, most] : items) {
            if (Result<bool> taken = take(key); !taken || !*taken) {
                return taken ? Result<void>() : Result<void>(taken.error());
            }
        }
        return {};
    }

    /// By local features, together with the frames of the views that they agree with.
    Result<void> match_local() {
        const Result<void> sampled = match_places(evidence::LocalShare::kSample);
        return sampled ? match_places(evidence::LocalShare::kAll) : sampled;
    }

    Result<void> match_places(evidence::LocalShare share) {
        std::set<std::int64_t> keys;
        for (PartSearch& part : parts_) {
            if (!goes_on(part.query()) ||
                (share == evidence::LocalShare::kSample && !may_sample(part.query()))) {
                continue;
            }
            if (Result<void> searched = part.search_places(known_, options(), share); !searched) {
                return searched;
            }
            local_comparisons_of_[&part] = part.places().comparisons;
            for (const auto& [group, placed] : part.places().groups) {
                keys.insert(group.key);
            }
        }
        double comparisons = 0;
        for (const auto& [part, own] : local_comparisons_of_) {
            comparisons += own;
        }
        local_comparisons_ = std::max(1.0, comparisons);
        for (const std::int64_t key : keys) {
            if (Result<bool> taken = take(key); !taken || !*taken) {
                return taken ? Result<void>() : Result<void>(taken.error());
            }
        }
        return {};
    }

    /// Matches one item in all views and parts in which seeds or places show it.
    ///
    /// @return false: the bounds of the work are reached
    Result<bool> take(std::int64_t key) {
        if (exact_.contains(key)) {
            return true;
        }
        if (best_.size() >= work_.items && !best_.contains(key)) {
            work_.cut_off = "too many known items look alike: not all were compared";
            return false;
        }
        const Result<evidence::KnownItemPtr> read = known_.find(key);
        if (!read) {
            return read.error();
        }
        if (*read == nullptr) {
            return true;  // removed meanwhile
        }
        std::vector<match::LookUpContext> contexts;
        contexts.reserve(parts_.size());
        std::vector<match::Aspect> aspects;
        for (PartSearch& part : parts_) {
            contexts.push_back({part.query(), part.findings().sharing, std::max(1.0, comparisons_),
                                local_comparisons_, options().wants_explanation, names_parts_});
            part.add_aspects(**read, contexts.back(), work_, aspects);
        }
        if (aspects.empty()) {
            return true;
        }
        match::ItemMatch found = match_item(aspects);
        // Places may contradict what whole frames said without them.
        const bool has_places =
            std::any_of(aspects.begin(), aspects.end(),
                        [](const match::Aspect& aspect) { return aspect.local != nullptr; });
        const auto slot = best_.find(key);
        if (slot == best_.end()) {
            best_.emplace(key, std::move(found));
        } else if (has_places || found.match.score > slot->second.match.score) {
            slot->second = std::move(found);
        }
        return true;
    }

    const evidence::KnownSet& known_;
    const LookUpRequest& request_;
    bool names_parts_;
    std::deque<PartSearch> parts_;
    std::set<std::int64_t> exact_;
    std::set<std::string> exact_banks_;
    double comparisons_ = 0;
    std::map<const PartSearch*, double> local_comparisons_of_;  ///< of parts that were looked up
    double local_comparisons_ = 1;
    WorkLeft work_;
    std::map<std::int64_t, match::ItemMatch> best_;
};

FindStatus status_of(const FindAnswer& answer, const Fingerprint& query, const LookUp& look_up) {
    const bool has_copy =
        std::any_of(answer.matches.begin(), answer.matches.end(),
                    [](const Match& match) { return match.relation == Relation::kCopy; });
    if (has_copy) {
        return FindStatus::kMatch;
    }
    if (is_partial(query) || !answer.bounded.empty()) {
        return FindStatus::kPartial;
    }
    return look_up.is_searchable() ? FindStatus::kNoMatch : FindStatus::kLowQuality;
}

bool has_odd_views(const Fingerprint& part) {
    return !part.views.empty() && part.views.size() != part.frames.size();
}

}  // namespace

Result<FindAnswer> look_up(const evidence::KnownSet& known,
                           const Fingerprint& query,
                           const LookUpRequest& request) {
    const FindOptions& options = request.options;
    if (options.max_matches < 1) {
        return Error{ErrorCode::kInvalidArgument, "the number of matches must be at least 1"};
    }
    if (has_odd_views(query) ||
        std::any_of(query.more_parts.begin(), query.more_parts.end(), has_odd_views)) {
        return Error{ErrorCode::kInvalidArgument, "the query has views for some frames only"};
    }
    const auto began = std::chrono::steady_clock::now();
    Result<std::vector<evidence::KnownItemPtr>> exact = known.find_bytes(query.media.digest.sha256);
    if (!exact) {
        return exact.error();
    }
    std::erase_if(*exact,
                  [&](const evidence::KnownItemPtr& item) { return !is_wanted(*item, options); });
    LookUp search(known, query, request, *exact);
    Result<std::vector<Match>> matches = search.run();
    if (!matches) {
        return std::move(matches).error();
    }
    FindAnswer answer;
    answer.matches = std::move(matches).value();
    for (const evidence::KnownItemPtr& item : *exact) {
        answer.matches.push_back(match::exact_match(*item, query));
        if (options.wants_explanation) {
            answer.matches.back().explanation = match::explain_exact(*item, query);
        }
    }
    keep_best(answer.matches, options);
    answer.bounded = search.cut_off();
    answer.status = status_of(answer, query, search);
    answer.search_time = MediaTime::from_us(std::chrono::duration_cast<std::chrono::microseconds>(
                                                std::chrono::steady_clock::now() - began)
                                                .count());
    return answer;
}

}  // namespace refrain::corpus
