#include "index/signature_search.h"

#include <algorithm>
#include <bit>
#include <tuple>

#include "base/check.h"
#include "index/local_signatures.h"
#include "index/local_words.h"

namespace refrain::index {

namespace {

// Compared with one query before the next: 8 KiB, which stay in the nearest cache. Limits are drawn
// closer after each such step.
constexpr std::uint32_t kSignaturesAtOnce = 1024;
// What a query keeps, beyond which it is brought in order: only equal signatures make it so many.
constexpr std::size_t kMostKept = 4096;
// What is asked of the memory while others are looked at.
constexpr std::size_t kAhead = 12;
// Runs of cells that are asked of the memory while one is looked at.
constexpr std::size_t kRunsAhead = 4;
// Pages of the file that the system is asked for while codes before them are compared.
constexpr std::size_t kPagesAhead = 64;

/// A query that looks through the list of a word.
struct Member {
    std::uint64_t signature = 0;
    std::uint32_t query = 0;
    std::uint32_t cell = 0;
};

/// The queries of a word.
struct Asked {
    std::uint32_t word = 0;
    std::uint32_t first = 0;  ///< of the members
    std::uint32_t count = 0;
};

struct NearCode {
    std::uint32_t position = 0;
    std::uint16_t part = 0;
    std::uint16_t distance = 0;
};

/// Fills in where codes come from. Hits lie anywhere in memory, which is asked for them ahead.
void name_sources(std::span<SignatureHit> hits, std::span<const LocalPart> parts) {
    for (std::size_t i = 0; i < hits.size(); ++i) {
        if (i + kAhead < hits.size()) {
            const SignatureHit& next = hits[i + kAhead];
            __builtin_prefetch(parts[next.part].segment->unread_sources() + next.position);
        }
        const LocalSegment& segment = *parts[hits[i].part].segment;
        const LocalSegment::Source source = segment.source(hits[i].position);
        hits[i].point = source.point;
        hits[i].picture = segment.keys()[source.picture];
    }
}

bool is_nearer(const SignatureHit& a, const SignatureHit& b) {
    return std::tie(a.distance, a.picture, a.point) < std::tie(b.distance, b.picture, b.point);
}

/// The nearest signatures of one query, and all that are as near as the last of them: which of
/// these are kept is up to their pictures, which are looked at only in the end.
class Nearest {
  public:
    Nearest(std::uint32_t radius, std::size_t most)
        : limit_(radius), most_(most), counts_(radius + 1) {}

    /// What lies beyond is of no interest any more.
    [[nodiscard]] std::uint32_t limit() const { return limit_; }

    /// @param near  within the limit
    void offer(std::span<const LocalPart> parts, const NearCode& near) {
        kept_.push_back(near);
        ++counts_[near.distance];
        ++within_;
        while (within_ - counts_[limit_] >= most_) {
            within_ -= counts_[limit_];
            --limit_;
        }
        if (kept_.size() == std::max(kMostKept, 2 * most_)) {
            drop_the_rest(parts);
        }
    }

    /// Appends what is within the limit, without its sources.
    void append(std::uint32_t query, std::vector<SignatureHit>& out) const {
        for (const NearCode& near : kept_) {
            if (near.distance <= limit_) {
                out.push_back({query, near.position, near.part, near.distance});
            }
        }
    }

  private:
    void drop_the_rest(std::span<const LocalPart> parts) {
        std::vector<SignatureHit> hits;
        append(0, hits);
        name_sources(hits, parts);
        std::sort(hits.begin(), hits.end(), is_nearer);
        hits.resize(std::min(hits.size(), most_));
        kept_.clear();
        std::fill(counts_.begin(), counts_.end(), 0U);
        for (const SignatureHit& hit : hits) {
            kept_.push_back({hit.position, hit.part, hit.distance});
            ++counts_[hit.distance];
        }
        within_ = kept_.size();
    }

    std::uint32_t limit_;
    std::size_t most_;
    std::size_t within_ = 0;             ///< those of `kept_` within the limit
    std::vector<std::uint32_t> counts_;  ///< of `kept_`, by distance
    std::vector<NearCode> kept_;
};

/// The cells that differ from a cell in at most so many bits, in rising order.
class NearCells {
  public:
    explicit NearCells(std::uint32_t bits) {
        for (std::uint32_t cell = 0; bits < kCellBits && cell < kCells; ++cell) {
            for (std::uint32_t other = 0; other < kCells; ++other) {
                if (static_cast<std::uint32_t>(std::popcount(cell ^ other)) <= bits) {
                    all_.push_back(static_cast<std::uint8_t>(other));
                }
            }
        }
    }
    [[nodiscard]] std::span<const std::uint8_t> of(std::uint32_t cell) const {
        const std::size_t each = all_.size() / kCells;
        return std::span(all_).subspan(cell * each, each);
    }

