// By how many bits the codes that a corpus keeps, made from a decoder's luma plane, differ from
// those made from the RGB picture of the same frame.
//
//     luma_bits [--every N] FILE...
//
// Of each video every Nth frame (default 10) is hashed three times: by area means of its luma
// plane, by area means of the luma of its RGB picture, and by PDQ of its RGB picture. Prints mean,
// 99th percentile and largest distance between the first and each of the others, for all frames
// that are searched and for those of PDQ's quality 50. Files without a luma plane of their own are
// left out, with a message.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "hash/luma_hash.h"
#include "hash/pdq_hash.h"
#include "media/byte_source.h"
#include "media/frame_reader.h"
#include "verdict/frame_score.h"

namespace refrain {
namespace {

constexpr int kSearchRadius = 31;
constexpr int kGoodQuality = 50;  // below it PDQ's authors throw a hash away

struct Distances {
    std::vector<int> to_rgb_means;
    std::vector<int> to_pdq;
};

struct Frames {
    Distances searched;
    Distances good;
};

void print_row(const char* name, std::vector<int> distances) {
    if (distances.empty()) {
        std::printf("%-44s no frame\n", name);
        return;
    }
    std::sort(distances.begin(), distances.end());
    const auto count = static_cast<double>(distances.size());
    const double mean = std::accumulate(distances.begin(), distances.end(), 0.0) / count;
    const auto beyond = std::count_if(distances.begin(), distances.end(),
                                      [](int distance) { return distance > kSearchRadius; });
    std::printf("%-44s %7zu %6.2f %4d %8d %8ld\n", name, distances.size(), mean,
                distances[distances.size() * 99 / 100], distances.back(),
                static_cast<long>(beyond));
}

/// Hashes the frame that the reader stands at each way. @return whether it has a luma plane
bool measure(media::FrameReader& reader, Frames& frames) {
    const auto luma = reader.luma();
    if (!luma) {
        return false;
    }
    const auto from_luma = hash::LumaShrinker().shrink(*luma);
    const auto picture = reader.picture();
    const auto pdq = picture ? hash::pdq_hash(*picture) : std::nullopt;
    if (!from_luma || !pdq) {
        return true;  // too small for a hash
    }
    hash::LumaConverter converter;
    const hash::PdqHash ours = hash::hash_of(*from_luma);
    const hash::PdqHash means = hash::hash_of(hash::area_means(converter.convert(*picture)));
    const auto keep = [&](Distances& distances) {
        distances.to_rgb_means.push_back(hamming_distance(ours.hash, means.hash));
        distances.to_pdq.push_back(hamming_distance(ours.hash, pdq->hash));
    };
    if (ours.quality >= verdict::kLeastSearchedQuality) {
        keep(frames.searched);
    }
    if (ours.quality >= kGoodQuality) {
        keep(frames.good);
    }
    return true;
}

void measure_file(const char* path, std::uint64_t every, Frames& frames) {
    const auto source = media::ByteSource::open_file(path, {});
    if (!source) {
        std::fprintf(stderr, "left out: %s: %s\n", path, source.error().message.c_str());
        return;
    }
    const auto reader = media::open_frames(*source, {});
    if (!reader) {
        std::fprintf(stderr, "left out: %s: %s\n", path, reader.error().message.c_str());
        return;
    }
    while (true) {
        const auto header = (*reader)->next();
        if (!header || !header->has_value()) {
            return;
        }
        if ((**header).index % every == 0 && !measure(**reader, frames)) {
            std::fprintf(stderr, "left out: %s: no luma plane\n", path);
            return;
        }
    }
}

}  // namespace
}  // namespace refrain

int main(int count, char** words) {
    std::uint64_t every = 10;
    int first = 1;
    if (count > 2 && std::strcmp(words[1], "--every") == 0) {
        every = std::max<std::uint64_t>(std::strtoull(words[2], nullptr, 10), 1);
        first = 3;
    }
    if (first >= count) {
        std::fprintf(stderr, "usage: luma_bits [--every N] FILE...\n");
        return 2;
    }
    refrain::Frames frames;
    for (int i = first; i < count; ++i) {
        refrain::measure_file(words[i], every, frames);
    }
    std::printf("%-44s %7s %6s %4s %8s %8s\n", "luma plane against", "frames", "mean", "99 %",
                "largest", "over 31");
    refrain::print_row("RGB, area means; searched frames", frames.searched.to_rgb_means);
    refrain::print_row("RGB, area means; quality 50 or more", frames.good.to_rgb_means);
    refrain::print_row("RGB, PDQ; searched frames", frames.searched.to_pdq);
    refrain::print_row("RGB, PDQ; quality 50 or more", frames.good.to_pdq);
    return frames.searched.to_pdq.empty() ? 1 : 0;
}
