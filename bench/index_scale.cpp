// The live index and its snapshot at 1 to 100 million codes: bytes a code, building, writing,
// opening, and how long one query takes, by percentile. Prints one JSON object.
//
//     index_scale CODES uniform|real FOLDER
//
// FOLDER takes the snapshot, 97 bytes a code. Memory: about as much. real: REFRAIN_BENCH_CODES.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "index/hash_snapshot.h"
#include "index/live_index.h"
#include "index_codes.h"
#include "process_cost.h"
#include "require.h"
#include "timing.h"

namespace refrain::bench {
namespace {

constexpr int kRadius = 31;
constexpr std::size_t kPiece = index::TableSegment::kMaxCodes;
constexpr std::size_t kSingles = 2000;
constexpr std::size_t kVideo = 60;

/// So that the next reading comes from the disk.
void drop_from_cache(const std::filesystem::path& file) {
    const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    require(opened >= 0 && posix_fadvise(opened, 0, 0, POSIX_FADV_DONTNEED) == 0);
    ::close(opened);
}

void print(const char* name, double value) { std::printf(",\n \"%s\": %.6g", name, value); }

void build_and_write(std::size_t codes,
                     bool is_real,
                     const std::filesystem::path& file,
                     std::vector<Hash256>& queries) {
    index::LiveIndex index(index::live_options(2));
    CodeStream stream(is_real);
    double building = 0;
    for (std::size_t from = 0; from < codes; from += kPiece) {
        auto piece = stream.next(std::min(kPiece, codes - from));
        if (from + kPiece >= codes) {
            queries = queries_for(piece, kSingles);
        }
        std::vector<index::CodeId> ids(piece.size());
        std::iota(ids.begin(), ids.end(), static_cast<index::CodeId>(from));
        building +=
            seconds([&] { require(index.add_bulk(std::move(piece), std::move(ids)).ok()); });
    }
    require(index.size() == codes);
    print("bytes_per_code", static_cast<double>(index.memory_bytes()) / static_cast<double>(codes));
    print("build_s", building);
    print("write_s", seconds([&] {
              const auto written =
                  index::write_hash_snapshot(file, {1, 2, 3}, *index.state(), index.options(), {});
              require(written.ok() && *written == index::SnapshotWritten::kYes);
          }));
}

index::LiveIndex open(const std::filesystem::path& file, int threads) {
    std::string why;
    const auto snapshot = index::Snapshot::open(file, index::kHashSnapshot, why);
    require(snapshot.has_value());
    auto parts = index::load_hash_parts(*snapshot, threads, {});
    require(parts.ok());
    return {index::live_options(1), std::move(parts).value()};
}

void look_up(const index::LiveIndex& index, const std::vector<Hash256>& queries) {
    std::vector<double> wall;
    std::vector<double> cpu;
    std::size_t hits = 0;
    for (const Hash256& query : queries) {
        const double cpu_began = thread_seconds();
        wall.push_back(1e3 * seconds([&] {
                           const auto found = index.range_search(std::span(&query, 1), kRadius);
                           require(found.ok());
                           hits += found->size();
                       }));
        cpu.push_back(1e3 * (thread_seconds() - cpu_began));
    }
    print("query_p50_ms", percentile(wall, 0.5));
    print("query_p99_ms", percentile(wall, 0.99));
    print("query_cpu_p50_ms", percentile(cpu, 0.5));
    print("query_cpu_p99_ms", percentile(cpu, 0.99));
    print("hits_per_query", static_cast<double>(hits) / static_cast<double>(queries.size()));
    // A video of 60 frames upright, and in its eight views.
    for (const std::size_t batch : {kVideo, 8 * kVideo}) {
        std::vector<double> took;
        std::vector<double> cpu_took;
        for (std::size_t from = 0; from + batch <= queries.size(); from += batch) {
            const auto video = std::span(queries).subspan(from, batch);
            const double cpu_began = thread_seconds();
            took.push_back(1e3 *
                           seconds([&] { require(index.range_search(video, kRadius).ok()); }));
            cpu_took.push_back(1e3 * (thread_seconds() - cpu_began));
        }
        const std::string name = batch == kVideo ? "frames_60" : "frames_60_in_8_views";
        print((name + "_p50_ms").c_str(), percentile(took, 0.5));
        print((name + "_cpu_p50_ms").c_str(), percentile(cpu_took, 0.5));
    }
}

int run(std::size_t codes, const std::string& kind, const std::filesystem::path& folder) {
    const bool is_real = kind == "real";
    if (is_real && real_codes().empty()) {
        std::fputs("REFRAIN_BENCH_CODES names no codes\n", stderr);
        return 2;
    }
    const std::filesystem::path file = folder / "index_scale.snapshot";
    std::printf("{\"codes\": %zu, \"kind\": \"%s\", \"real_codes\": %zu", codes, kind.c_str(),
                real_codes().size());
    std::vector<Hash256> queries;
    build_and_write(codes, is_real, file, queries);
    print("open_s", seconds([&] { open(file, 2); }));
    print("open_one_thread_s", seconds([&] { open(file, 1); }));
    drop_from_cache(file);
    print("open_from_disk_s", seconds([&] { open(file, 2); }));
    look_up(open(file, 2), queries);
    std::puts("\n}");
    std::filesystem::remove(file);
    return 0;
}

}  // namespace
}  // namespace refrain::bench

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: index_scale CODES uniform|real FOLDER\n", stderr);
        return 2;
    }
    return refrain::bench::run(std::stoul(argv[1]), argv[2], argv[3]);
}
