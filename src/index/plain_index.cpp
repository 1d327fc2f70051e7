#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <unordered_set>

#include "index/hash_index.h"

namespace refrain::index {

namespace {

class PlainIndex final : public HashIndex {
  public:
    Result<void> add(std::span<const Hash256> codes, std::span<const CodeId> ids) override {
        if (codes.size() != ids.size()) {
            return Error{ErrorCode::kInvalidArgument, "codes and ids differ in number"};
        }
        const std::unique_lock lock(mutex_);
        for (std::size_t i = 0; i < codes.size(); ++i) {
            entries_.push_back({codes[i], ids[i]});
        }
        return {};
    }

    Result<std::size_t> remove(std::span<const CodeId> ids) override {
        const std::unordered_set<CodeId> doomed(ids.begin(), ids.end());
        const std::unique_lock lock(mutex_);
        return std::erase_if(entries_, [&](const Entry& e) { return doomed.contains(e.id); });
    }

    Result<std::size_t> remove_between(CodeId first, CodeId last) override {
        const std::unique_lock lock(mutex_);
        return std::erase_if(entries_,
                             [&](const Entry& e) { return e.id >= first && e.id <= last; });
    }

    Result<std::vector<Hit>> range_search(std::span<const Hash256> queries,
                                          int radius) const override {
        if (radius < 0 || radius > Hash256::kBits) {
            return Error{ErrorCode::kInvalidArgument, "the radius must be 0 to 256"};
        }
        const std::shared_lock lock(mutex_);
        std::vector<Hit> hits;
        for (std::size_t q = 0; q < queries.size(); ++q) {
            for (const Entry& entry : entries_) {
                const int distance = hamming_distance(queries[q], entry.code);
                if (distance <= radius) {
                    hits.push_back({static_cast<std::uint32_t>(q), entry.id,
                                    static_cast<std::uint16_t>(distance)});
                }
            }
        }
        std::sort(hits.begin(), hits.end());
        return hits;
    }

    [[nodiscard]] std::size_t size() const override {
        const std::shared_lock lock(mutex_);
        return entries_.size();
    }

    [[nodiscard]] std::size_t memory_bytes() const override {
        const std::shared_lock lock(mutex_);
        return entries_.capacity() * sizeof(Entry);
    }

  private:
    struct Entry {
        Hash256 code;
        CodeId id = 0;
    };

    mutable std::shared_mutex mutex_;
    std::vector<Entry> entries_;
};

}  // namespace

std::unique_ptr<HashIndex> make_plain_index() { return std::make_unique<PlainIndex>(); }

}  // namespace refrain::index
