#include "corpus/look_up.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "evidence/query.h"
#include "match/aspects.h"
#include "match/describe_match.h"
#include "match/explain_match.h"
#include "match/match_item.h"
#include "match/matches_so_far.h"

namespace refrain::corpus {

namespace {

/// Leaves the matches that are listed, the best first. @return what is to be done about them
std::optional<Action> keep_best(std::vector<Match>& matches,
                                const std::map<std::string, bool>& is_shadow,
                                const LookUpRequest& request) {
    const FindOptions& options = request.options;
    std::erase_if(matches, [&](const Match& match) {
        return match.relation == Relation::kSimilar
                   ? !options.lists_similar
                   : match.score < (request.policy != nullptr
                                        ? request.policy->least_score(match.bank, options)
                                        : options.min_score);
    });
    std::sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) {
        return a.score != b.score ? a.score > b.score : a.id < b.id;
    });
    std::optional<Action> action;
    if (request.policy != nullptr) {
        std::vector<bool> shadows;
        for (const Match& match : matches) {
            const auto found = is_shadow.find(match.id);
            shadows.push_back(found != is_shadow.end() && found->second);
        }
        action = request.policy->judge(matches, shadows, options);
    }
    keep_first(matches, static_cast<std::size_t>(options.max_matches));
    return action;
}

