#include "evidence/pdq_list/pdq_list_channel.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "evidence/frames/seed_search.h"

namespace refrain::evidence {

namespace {

// Of the layout of codes and ids; no other index has the same.
constexpr std::uint64_t kCodeRules = std::uint64_t{1} << 48 | 1;

/// The search of whole frames, over the codes of hash lists.
class PdqListSearch final : public ChannelSearch {
  public:
    PdqListSearch(const CodeIndex& index,
                  ItemSource& items,
                  const Query& query,
                  const FindOptions& options)
        : query_(query), codes_(index.codes()), frames_(index, items, query, options) {}

    [[nodiscard]] Result<void> run(const std::set<std::int64_t>& seen,
                                   const std::stop_token& stop) override {
        return codes_ == 0 ? Result<void>() : frames_.run(seen, stop);
    }
    [[nodiscard]] std::vector<FoundItem> found() const override { return frames_.found(); }

    void count_trials(Trials& trials) const override {
        const std::vector<Seed>& seeds = query_.seeds();
        const auto upright = static_cast<double>(std::count_if(
            seeds.begin(), seeds.end(), [](const Seed& seed) { return seed.view == QueryView(); }));
        const auto known = static_cast<double>(codes_);
        trials.listed += upright * known;
        trials.listed_in_views += (static_cast<double>(seeds.size()) - upright) * known;
    }

    void add_sightings(const KnownItem& item, WorkLeft& work, Sightings& sightings) override {
        if (item.codes == CodeKind::kExactPdq) {
            frames_.add_sightings(item, work, sightings);
        }
    }

  private:
    const Query& query_;
    std::size_t codes_;
    SeedSearch frames_;
};

}  // namespace

PdqListChannel::PdqListChannel(const ChannelOptions& options,
                               index::IndexChoice choice,
                               ItemSource& items)
    : CodeChannel(options,
                  std::move(choice),
                  items,
                  CodeKind::kExactPdq,
                  CodeSource::kFrames,
                  {kSnapshotName, kCodeRules}) {}

std::unique_ptr<ChannelSearch> PdqListChannel::search(const Query& query,
                                                      const FindOptions& options,
                                                      Depth /*depth*/) const {
    return std::make_unique<PdqListSearch>(index(), items(), query, options);
}

}  // namespace refrain::evidence
