#include "index/local_search.h"

#include <algorithm>
#include <numeric>

#include "index/local_words.h"

namespace refrain::index {

namespace {

// What is compared together stays in the nearest cache: 512 codes and 256 queries, 16 KiB each.
// Limits are drawn closer after each such step.
constexpr std::uint32_t kCodesAtOnce = 512;
constexpr std::size_t kQueriesAtOnce = 256;

// docs/decisions/0051-local-code-search.md has the measurements behind these.
struct Effort {
    std::size_t known_codes;  ///< up to so many
    std::size_t lists;
};
constexpr Effort kEfforts[] = {{4096, kLocalWords}, {100'000, 8}};
constexpr std::size_t kLeastLists = 4;

}  // namespace

std::size_t usual_lists(std::size_t known_codes) {
    for (const Effort& effort : kEfforts) {
        if (known_codes <= effort.known_codes) {
            return effort.lists;
        }
    }
    return kLeastLists;
}

LocalSearcher::LocalSearcher(std::span<const Hash256> queries,
                             const LocalSearchOptions& options,
                             std::size_t lists,
                             const LocalKernels& kernels)
    : radius_(static_cast<std::uint64_t>(options.max_distance)),
      kernels_(kernels),
      looks_at_all_(lists >= kLocalWords),
      best_(queries.size(), BestHits(static_cast<std::size_t>(options.max_hits_per_query))) {
    wanted_.reserve(queries.size());
    for (const Hash256& query : queries) {
        wanted_.push_back({query, radius_, 0});
    }
    if (looks_at_all_) {
        members_.resize(queries.size());
        std::iota(members_.begin(), members_.end(), 0U);
        return;
    }
    const std::vector<std::uint16_t> words = nearest_words(queries, lists, kernels_);
    starts_.assign(kLocalWords + 1, 0);
    for (const std::uint16_t word : words) {
        ++starts_[word + std::size_t{1}];
    }
    std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
    std::vector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
    members_.resize(words.size());
    for (std::size_t i = 0; i < words.size(); ++i) {
        members_[next[words[i]]++] = static_cast<std::uint32_t>(i / lists);
    }
}

void LocalSearcher::search(const LocalPart& part) {
    if (looks_at_all_) {
        scan(part, 0, static_cast<std::uint32_t>(part.segment->code_count()), members_);
        return;
    }
    const std::span<const LocalSegment::List> lists = part.segment->lists();
    for (std::size_t i = 0; i + 1 < lists.size(); ++i) {
        const std::size_t word = lists[i].word;
        const std::span<const std::uint32_t> queries =
            std::span(members_).subspan(starts_[word], starts_[word + 1] - starts_[word]);
        if (!queries.empty()) {
            scan(part, lists[i].begin, lists[i + 1].begin, queries);
        }
    }
}

void LocalSearcher::scan(const LocalPart& part,
                         std::uint32_t begin,
                         std::uint32_t end,
                         std::span<const std::uint32_t> queries) {
    const auto look = part.dead == nullptr ? kernels_.near : kernels_.all;
    while (begin < end) {
        const std::uint32_t stop = std::min(end, (begin / kCodesAtOnce + 1) * kCodesAtOnce);
        const LocalBlock* blocks = part.segment->blocks(begin, stop);
        for (std::size_t at = 0; at < queries.size(); at += kQueriesAtOnce) {
            candidates_.clear();
            look({blocks, begin, stop, radius_}, wanted_.data(),
                 queries.subspan(at, std::min(kQueriesAtOnce, queries.size() - at)), candidates_);
            settle(part);
        }
        begin = stop;
    }
}

void LocalSearcher::settle(const LocalPart& part) {
    for (const Candidate& candidate : candidates_) {
        const LocalSegment::Source source = part.segment->source(candidate.position);
        Wanted& asked = wanted_[candidate.query];
        if (part.dead != nullptr) {
            if (part.dead->contains(source.picture)) {
                continue;
            }
            ++asked.found;
        }
        BestHits& best = best_[candidate.query];
        best.offer({part.segment->keys()[source.picture], candidate.distance, source.point});
        asked.limit = std::min<std::uint64_t>(asked.limit, best.limit());
    }
}

void LocalSearcher::take(std::uint32_t first_query, LocalAnswer& out) {
    std::size_t count = out.hits.size();
    for (const BestHits& best : best_) {
        count += best.size();
    }
    out.hits.reserve(count);
    out.found.reserve(out.found.size() + wanted_.size());
    std::vector<Kept> sorted;
    for (std::uint32_t i = 0; i < wanted_.size(); ++i) {
        out.found.push_back(static_cast<std::uint32_t>(wanted_[i].found));
        sorted.clear();
        best_[i].copy_sorted(sorted);
        for (const Kept& kept : sorted) {
            out.hits.push_back({first_query + i, kept.point(), kept.distance(), kept.picture()});
        }
    }
}

}  // namespace refrain::index