/// The matches of a query by its pictures, one of each item: each channel is asked in turn, the
/// cheapest first, for the parts that are not explained yet.
class LookUp {
  public:
    /// @param exact  items that hold the query's bytes, which need no other match
    LookUp(const KnownMedia& known,
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
            is_shadow_[item->id] = item->is_shadow;
        }
    }

    Result<std::vector<Match>> run() {
        if (options().effort == Effort::kFast && !exact_.empty() && has_every_bank()) {
            return std::vector<Match>();
        }
        for (const std::unique_ptr<evidence::Channel>& channel : known_.channels) {
            if (!channel->is_open()) {
                continue;  // it does not serve this query
            }
            for (const evidence::Depth depth : {evidence::Depth::kSample, evidence::Depth::kAll}) {
                if (Result<void> asked = ask(*channel, depth); !asked) {
                    return asked.error();
                }
            }
            ++asked_;
        }
        return best_.take();
    }

    /// What a bound left out, in one line.
    [[nodiscard]] const std::string& cut_off() const { return work_.cut_off; }
    /// Of the items that were matched, those that are in shadow, by id.
    [[nodiscard]] const std::map<std::string, bool>& shadows() const { return is_shadow_; }
    [[nodiscard]] bool is_searchable() const {
        return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) {
            return part.query.is_searchable() || (part.exact && part.exact->is_searchable());
        });
    }

  private:
    /// A part of the query, and what the channels that were asked saw of it.
    struct Part {
        explicit Part(const Fingerprint& fingerprint)
            : query(fingerprint), exact_side(evidence::exact_side(fingerprint)) {
            if (exact_side) {
                exact.emplace(*exact_side);
            }
        }
        Part(const Part&) = delete;
        Part& operator=(const Part&) = delete;

        /// As it is to be compared with codes of a kind. Without exact codes, hash lists are
        /// compared with what there is.
        [[nodiscard]] const evidence::Query& query_for(CodeKind codes) const {
            return codes == CodeKind::kExactPdq && exact ? *exact : query;
        }

        evidence::Query query;
        std::optional<Fingerprint> exact_side;
        std::optional<evidence::Query> exact;  ///< of `exact_side`
        /// By channel, the cheapest first; of one that was asked twice the last.
        std::map<std::size_t, std::unique_ptr<evidence::ChannelSearch>> searches;
    };

    [[nodiscard]] const FindOptions& options() const { return request_.options; }

    /// Whether every bank that is asked for holds the query's bytes.
    [[nodiscard]] bool has_every_bank() const {
        return std::all_of(request_.banks.begin(), request_.banks.end(),
                           [&](const std::string& bank) { return exact_banks_.contains(bank); });
    }

    /// Whether another kind of evidence could still tell something new of a part.
    [[nodiscard]] bool goes_on(const Part& part) const {
        if (options().effort == Effort::kThorough) {
            return true;
        }
        if (options().effort == Effort::kNormal && !exact_.empty()) {
            return true;  // no frame was needed to know the item, which says nothing of the others
        }
        return !is_explained(part, best_.sure_score());
    }

    /// Whether in each bank the same bytes or matches with at least this score explain a part.
    [[nodiscard]] bool is_explained(const Part& part, double least) const {
        return std::all_of(
            request_.banks.begin(), request_.banks.end(), [&](const std::string& bank) {
                return exact_banks_.contains(bank) || best_.explain(part.query, bank, least);
            });
    }

    /// Whether a sample of a long part may do: other evidence found all of it, and what is left is
    /// to tell a copy from a look-alike.
    [[nodiscard]] bool may_sample(const Part& part, const evidence::Channel& channel) const {
        return channel.has_sample(part.query) && options().effort != Effort::kThorough &&
               exact_.empty() && is_explained(part, kDefaultMinScore);
    }

    /// Searches the parts that are not explained, and matches what is found.
    Result<void> ask(const evidence::Channel& channel, evidence::Depth depth) {
        std::vector<Part*> open;
        for (Part& part : parts_) {
            if ((goes_on(part) || !channel.may_be_spared()) &&
                (depth == evidence::Depth::kAll || may_sample(part, channel))) {
                open.push_back(&part);
            }
        }
        std::map<std::int64_t, double> votes;  // the most of all parts
        for (Part* part : open) {
            if (Result<void> searched = search(channel, depth, *part, votes); !searched) {
                return searched;
            }
        }
        trials_ = {};
        for (const Part& part : parts_) {
            for (const auto& [number, search] : part.searches) {
                search->count_trials(trials_);
            }
        }
        std::vector<evidence::FoundItem> items;
        items.reserve(votes.size());
        for (const auto& [key, most] : votes) {
            items.push_back({key, most});
        }
        std::stable_sort(items.begin(), items.end(),
                         [](const auto& a, const auto& b) { return a.votes > b.votes; });
        return match(items);
    }

    Result<void> search(const evidence::Channel& channel,
                        evidence::Depth depth,
                        Part& part,
                        std::map<std::int64_t, double>& votes) {
        part.searches.erase(asked_);
        std::set<std::int64_t> seen;
        for (const auto& [number, other] : part.searches) {
            for (const evidence::FoundItem& item : other->found()) {
                seen.insert(item.key);
            }
        }
        std::unique_ptr<evidence::ChannelSearch> search =
            channel.search(part.query_for(channel.codes_of_query()), options(), depth);
        if (Result<void> searched = search->run(seen, request_.stop); !searched) {
            return searched;
        }
        for (const evidence::FoundItem& item : search->found()) {
            double& most = votes[item.key];
            most = std::max(most, item.votes);
        }
        part.searches.emplace(asked_, std::move(search));
        return {};
    }

    /// Matches items by all that was seen of them so far, until the bounds of the work are reached.
    Result<void> match(const std::vector<evidence::FoundItem>& items) {
        for (const evidence::FoundItem& item : items) {
            if (exact_.contains(item.key)) {
                continue;
            }
            if (best_.size() >= work_.items && !best_.contains(item.key)) {
                work_.cut_off = "too many known items look alike: not all were compared";
                return {};
            }
            const Result<evidence::KnownItemPtr> read = known_.items.find(item.key);
            if (!read) {
                return read.error();
            }
            if (*read != nullptr) {  // else it was removed meanwhile
                match_one(**read);
            }
        }
        return {};
    }

    /// What the matches of a part in the upright view have in common, and those in all others.
    struct Contexts {
        match::LookUpContext upright;
        match::LookUpContext in_views;
    };

    [[nodiscard]] Contexts contexts_for(const Part& part, CodeKind codes) const {
        const auto context = [&](double comparisons) {
            return match::LookUpContext{part.query_for(codes), std::max(1.0, comparisons),
                                        std::max(1.0, trials_.pictures),
                                        options().wants_explanation, names_parts_};
        };
        if (codes == CodeKind::kAreaMeans) {
            return {context(trials_.codes), context(trials_.codes)};
        }
        // Half of the false alarms are allowed to the upright view, in which most copies are.
        return {context(2 * trials_.listed), context(2 * trials_.listed_in_views)};
    }

    void match_one(const evidence::KnownItem& item) {
        std::deque<Contexts> contexts;
        std::vector<evidence::Sightings> sightings(parts_.size());
        std::vector<match::Aspect> aspects;
        for (std::size_t i = 0; i < parts_.size(); ++i) {
            Part& part = parts_[i];
            contexts.push_back(contexts_for(part, item.codes));
            // Dearer kinds first: cheaper ones then look at the views that these have seen, too.
            for (auto search = part.searches.rbegin(); search != part.searches.rend(); ++search) {
                search->second->add_sightings(item, work_, sightings[i]);
            }
            const std::size_t first = aspects.size();
            match::add_aspects(item, sightings[i], contexts.back().upright, aspects);
            for (std::size_t a = first; a < aspects.size(); ++a) {
                if (aspects[a].view != evidence::QueryView()) {
                    aspects[a].context = &contexts.back().in_views;
                }
            }
        }
        if (aspects.empty()) {
            return;
        }
        const bool has_places =
            std::any_of(aspects.begin(), aspects.end(),
                        [](const match::Aspect& aspect) { return aspect.local != nullptr; });
        is_shadow_[item.id] = item.is_shadow;
        best_.offer(item.key, match::match_item(aspects), has_places);
    }

    const KnownMedia& known_;
    const LookUpRequest& request_;
    bool names_parts_;
    std::deque<Part> parts_;
    std::size_t asked_ = 0;  ///< channels
    std::set<std::int64_t> exact_;
    std::set<std::string> exact_banks_;
    std::map<std::string, bool> is_shadow_;
    evidence::Trials trials_;
    evidence::WorkLeft work_;
    match::MatchesSoFar best_;
};

