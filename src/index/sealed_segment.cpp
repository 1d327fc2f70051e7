#include "index/sealed_segment.h"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "index/local_words.h"
#include "index/signature_kernels.h"

namespace refrain::index {

std::vector<std::span<const LocalPart>> sealed_groups(std::span<const LocalPart> parts,
                                                      std::size_t most_codes) {
    std::vector<std::span<const LocalPart>> groups;
    std::size_t begin = 0;
    std::size_t codes = 0;
    std::size_t keys = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        codes += parts[i].live_codes();
        keys += parts[i].live_keys();
        if (i > begin && (codes > most_codes || keys > LocalSegment::kMaxKeys)) {
            groups.push_back(parts.subspan(begin, i - begin));
            begin = i;
            codes = parts[i].live_codes();
            keys = parts[i].live_keys();
        }
    }
    if (begin < parts.size()) {
        groups.push_back(parts.subspan(begin));
    }
    return groups;
}

SealedSegment::SealedSegment(std::span<const LocalPart> parts, std::size_t cells_from)
    : parts_(parts), has_cells_(false), pictures_(parts) {
    has_cells_ = pictures_.code_count() >= cells_from;
}

void SealedSegment::collect(std::uint32_t word) {
    found_.clear();
    for (std::uint32_t p = 0; p < parts_.size(); ++p) {
        const LocalSegment& from = *parts_[p].segment;
        const LocalSegment::List* list = &from.lists()[next_[p]];
        if (list->word != word) {
            continue;
        }
        ++next_[p];
        const std::uint32_t begin = list[0].begin;
        const std::span<const std::uint64_t> signatures = from.signatures(begin, list[1].begin);
        for (std::uint32_t at = begin; at < list[1].begin; ++at) {
            const LocalSegment::Source source = from.source(at);
            const std::uint32_t number = pictures_.number_of(p, source.picture);
            if (number != MergedPictures::kGone) {
                found_.push_back({p, at, number, source.point, signatures[at - begin]});
            }
        }
    }
}

template <typename Take>
bool SealedSegment::each_list(const Take& take) {
    next_.assign(parts_.size(), 0);
    std::size_t codes = 0;
    std::vector<std::uint8_t> cell_of;
    for (std::uint32_t word = 0; word < kLocalWords; ++word) {
        collect(word);
        codes += found_.size();
        if (codes > pictures_.code_count()) {
            break;
        }
        const std::uint64_t bits = has_cells_ ? cell_bits(word) : 0;
        starts_.fill(0);
        cell_of.clear();
        for (const Place& place : found_) {
            const auto cell = static_cast<std::uint8_t>(
                signature_kernels().gather({{place.signature, 0, 0, 0}}, {{bits, 0, 0, 0}}));
            cell_of.push_back(cell);
            ++starts_[cell + std::size_t{1}];
        }
        std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
        std::array<std::uint32_t, kCells + 1> next = starts_;
        ordered_.resize(found_.size());
        for (std::size_t i = 0; i < found_.size(); ++i) {
            ordered_[next[cell_of[i]]++] = found_[i];
        }
        if (!ordered_.empty() && !take(word)) {
            return false;
        }
    }
    if (codes != pictures_.code_count()) {
        throw DamagedSnapshot("pictures of a snapshot have other numbers of codes");
    }
    return true;
}

bool SealedSegment::put_signatures(SnapshotWriter& out) {
    std::vector<std::uint64_t> signatures;
    std::uint32_t begin = 0;
    const bool is_put = each_list([&](std::uint32_t word) {
        lists_.push_back({begin, word});
        if (has_cells_) {
            std::transform(starts_.begin(), starts_.end() - 1, std::back_inserter(cells_),
                           [&](std::uint32_t start) { return begin + start; });
        }
        signatures.clear();
        std::transform(ordered_.begin(), ordered_.end(), std::back_inserter(signatures),
                       [](const Place& place) { return place.signature; });
        begin += static_cast<std::uint32_t>(ordered_.size());
        return out.put_some(std::span<const std::uint64_t>(signatures));
    });
    lists_.push_back({begin, kLocalWords});
    return is_put && out.end_array();
}

bool SealedSegment::put_sources(SnapshotWriter& out) {
    std::vector<std::uint32_t> sources;
    return each_list([&](std::uint32_t /*word*/) {
               sources.clear();
               std::transform(ordered_.begin(), ordered_.end(), std::back_inserter(sources),
                              [](const Place& place) {
                                  return LocalSegment::packed(place.number, place.point);
                              });
               return out.put_some(std::span<const std::uint32_t>(sources));
           }) &&
           out.end_array();
}

bool SealedSegment::put_blocks(SnapshotWriter& out) {
    LocalBlock block{};
    std::size_t count = 0;
    const auto put_block = [&] {
        const bool is_put = out.put_some(std::span<const LocalBlock>(&block, 1));
        block = {};
        return is_put;
    };
    const bool is_put = each_list([&](std::uint32_t /*word*/) {
        for (const Place& place : ordered_) {
            const LocalBlock* from =
                parts_[place.part].segment->blocks(place.position, place.position + 1);
            block.put(count % LocalBlock::kCodes, from[place.position / LocalBlock::kCodes].get(
                                                      place.position % LocalBlock::kCodes));
            if (++count % LocalBlock::kCodes == 0 && !put_block()) {
                return false;
            }
        }
        return true;
    });
    return is_put && (count % LocalBlock::kCodes == 0 || put_block()) && out.end_array();
}

bool SealedSegment::put(SnapshotWriter& out) {
    if (is_empty()) {
        return true;
    }
    if (!put_signatures(out) || !put_sources(out) ||
        !out.put(std::span<const LocalSegment::List>(lists_)) || !out.put(pictures_.keys()) ||
        !out.put(pictures_.codes_of()) || !out.put(std::span<const std::uint32_t>(cells_)) ||
        !out.begin_page() || !put_blocks(out)) {
        return false;
    }
    out.end_part(std::array<std::uint64_t, kCounts>{pictures_.code_count(), lists_.size(),
                                                    pictures_.keys().size(), cells_.size()});
    return true;
}

}  // namespace refrain::index
