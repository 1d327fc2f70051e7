#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "refrain/hash256.h"

#include "index/local_index.h"
#include "index/local_kernels.h"
#include "index/position_set.h"

namespace refrain::index {

/// The codes of a picture, not owned.
struct PictureCodes {
    PictureKey picture = 0;
    std::span<const Hash256> codes;  ///< 1..kMaxLocalPoints
};

/// Local codes that no longer change, in the order of their nearest word.
///
/// Bytes per code: 32 code, 4 picture and point; 12 a picture, 8 a word that occurs.
/// Thread safety: immutable.
class LocalSegment {
  public:
    static constexpr std::size_t kMaxPictures = std::size_t{1} << 20;
    static constexpr std::size_t kMaxCodes = std::size_t{1} << 26;

    /// The codes of one word: from `begin` to the beginning of the next list.
    struct List {
        std::uint32_t begin = 0;
        std::uint16_t word = 0;
    };
    /// Where a code comes from.
    struct Source {
        std::uint32_t picture = 0;  ///< index into `keys()`
        std::uint16_t point = 0;
    };

    /// @param pictures  in any order
    LocalSegment(std::vector<PictureCodes> pictures, const LocalKernels& kernels);

    [[nodiscard]] std::size_t codes() const { return sources_.size(); }
    [[nodiscard]] std::span<const CodeBlock> blocks() const { return blocks_; }
    /// Ascending by word, with one more that marks the end.
    [[nodiscard]] std::span<const List> lists() const { return lists_; }
    [[nodiscard]] Source source(std::size_t position) const {
        return {sources_[position] >> kPointBits,
                static_cast<std::uint16_t>(sources_[position] & (kMaxLocalPoints - 1))};
    }
    /// Never descending.
    [[nodiscard]] std::span<const PictureKey> keys() const { return keys_; }
    [[nodiscard]] std::size_t codes_of(std::size_t picture) const { return codes_of_[picture]; }
    [[nodiscard]] std::size_t memory_bytes() const;

  private:
    friend class LocalMerger;
    static constexpr unsigned kPointBits = 12;
    LocalSegment() = default;

    std::vector<CodeBlock> blocks_;
    std::vector<std::uint32_t> sources_;  ///< picture and point of each code
    std::vector<List> lists_;
    std::vector<PictureKey> keys_;
    std::vector<std::uint32_t> codes_of_;
};

/// A segment and which of its pictures are gone.
struct LocalPart {
    std::shared_ptr<const LocalSegment> segment;
    std::shared_ptr<const PositionSet> dead;  ///< pictures; null: none
    std::size_t dead_codes = 0;

    [[nodiscard]] std::size_t live_codes() const { return segment->codes() - dead_codes; }
    [[nodiscard]] std::size_t live_pictures() const {
        return segment->keys().size() - (dead == nullptr ? 0 : dead->size());
    }
};

/// One segment with all that lives in these; null where nothing does. Together they may have
/// LocalSegment::kMaxPictures pictures and kMaxCodes codes.
///
/// Cost: one copy of every code.
[[nodiscard]] std::shared_ptr<const LocalSegment> merged_segments(std::span<const LocalPart> parts);

}  // namespace refrain::index
