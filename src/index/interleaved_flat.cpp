#include "index/interleaved_flat.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <tuple>

#include <faiss/impl/AuxIndexStructures.h>
#include <faiss/impl/FaissException.h>
#include <faiss/impl/IDSelector.h>
#include <omp.h>

#include "index/fork_join.h"

namespace refrain::index {

namespace {

// Front halves of so many codes, 16 KiB, stay in the first-level cache while all queries pass.
constexpr std::size_t kTileCodes = 1024;
// So many pairs of code and query are done in the time that a thread needs to begin.
constexpr std::size_t kPairsPerThread = std::size_t{1} << 20;

void require(bool holds, const char* message) {
    if (!holds) {
        throw faiss::FaissException(message);
    }
}

Hash256 code_of(const std::uint8_t* bytes) {
    Hash256 code;
    static_assert(sizeof(code) == 32, "codes must lie packed, as FAISS reads them");
    std::memcpy(&code, bytes, sizeof(code));
    return code;
}

bool is_nearer(const Near& a, const Near& b) {
    return std::tie(a.distance, a.position) < std::tie(b.distance, b.position);
}

/// Runs `work(first block, last block, part)` on parts of the blocks at the same time.
template <typename Work>
void for_parts_of_blocks(std::size_t blocks, std::size_t parts, const Work& work) {
    fork_join(parts, [&](std::size_t part) {
        work(blocks * part / parts, blocks * (part + 1) / parts, part);
    });
}

std::size_t parts_for(std::size_t codes, std::size_t queries) {
    return workers_for(codes * queries, kPairsPerThread, omp_get_max_threads());
}

void scan_in_groups(const FlatTile& tile, std::span<const FlatQuery> queries) {
    for (std::size_t from = 0; from < queries.size(); from += FlatKernels::kQueries) {
        flat_kernels().scan(
            tile, queries.subspan(from, std::min(FlatKernels::kQueries, queries.size() - from)));
    }
}

/// The k nearest of what was seen so far.
class Nearest {
  public:
    explicit Nearest(std::size_t k) : k_(k) { heap_.reserve(k); }

    /// What lies farther cannot enter any more. -1: nothing can.
    [[nodiscard]] int radius() const {
        return heap_.size() < k_ ? Hash256::kBits : heap_.front().distance - 1;
    }
    void offer(const Near& near) {
        if (heap_.size() == k_) {
            if (!is_nearer(near, heap_.front())) {
                return;
            }
            std::pop_heap(heap_.begin(), heap_.end(), is_nearer);
            heap_.pop_back();
        }
        heap_.push_back(near);
        std::push_heap(heap_.begin(), heap_.end(), is_nearer);
    }
    [[nodiscard]] std::span<const Near> all() const { return heap_; }
    [[nodiscard]] std::vector<Near> sorted() const {
        std::vector<Near> near = heap_;
        std::sort(near.begin(), near.end(), is_nearer);
        return near;
    }

