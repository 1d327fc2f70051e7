// What the bits of whole pictures make of fine, regular patterns; docs/decisions/0020-luma-hash.md.
//
//   tilings               unrelated motifs repeated over a picture: codes near each other, and
//   matches tilings MEDIUM...     how many frames of real media lose quality for their lack of low
//   frequencies
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "refrain/refrain.h"

#include "hash/luma_hash.h"
#include "support/decoded.h"
#include "support/odd_pictures.h"
#include "support/temp_folder.h"

namespace {

using namespace refrain;

constexpr std::uint32_t kMotifs = 16;
constexpr int kNear = 31;
constexpr int kSearched = 10;

std::vector<Fingerprint> tilings_of(int side) {
    const test::TempFolder folder;
    const FingerprintOptions options = FingerprintOptions().for_query();
    std::vector<Fingerprint> all;
    for (std::uint32_t seed = 1; seed <= kMotifs; ++seed) {
        test::write_pgm(folder / "tiles.pgm", test::tiles(640, 480, side, seed));
        all.push_back(Fingerprinter(options).fingerprint_file(folder / "tiles.pgm")->fingerprint);
    }
    return all;
}

int distance(const Fingerprint& a, const Fingerprint& b) {
    int least = 256;
    for (const Hash256& view : a.views[0]) {
        least = std::min(least, hamming_distance(view, b.frames[0].hash));
    }
    return least;
}

void compare_tilings(int side) {
    const std::vector<Fingerprint> all = tilings_of(side);
    int pairs = 0;
    int near = 0;
    int matches = 0;
    for (std::size_t a = 0; a < all.size(); ++a) {
        for (std::size_t b = 0; b < a; ++b) {
            ++pairs;
            near += distance(all[a], all[b]) <= kNear ? 1 : 0;
            matches += compare(all[a], all[b], "other")->matches.empty() ? 0 : 1;
        }
    }
    std::printf("every %d pixels: %d pairs, %d within %d bits, %d matches\n", side, pairs, near,
                kNear, matches);
}

/// Counts the frames with enough detail to be searched, and those of them that lose quality.
void count_frames(const std::string& path, std::uint64_t& frames, std::uint64_t& reduced) {
    const auto decoded = test::decode_file(path, test::Pictures::kAll);
    if (!decoded) {
        return;
    }
    hash::LumaConverter converter;
    for (const frame::RgbImage& picture : decoded->pictures) {
        const auto small = hash::area_means(converter.convert(picture.view()));
        const std::uint8_t quality = hash::hash_of(small).quality;
        if (quality >= kSearched) {
            ++frames;
            reduced += hash::quality_of_bits(small, quality) < quality ? 1U : 0U;
        }
    }
}

}  // namespace

int main(int count, char** words) {
    const std::span arguments(words, static_cast<std::size_t>(count));
    if (count < 2) {
        for (const int side : {24, 32, 40, 48, 50, 60, 64, 66, 68, 70, 72, 76, 80, 96, 128}) {
            compare_tilings(side);
        }
        return 0;
    }
    std::uint64_t frames = 0;
    std::uint64_t reduced = 0;
    for (const char* path : arguments.subspan(1)) {
        count_frames(path, frames, reduced);
    }
    std::printf("%llu frames with detail, %llu lose quality\n",
                static_cast<unsigned long long>(frames), static_cast<unsigned long long>(reduced));
    return 0;
}
