// Flat radius search over random codes: our interleaved scan, each of its kernels, FAISS's stock
// flat index as Debian builds it and its inner loop as a build with popcnt has it, the plain loop
// that is the oracle of all, and what the memory gives.

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <faiss/utils/hamming.h>

#include "base/check.h"
#include "index/flat_kernels.h"
#include "index/hash_index.h"

namespace refrain::index {
namespace {

constexpr int kRadius = 31;
constexpr std::size_t kMillion = 1'000'000;

std::vector<Hash256> make_codes(std::size_t count, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<Hash256> codes(count);
    for (Hash256& code : codes) {
        for (std::uint64_t& word : code.words) {
            word = random();
        }
    }
    return codes;
}

/// Every other query is a stored code with up to 20 bits turned over, so that there is something to
/// find; the rest are strangers.
std::vector<Hash256> make_queries(const std::vector<Hash256>& codes, std::size_t count) {
    std::mt19937_64 random(2);
    std::vector<Hash256> queries = make_codes(count, 3);
    for (std::size_t i = 0; i < count; i += 2) {
        queries[i] = codes[random() % codes.size()];
        for (int bit = 0; bit < 20; ++bit) {
            queries[i].words[random() % 4] ^= std::uint64_t{1} << (random() % 64);
        }
    }
    return queries;
}

/// The last asked for, so that only one set of ten million lies in memory.
const std::vector<Hash256>& codes_for(std::size_t count) {
    static std::vector<Hash256> codes;
    if (codes.size() != count) {
        codes = make_codes(count, 1);
    }
    return codes;
}

using MakeIndex = std::unique_ptr<HashIndex> (*)(int threads);

std::unique_ptr<HashIndex> make_plain(int /*threads*/) { return make_plain_index(); }

std::unique_ptr<HashIndex> fill(MakeIndex make, int threads, std::size_t count) {
    auto index = make(threads);
    std::vector<CodeId> ids(count);
    std::iota(ids.begin(), ids.end(), CodeId{0});
    REFRAIN_CHECK(index->add(codes_for(count), ids).ok());
    return index;
}

/// Shown in nanoseconds.
void count_pairs(benchmark::State& state, std::size_t codes, std::size_t queries) {
    const double pairs = static_cast<double>(codes) * static_cast<double>(queries);
    state.counters["ns_per_pair"] = benchmark::Counter(
        pairs * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

struct Case {
    MakeIndex make = nullptr;
    std::size_t codes = 0;
    std::size_t queries = 0;
    int threads = 1;
};

void search(benchmark::State& state, const Case& shape) {
    const auto queries = make_queries(codes_for(shape.codes), shape.queries);
    const auto index = fill(shape.make, shape.threads, shape.codes);
    if (shape.codes <= kMillion) {  // the oracle would need minutes for more
        static std::map<std::size_t, std::vector<Hit>> expected;
        auto& hits = expected[shape.codes * 1000 + shape.queries];
        if (hits.empty()) {
            hits = *fill(make_plain, 1, shape.codes)->range_search(queries, kRadius);
        }
        REFRAIN_CHECK(!hits.empty() && *index->range_search(queries, kRadius) == hits);
    }
    while (state.KeepRunning()) {
        const auto hits = index->range_search(queries, kRadius);
        REFRAIN_CHECK(hits.ok());
        benchmark::DoNotOptimize(hits->data());
    }
    count_pairs(state, shape.codes, shape.queries);
    state.SetBytesProcessed(state.iterations() *
                            static_cast<std::int64_t>(shape.codes * sizeof(Hash256)));
}

#if defined(__x86_64__)
/// What FAISS's flat index does for one query, from FAISS's own header. Debian compiles the library
/// for any x86-64; most who run FAISS have a build of it with popcnt, and this is what that costs.
[[gnu::target("popcnt"), gnu::flatten]] void faiss_scan_popcnt(const std::vector<Hash256>& codes,
                                                               const Hash256& query,
                                                               std::vector<std::size_t>& found) {
    const faiss::HammingComputer32 computer(reinterpret_cast<const std::uint8_t*>(&query),
                                            sizeof(Hash256));
    for (std::size_t i = 0; i < codes.size(); ++i) {
        if (computer.hamming(reinterpret_cast<const std::uint8_t*>(&codes[i])) < kRadius + 1) {
            found.push_back(i);
        }
    }
}

void faiss_popcnt(benchmark::State& state, std::size_t count, std::size_t queries_count) {
    const std::vector<Hash256>& codes = codes_for(count);
    const auto queries = make_queries(codes, queries_count);
    std::vector<std::size_t> found;
    while (state.KeepRunning()) {
        found.clear();
        for (const Hash256& query : queries) {
            faiss_scan_popcnt(codes, query, found);
        }
        benchmark::DoNotOptimize(found.data());
    }
    REFRAIN_CHECK(found.size() ==
                  fill(make_flat_index, 1, count)->range_search(queries, kRadius)->size());
    count_pairs(state, count, queries.size());
}
#endif

/// Adds up as many bytes as ten million codes have; bytes_per_second is what a scan is held
/// against.
void memory_bandwidth(benchmark::State& state) {
    const std::vector<Hash256>& codes = codes_for(10 * kMillion);
    while (state.KeepRunning()) {
        std::array<std::uint64_t, 4> sum{};
        for (const Hash256& code : codes) {
            for (std::size_t w = 0; w < sum.size(); ++w) {
                sum[w] += code.words[w];
            }
        }
        benchmark::DoNotOptimize(sum);
    }
    state.SetBytesProcessed(state.iterations() *
                            static_cast<std::int64_t>(codes.size() * sizeof(Hash256)));
}

/// A batch of 32 over a million codes in tiles, as InterleavedFlat does it, for one instruction
/// set.
void kernel(benchmark::State& state, const FlatKernels& kernels, int radius) {
    constexpr std::size_t kTile = 1024;
    const std::vector<Hash256>& codes = codes_for(kMillion);
    std::vector<HalfBlock> front(codes.size() / 8);
    std::vector<HalfBlock> back(codes.size() / 8);
    for (std::size_t i = 0; i < codes.size(); ++i) {
        for (std::size_t w = 0; w < 2; ++w) {
            front[i / 8].words[w][i % 8] = codes[i].words[w];
            back[i / 8].words[w][i % 8] = codes[i].words[w + 2];
        }
    }
    std::vector<std::vector<Near>> found(32);
    std::vector<FlatQuery> queries;
    for (const Hash256& code : make_queries(codes, found.size())) {
        queries.push_back({code, radius, &found[queries.size()]});
    }
    while (state.KeepRunning()) {
        for (std::size_t at = 0; at < codes.size(); at += kTile) {
            const FlatTile tile{front.data() + at / 8, back.data() + at / 8,
                                std::min(kTile, codes.size() - at), 0};
            for (std::size_t q = 0; q < queries.size(); q += FlatKernels::kQueries) {
                kernels.scan(tile, std::span(queries).subspan(q, FlatKernels::kQueries));
            }
        }
        for (auto& near : found) {
            near.clear();
        }
    }
    count_pairs(state, codes.size(), queries.size());
}

// The analyzer takes what Google Benchmark keeps for lost.
#ifndef __clang_analyzer__
void add_case(const std::string& name, const Case& shape) {
    benchmark::RegisterBenchmark(name.c_str(), search, shape)
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
}

void register_all() {
    for (const std::size_t codes : {kMillion / 100, kMillion / 10, kMillion}) {
        for (const std::size_t queries : {1U, 32U}) {
            const std::string shape = std::to_string(codes) + "/" + std::to_string(queries);
            add_case("faiss/" + shape, {make_faiss_index, codes, queries});
# if defined(__x86_64__)
            benchmark::RegisterBenchmark(("faiss_popcnt/" + shape).c_str(), faiss_popcnt, codes,
                                         queries)
                ->Unit(benchmark::kMillisecond);
# endif
            add_case("plain/" + shape, {make_plain, codes, queries});
            add_case("flat/" + shape, {make_flat_index, codes, queries});
            add_case("flat_2_threads/" + shape, {make_flat_index, codes, queries, 2});
        }
    }
    for (const FlatKernels* kernels : usable_flat_kernels()) {
        for (const int radius : {kRadius, 100}) {
            const std::string name =
                std::string("kernel/") + kernels->name + "/" + std::to_string(radius);
            benchmark::RegisterBenchmark(name.c_str(), kernel, *kernels, radius)
                ->Unit(benchmark::kMillisecond);
        }
    }
    benchmark::RegisterBenchmark("memory_bandwidth", memory_bandwidth)
        ->Unit(benchmark::kMillisecond);
    for (const std::size_t queries : {1U, 32U}) {
        const std::string shape = "10000000/" + std::to_string(queries);
        add_case("flat/" + shape, {make_flat_index, 10 * kMillion, queries});
        add_case("flat_2_threads/" + shape, {make_flat_index, 10 * kMillion, queries, 2});
    }
}
#endif

}  // namespace
}  // namespace refrain::index

int main(int argc, char** argv) {
#ifndef __clang_analyzer__
    refrain::index::register_all();
#endif
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