  private:
    std::size_t k_;
    std::vector<Near> heap_;  ///< the farthest first
};

/// One tile for every query that can still improve.
void improve(const FlatTile& tile,
             const std::uint8_t* x,
             std::vector<Nearest>& nearest,
             std::vector<Near>& found) {
    for (std::size_t q = 0; q < nearest.size(); ++q) {
        const int radius = nearest[q].radius();
        if (radius < 0) {
            continue;
        }
        const FlatQuery query{code_of(x + q * sizeof(Hash256)), radius, &found};
        flat_kernels().scan(tile, std::span(&query, 1));
        for (const Near& near : found) {
            nearest[q].offer(near);
        }
        found.clear();
    }
}

}  // namespace

InterleavedFlat::InterleavedFlat(Label dimension) : faiss::IndexBinary(dimension) {
    require(dimension == Hash256::kBits, "codes must have 256 bits");
}

Hash256 InterleavedFlat::code_at(std::size_t position) const {
    const std::size_t block = position / HalfBlock::kCodes;
    const std::size_t lane = position % HalfBlock::kCodes;
    Hash256 code;
    for (std::size_t w = 0; w < 2; ++w) {
        code.words[w] = front_[block].words[w][lane];
        code.words[w + 2] = back_[block].words[w][lane];
    }
    return code;
}

void InterleavedFlat::set_code(std::size_t position, const Hash256& code) {
    const std::size_t block = position / HalfBlock::kCodes;
    const std::size_t lane = position % HalfBlock::kCodes;
    for (std::size_t w = 0; w < 2; ++w) {
        front_[block].words[w][lane] = code.words[w];
        back_[block].words[w][lane] = code.words[w + 2];
    }
}

FlatTile InterleavedFlat::tile(std::size_t first, std::size_t codes) const {
    const std::size_t block = first / HalfBlock::kCodes;
    return {front_.data() + block, back_.data() + block, codes, static_cast<std::uint32_t>(first)};
}

void InterleavedFlat::add(Label n, const std::uint8_t* x) {
    require(n >= 0, "a negative number of codes");
    const std::size_t total = count() + static_cast<std::size_t>(n);
    require(total <= kMaxCodes, "too many codes for one index");
    const std::size_t blocks = (total + HalfBlock::kCodes - 1) / HalfBlock::kCodes;
    // Both or none: what can fail comes first, and grows by factors as `push_back` would.
    for (std::vector<HalfBlock>* half : {&front_, &back_}) {
        if (blocks > half->capacity()) {
            half->reserve(std::max(blocks, half->capacity() + half->capacity() / 2));
        }
    }
    front_.resize(blocks);
    back_.resize(blocks);
    for (std::size_t i = count(); i < total; ++i) {
        set_code(i, code_of(x + (i - count()) * sizeof(Hash256)));
    }
    ntotal += n;
}

void InterleavedFlat::reset() {
    front_.clear();
    back_.clear();
    ntotal = 0;
}

void InterleavedFlat::range_search(Label n,
                                   const std::uint8_t* x,
                                   int radius,
                                   faiss::RangeSearchResult* result,
                                   const faiss::SearchParameters* params) const {
    require(params == nullptr, "search parameters are not supported");
    const auto queries = static_cast<std::size_t>(n);
    const std::size_t parts = parts_for(count(), queries);
    std::vector<std::vector<std::vector<Near>>> found(parts,
                                                      std::vector<std::vector<Near>>(queries));
    const auto scan_part = [&](std::size_t first_block, std::size_t end_block, std::size_t part) {
        std::vector<FlatQuery> asked;
        for (std::size_t q = 0; q < queries; ++q) {
            asked.push_back({code_of(x + q * sizeof(Hash256)),
                             std::min(radius - 1, int{Hash256::kBits}), &found[part][q]});
        }
        const std::size_t end = std::min(end_block * HalfBlock::kCodes, count());
        // A single group passes once anyway.
        const std::size_t step = queries > FlatKernels::kQueries ? kTileCodes : count();
        for (std::size_t at = first_block * HalfBlock::kCodes; at < end; at += step) {
            scan_in_groups(tile(at, std::min(step, end - at)), asked);
        }
    };
    if (radius > 0 && ntotal > 0) {
        for_parts_of_blocks(front_.size(), parts, scan_part);
    }
    for (std::size_t q = 0; q < queries; ++q) {
        result->lims[q] = 0;
        for (const auto& part : found) {
            result->lims[q] += part[q].size();
        }
    }
    result->do_allocation();  // turns the counts in `lims` into places
    for (std::size_t q = 0; q < queries; ++q) {
        std::size_t at = result->lims[q];
        for (const auto& part : found) {
            for (const Near& near : part[q]) {
                result->labels[at] = static_cast<Label>(near.position);
                result->distances[at++] = static_cast<float>(near.distance);
            }
        }
    }
}

void InterleavedFlat::search(Label n,
                             const std::uint8_t* x,
                             Label k,
                             std::int32_t* distances,
                             Label* labels,
                             const faiss::SearchParameters* params) const {
    require(params == nullptr, "search parameters are not supported");
    require(k > 0, "k must be at least 1");
    const auto queries = static_cast<std::size_t>(n);
    const auto wanted = static_cast<std::size_t>(k);
    const std::size_t parts = parts_for(count(), queries);
    const Nearest none(std::min(wanted, count()));
    std::vector<std::vector<Nearest>> nearest(parts, std::vector<Nearest>(queries, none));
    const auto scan_part = [&](std::size_t first_block, std::size_t end_block, std::size_t part) {
        std::vector<Near> found;
        const std::size_t end = std::min(end_block * HalfBlock::kCodes, count());
        for (std::size_t at = first_block * HalfBlock::kCodes; at < end; at += kTileCodes) {
            improve(tile(at, std::min(kTileCodes, end - at)), x, nearest[part], found);
        }
    };
    if (ntotal > 0) {
        for_parts_of_blocks(front_.size(), parts, scan_part);
    }
    for (std::size_t q = 0; q < queries; ++q) {
        for (std::size_t part = 1; part < parts; ++part) {
            for (const Near& near : nearest[part][q].all()) {
                nearest[0][q].offer(near);
            }
        }
        const std::vector<Near> best = nearest[0][q].sorted();
        for (std::size_t i = 0; i < wanted; ++i) {
            const bool is_there = i < best.size();
            labels[q * wanted + i] = is_there ? static_cast<Label>(best[i].position) : -1;
            distances[q * wanted + i] =
                is_there ? best[i].distance : std::numeric_limits<std::int32_t>::max();
        }
    }
}

void InterleavedFlat::reconstruct(Label key, std::uint8_t* recons) const {
    require(key >= 0 && key < ntotal, "no code has this label");
    const Hash256 code = code_at(static_cast<std::size_t>(key));
    std::memcpy(recons, &code, sizeof(code));
}

std::size_t InterleavedFlat::remove_ids(const faiss::IDSelector& selector) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count(); ++i) {
        if (!selector.is_member(static_cast<Label>(i))) {
            if (kept != i) {
                set_code(kept, code_at(i));
            }
            ++kept;
        }
    }
    const std::size_t removed = count() - kept;
    const std::size_t blocks = (kept + HalfBlock::kCodes - 1) / HalfBlock::kCodes;
    front_.resize(blocks);
    back_.resize(blocks);
    ntotal = static_cast<Label>(kept);
    return removed;
}

std::size_t InterleavedFlat::memory_bytes() const {
    return (front_.capacity() + back_.capacity()) * sizeof(HalfBlock);
}

}  // namespace refrain::index
