#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <tuple>
#include <vector>

#include "index/live_local_index.h"
#include "index/local_index.h"

namespace refrain::index {

namespace {

class PlainLocalIndex final : public LocalIndex {
  public:
    Result<void> add(PictureKey picture, std::span<const Hash256> codes) override {
        const LocalPicture one{picture, {codes.begin(), codes.end()}};
        return add_bulk(std::span(&one, 1));
    }

    Result<void> add_bulk(std::span<const LocalPicture> pictures) override {
        for (const LocalPicture& picture : pictures) {
            if (Result<void> valid = check_picture(picture.picture, picture.codes.size()); !valid) {
                return valid;
            }
        }
        const std::unique_lock lock(mutex_);
        for (const LocalPicture& picture : pictures) {
            if (!picture.codes.empty()) {
                pictures_.push_back(picture);
                ++generation_;
            }
        }
        return {};
    }

    Result<std::size_t> remove_between(PictureKey first, PictureKey last) override {
        const std::unique_lock lock(mutex_);
        std::size_t removed = 0;
        std::erase_if(pictures_, [&](const LocalPicture& picture) {
            const bool goes = picture.picture >= first && picture.picture <= last;
            removed += goes ? picture.codes.size() : 0;
            return goes;
        });
        generation_ += removed > 0 ? 1U : 0U;
        return removed;
    }

    Result<LocalAnswer> search(std::span<const Hash256> queries,
                               const LocalSearchOptions& options) const override {
        if (Result<void> valid = check_search(queries.size(), options); !valid) {
            return valid.error();
        }
        const std::shared_lock lock(mutex_);
        LocalAnswer answer;
        for (std::uint32_t query = 0; query < queries.size(); ++query) {
            std::vector<LocalHit> hits = hits_of(query, queries[query], options.max_distance);
            answer.found.push_back(static_cast<std::uint32_t>(hits.size()));
            const auto most = static_cast<std::size_t>(options.max_hits_per_query);
            hits.resize(std::min(hits.size(), most));
            answer.hits.insert(answer.hits.end(), hits.begin(), hits.end());
        }
        return answer;
    }

    std::size_t codes() const override {
        const std::shared_lock lock(mutex_);
        std::size_t codes = 0;
        for (const LocalPicture& picture : pictures_) {
            codes += picture.codes.size();
        }
        return codes;
    }

    std::size_t pictures() const override {
        const std::shared_lock lock(mutex_);
        return pictures_.size();
    }

    std::size_t memory_bytes() const override {
        return codes() * sizeof(Hash256) + pictures() * sizeof(LocalPicture);
    }

    IndexShape shape() const override {
        IndexShape shape;
        shape.codes = codes();
        const std::shared_lock lock(mutex_);
        shape.generation = generation_;
        return shape;
    }

  private:
    std::vector<LocalHit> hits_of(std::uint32_t query, const Hash256& code, int radius) const {
        std::vector<LocalHit> hits;
        for (const LocalPicture& picture : pictures_) {
            for (std::size_t point = 0; point < picture.codes.size(); ++point) {
                const int distance = hamming_distance(code, picture.codes[point]);
                if (distance <= radius) {
                    hits.push_back({query, static_cast<std::uint16_t>(point),
                                    static_cast<std::uint16_t>(distance), picture.picture});
                }
            }
        }
        std::sort(hits.begin(), hits.end(), [](const LocalHit& a, const LocalHit& b) {
            return std::tie(a.distance, a.picture, a.point) <
                   std::tie(b.distance, b.picture, b.point);
        });
        return hits;
    }

    mutable std::shared_mutex mutex_;
    std::vector<LocalPicture> pictures_;
    std::uint64_t generation_ = 0;
};

}  // namespace

std::unique_ptr<LocalIndex> make_plain_local_index() { return std::make_unique<PlainLocalIndex>(); }

}  // namespace refrain::index
