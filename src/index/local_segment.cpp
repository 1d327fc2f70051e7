#include "index/local_segment.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "index/local_signatures.h"
#include "index/local_words.h"
#include "index/merged_pictures.h"
#include "index/signature_kernels.h"

namespace refrain::index {

namespace {

// Codes whose words are looked up together.
constexpr std::size_t kBatch = 4096;

void put(std::vector<LocalBlock>& blocks, std::size_t position, const Hash256& code) {
    blocks[position / LocalBlock::kCodes].put(position % LocalBlock::kCodes, code);
}

std::vector<std::uint16_t> words_of(std::span<const PictureCodes> pictures,
                                    const LocalKernels& kernels) {
    std::vector<std::uint16_t> words;
    std::vector<Hash256> batch;
    const auto flush = [&] {
        const std::vector<std::uint16_t> nearest = nearest_words(batch, 1, kernels);
        words.insert(words.end(), nearest.begin(), nearest.end());
        batch.clear();
    };
    for (const PictureCodes& picture : pictures) {
        batch.insert(batch.end(), picture.codes.begin(), picture.codes.end());
        if (batch.size() >= kBatch) {
            flush();
        }
    }
    flush();
    return words;
}

/// The lists of all codes, in order and none of them empty.
bool are_lists(std::span<const LocalSegment::List> lists, std::size_t codes) {
    const auto do_not_follow = [](const LocalSegment::List& one, const LocalSegment::List& next) {
        return one.begin >= next.begin || one.word >= next.word;
    };
    return lists.size() >= 2 && lists.front().begin == 0 && lists.back().begin == codes &&
           lists.back().word == kLocalWords &&
           std::adjacent_find(lists.begin(), lists.end(), do_not_follow) == lists.end();
}

/// Cells of each list one after the other, the first one at its beginning; or none.
bool are_cells(std::span<const std::uint32_t> cells, std::span<const LocalSegment::List> lists) {
    if (cells.empty()) {
        return true;
    }
    if (cells.size() != (lists.size() - 1) * kCells ||
        !std::is_sorted(cells.begin(), cells.end())) {
        return false;
    }
    for (std::size_t i = 0; i + 1 < lists.size(); ++i) {
        if (cells[i * kCells] != lists[i].begin ||
            cells[i * kCells + kCells - 1] > lists[i + 1].begin) {
            return false;
        }
    }
    return true;
}

}  // namespace

LocalSegment::LocalSegment(std::vector<PictureCodes> pictures, const LocalKernels& kernels) {
    REFRAIN_CHECK(pictures.size() <= kMaxKeys);
    std::stable_sort(
        pictures.begin(), pictures.end(),
        [](const PictureCodes& a, const PictureCodes& b) { return a.picture < b.picture; });
    const std::vector<std::uint16_t> words = words_of(pictures, kernels);
    REFRAIN_CHECK(words.size() <= kMaxCodes);
    std::vector<std::uint32_t> next(kLocalWords + 1);
    for (const std::uint16_t word : words) {
        ++next[word + std::size_t{1}];
    }
    const auto owned = std::make_shared<Owned>();
    for (std::uint32_t word = 0; word < kLocalWords; ++word) {
        if (next[word + 1] != 0) {
            owned->lists.push_back({next[word], word});
        }
        next[word + 1] += next[word];
    }
    owned->lists.push_back({static_cast<std::uint32_t>(words.size()), kLocalWords});
    owned->lists.shrink_to_fit();
    owned->blocks.resize(blocks_for(words.size()));
    owned->signatures.resize(words.size());
    owned->sources.resize(words.size());
    owned->keys.reserve(pictures.size());
    owned->codes_of.reserve(pictures.size());
    std::size_t at = 0;
    for (const PictureCodes& picture : pictures) {
        REFRAIN_CHECK(!picture.codes.empty() && picture.codes.size() <= kMaxLocalPoints);
        const auto ordinal = static_cast<std::uint32_t>(owned->keys.size());
        for (std::uint32_t point = 0; point < picture.codes.size(); ++point) {
            const std::uint16_t word = words[at++];
            const std::uint32_t position = next[word]++;
            put(owned->blocks, position, picture.codes[point]);
            owned->signatures[position] =
                signature_kernels().gather(picture.codes[point], signature_bits(word));
            owned->sources[position] = packed(ordinal, point);
        }
        owned->keys.push_back(picture.picture);
        owned->codes_of.push_back(static_cast<std::uint32_t>(picture.codes.size()));
    }
    arrays_ = owned->arrays();
    owner_ = owned;
}

std::shared_ptr<const LocalSegment> LocalSegment::adopt(const Arrays& arrays,
                                                        std::shared_ptr<const void> owner,
                                                        std::shared_ptr<const MappedPages> pages,
                                                        bool reads_codes) {
    const std::size_t codes = arrays.sources.size();
    const std::size_t pictures = arrays.keys.size();
    if (codes == 0 || codes > kMaxCodes || arrays.blocks.size() != blocks_for(codes) ||
        arrays.signatures.size() != codes || pictures == 0 || pictures > kMaxKeys ||
        arrays.codes_of.size() != pictures || !are_lists(arrays.lists, codes) ||
        !std::is_sorted(arrays.keys.begin(), arrays.keys.end()) || arrays.keys.front() < 0 ||
        !are_cells(arrays.cells, arrays.lists) ||
        *std::max_element(arrays.codes_of.begin(), arrays.codes_of.end()) > kMaxLocalPoints ||
        std::accumulate(arrays.codes_of.begin(), arrays.codes_of.end(), std::size_t{0}) != codes) {
        return nullptr;
    }
    // Not make_shared: the constructor is private.
    return std::shared_ptr<const LocalSegment>(
        new LocalSegment(arrays, std::move(owner), std::move(pages), reads_codes));
}

const LocalBlock& LocalSegment::block_of(std::size_t position, BlockRoom& room) const {
    const LocalBlock& block = arrays_.blocks[position / LocalBlock::kCodes];
    if (!reads_codes_) {
        need(std::span(&block, 1));
        return block;
    }
    return *reinterpret_cast<const LocalBlock*>(
        pages_->copied(std::as_bytes(std::span(&block, 1)), room.page).data());
}

void LocalSegment::ask_for_block_of(std::size_t position) const {
    const LocalBlock& block = arrays_.blocks[position / LocalBlock::kCodes];
    if (reads_codes_) {
        pages_->ask_for(std::as_bytes(std::span(&block, 1)).data());
        return;
    }
    for (const auto& words : block.words) {
        __builtin_prefetch(words);
    }
}

std::size_t LocalSegment::memory_bytes() const {
    return sizeof(*this) + arrays_.blocks.size_bytes() + arrays_.signatures.size_bytes() +
           arrays_.sources.size_bytes() + arrays_.lists.size_bytes() + arrays_.keys.size_bytes() +
           arrays_.codes_of.size_bytes() + arrays_.cells.size_bytes();
}

/// Copies what lives, list by list.
class LocalMerger {
  public:
    explicit LocalMerger(std::span<const LocalPart> parts) : parts_(parts), pictures_(parts) {}

