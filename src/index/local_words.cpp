#include "index/local_words.h"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <numeric>

#include "base/check.h"
#include "index/best_hits.h"
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
constexpr std::size_t kBatch = 1024;  // codes whose words are looked for together

/// A distance within which most codes of pictures have `count` words, and few many more; where one
/// has fewer, it is compared anew with all.
std::uint64_t first_limit(std::size_t count) {
    return 74 + 3 * static_cast<std::uint64_t>(std::bit_width(count) - 1);
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

/// The words in groups of similar ones.
struct WordTable {
    std::array<Hash256, kGroups> centres;
    std::vector<LocalBlock> centre_blocks{kGroups / LocalBlock::kCodes};
    std::vector<LocalBlock> blocks{kLocalWords / LocalBlock::kCodes};
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
            for (const std::uint16_t number : member_numbers[group]) {
                const std::size_t at = numbers.size();
                blocks[at / LocalBlock::kCodes].put(at % LocalBlock::kCodes, local_word(number));
                numbers.push_back(number);
            }
            starts[group + 1] = static_cast<std::uint32_t>(numbers.size());
        }
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

/// Looks for the words of some codes at a time.
class WordSearch {
  public:
    WordSearch(std::size_t count, const LocalKernels& kernels)
        : count_(count), kernels_(kernels), best_(kBatch, BestHits(count)) {}

    void append(std::span<const Hash256> codes, std::vector<std::uint16_t>& out) {
        begin(codes);
        if (count_ <= kMostInNearGroups) {
            choose_groups();
            for (std::size_t group = 0; group < kGroups; ++group) {
                look(table_.starts[group], table_.starts[group + 1], members_[group],
                     first_limit(count_));
            }
            std::erase_if(asked_, [&](std::uint32_t i) { return wanted_[i].found >= count_; });
        }
        look_through_all();
        for (std::size_t i = 0; i < codes.size(); ++i) {
            sorted_.clear();
            best_[i].copy_sorted(sorted_);
            for (const Kept& word : sorted_) {
                out.push_back(static_cast<std::uint16_t>(word.picture()));
            }
        }
    }

  private:
    void begin(std::span<const Hash256> codes) {
        wanted_.assign(codes.size(), {});
        asked_.resize(codes.size());
        std::iota(asked_.begin(), asked_.end(), 0U);
        for (std::size_t i = 0; i < codes.size(); ++i) {
            wanted_[i] = {codes[i], first_limit(count_), 0};
            best_[i].clear();
        }
    }

    void choose_groups() {
        candidates_.clear();
        kernels_.all({table_.centre_blocks.data(), 0, kGroups, Hash256::kBits}, wanted_.data(),
                     asked_, candidates_);
        distances_.resize(wanted_.size() * kGroups);
        for (const Candidate& candidate : candidates_) {
            distances_[candidate.query * kGroups + candidate.position] = candidate.distance;
        }
        for (std::vector<std::uint32_t>& members : members_) {
            members.clear();
        }
        const int margin = group_margin(count_);
        for (std::uint32_t i = 0; i < wanted_.size(); ++i) {
            const std::uint16_t* distances = distances_.data() + i * kGroups;
            const int limit = *std::min_element(distances, distances + kGroups) + margin;
            for (std::size_t group = 0; group < kGroups; ++group) {
                if (distances[group] <= limit) {
                    members_[group].push_back(i);
                }
            }
        }
    }

    void look_through_all() {
        for (const std::uint32_t i : asked_) {
            wanted_[i].limit = Hash256::kBits;
            best_[i].clear();
        }
        for (std::size_t group = 0; group < kGroups; ++group) {
            look(table_.starts[group], table_.starts[group + 1], asked_, Hash256::kBits);
        }
    }

    void look(std::uint32_t begin,
              std::uint32_t end,
              std::span<const std::uint32_t> asked,
              std::uint64_t radius) {
        candidates_.clear();
        kernels_.near({table_.blocks.data(), begin, end, radius}, wanted_.data(), asked,
                      candidates_);
        for (const Candidate& candidate : candidates_) {
            BestHits& best = best_[candidate.query];
            best.offer({table_.numbers[candidate.position], candidate.distance, 0});
            std::uint64_t& limit = wanted_[candidate.query].limit;
            limit = std::min<std::uint64_t>(limit, best.limit());
        }
    }

    const WordTable& table_ = word_table();
    std::size_t count_;
    const LocalKernels& kernels_;
    std::vector<Wanted> wanted_;
    std::vector<BestHits> best_;
    std::vector<std::uint32_t> asked_;
    std::array<std::vector<std::uint32_t>, kGroups> members_;  ///< codes to look for in each group
    std::vector<std::uint16_t> distances_;                     ///< from each code to each group
    std::vector<Candidate> candidates_;
    std::vector<Kept> sorted_;
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
    for (std::size_t at = 0; at < codes.size(); at += kBatch) {
        search.append(codes.subspan(at, std::min(kBatch, codes.size() - at)), words);
    }
    return words;
}

}  // namespace refrain::index