/// Adds the match of an item that has the query's bytes, as a digest tells.
void add_exact(const evidence::DigestHit& hit,
               const Fingerprint& query,
               const FindOptions& options,
               std::vector<Match>& matches) {
    matches.push_back(match::exact_match(*hit.item, query, hit.algorithm));
    if (options.wants_explanation) {
        matches.back().explanation = match::explain_exact(*hit.item, query);
    }
}

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

}  // namespace

Result<FindAnswer> look_up(const KnownMedia& known,
                           const Fingerprint& query,
                           const LookUpRequest& request) {
    const FindOptions& options = request.options;
    if (options.max_matches < 1) {
        return Error{ErrorCode::kInvalidArgument, "the number of matches must be at least 1"};
    }
    if (Result<void> sound = check_fingerprint(query); !sound) {
        return sound.error();
    }
    const auto began = std::chrono::steady_clock::now();
    Result<std::vector<evidence::KnownItemPtr>> exact =
        known.items.find_bytes(query.media.digest.sha256);
    if (!exact) {
        return exact.error();
    }
    std::erase_if(*exact, [&](const evidence::KnownItemPtr& item) {
        return !is_wanted(*item, options.banks);
    });
    Result<std::vector<evidence::DigestHit>> listed = known.items.find_digests(query.media.digest);
    if (!listed) {
        return listed.error();
    }
    std::erase_if(*listed, [&](const evidence::DigestHit& hit) {
        return !is_wanted(*hit.item, options.banks);
    });
    LookUp search(known, query, request, *exact);
    Result<std::vector<Match>> matches = search.run();
    if (!matches) {
        return std::move(matches).error();
    }
    FindAnswer answer;
    answer.matches = std::move(matches).value();
    std::map<std::string, bool> shadows = search.shadows();
    for (const evidence::KnownItemPtr& item : *exact) {
        add_exact({item, DigestAlgorithm::kSha256}, query, options, answer.matches);
    }
    for (const evidence::DigestHit& hit : *listed) {
        shadows[hit.item->id] = hit.item->is_shadow;
        add_exact(hit, query, options, answer.matches);
    }
    answer.action = keep_best(answer.matches, shadows, request);
    answer.bounded = search.cut_off();
    answer.status = status_of(answer, query, search);
    answer.search_time = MediaTime::from_us(std::chrono::duration_cast<std::chrono::microseconds>(
                                                std::chrono::steady_clock::now() - began)
                                                .count());
    return answer;
}

}  // namespace refrain::corpus