    std::shared_ptr<const LocalSegment> merge() {
        const std::size_t codes = pictures_.code_count();
        if (codes == 0) {
            return nullptr;
        }
        const auto made = std::make_shared<LocalSegment::Owned>();
        made_ = made.get();
        made_->blocks.resize(LocalSegment::blocks_for(codes));
        made_->signatures.reserve(codes);
        made_->sources.reserve(codes);
        made_->keys.assign(pictures_.keys().begin(), pictures_.keys().end());
        made_->codes_of.assign(pictures_.codes_of().begin(), pictures_.codes_of().end());
        std::vector<std::size_t> next(parts_.size());
        for (std::uint32_t word = 0; word < kLocalWords; ++word) {
            const std::size_t begin = made_->sources.size();
            for (std::size_t p = 0; p < parts_.size(); ++p) {
                const std::span<const LocalSegment::List> lists = parts_[p].segment->lists();
                if (lists[next[p]].word == word) {
                    copy(p, lists[next[p]].begin, lists[next[p] + 1].begin);
                    ++next[p];
                }
            }
            if (made_->sources.size() > begin) {
                made_->lists.push_back({static_cast<std::uint32_t>(begin), word});
            }
        }
        made_->lists.push_back({static_cast<std::uint32_t>(codes), kLocalWords});
        made_->lists.shrink_to_fit();
        if (made_->sources.size() != codes) {
            throw DamagedSnapshot("pictures of a snapshot have other numbers of codes");
        }
        // Not make_shared: the constructor is private.
        return std::shared_ptr<const LocalSegment>(
            new LocalSegment(made_->arrays(), made, nullptr, false));
    }

  private:
    void copy(std::size_t part, std::uint32_t begin, std::uint32_t end) {
        const LocalSegment& from = *parts_[part].segment;
        const LocalBlock* blocks = from.blocks(begin, end);
        const std::span<const std::uint64_t> signatures = from.signatures(begin, end);
        for (std::uint32_t at = begin; at < end; ++at) {
            const LocalSegment::Source source = from.source(at);
            const std::uint32_t number = pictures_.number_of(part, source.picture);
            if (number == MergedPictures::kGone) {
                continue;
            }
            const std::size_t to = made_->sources.size();
            if (to == made_->sources.capacity()) {
                throw DamagedSnapshot("pictures of a snapshot have other numbers of codes");
            }
            put(made_->blocks, to, blocks[at / LocalBlock::kCodes].get(at % LocalBlock::kCodes));
            made_->signatures.push_back(signatures[at - begin]);
            made_->sources.push_back(LocalSegment::packed(number, source.point));
        }
    }

    std::span<const LocalPart> parts_;
    LocalSegment::Owned* made_ = nullptr;
    MergedPictures pictures_;
};

std::shared_ptr<const LocalSegment> merged_segments(std::span<const LocalPart> parts) {
    return LocalMerger(parts).merge();
}

}  // namespace refrain::index