  private:
    std::vector<std::uint8_t> all_;  ///< of each cell as many
};

/// One batch on its way through the segments. Thread safety: one thread at a time.
class SignatureSearch {
  public:
    SignatureSearch(std::span<const LocalPart> parts,
                    std::span<const Hash256> queries,
                    const SignatureStage& stage,
                    std::size_t lists,
                    const SignatureKernels& kernels)
        : parts_(parts),
          most_(static_cast<std::size_t>(stage.max_hits_per_query)),
          cell_limit_(static_cast<std::uint32_t>(stage.max_cell_distance)),
          near_cells_(cell_limit_),
          kernels_(kernels),
          nearest_(queries.size(), Nearest(static_cast<std::uint32_t>(stage.max_distance), most_)) {
        lists = std::min(lists, kLocalWords);
        const std::vector<std::uint16_t> words = nearest_words(queries, lists, local_kernels());
        std::vector<std::uint32_t> next(kLocalWords + 1);
        for (const std::uint16_t word : words) {
            ++next[word + std::size_t{1}];
        }
        for (std::uint32_t word = 0; word < kLocalWords; ++word) {
            if (next[word + 1] != 0) {
                asked_.push_back({word, next[word], next[word + 1]});
            }
            next[word + 1] += next[word];
        }
        members_.resize(words.size());
        for (std::size_t i = 0; i < words.size(); ++i) {
            const auto query = static_cast<std::uint32_t>(i / lists);
            const std::uint64_t signature =
                kernels_.gather(queries[query], signature_bits(words[i]));
            members_[next[words[i]]++] = {
                signature, query,
                static_cast<std::uint32_t>(
                    kernels_.gather({{signature, 0, 0, 0}}, {{cell_bits(words[i]), 0, 0, 0}}))};
        }
    }

    void search(std::size_t part) {
        const LocalSegment& segment = *parts_[part].segment;
        const std::span<const LocalSegment::List> lists = segment.lists();
        if (cell_limit_ < kCellBits && !segment.cells(0).empty()) {
            each_asked_list(
                lists,
                [&](std::size_t list) { ask_for_beginning(segment.cells(list).data(), kCells); },
                [&](std::size_t list, const Asked& asked) { visit_list(part, list, asked); });
            return;
        }
        each_asked_list(
            lists,
            [&](std::size_t list) {
                ask_for_beginning(segment.unread_signatures() + lists[list].begin,
                                  lists[list + 1].begin - lists[list].begin);
            },
            [&](std::size_t list, const Asked& asked) {
                scan(part, lists[list].begin, lists[list + 1].begin, asked);
            });
    }

    [[nodiscard]] std::vector<SignatureHit> found() const {
        std::vector<SignatureHit> all;
        for (std::uint32_t query = 0; query < nearest_.size(); ++query) {
            nearest_[query].append(query, all);
        }
        name_sources(all, parts_);
        std::size_t kept = 0;
        for (std::size_t begin = 0; begin < all.size();) {
            std::size_t end = begin;
            while (end < all.size() && all[end].query == all[begin].query) {
                ++end;
            }
            const auto first = all.begin() + static_cast<std::ptrdiff_t>(begin);
            std::sort(first, all.begin() + static_cast<std::ptrdiff_t>(end), is_nearer);
            for (std::size_t i = begin; i < std::min(end, begin + most_); ++i) {
                all[kept++] = all[i];
            }
            begin = end;
        }
        all.resize(kept);
        return all;
    }

  private:
    /// Lists lie in other pages than those before, where the processor does not read ahead.
    template <typename T>
    static void ask_for_beginning(const T* list, std::size_t count) {
        constexpr std::size_t kOfALine = 64 / sizeof(T);
        constexpr std::size_t kMost = 24 * kOfALine;
        for (std::size_t i = 0; i < std::min(count, kMost); i += kOfALine) {
            __builtin_prefetch(list + i, 0, 2);
        }
    }

