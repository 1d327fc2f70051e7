#include "index/local_words.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"
#include "index/best_hits.h"

namespace refrain::index {

namespace {

constexpr std::uint64_t kWordParts[] = {
#include "index/local_words.inc"
};
static_assert(std::size(kWordParts) == kLocalWords * 4);

// Codes that are compared with the words together, and words that stay near meanwhile.
constexpr std::size_t kBatch = 64;
constexpr std::uint32_t kWordsAtOnce = 512;
// Few codes have fewer words within it than are asked for; where one has, all are compared anew.
constexpr std::uint64_t kFirstLimit = 96;

std::vector<CodeBlock> blocks_of_words() {
    std::vector<CodeBlock> blocks(kLocalWords / CodeBlock::kCodes);
    for (std::size_t i = 0; i < kLocalWords; ++i) {
        blocks[i / CodeBlock::kCodes].put(i % CodeBlock::kCodes, local_word(i));
    }
    return blocks;
}

/// Looks for the words of some codes.
class WordSearch {
  public:
    WordSearch(std::size_t count, const LocalKernels& kernels) : count_(count), kernels_(kernels) {}

    void append(std::span<const Hash256> codes, std::vector<std::uint16_t>& out) {
        wanted_.assign(codes.size(), {});
        best_.assign(codes.size(), BestHits(count_));
        std::vector<std::uint32_t> asked(codes.size());
        std::iota(asked.begin(), asked.end(), 0U);
        for (std::size_t i = 0; i < codes.size(); ++i) {
            wanted_[i] = {codes[i], kFirstLimit, 0};
        }
        look(asked, kFirstLimit);
        std::erase_if(asked, [&](std::uint32_t i) { return wanted_[i].found >= count_; });
        for (const std::uint32_t i : asked) {
            wanted_[i].limit = Hash256::kBits;
            best_[i] = BestHits(count_);
        }
        look(asked, Hash256::kBits);
        for (BestHits& best : best_) {
            for (const Kept& word : best.take()) {
                out.push_back(static_cast<std::uint16_t>(word.picture));
            }
        }
    }

  private:
    void look(std::span<const std::uint32_t> asked, std::uint64_t radius) {
        static const std::vector<CodeBlock> words = blocks_of_words();
        if (asked.empty()) {
            return;
        }
        for (std::uint32_t at = 0; at < kLocalWords; at += kWordsAtOnce) {
            candidates_.clear();
            kernels_.near({words.data(), at, at + kWordsAtOnce, radius}, wanted_.data(), asked,
                          candidates_);
            for (const Candidate& candidate : candidates_) {
                best_[candidate.query].offer({candidate.position, candidate.distance, 0});
            }
            for (const std::uint32_t i : asked) {
                wanted_[i].limit = std::min<std::uint64_t>(wanted_[i].limit, best_[i].limit());
            }
        }
    }

    std::size_t count_;
    const LocalKernels& kernels_;
    std::vector<Wanted> wanted_;
    std::vector<BestHits> best_;
    std::vector<Candidate> candidates_;
};

}  // namespace

Hash256 local_word(std::size_t number) {
    Hash256 word;
    std::copy_n(kWordParts + number * 4, 4, word.words.begin());
    return word;
}

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
