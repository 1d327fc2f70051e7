// Every kind of index side by side over the same codes: bytes a code, building, one query and the
// frames of a video, and how much of what lies near is found. Prints one JSON object a line.
//
//     index_kinds CODES uniform|real NAME...
//
// NAME is what --index takes: live, flat, faiss:BFlat, faiss:BIVF1024,nprobe=16 ... The first one
// should be exact: the others' recall is against it. Memory: up to 200 bytes a code and kind.
// real: REFRAIN_BENCH_CODES.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "index/index_choice.h"
#include "index_codes.h"
#include "require.h"

namespace refrain::bench {
namespace {

constexpr int kRadius = 31;
constexpr std::size_t kSingles = 200;
constexpr std::size_t kVideo = 60;
// As a corpus adds what it reads from its records.
constexpr std::size_t kPiece = std::size_t{1} << 24;

/// Of the whole process: FAISS works in threads of its own.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + std::ssize(values) / 2, values.end());
    return values[values.size() / 2];
}

struct Found {
    std::vector<index::Hit> hits;
    double cpu_ms = 0;  ///< median
};

Found look_up(const index::HashIndex& index, std::span<const Hash256> queries, std::size_t batch) {
    Found found;
    std::vector<double> took;
    for (std::size_t from = 0; from + batch <= queries.size(); from += batch) {
        const double began = cpu_seconds();
        auto hits = index.range_search(queries.subspan(from, batch), kRadius);
        took.push_back(1e3 * (cpu_seconds() - began));
        require(hits.ok());
        for (index::Hit& hit : *hits) {
            hit.query += static_cast<std::uint32_t>(from);
            found.hits.push_back(hit);
        }
    }
    found.cpu_ms = median(std::move(took));
    return found;
}

/// The share of `all` that is in `some`, both in order.
double recall(const std::vector<index::Hit>& some, const std::vector<index::Hit>& all) {
    std::vector<index::Hit> both;
    std::set_intersection(some.begin(), some.end(), all.begin(), all.end(),
                          std::back_inserter(both));
    require(both.size() == some.size());  // what is no hit must not be found
    return all.empty() ? 1.0 : static_cast<double>(both.size()) / static_cast<double>(all.size());
}

std::unique_ptr<index::HashIndex> build(const index::IndexChoice& choice,
                                        const std::vector<Hash256>& codes) {
    std::unique_ptr<index::HashIndex> made = choice.make(1);
    for (std::size_t from = 0; from < codes.size(); from += kPiece) {
        const auto piece = std::span(codes).subspan(from, std::min(kPiece, codes.size() - from));
        std::vector<index::CodeId> ids(piece.size());
        std::iota(ids.begin(), ids.end(), static_cast<index::CodeId>(from));
        require(made->add_bulk({piece.begin(), piece.end()}, std::move(ids)).ok());
    }
    return made;
}

void measure(const std::string& name,
             const std::vector<Hash256>& codes,
             const std::vector<Hash256>& queries,
             std::vector<index::Hit>& all) {
    const Result<index::IndexChoice> choice = index::IndexChoice::parse(name);
    if (!choice) {
        std::fprintf(stderr, "%s\n", choice.error().message.c_str());
        return;
    }
    const double began = cpu_seconds();
    const std::unique_ptr<index::HashIndex> index = build(*choice, codes);
    const double built = cpu_seconds() - began;
    const Found singles = look_up(*index, queries, 1);
    const Found videos = look_up(*index, queries, kVideo);
    if (all.empty()) {
        all = singles.hits;
    }
    std::printf(
        "{\"codes\": %zu, \"index\": \"%s\", \"exact\": %s, \"bytes_per_code\": %.1f, "
        "\"build_cpu_s\": %.2f, \"query_cpu_ms\": %.4f, \"frames_60_cpu_ms\": %.3f, "
        "\"recall\": %.4f, \"hits_per_query\": %.2f}\n",
        codes.size(), name.c_str(), choice->is_exact(kRadius) ? "true" : "false",
        static_cast<double>(index->memory_bytes()) / static_cast<double>(codes.size()), built,
        singles.cpu_ms, videos.cpu_ms, recall(singles.hits, all),
        static_cast<double>(singles.hits.size()) / static_cast<double>(queries.size()));
    std::fflush(stdout);
}

int run(std::size_t count, const std::string& kind, std::span<char*> names) {
    if (kind == "real" && real_codes().empty()) {
        std::fputs("REFRAIN_BENCH_CODES names no codes\n", stderr);
        return 2;
    }
    const std::vector<Hash256> codes = CodeStream(kind == "real").next(count);
    const std::vector<Hash256> queries = queries_for(codes, kSingles);
    std::vector<index::Hit> all;
    for (const char* name : names) {
        measure(name, codes, queries, all);
    }
    return 0;
}

}  // namespace
}  // namespace refrain::bench

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fputs("usage: index_kinds CODES uniform|real NAME...\n", stderr);
        return 2;
    }
    return refrain::bench::run(std::stoul(argv[1]), argv[2],
                               std::span(argv, argv + argc).subspan(3));
}
