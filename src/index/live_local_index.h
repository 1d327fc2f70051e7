#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include "index/local_index.h"
#include "index/local_segment.h"
#include "index/segmented_index.h"

namespace refrain::index {

/// @param segment_codes  segments are merged up to this size, kMaxLocalPoints..
///                       LocalSegment::kMaxCodes codes, before a change returns; a change copies at
///                       most twice as many
struct LocalIndexOptions : SegmentedOptions {
    LocalIndexOptions() {
        merge_ratio = 2;
        segment_codes = std::size_t{1} << 21;
    }
};

using LocalState = IndexState<LocalSegment>;

/// Segments in the order of the codes' nearest words.
struct LocalKind {
    using Segment = LocalSegment;

    [[nodiscard]] static std::shared_ptr<const LocalSegment> merge(
        std::span<const LocalPart> parts,
        const std::stop_token& /*stop*/) {
        return merged_segments(parts);
    }
};

/// Inverted lists that are searched while they change: a SegmentedIndex whose segments are in the
/// order of the codes' nearest words.
///
/// Thread safety: safe to share; writers take turns, but find the words beside each other.
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
    [[nodiscard]] std::size_t memory_bytes() const override { return segments_.memory_bytes(); }
    [[nodiscard]] IndexShape shape() const override { return segments_.shape(); }

    /// Puts these in the place of all that is held, in one step; mapped segments stay where they
    /// are.
    void adopt(std::vector<LocalPart> parts) { segments_.adopt(std::move(parts)); }

    /// Puts a segment in the place of parts that lie beside each other and hold the same.
    /// @param made  null: nothing lives in them
    /// @return false: they are not there any more  @error kInternal
    [[nodiscard]] Result<bool> replace(std::span<const LocalPart> before,
                                       std::shared_ptr<const LocalSegment> made) {
        return segments_.replace(before, std::move(made));
    }

    /// What a reader would see now; never changes.
    [[nodiscard]] std::shared_ptr<const LocalState> state() const { return segments_.state(); }

  private:
    [[nodiscard]] Result<void> append(std::span<const PictureCodes> pictures);
    [[nodiscard]] LocalAnswer searched(std::span<const Hash256> queries,
                                       const LocalSearchOptions& options) const;
    [[nodiscard]] std::vector<std::shared_ptr<const LocalSegment>> built(
        std::span<const PictureCodes> pictures) const;

    SegmentedIndex<LocalKind> segments_;
};

/// Those of make_local_index.
[[nodiscard]] LocalIndexOptions local_options(int threads);

/// What both indexes refuse. @error kInvalidArgument
[[nodiscard]] Result<void> check_picture(PictureKey picture, std::size_t codes);
[[nodiscard]] Result<void> check_search(std::size_t queries, const LocalSearchOptions& options);

}  // namespace refrain::index
