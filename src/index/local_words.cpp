#include "index/local_words.h"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <limits>

#include "base/check.h"
#include "index/snapshot.h"

namespace refrain::index {

namespace {

constexpr std::uint64_t kWordParts[] = {
#include "index/local_words.inc"
};
static_assert(std::size(kWordParts) == kLocalWords * 4);

constexpr std::size_t kGroups = 64;
constexpr int kGroupingSteps = 3;
// With more words asked for, all groups are looked through.
constexpr std::size_t kMostInNearGroups = 64;
/// In place of a word's number, where the last block of a group is not full.
constexpr std::uint16_t kNoWord = 0xffff;
/// And in place of its distance.
constexpr std::uint16_t kNowhere = std::numeric_limits<std::int16_t>::max();
/// Distances of which the least is looked at first.
constexpr std::size_t kStretch = 32;

/// A distance within which most codes of pictures have `count` words, and few many more; where one
/// has fewer, it is compared anew with all.
std::uint16_t first_limit(std::size_t count) {
    return static_cast<std::uint16_t>(74 + 3 * (std::bit_width(count) - 1));
}

/// Words are looked for in the groups that are at most so much farther away than the nearest one.
int group_margin(std::size_t count) { return 18 + 3 * static_cast<int>(std::bit_width(count) - 1); }

/// The majority of each bit.
Hash256 majority(std::span<const Hash256> codes) {
    Hash256 result;
    for (int bit = 0; bit < Hash256::kBits; ++bit) {
        const auto ones = std::count_if(codes.begin(), codes.end(),
                                        [bit](const Hash256& code) { return code.bit(bit); });
        if (2 * static_cast<std::size_t>(ones) > codes.size()) {
            result.set_bit(bit);
        }
    }
    return result;
}

/// The words in groups of similar ones, each from a block of its own on.
struct WordTable {
    std::array<Hash256, kGroups> centres;
    std::vector<LocalBlock> centre_blocks{kGroups / LocalBlock::kCodes};
    std::vector<LocalBlock> blocks;
    std::vector<std::uint16_t> numbers;               ///< of the words in `blocks`
    std::array<std::uint32_t, kGroups + 1> starts{};  ///< of the groups in `blocks`

    WordTable() {
        // The training left similar words beside each other.
        std::array<std::vector<Hash256>, kGroups> members;
        std::array<std::vector<std::uint16_t>, kGroups> member_numbers;
        for (std::size_t i = 0; i < kLocalWords; ++i) {
            members[i * kGroups / kLocalWords].push_back(local_word(i));
        }
        for (int step = 0; step < kGroupingSteps; ++step) {
            for (std::size_t group = 0; group < kGroups; ++group) {
                centres[group] = majority(members[group]);
                members[group].clear();
                member_numbers[group].clear();
            }
            for (std::size_t i = 0; i < kLocalWords; ++i) {
                const std::size_t group = nearest_centre(local_word(i));
                members[group].push_back(local_word(i));
                member_numbers[group].push_back(static_cast<std::uint16_t>(i));
            }
        }
        for (std::size_t group = 0; group < kGroups; ++group) {
            centre_blocks[group / LocalBlock::kCodes].put(group % LocalBlock::kCodes,
                                                          centres[group]);
            append(member_numbers[group]);
            starts[group + 1] = static_cast<std::uint32_t>(blocks.size());
        }
    }

    void append(std::span<const std::uint16_t> group) {
        for (std::size_t i = 0; i < group.size(); ++i) {
            if (i % LocalBlock::kCodes == 0) {
                blocks.emplace_back();
            }
            blocks.back().put(i % LocalBlock::kCodes, local_word(group[i]));
            numbers.push_back(group[i]);
        }
        numbers.resize(blocks.size() * LocalBlock::kCodes, kNoWord);
    }

    [[nodiscard]] std::size_t nearest_centre(const Hash256& code) const {
        const auto nearest =
            std::min_element(centres.begin(), centres.end(), [&](const auto& a, const auto& b) {
                return hamming_distance(a, code) < hamming_distance(b, code);
            });
        return static_cast<std::size_t>(nearest - centres.begin());
    }
};

const WordTable& word_table() {
    static const WordTable table;
    return table;
}

/// Signed, and not by min_element, so that compilers turn it into vectors.
std::uint16_t least_of(std::span<const std::uint16_t, kStretch> distances) {
    std::int16_t least = std::numeric_limits<std::int16_t>::max();
    for (const std::uint16_t distance : distances) {
        least = std::min(least, static_cast<std::int16_t>(distance));
    }
    return static_cast<std::uint16_t>(least);
}

/// Looks for the words of one code after the other.
class WordSearch {
  public:
    WordSearch(std::size_t count, const LocalKernels& kernels) : count_(count), kernels_(kernels) {
        blocks_.reserve(table_.blocks.size());
        distances_.resize(table_.numbers.size() + kStretch);
    }

    void append(const Hash256& code, std::vector<std::uint16_t>& out) {
        const bool is_enough = count_ <= kMostInNearGroups && look_in_near_groups(code);
        if (!is_enough) {
            clear();
            for (std::size_t group = 0; group < kGroups; ++group) {
                look(code, group);
            }
            choose(Hash256::kBits);
        }
        for (std::size_t i = 0; i < count_; ++i) {
            out.push_back(static_cast<std::uint16_t>(near_[i]));
        }
    }