    /// Calls `look(list, asked)` for each list whose word is asked for, and before that
    /// `ask_for(list)`, so that it comes near while the list before it is looked at.
    template <typename AskFor, typename Look>
    void each_asked_list(std::span<const LocalSegment::List> lists,
                         const AskFor& ask_for,
                         const Look& look) const {
        std::size_t waiting = 0;
        const Asked* waiting_for = nullptr;
        std::size_t at = 0;
        for (const Asked& asked : asked_) {
            while (lists[at].word < asked.word) {
                ++at;  // the end is marked by a word beyond all others
            }
            if (lists[at].word != asked.word) {
                continue;
            }
            ask_for(at);
            if (waiting_for != nullptr) {
                look(waiting, *waiting_for);
            }
            waiting = at;
            waiting_for = &asked;
        }
        if (waiting_for != nullptr) {
            look(waiting, *waiting_for);
        }
    }

    /// Some codes of a list, to be compared with one query.
    struct Run {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        std::uint32_t member = 0;
    };

    /// Looks only at the cells nearest to that of each query.
    void visit_list(std::size_t part, std::size_t list, const Asked& asked) {
        const LocalSegment& segment = *parts_[part].segment;
        const std::span<const std::uint32_t> cells = segment.cells(list);
        const std::uint32_t end = segment.lists()[list + 1].begin;
        runs_.clear();
        for (std::uint32_t m = asked.first; m < asked.first + asked.count; ++m) {
            const std::size_t first = runs_.size();
            for (const std::uint8_t cell : near_cells_.of(members_[m].cell)) {
                const std::uint32_t stop = cell + std::size_t{1} < kCells ? cells[cell + 1] : end;
                if (runs_.size() > first && runs_.back().end == cells[cell]) {
                    runs_.back().end = stop;
                } else if (cells[cell] < stop) {
                    runs_.push_back({cells[cell], stop, m});
                }
            }
        }
        const auto ask_for = [&](std::size_t i) {
            if (i < runs_.size()) {
                ask_for_beginning(segment.unread_signatures() + runs_[i].begin,
                                  runs_[i].end - runs_[i].begin);
            }
        };
        for (std::size_t i = 0; i < kRunsAhead; ++i) {
            ask_for(i);
        }
        for (std::size_t i = 0; i < runs_.size(); ++i) {
            ask_for(i + kRunsAhead);
            compare(part, runs_[i].begin, runs_[i].end, members_[runs_[i].member], 0);
        }
    }

    void scan(std::size_t part, std::uint32_t begin, std::uint32_t end, const Asked& asked) {
        const std::uint64_t cell = cell_limit_ < kCellBits ? cell_bits(asked.word) : 0;
        while (begin < end) {
            const std::uint32_t stop = std::min(end, begin + kSignaturesAtOnce);
            for (const Member& member : std::span(members_).subspan(asked.first, asked.count)) {
                compare(part, begin, stop, member, cell);
            }
            begin = stop;
        }
    }

    /// @param cell  bits of which only so many may differ; none where all codes are near in these
    void compare(std::size_t part,
                 std::uint32_t begin,
                 std::uint32_t end,
                 const Member& member,
                 std::uint64_t cell) {
        Nearest& nearest = nearest_[member.query];
        near_.clear();
        kernels_.near(parts_[part].segment->signatures(begin, end),
                      {member.signature, nearest.limit(), cell, cell_limit_}, near_);
        settle(part, begin, nearest);
    }

    void settle(std::size_t part, std::uint32_t begin, Nearest& nearest) {
        const LocalPart& own = parts_[part];
        for (const NearSignature& near : near_) {
            const std::uint32_t position = begin + near.position;
            const bool is_gone =
                own.dead != nullptr && own.dead->contains(own.segment->source(position).picture);
            if (!is_gone && near.distance <= nearest.limit()) {
                nearest.offer(parts_, {position, static_cast<std::uint16_t>(part),
                                       static_cast<std::uint16_t>(near.distance)});
            }
        }
    }

    std::span<const LocalPart> parts_;
    std::size_t most_;
    std::uint32_t cell_limit_;
    NearCells near_cells_;
    const SignatureKernels& kernels_;
    std::vector<Nearest> nearest_;
    std::vector<Asked> asked_;  ///< by word
    std::vector<Member> members_;
    std::vector<NearSignature> near_;
    std::vector<Run> runs_;
};

/// What the hits of one picture come to.
struct PictureHits {
    PictureKey picture = 0;
    std::uint32_t count = 0;
    std::uint64_t worth = 0;
    bool is_looked_at = false;
};

/// The hits of a batch by picture, in a table that is never more than half full.
class HitsOfPictures {
  public:
    HitsOfPictures(std::span<const SignatureHit> hits, const SignatureStage& stage)
        : slots_(std::bit_ceil(2 * hits.size() + 2)) {
        for (const SignatureHit& hit : hits) {
            PictureHits& slot = slots_[place_of(hit.picture)];
            slot.picture = hit.picture;
            ++slot.count;
            slot.worth += static_cast<std::uint64_t>(stage.max_distance + 1 - hit.distance);
        }
        choose(stage);
    }
    [[nodiscard]] bool are_looked_at(PictureKey picture) const {
        return slots_[place_of(picture)].is_looked_at;
    }

