// How far apart the PDQ codes of unrelated pictures are, beside what `rarity` makes of it.
//
//     unrelated [--exact] FOLDER...
//
// With --exact the codes are PDQ as published, as of hash lists; else those of a corpus.
//
// Fingerprints every picture below the folders, holds each upright code against every view of every
// other picture, and prints the share of pairs within each distance and the nearest pairs. Videos,
// pictures below the quality that is searched, the same bytes twice and what cannot be decoded are
// left out, with a message. Memory: 300 bytes a picture, at most kMaxPictures.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "refrain/fingerprinter.h"

#include "verdict/frame_score.h"

namespace refrain {
namespace {

constexpr std::size_t kMaxPictures = 100'000;
constexpr std::size_t kNearest = 25;
constexpr int kFirstRow = 60;
constexpr int kLastRow = 128;
constexpr int kRowStep = 4;

struct Picture {
    std::string path;
    DihedralHashes views;
};

struct Pair {
    int distance = 0;
    std::size_t view = 0;
    std::size_t upright = 0;  ///< the picture whose upright code it is
    std::size_t other = 0;

    friend bool operator<(const Pair& a, const Pair& b) { return a.distance < b.distance; }
};

/// Files below the folders, by name.
std::vector<std::filesystem::path> files_below(int count, char** folders) {
    std::vector<std::filesystem::path> files;
    for (int i = 0; i < count; ++i) {
        std::error_code failure;
        std::filesystem::recursive_directory_iterator walk(folders[i], failure);
        for (; !failure && walk != std::filesystem::recursive_directory_iterator();
             walk.increment(failure)) {
            std::error_code ignored;
            if (walk->is_regular_file(ignored)) {
                files.push_back(walk->path());
            }
        }
        if (failure) {
            std::fprintf(stderr, "%s: %s\n", folders[i], failure.message().c_str());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// Why a picture is left out; empty if it is not.
std::string objection(const Fingerprint& medium, std::set<Sha256>& seen) {
    if (medium.media.kind != MediaKind::kImage) {
        return "not a picture";
    }
    if (medium.frames.empty() || medium.views.empty()) {
        return "too small to be hashed";
    }
    if (medium.frames.front().quality < verdict::kLeastSearchedQuality) {
        return "too little detail: quality " + std::to_string(medium.frames.front().quality);
    }
    return seen.insert(medium.media.digest.sha256).second ? "" : "the same bytes as another";
}

std::vector<Picture> read_pictures(const std::vector<std::filesystem::path>& files,
                                   CodeKind codes) {
    FingerprintOptions options;
    if (codes == CodeKind::kExactPdq) {
        options = options.for_exchange();
    }
    options.views = Views::kDihedral;
    options.limits.max_duration = MediaTime::from_seconds(1);  // videos are not wanted
    const Fingerprinter fingerprinter(options);
    std::vector<Picture> pictures;
    std::set<Sha256> seen;
    for (const std::filesystem::path& file : files) {
        if (pictures.size() == kMaxPictures) {
            std::fprintf(stderr, "more than %zu pictures: the rest is left out\n", kMaxPictures);
            break;
        }
        const auto run = fingerprinter.fingerprint_file(file);
        const std::string reason = run ? objection(run->fingerprint, seen) : run.error().message;
        if (reason.empty()) {
            pictures.push_back({file.native(), run->fingerprint.views.front()});
        } else {
            std::fprintf(stderr, "left out: %s: %s\n", file.c_str(), reason.c_str());
        }
    }
    return pictures;
}

/// How many pairs lie at each distance, and the nearest of them.
struct Distances {
    std::array<std::uint64_t, Hash256::kBits + 1> counts{};
    std::vector<Pair> nearest;  ///< heap with the farthest on top

    void take(const Pair& pair) {
        ++counts[static_cast<std::size_t>(pair.distance)];
        if (nearest.size() == kNearest && !(pair < nearest.front())) {
            return;
        }
        nearest.push_back(pair);
        std::push_heap(nearest.begin(), nearest.end());
        if (nearest.size() > kNearest) {
            std::pop_heap(nearest.begin(), nearest.end());
            nearest.pop_back();
        }
    }
};

Distances compare_all(const std::vector<Picture>& pictures) {
    Distances distances;
    for (std::size_t a = 0; a < pictures.size(); ++a) {
        for (std::size_t b = 0; b < pictures.size(); ++b) {
            for (std::size_t view = 0; a != b && view < kDihedralViews; ++view) {
                const int distance =
                    hamming_distance(pictures[a].views.front(), pictures[b].views[view]);
                distances.take({distance, view, a, b});
            }
        }
    }
    std::sort_heap(distances.nearest.begin(), distances.nearest.end());
    return distances;
}

void print_table(const Distances& distances) {
    double pairs = 0;
    double sum = 0;
    double squares = 0;
    for (std::size_t distance = 0; distance < distances.counts.size(); ++distance) {
        const double count = static_cast<double>(distances.counts[distance]);
        const double bits = static_cast<double>(distance);
        pairs += count;
        sum += count * bits;
        squares += count * bits * bits;
    }
    const double mean = sum / pairs;
    std::printf("pairs %.0f, mean %.2f, deviation %.2f\n\n", pairs, mean,
                std::sqrt(std::max(0.0, squares / pairs - mean * mean)));
    std::printf("%8s %12s %18s %8s\n", "distance", "pairs within", "-log10 of the share", "rarity");
    std::uint64_t within = 0;
    for (int distance = 0; distance <= kLastRow; ++distance) {
        within += distances.counts[static_cast<std::size_t>(distance)];
        if (distance < kFirstRow || (distance - kFirstRow) % kRowStep != 0) {
            continue;
        }
        if (within == 0) {
            std::printf("%8d %12d %19s %8.2f\n", distance, 0, "-", verdict::rarity(distance));
        } else {
            std::printf(
                "%8d %12llu %19.2f %8.2f\n", distance, static_cast<unsigned long long>(within),
                -std::log10(static_cast<double>(within) / pairs), verdict::rarity(distance));
        }
    }
}

void print_nearest(const Distances& distances, const std::vector<Picture>& pictures) {
    constexpr std::array<const char*, kDihedralViews> kNames{
        "upright",     "rotated 90", "rotated 180", "rotated 270",
        "upside down", "mirrored",   "transposed",  "transposed about the other diagonal"};
    std::printf("\nnearest pairs (each is met from both sides)\n");
    for (const Pair& pair : distances.nearest) {
        std::printf("%8d %s | %s, %s\n", pair.distance, pictures[pair.upright].path.c_str(),
                    pictures[pair.other].path.c_str(), kNames[pair.view]);
    }
}

int run(int count, char** folders) {
    const bool is_exact = count > 0 && std::string(folders[0]) == "--exact";
    const int skipped = is_exact ? 1 : 0;
    const std::vector<std::filesystem::path> files =
        files_below(count - skipped, folders + skipped);
    const std::vector<Picture> pictures =
        read_pictures(files, is_exact ? CodeKind::kExactPdq : CodeKind::kAreaMeans);
    if (pictures.size() < 2) {
        std::fprintf(stderr,
                     "usage: unrelated [--exact] FOLDER... with at least two pictures in them\n");
        return 2;
    }
    std::printf("files %zu, pictures compared %zu, views of each %zu\n", files.size(),
                pictures.size(), kDihedralViews);
    const Distances distances = compare_all(pictures);
    print_table(distances);
    print_nearest(distances, pictures);
    return 0;
}

}  // namespace
}  // namespace refrain

int main(int argc, char** argv) { return refrain::run(argc - 1, argv + 1); }