  private:
    /// @return whether enough words were found within the first limit
    bool look_in_near_groups(const Hash256& code) {
        clear();
        std::array<std::uint16_t, kGroups> far{};
        kernels_.distances(table_.centre_blocks.data(), table_.centre_blocks.size(), code,
                           far.data());
        const int limit = *std::min_element(far.begin(), far.end()) + group_margin(count_);
        for (std::size_t group = 0; group < kGroups; ++group) {
            if (far[group] <= limit) {
                look(code, group);
            }
        }
        return choose(first_limit(count_));
    }

    void clear() {
        blocks_.clear();
        looked_at_ = 0;
    }

    void look(const Hash256& code, std::size_t group) {
        const std::size_t begin = table_.starts[group];
        const std::size_t end = table_.starts[group + 1];
        kernels_.distances(table_.blocks.data() + begin, end - begin, code,
                           distances_.data() + looked_at_);
        for (std::size_t block = begin; block < end; ++block) {
            blocks_.push_back(static_cast<std::uint16_t>(block));
        }
        looked_at_ += (end - begin) * LocalBlock::kCodes;
        std::size_t last = end * LocalBlock::kCodes;
        for (std::size_t i = looked_at_; last > begin * LocalBlock::kCodes; --i) {
            if (table_.numbers[--last] != kNoWord) {
                break;
            }
            distances_[i - 1] = kNowhere;
        }
    }

    /// Puts the nearest words in order. @return whether there are enough within the limit
    bool choose(std::uint16_t limit) {
        const std::size_t size = (looked_at_ + kStretch - 1) / kStretch * kStretch;
        std::fill(distances_.begin() + static_cast<std::ptrdiff_t>(looked_at_),
                  distances_.begin() + static_cast<std::ptrdiff_t>(size), kNowhere);
        looked_at_ = size;
        blocks_.resize(size / LocalBlock::kCodes);
        limit = std::min(limit, limit_by_stretches());
        near_.clear();
        for (std::size_t stretch = 0; stretch < least_.size(); ++stretch) {
            if (least_[stretch] <= limit) {
                take(stretch * kStretch, limit);
            }
        }
        if (near_.size() < count_) {
            return false;
        }
        for (std::uint32_t& near : near_) {
            near = with_number(near);
        }
        std::partial_sort(near_.begin(), near_.begin() + static_cast<std::ptrdiff_t>(count_),
                          near_.end());
        return true;
    }

    /// Without a branch for each: which of them are near, nobody can foretell.
    void take(std::size_t begin, std::uint16_t limit) {
        std::size_t taken = near_.size();
        near_.resize(taken + kStretch);
        for (std::size_t i = begin; i < begin + kStretch; ++i) {
            near_[taken] = std::uint32_t{distances_[i]} << 16U | static_cast<std::uint32_t>(i);
            taken += distances_[i] <= limit ? 1U : 0U;
        }
        near_.resize(taken);
    }

    /// From a distance and the place of a word among those looked at to the distance and its
    /// number.
    [[nodiscard]] std::uint32_t with_number(std::uint32_t near) const {
        constexpr std::size_t kCodes = LocalBlock::kCodes;
        const std::size_t place = near & 0xffffU;
        return (near & ~0xffffU) |
               table_.numbers[blocks_[place / kCodes] * kCodes + place % kCodes];
    }

    /// A distance within which there are enough words, if there are as many stretches.
    std::uint16_t limit_by_stretches() {
        least_.clear();
        for (std::size_t at = 0; at < looked_at_; at += kStretch) {
            least_.push_back(
                least_of(std::span<const std::uint16_t, kStretch>(&distances_[at], kStretch)));
        }
        if (least_.size() < count_) {
            return Hash256::kBits;
        }
        sorted_ = least_;
        const auto last = sorted_.begin() + static_cast<std::ptrdiff_t>(count_ - 1);
        std::nth_element(sorted_.begin(), last, sorted_.end());
        return *last;
    }

    const WordTable& table_ = word_table();
    std::size_t count_;
    const LocalKernels& kernels_;
    std::vector<std::uint16_t> blocks_;     ///< those looked at, as places in the table
    std::vector<std::uint16_t> distances_;  ///< of the words in them, and room for all others
    std::size_t looked_at_ = 0;             ///< distances that hold
    std::vector<std::uint16_t> least_;      ///< of each stretch of distances
    std::vector<std::uint16_t> sorted_;
    std::vector<std::uint32_t> near_;  ///< distances and places, then distances and numbers
};

}  // namespace

Hash256 local_word(std::size_t number) {
    Hash256 word;
    std::copy_n(kWordParts + number * 4, 4, word.words.begin());
    return word;
}

std::uint64_t local_words_mark() { return checksum(std::as_bytes(std::span(kWordParts))); }

std::vector<std::uint16_t> nearest_words(std::span<const Hash256> codes,
                                         std::size_t count,
                                         const LocalKernels& kernels) {
    REFRAIN_CHECK(count >= 1 && count <= kLocalWords);
    std::vector<std::uint16_t> words;
    words.reserve(codes.size() * count);
    WordSearch search(count, kernels);
    for (const Hash256& code : codes) {
        search.append(code, words);
    }
    return words;
}

}  // namespace refrain::index