  private:
    void choose(const SignatureStage& stage) {
        std::vector<PictureHits*> frequent;
        for (PictureHits& slot : slots_) {
            if (slot.count > 0 && slot.count >= stage.hits_of_picture) {
                frequent.push_back(&slot);
            }
        }
        if (stage.most_pictures > 0 && frequent.size() > stage.most_pictures) {
            const auto last = frequent.begin() + static_cast<std::ptrdiff_t>(stage.most_pictures);
            std::nth_element(frequent.begin(), last, frequent.end(),
                             [](const PictureHits* a, const PictureHits* b) {
                                 return std::tie(b->worth, a->picture) <
                                        std::tie(a->worth, b->picture);
                             });
            frequent.erase(last, frequent.end());
        }
        for (PictureHits* one : frequent) {
            one->is_looked_at = true;
        }
    }

    [[nodiscard]] std::size_t place_of(PictureKey picture) const {
        constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15U;
        std::size_t place = static_cast<std::uint64_t>(picture) * kFactor >> 32U;
        while (true) {
            place &= slots_.size() - 1;
            if (slots_[place].count == 0 || slots_[place].picture == picture) {
                return place;
            }
            ++place;
        }
    }

    std::vector<PictureHits> slots_;
};

/// Those of pictures that are looked at.
std::vector<SignatureHit> of_chosen_pictures(std::span<const SignatureHit> found,
                                             const SignatureStage& stage) {
    std::vector<SignatureHit> kept(found.begin(), found.end());
    if (stage.hits_of_picture > 1 || stage.most_pictures > 0) {
        const HitsOfPictures pictures(found, stage);
        std::erase_if(
            kept, [&](const SignatureHit& hit) { return !pictures.are_looked_at(hit.picture); });
    }
    return kept;
}

/// Of the hits from `first` on the nearest.
void keep_nearest(std::vector<LocalHit>& hits, std::size_t first, int most) {
    std::sort(hits.begin() + static_cast<std::ptrdiff_t>(first), hits.end(),
              [](const LocalHit& a, const LocalHit& b) {
                  return std::tie(a.distance, a.picture, a.point) <
                         std::tie(b.distance, b.picture, b.point);
              });
    hits.resize(std::min(hits.size(), first + static_cast<std::size_t>(most)));
}

}  // namespace

std::vector<SignatureHit> nearest_signatures(std::span<const LocalPart> parts,
                                             std::span<const Hash256> queries,
                                             const SignatureStage& stage,
                                             std::size_t lists,
                                             const SignatureKernels& kernels) {
    REFRAIN_CHECK(parts.size() <= std::size_t{1} << 16U);
    SignatureSearch search(parts, queries, stage, lists, kernels);
    for (std::size_t part = 0; part < parts.size(); ++part) {
        search.search(part);
    }
    return search.found();
}

std::vector<LocalHit> compared_by_codes(std::span<const SignatureHit> found,
                                        std::span<const LocalPart> parts,
                                        std::span<const Hash256> queries,
                                        const LocalSearchOptions& options) {
    const std::vector<SignatureHit> candidates =
        of_chosen_pictures(found, *options.first_by_signature);
    const auto distances_of_block = local_kernels().distances;
    std::uint16_t distances[LocalBlock::kCodes];
    std::vector<LocalHit> hits;
    BlockRoom room;
    std::size_t first = 0;  // of the query
    std::size_t asked = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        for (; asked < std::min(i + kPagesAhead, candidates.size()); ++asked) {
            const SignatureHit& next = candidates[asked];
            parts[next.part].segment->ask_for_block_of(next.position);
        }
        const SignatureHit& candidate = candidates[i];
        const LocalBlock& block = parts[candidate.part].segment->block_of(candidate.position, room);
        distances_of_block(&block, 1, queries[candidate.query], distances);
        const std::uint16_t distance = distances[candidate.position % LocalBlock::kCodes];
        if (distance <= options.max_distance) {
            hits.push_back({candidate.query, candidate.point, distance, candidate.picture});
        }
        if (i + 1 == candidates.size() || candidates[i + 1].query != candidate.query) {
            keep_nearest(hits, first, options.max_hits_per_query);
            first = hits.size();
        }
    }
    return hits;
}

}  // namespace refrain::index
