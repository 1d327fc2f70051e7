#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "index/local_index.h"
#include "index/local_segment.h"

namespace refrain::index {

struct LocalIndexOptions {
    int threads = 1;  ///< of one search or bulk addition, >= 1
    /// Codes up to which segments are merged, so that no change copies more than twice as many;
    /// kMaxLocalPoints..LocalSegment::kMaxCodes.
    std::size_t segment_codes = std::size_t{1} << 21;
};

/// A live local index at one moment.
struct LocalState {
    std::vector<LocalPart> parts;
    std::uint64_t generation = 0;

    [[nodiscard]] std::size_t live_codes() const;
};

/// Inverted lists that are searched while they change: immutable segments, each in the order of the
/// codes' nearest words, and tombstones for pictures. A change is made beside what readers see and
/// becomes visible in one step; readers keep what they began with and wait for nobody.
///
/// The writer merges neighbours of which the former has at most twice the codes of the latter: over
/// time it copies each code some log(n) times, and there are some log2(segment_codes) segments and
/// one more for each `segment_codes` codes. A segment of which half is gone is rewritten.
///
/// Thread safety: safe to share; writers take turns.
class LiveLocalIndex final : public LocalIndex {
  public:
    explicit LiveLocalIndex(const LocalIndexOptions& options);

    [[nodiscard]] Result<void> add(PictureKey picture, std::span<const Hash256> codes) override;
    [[nodiscard]] Result<void> add_bulk(std::span<const LocalPicture> pictures) override;
    [[nodiscard]] Result<std::size_t> remove_between(PictureKey first, PictureKey last) override;
    [[nodiscard]] Result<LocalAnswer> search(std::span<const Hash256> queries,
                                             const LocalSearchOptions& options) const override;
    [[nodiscard]] std::size_t codes() const override;
    [[nodiscard]] std::size_t pictures() const override;
    [[nodiscard]] std::size_t memory_bytes() const override;
    [[nodiscard]] IndexShape shape() const override;

    /// Puts these in the place of all that is held, in one step; mapped segments stay where they
    /// are.
    void adopt(std::vector<LocalPart> parts);

    /// What a reader would see now; never changes.
    [[nodiscard]] std::shared_ptr<const LocalState> state() const;

  private:
    [[nodiscard]] Result<void> append(std::vector<PictureCodes> pictures);
    [[nodiscard]] std::vector<LocalPart> built(std::span<const PictureCodes> pictures) const;
    [[nodiscard]] std::optional<std::size_t> due_merge(const LocalState& state) const;
    void merge(LocalState& next) const;
    void publish(std::shared_ptr<LocalState> next);

    LocalIndexOptions options_;
    std::mutex writer_;  ///< held while a change is put in place
    // Only ever held to copy or swap the pointer.
    mutable std::mutex state_mutex_;
    std::shared_ptr<const LocalState> state_;
};

/// Those of make_local_index.
[[nodiscard]] LocalIndexOptions local_options(int threads);

/// What both indexes refuse. @error kInvalidArgument
[[nodiscard]] Result<void> check_picture(PictureKey picture, std::size_t codes);
[[nodiscard]] Result<void> check_search(std::size_t queries, const LocalSearchOptions& options);

}  // namespace refrain::index
