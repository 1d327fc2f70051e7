#include <algorithm>
#include <exception>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_set>

#include <faiss/IndexBinaryFlat.h>
#include <faiss/impl/AuxIndexStructures.h>
#include <faiss/impl/IDSelector.h>
#include <omp.h>

#include "base/check.h"
#include "index/hash_index.h"
#include "index/interleaved_flat.h"

namespace refrain::index {

namespace {

// faiss::idx_t moved out of faiss::Index after 1.7.3; this name is right for both.
using FaissId = decltype(faiss::IndexBinary::ntotal);

const std::uint8_t* bytes_of(std::span<const Hash256> codes) {
    static_assert(sizeof(Hash256) == 32, "codes must lie packed, as FAISS reads them");
    return reinterpret_cast<const std::uint8_t*>(codes.data());
}

Error faiss_error(const char* what, const std::exception& thrown) {
    return {ErrorCode::kInternal, std::string(what) + ": " + thrown.what()};
}

std::size_t bytes_held(const faiss::IndexBinaryFlat& flat) { return flat.xb.capacity(); }
std::size_t bytes_held(const InterleavedFlat& flat) { return flat.memory_bytes(); }

/// FAISS's flat indexes know codes by position; `ids_` translates.
template <typename Flat>
class FlatIndex final : public HashIndex {
  public:
    explicit FlatIndex(int threads) : threads_(threads), flat_(Hash256::kBits) {
        REFRAIN_CHECK(threads >= 1);
    }

    Result<void> add(std::span<const Hash256> codes, std::span<const CodeId> ids) override {
        if (codes.size() != ids.size()) {
            return Error{ErrorCode::kInvalidArgument, "codes and ids differ in number"};
        }
        const std::unique_lock lock(mutex_);
        ids_.insert(ids_.end(), ids.begin(), ids.end());
        try {
            flat_.add(static_cast<FaissId>(codes.size()), bytes_of(codes));
        } catch (const std::exception& thrown) {
            ids_.resize(static_cast<std::size_t>(flat_.ntotal));
            return faiss_error("adding codes", thrown);
        }
        return {};
    }

    Result<std::size_t> remove(std::span<const CodeId> ids) override {
        const std::unordered_set<CodeId> doomed(ids.begin(), ids.end());
        return remove_if([&](CodeId id) { return doomed.contains(id); });
    }

    Result<std::size_t> remove_between(CodeId first, CodeId last) override {
        return remove_if([&](CodeId id) { return id >= first && id <= last; });
    }

    Result<std::vector<Hit>> range_search(std::span<const Hash256> queries,
                                          int radius) const override {
        if (radius < 0 || radius > Hash256::kBits) {
            return Error{ErrorCode::kInvalidArgument, "the radius must be 0 to 256"};
        }
        const std::shared_lock lock(mutex_);
        if (queries.empty() || ids_.empty()) {
            return std::vector<Hit>{};
        }
        faiss::RangeSearchResult found(static_cast<FaissId>(queries.size()));
        try {
            omp_set_num_threads(threads_);
            // FAISS keeps distances strictly below its radius; ours is inclusive.
            flat_.range_search(static_cast<FaissId>(queries.size()), bytes_of(queries), radius + 1,
                               &found);
        } catch (const std::exception& thrown) {
            return faiss_error("searching codes", thrown);
        }
        return collect(found, queries.size());
    }

    [[nodiscard]] std::size_t size() const override {
        const std::shared_lock lock(mutex_);
        return ids_.size();
    }

    [[nodiscard]] std::size_t memory_bytes() const override {
        const std::shared_lock lock(mutex_);
        return bytes_held(flat_) + ids_.capacity() * sizeof(CodeId);
    }

  private:
    template <typename IsDoomed>
    Result<std::size_t> remove_if(const IsDoomed& is_doomed) {
        const std::unique_lock lock(mutex_);
        std::vector<FaissId> positions;
        for (std::size_t i = 0; i < ids_.size(); ++i) {
            if (is_doomed(ids_[i])) {
                positions.push_back(static_cast<FaissId>(i));
            }
        }
        if (positions.empty()) {
            return std::size_t{0};
        }
        try {
            flat_.remove_ids(faiss::IDSelectorBatch(positions.size(), positions.data()));
        } catch (const std::exception& thrown) {
            return faiss_error("removing codes", thrown);
        }
        // The flat index closes the gaps in order; so do we.
        std::erase_if(ids_, is_doomed);
        REFRAIN_CHECK(ids_.size() == static_cast<std::size_t>(flat_.ntotal));
        return positions.size();
    }

    [[nodiscard]] std::vector<Hit> collect(const faiss::RangeSearchResult& found,
                                           std::size_t queries) const {
        std::vector<Hit> hits;
        hits.reserve(found.lims[queries]);
        for (std::size_t q = 0; q < queries; ++q) {
            for (std::size_t i = found.lims[q]; i < found.lims[q + 1]; ++i) {
                hits.push_back({static_cast<std::uint32_t>(q),
                                ids_[static_cast<std::size_t>(found.labels[i])],
                                static_cast<std::uint16_t>(found.distances[i])});
            }
        }
        std::sort(hits.begin(), hits.end());
        return hits;
    }

    int threads_;
    mutable std::shared_mutex mutex_;
    Flat flat_;
    std::vector<CodeId> ids_;
};

}  // namespace

std::unique_ptr<HashIndex> make_faiss_index(int threads) {
    return std::make_unique<FlatIndex<faiss::IndexBinaryFlat>>(threads);
}

std::unique_ptr<HashIndex> make_flat_index(int threads) {
    return std::make_unique<FlatIndex<InterleavedFlat>>(threads);
}

std::string faiss_version() {
    return std::to_string(FAISS_VERSION_MAJOR) + "." + std::to_string(FAISS_VERSION_MINOR) + "." +
           std::to_string(FAISS_VERSION_PATCH);
}

}  // namespace refrain::index
