#include "refrain/duplicates.h"

#include <algorithm>
#include <map>
#include <utility>

namespace refrain {

namespace {

constexpr std::size_t kItemsPerPage = 500;

using Pair = std::pair<std::string, std::string>;

/// Sets of ids that grow together.
class Groups {
  public:
    void join(const std::string& a, const std::string& b) {
        const std::string& first = root_of(a);
        const std::string& second = root_of(b);
        if (first != second) {
            parents_[second] = first;
        }
    }

    const std::string& root_of(const std::string& id) {
        auto at = parents_.try_emplace(id, id).first;
        while (at->second != at->first) {
            const auto up = parents_.find(at->second);
            at->second = up->second;  // the way is half as long next time
            at = up;
        }
        return at->first;
    }

  private:
    std::map<std::string, std::string> parents_;
};

std::vector<DuplicateGroup> groups_of(const std::vector<DuplicatePair>& pairs) {
    Groups joined;
    for (const DuplicatePair& pair : pairs) {
        joined.join(pair.first, pair.second);
    }
    std::map<std::string, DuplicateGroup> by_root;
    for (const DuplicatePair& pair : pairs) {
        DuplicateGroup& group = by_root[joined.root_of(pair.first)];
        group.least_score =
            group.ids.empty() ? pair.score : std::min(group.least_score, pair.score);
        group.ids.insert(group.ids.end(), {pair.first, pair.second});
    }
    std::vector<DuplicateGroup> groups;
    for (auto& [root, group] : by_root) {
        std::sort(group.ids.begin(), group.ids.end());
        group.ids.erase(std::unique(group.ids.begin(), group.ids.end()), group.ids.end());
        groups.push_back(std::move(group));
    }
    std::sort(groups.begin(), groups.end(), [](const DuplicateGroup& a, const DuplicateGroup& b) {
        return a.ids.size() != b.ids.size() ? a.ids.size() > b.ids.size()
                                            : a.ids.front() < b.ids.front();
    });
    return groups;
}

class DuplicateSearch {
  public:
    DuplicateSearch(const Corpus& corpus, const DuplicateOptions& options)
        : corpus_(corpus), options_(options) {
        find_.banks = options.banks;
        find_.min_score = options.min_score;
        find_.overrides_bank_scores = true;
        find_.max_matches = options.max_matches + 1;  // the item itself is one
    }

    Result<Duplicates> run(const std::stop_token& stop, const CountProgress& progress) {
        const Result<CorpusStats> stats = corpus_.stats();
        if (!stats) {
            return stats.error();
        }
        ItemFilter filter;
        filter.banks = options_.banks;
        std::string after;
        do {
            const Result<ItemPage> page =
                corpus_.list(filter, ItemOrder::kId, after, kItemsPerPage);
            if (!page) {
                return page.error();
            }
            found_.damaged += page->damaged.size();
            for (const ItemSummary& item : page->items) {
                if (Result<void> looked = look_up(item, stop); !looked) {
                    return looked.error();
                }
                ++found_.items;
                if (progress) {
                    progress(found_.items, std::max(found_.items, stats->items));
                }
            }
            after = page->next;
        } while (!after.empty());
        for (const auto& [ids, score] : scores_) {
            found_.pairs.push_back({ids.first, ids.second, score});
        }
        std::stable_sort(
            found_.pairs.begin(), found_.pairs.end(),
            [](const DuplicatePair& a, const DuplicatePair& b) { return a.score > b.score; });
        found_.groups = groups_of(found_.pairs);
        return std::move(found_);
    }

  private:
    Result<void> look_up(const ItemSummary& item, const std::stop_token& stop) {
        const Result<std::optional<Fingerprint>> known = corpus_.known_fingerprint(item.id);
        if (!known) {
            const bool is_damaged = known.error().code == ErrorCode::kCorpusDamaged;
            found_.damaged += is_damaged ? 1 : 0;
            return is_damaged ? Result<void>() : Result<void>(known.error());
        }
        if (!known->has_value()) {
            return {};  // removed meanwhile
        }
        const Result<FindAnswer> answer = corpus_.find(**known, find_, stop);
        if (!answer) {
            return answer.error();
        }
        const bool is_full = answer->matches.size() == static_cast<std::size_t>(find_.max_matches);
        found_.bounded += is_full || !answer->bounded.empty() ? 1U : 0U;
        for (const Match& match : answer->matches) {
            if (match.id != item.id) {
                double& score = scores_[std::minmax(item.id, match.id)];
                score = std::max(score, match.score);
            }
        }
        return {};
    }

    const Corpus& corpus_;
    const DuplicateOptions& options_;
    FindOptions find_;
    Duplicates found_;
    std::map<Pair, double> scores_;
};

}  // namespace

Result<Duplicates> find_duplicates(const Corpus& corpus,
                                   const DuplicateOptions& options,
                                   const std::stop_token& stop,
                                   const CountProgress& progress) {
    if (options.max_matches < 1) {
        return Error{ErrorCode::kInvalidArgument, "the number of matches must be at least 1"};
    }
    if (Result<void> known = corpus.check_banks(options.banks); !known) {
        return known.error();
    }
    return DuplicateSearch(corpus, options).run(stop, progress);
}

}  // namespace refrain
