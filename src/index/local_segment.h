#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "refrain/hash256.h"

#include "index/index_state.h"
#include "index/local_index.h"
#include "index/local_kernels.h"

namespace refrain::index {

/// The codes of a picture, not owned.
struct PictureCodes {
    PictureKey picture = 0;
    std::span<const Hash256> codes;  ///< 1..kMaxLocalPoints
};

/// Local codes that no longer change, in the order of their nearest word.
///
/// Bytes per code: 32 code, 8 signature, 4 picture and point; 12 a picture, 8 a word that occurs. A
/// search by signatures touches no codes.
/// Thread safety: immutable.
class LocalSegment {
  public:
    static constexpr std::size_t kMaxKeys = std::size_t{1} << 20;
    static constexpr std::size_t kMaxCodes = std::size_t{1} << 26;

    /// The codes of one word: from `begin` to the beginning of the next list.
    struct List {
        std::uint32_t begin = 0;
        std::uint32_t word = 0;
    };
    /// Where a code comes from.
    struct Source {
        std::uint32_t picture = 0;  ///< index into `keys()`
        std::uint16_t point = 0;
    };

    /// The arrays of a segment, wherever they lie.
    struct Arrays {
        std::span<const LocalBlock> blocks;         ///< `blocks_for` the codes
        std::span<const std::uint64_t> signatures;  ///< of each code, by the word of its list
        std::span<const std::uint32_t> sources;     ///< of each code: picture << kPointBits | point
        std::span<const List> lists;                ///< ascending; one more marks the end
        std::span<const PictureKey> keys;           ///< never descending
        std::span<const std::uint32_t> codes_of;    ///< codes of each picture
    };

    /// @param pictures  in any order
    LocalSegment(std::vector<PictureCodes> pictures, const LocalKernels& kernels);

    /// Takes arrays as they are, e.g. from a mapped file, if they fit each other: whatever they
    /// hold, no search or merge then looks beside them. @return null: they do not fit
    ///
    /// Cost: reads all but the codes.
    [[nodiscard]] static std::shared_ptr<const LocalSegment> adopt(
        const Arrays& arrays,
        std::shared_ptr<const void> owner);

    [[nodiscard]] static std::size_t blocks_for(std::size_t codes) {
        return (codes + LocalBlock::kCodes - 1) / LocalBlock::kCodes;
    }

    [[nodiscard]] const Arrays& arrays() const { return arrays_; }
    [[nodiscard]] std::size_t code_count() const { return arrays_.sources.size(); }
    [[nodiscard]] std::span<const LocalBlock> blocks() const { return arrays_.blocks; }
    [[nodiscard]] std::span<const std::uint64_t> signatures() const { return arrays_.signatures; }
    /// Ascending by word, with one more that marks the end.
    [[nodiscard]] std::span<const List> lists() const { return arrays_.lists; }
    [[nodiscard]] Source source(std::size_t position) const {
        const std::uint32_t packed = arrays_.sources[position];
        return {packed >> kPointBits, static_cast<std::uint16_t>(packed & (kMaxLocalPoints - 1))};
    }
    /// Never descending.
    [[nodiscard]] std::span<const PictureKey> keys() const { return arrays_.keys; }
    [[nodiscard]] std::size_t codes_of(std::size_t picture) const {
        return arrays_.codes_of[picture];
    }
    [[nodiscard]] std::size_t memory_bytes() const;  ///< mapped ones included

  private:
    friend class LocalMerger;
    static constexpr unsigned kPointBits = 12;
    struct Owned {
        std::vector<LocalBlock> blocks;
        std::vector<std::uint64_t> signatures;
        std::vector<std::uint32_t> sources;
        std::vector<List> lists;
        std::vector<PictureKey> keys;
        std::vector<std::uint32_t> codes_of;

        [[nodiscard]] Arrays arrays() const {
            return {blocks, signatures, sources, lists, keys, codes_of};
        }
    };

    LocalSegment(const Arrays& arrays, std::shared_ptr<const void> owner)
        : arrays_(arrays), owner_(std::move(owner)) {}

    Arrays arrays_;
    std::shared_ptr<const void> owner_;
};

/// Its keys are those of the pictures.
using LocalPart = Part<LocalSegment>;

/// One segment with all that lives in these; null where nothing does. Together they may have
/// LocalSegment::kMaxKeys pictures and kMaxCodes codes.
///
/// Cost: one copy of every code.
[[nodiscard]] std::shared_ptr<const LocalSegment> merged_segments(std::span<const LocalPart> parts);

}  // namespace refrain::index
