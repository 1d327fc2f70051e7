#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "refrain/corpus.h"
#include "refrain/hash256.h"

#include "index/local_kernels.h"
#include "index/local_words.h"

// Fingerprints of pictures that nobody ever took, whose codes lie as those of real ones do.

namespace refrain::bench {

/// How a made picture takes its codes from real ones. Chosen by `made_pictures compare`.
struct MakingRules {
    /// Bits that go together, so that those that depend on each other come from one code.
    std::size_t bits_of_group = 16;
    /// Share of the groups of bits that come from the second of two real codes.
    double from_second = 0.1;
};

inline Hash256 exclusive_or(const Hash256& a, const Hash256& b) {
    Hash256 result;
    for (std::size_t i = 0; i < result.words.size(); ++i) {
        result.words[i] = a.words[i] ^ b.words[i];
    }
    return result;
}

/// The bits of `mask` from the second code, all others from the first.
inline Hash256 mixed(const Hash256& first, const Hash256& second, const Hash256& mask) {
    Hash256 result;
    for (std::size_t i = 0; i < result.words.size(); ++i) {
        result.words[i] = first.words[i] ^ ((first.words[i] ^ second.words[i]) & mask.words[i]);
    }
    return result;
}

/// Means of bits and of products of two of them, from codes of -1 and 1.
class BitMoments {
  public:
    static constexpr std::size_t kBits = 256;

    void add(const Hash256& code) {
        std::array<float, kBits> values{};
        for (std::size_t i = 0; i < kBits; ++i) {
            values[i] = code.bit(static_cast<int>(i)) ? 1.0F : -1.0F;
            means_[i] += values[i];
        }
        for (std::size_t i = 0; i < kBits; ++i) {
            for (std::size_t j = 0; j < kBits; ++j) {
                products_[i * kBits + j] += values[i] * values[j];
            }
        }
        ++count_;
    }

    [[nodiscard]] double mean(std::size_t bit) const { return means_[bit] / count_; }

    /// Of two bits, -1..1; 0 where one of them never changes.
    [[nodiscard]] double correlation(std::size_t i, std::size_t j) const {
        const double spread = (1 - mean(i) * mean(i)) * (1 - mean(j) * mean(j));
        const double both = products_[i * kBits + j] / count_ - mean(i) * mean(j);
        return spread > 0 ? both / std::sqrt(spread) : 0;
    }

  private:
    std::array<double, kBits> means_{};
    std::vector<float> products_ = std::vector<float>(kBits * kBits);
    double count_ = 0;
};

/// Bits in groups of one size: each begins with the first bit that is left, and takes those that
/// depend most on the ones it has.
inline std::vector<Hash256> groups_of_bits(const BitMoments& moments, std::size_t size) {
    std::vector<std::size_t> left(BitMoments::kBits);
    std::iota(left.begin(), left.end(), 0);
    std::vector<Hash256> groups;
    while (!left.empty()) {
        std::vector<double> ties(BitMoments::kBits);
        Hash256 group;
        std::size_t next = left.front();
        for (std::size_t taken = 0; taken < size && !left.empty(); ++taken) {
            group.set_bit(static_cast<int>(next));
            std::erase(left, next);
            for (const std::size_t bit : left) {
                ties[bit] += std::abs(moments.correlation(next, bit));
            }
            const auto most =
                std::max_element(left.begin(), left.end(),
                                 [&](std::size_t a, std::size_t b) { return ties[a] < ties[b]; });
            next = most == left.end() ? 0 : *most;
        }
        groups.push_back(group);
    }
    return groups;
}

/// Makes pictures. Each is put together from halves of two real ones, left and right or above each
/// other, so that what is near each other in a picture stays so: repeated glyphs, textures, rows.
/// Some groups of bits of each code come from another code in the list of its word; in a half they
/// are the same groups, and the same other code for all codes of a word, so that codes that are
/// near each other stay near. Codes of whole frames and of edges are mixed from two other pictures.
///
/// Thread safety: const calls may run beside each other.
class PictureMaker {
  public:
    /// @param donors  fingerprints of one picture each; at least three
    explicit PictureMaker(std::vector<Fingerprint> donors, const MakingRules& rules = {})
        : donors_(std::move(donors)), rules_(rules) {
        BitMoments within;  // of what a code has that its word has not
        std::size_t seen = 0;
        for (const Fingerprint& donor : donors_) {
            const std::vector<Hash256> codes = codes_of(donor);
            words_.push_back(index::nearest_words(codes, 1, index::local_kernels()));
            for (std::size_t i = 0; i < codes.size(); ++i) {
                const std::uint16_t word = words_.back()[i];
                alike_[word].push_back(codes[i]);
                if (++seen % kSampled == 0) {
                    within.add(exclusive_or(codes[i], index::local_word(word)));
                }
            }
        }
        groups_ = groups_of_bits(within, rules_.bits_of_group);
    }

