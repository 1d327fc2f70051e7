#include <algorithm>
#include <bit>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <tuple>
#include <utility>
#include <vector>

#include "index/live_local_index.h"
#include "index/local_index.h"
#include "index/local_signatures.h"
#include "index/local_words.h"

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
        if (options.first_by_signature) {
            return {staged(queries, options)};
        }
        LocalAnswer answer;
        for (std::uint32_t query = 0; query < queries.size(); ++query) {
            std::vector<LocalHit> hits = hits_of(query, queries[query], options.max_distance);
            answer.found.push_back(static_cast<std::uint32_t>(hits.size()));
            keep_nearest(hits, options.max_hits_per_query);
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
    static void keep_nearest(std::vector<LocalHit>& hits, int most) {
        std::sort(hits.begin(), hits.end(), [](const LocalHit& a, const LocalHit& b) {
            return std::tie(a.distance, a.picture, a.point) <
                   std::tie(b.distance, b.picture, b.point);
        });
        hits.resize(std::min(hits.size(), static_cast<std::size_t>(most)));
    }

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
        return hits;
    }

    /// A hit by signature, and how far apart the codes are.
    struct Staged {
        LocalHit hit;
        int codes_apart = 0;
    };

    /// What is near by signature, the nearest ones; distances are those of signatures.
    std::vector<Staged> near_by_signature(std::uint32_t query,
                                          const Hash256& code,
                                          const SignatureStage& stage) const {
        std::vector<Staged> near;
        for (const LocalPicture& picture : pictures_) {
            const std::vector<std::uint16_t> words =
                nearest_words(picture.codes, 1, local_kernels());
            for (std::size_t point = 0; point < picture.codes.size(); ++point) {
                const Hash256& chosen = signature_bits(words[point]);
                const Hash256& known = picture.codes[point];
                const std::uint64_t differing =
                    plain_signature(code, chosen) ^ plain_signature(known, chosen);
                const int distance = std::popcount(differing);
                if (distance <= stage.max_distance &&
                    std::popcount(differing & cell_bits(words[point])) <= stage.max_cell_distance) {
                    near.push_back({{query, static_cast<std::uint16_t>(point),
                                     static_cast<std::uint16_t>(distance), picture.picture},
                                    hamming_distance(code, known)});
                }
            }
        }
        std::stable_sort(near.begin(), near.end(), [](const Staged& a, const Staged& b) {
            return std::tie(a.hit.distance, a.hit.picture, a.hit.point) <
                   std::tie(b.hit.distance, b.hit.picture, b.hit.point);
        });
        near.resize(std::min(near.size(), static_cast<std::size_t>(stage.max_hits_per_query)));
        return near;
    }

    /// The pictures whose codes are compared.
    static std::set<PictureKey> looked_at(const std::vector<std::vector<Staged>>& near,
                                          const SignatureStage& stage) {
        std::map<PictureKey, std::pair<std::size_t, int>> hits;  // how many, and their worth
        for (const std::vector<Staged>& of_query : near) {
            for (const Staged& one : of_query) {
                auto& [count, worth] = hits[one.hit.picture];
                ++count;
                worth += stage.max_distance + 1 - one.hit.distance;
            }
        }
        std::vector<std::pair<int, PictureKey>> order;
        for (const auto& [picture, all] : hits) {
            if (all.first >= stage.hits_of_picture) {
                order.emplace_back(-all.second, picture);
            }
        }
        std::sort(order.begin(), order.end());
        if (stage.most_pictures > 0) {
            order.resize(std::min(order.size(), stage.most_pictures));
        }
        std::set<PictureKey> chosen;
        for (const auto& one : order) {
            chosen.insert(one.second);
        }
        return chosen;
    }

    LocalAnswer staged(std::span<const Hash256> queries, const LocalSearchOptions& options) const {
        std::vector<std::vector<Staged>> near;
        for (std::uint32_t query = 0; query < queries.size(); ++query) {
            near.push_back(near_by_signature(query, queries[query], *options.first_by_signature));
        }
        const std::set<PictureKey> chosen = looked_at(near, *options.first_by_signature);
        LocalAnswer answer;
        for (const std::vector<Staged>& of_query : near) {
            std::vector<LocalHit> hits;
            for (const Staged& one : of_query) {
                if (chosen.contains(one.hit.picture) && one.codes_apart <= options.max_distance) {
                    hits.push_back(one.hit);
                    hits.back().distance = static_cast<std::uint16_t>(one.codes_apart);
                }
            }
            keep_nearest(hits, options.max_hits_per_query);
            answer.hits.insert(answer.hits.end(), hits.begin(), hits.end());
        }
        return answer;
    }

    mutable std::shared_mutex mutex_;
    std::vector<LocalPicture> pictures_;
    std::uint64_t generation_ = 0;
};

}  // namespace

std::unique_ptr<LocalIndex> make_plain_local_index() { return std::make_unique<PlainLocalIndex>(); }

}  // namespace refrain::index
