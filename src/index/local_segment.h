#pragma once

#include <array>
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
#include "index/local_signatures.h"
#include "index/mapped_pages.h"

namespace refrain::index {

/// The codes of a picture, not owned.
struct PictureCodes {
    PictureKey picture = 0;
    std::span<const Hash256> codes;  ///< 1..kMaxLocalPoints
};

/// Takes a block that is read from a file.
struct BlockRoom {
    alignas(64) std::array<std::byte, MappedPages::kPageBytes> page;
};

/// Local codes that no longer change, in the order of their nearest word.
///
/// Bytes per code: 32 code, 8 signature, 4 picture and point; 12 a picture, 8 a word that occurs,
/// and 1,024 where its list is in the order of cells.
///
/// Of a mapped segment each page is verified when it is needed for the first time: then functions
/// that read signatures, sources or codes throw DamagedSnapshot where a page is damaged or names a
/// picture that is not there. Thread safety: immutable.
class LocalSegment {
  public:
    static constexpr std::size_t kMaxKeys = std::size_t{1} << 20;
    static constexpr std::size_t kMaxCodes = std::size_t{1} << 29;

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
        /// Where each of the kCells cells of each list begins; empty: lists are in any order.
        std::span<const std::uint32_t> cells;
    };

    /// @param pictures  in any order
    LocalSegment(std::vector<PictureCodes> pictures, const LocalKernels& kernels);

    /// Takes arrays as they are, e.g. from a mapped file, if they fit each other: whatever they
    /// hold, no search or merge then looks beside them. @return null: they do not fit
    ///
    /// @param pages  verifies what is read; null: nothing has to be verified
    /// @param reads_codes  as of `block_of`; of no effect without pages
    /// Cost: reads all but the codes, signatures and sources, which are looked at when they are
    /// needed.
    [[nodiscard]] static std::shared_ptr<const LocalSegment> adopt(
        const Arrays& arrays,
        std::shared_ptr<const void> owner,
        std::shared_ptr<const MappedPages> pages = nullptr,
        bool reads_codes = true);

    [[nodiscard]] static std::size_t blocks_for(std::size_t codes) {
        return (codes + LocalBlock::kCodes - 1) / LocalBlock::kCodes;
    }

    [[nodiscard]] const Arrays& arrays() const { return arrays_; }
    [[nodiscard]] std::size_t code_count() const { return arrays_.sources.size(); }
    /// The blocks of the codes from `begin` to `end`, and those before.
    [[nodiscard]] const LocalBlock* blocks(std::size_t begin, std::size_t end) const {
        const std::size_t first = begin / LocalBlock::kCodes;
        need(arrays_.blocks.subspan(first, blocks_for(end) - first));
        return arrays_.blocks.data();
    }
    /// The block of one code; where the segment reads codes, without a mapped page that would count
    /// as memory from then on.
    /// @param room  may take it
    [[nodiscard]] const LocalBlock& block_of(std::size_t position, BlockRoom& room) const;
    /// Asks the system to read that block, without waiting for it.
    void ask_for_block_of(std::size_t position) const;
    [[nodiscard]] std::span<const std::uint64_t> signatures(std::size_t begin,
                                                            std::size_t end) const {
        const auto some = arrays_.signatures.subspan(begin, end - begin);
        need(some);
        return some;
    }
    /// Not verified, for asking the memory ahead.
    [[nodiscard]] const std::uint64_t* unread_signatures() const {
        return arrays_.signatures.data();
    }
    [[nodiscard]] const std::uint32_t* unread_sources() const { return arrays_.sources.data(); }
    /// Ascending by word, with one more that marks the end.
    [[nodiscard]] std::span<const List> lists() const { return arrays_.lists; }
    /// Where each of the kCells cells of a list begins, the first one with the list; empty: there
    /// are no cells. @param list  of `lists()`
    [[nodiscard]] std::span<const std::uint32_t> cells(std::size_t list) const {
        return arrays_.cells.empty() ? arrays_.cells : arrays_.cells.subspan(list * kCells, kCells);
    }
    [[nodiscard]] Source source(std::size_t position) const {
        const std::span<const std::uint32_t> own = arrays_.sources.subspan(position, 1);
        need(own);
        const std::uint32_t packed = own[0];
        if (packed >> kPointBits >= arrays_.keys.size()) {
            throw DamagedSnapshot("a code of a snapshot is of no picture");
        }
        return {packed >> kPointBits, static_cast<std::uint16_t>(packed & (kMaxLocalPoints - 1))};
    }
    /// Never descending.
    [[nodiscard]] std::span<const PictureKey> keys() const { return arrays_.keys; }
    [[nodiscard]] std::size_t codes_of(std::size_t picture) const {
        return arrays_.codes_of[picture];
    }
    [[nodiscard]] std::size_t memory_bytes() const;  ///< mapped ones included

    /// As it lies in `Arrays::sources`.
    [[nodiscard]] static std::uint32_t packed(std::uint32_t picture, std::uint32_t point) {
        return picture << kPointBits | point;
    }

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
            return {blocks, signatures, sources, lists, keys, codes_of, {}};
        }
    };

    LocalSegment(const Arrays& arrays,
                 std::shared_ptr<const void> owner,
                 std::shared_ptr<const MappedPages> pages,
                 bool reads_codes)
        : arrays_(arrays),
          owner_(std::move(owner)),
          pages_(std::move(pages)),
          reads_codes_(reads_codes && pages_ != nullptr) {}

    template <typename T>
    void need(std::span<const T> some) const {
        if (pages_ != nullptr) {
            pages_->need(std::as_bytes(some));
        }
    }

    Arrays arrays_;
    std::shared_ptr<const void> owner_;
    std::shared_ptr<const MappedPages> pages_;  ///< null: nothing has to be verified
    bool reads_codes_ = false;
};

/// Its keys are those of the pictures.
using LocalPart = Part<LocalSegment>;

/// One segment with all that lives in these; null where nothing does. Together they may have
/// LocalSegment::kMaxKeys pictures and kMaxCodes codes.
///
/// Cost: one copy of every code.
[[nodiscard]] std::shared_ptr<const LocalSegment> merged_segments(std::span<const LocalPart> parts);

}  // namespace refrain::index