    /// @return always the same for a number; its name is `made_` and the number
    [[nodiscard]] NewItem made(std::uint64_t number) const {
        std::mt19937_64 random(number + 1);
        const std::size_t first = random() % donors_.size();
        const std::size_t second = random() % donors_.size();
        NewItem item;
        item.name = "made_" + std::to_string(number);
        item.fingerprint = donors_[first];
        for (std::size_t i = 0; i < 8; ++i) {
            item.fingerprint.media.digest.sha256[i] = static_cast<std::uint8_t>(number >> (8 * i));
            item.fingerprint.media.digest.sha256[8 + i] = 0xA5;
        }
        const bool is_across = random() % 2 == 0;
        LocalFrame& frame = item.fingerprint.local.front();
        std::vector<LocalPoint> points = half_of(first, frame, {is_across, false}, random);
        const std::vector<LocalPoint> others = half_of(second, frame, {is_across, true}, random);
        frame.points.clear();
        for (std::size_t i = 0; i < std::max(points.size(), others.size()); ++i) {
            for (const std::vector<LocalPoint>* half : {&std::as_const(points), &others}) {
                if (i < half->size()) {
                    frame.points.push_back((*half)[i]);
                }
            }
        }
        make_whole(item.fingerprint, random);
        return item;
    }

    [[nodiscard]] const std::vector<Fingerprint>& donors() const { return donors_; }

    [[nodiscard]] static std::vector<Hash256> codes_of(const Fingerprint& picture) {
        std::vector<Hash256> codes;
        for (const LocalPoint& point : picture.local.front().points) {
            codes.push_back(point.code);
        }
        return codes;
    }

  private:
    static constexpr std::size_t kSampled = 64;  // one code of so many tells how bits depend

    [[nodiscard]] Hash256 random_mask(std::mt19937_64& random) const {
        Hash256 mask;
        std::bernoulli_distribution is_second(rules_.from_second);
        for (const Hash256& group : groups_) {
            if (is_second(random)) {
                mask = exclusive_or(mask, group);
            }
        }
        return mask;
    }

    struct Half {
        bool is_across = false;  ///< one half lies left of the other
        bool is_later = false;   ///< it is the one at the right or below
    };

    /// The points that a real picture has in one half of a frame, with other codes.
    [[nodiscard]] std::vector<LocalPoint> half_of(std::size_t donor,
                                                  const LocalFrame& frame,
                                                  const Half& half,
                                                  std::mt19937_64& random) const {
        const Hash256 mask = random_mask(random);
        std::unordered_map<std::uint16_t, Hash256> partners;
        std::vector<LocalPoint> points;
        const std::vector<LocalPoint>& all = donors_[donor].local.front().points;
        const LocalFrame& own = donors_[donor].local.front();
        for (std::size_t i = 0; i < all.size(); ++i) {
            const int side = (half.is_across ? own.width : own.height) * LocalPoint::kPositionUnits;
            if ((2 * (half.is_across ? all[i].x : all[i].y) >= side) != half.is_later) {
                continue;
            }
            const std::uint16_t word = words_[donor][i];
            const auto [partner, is_new] = partners.try_emplace(word);
            if (is_new) {
                partner->second = alike_[word][random() % alike_[word].size()];
            }
            points.push_back(all[i]);
            points.back().x = static_cast<std::uint16_t>(all[i].x * frame.width / own.width);
            points.back().y = static_cast<std::uint16_t>(all[i].y * frame.height / own.height);
            points.back().code = mixed(all[i].code, partner->second, mask);
        }
        return points;
    }

    void make_whole(Fingerprint& picture, std::mt19937_64& random) const {
        const Fingerprint& first = donors_[random() % donors_.size()];
        const Fingerprint& second = donors_[random() % donors_.size()];
        Hash256 mask;
        for (std::uint64_t& word : mask.words) {
            word = random();
        }
        for (FrameHash& frame : picture.frames) {
            frame.hash = mixed(first.frames.front().hash, second.frames.front().hash, mask);
        }
        std::optional<Hash256>& edges = picture.local.front().edges;
        if (edges && first.local.front().edges && second.local.front().edges) {
            edges = mixed(*first.local.front().edges, *second.local.front().edges, mask);
        }
    }

    std::vector<Fingerprint> donors_;
    MakingRules rules_;
    std::vector<std::vector<std::uint16_t>> words_;                ///< of each point of each donor
    std::vector<std::vector<Hash256>> alike_{index::kLocalWords};  ///< codes by word
    std::vector<Hash256> groups_;
};

}  // namespace refrain::bench
