#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <faiss/IndexBinaryHash.h>
#include <faiss/impl/AuxIndexStructures.h>
#include <omp.h>

#include "index/code_search.h"
#include "index/hamming_kernels.h"
#include "index/hash_index.h"
#include "index/live_index.h"
#include "index/local_index.h"
#include "index_codes.h"
#include "local_codes.h"

namespace refrain::index {
namespace {

constexpr int kRadius = 31;
constexpr std::size_t kPictureCodes = 3000;  // of a query, mirrored ones included
constexpr std::size_t kAddAtOnce = 200;      // codes of one item

struct Input {
    std::string kind;
    std::vector<Hash256> codes;
};

const std::vector<Hash256>& codes_for(const std::string& kind, std::size_t count) {
    static Input kept;
    if (kept.kind != kind || kept.codes.size() != count) {
        kept.codes = bench::CodeStream(kind == "real").next(count);
        kept.kind = kind;
    }
    return kept.codes;
}

std::unique_ptr<HashIndex> make_scan_index(std::size_t count) {
    LiveOptions options;
    options.tail_codes = count;
    return std::make_unique<LiveIndex>(options);
}

std::unique_ptr<HashIndex> make(const std::string& name, std::size_t count) {
    if (name == "faiss") {
        return make_faiss_index(1);
    }
    return name == "scan" ? make_scan_index(count) : make_live_index(1);
}

struct Case {
    std::string index;
    std::string codes;
    std::size_t count = 0;
    std::size_t queries = 0;
};

struct Built {
    std::unique_ptr<HashIndex> index;
    double seconds = 0;  ///< of processor time
};

Built build(const Case& shape) {
    const std::vector<Hash256>& codes = codes_for(shape.codes, shape.count);
    Built built{make(shape.index, shape.count), 0};
    const std::clock_t begin = std::clock();
    std::vector<CodeId> ids(kAddAtOnce);
    for (std::size_t from = 0; from < codes.size(); from += kAddAtOnce) {
        const std::size_t size = std::min(kAddAtOnce, codes.size() - from);
        for (std::size_t i = 0; i < size; ++i) {
            ids[i] = static_cast<CodeId>((from / kAddAtOnce) << 22 | i);
        }
        if (!built.index->add(std::span(codes).subspan(from, size), std::span(ids).first(size))) {
            std::abort();
        }
    }
    // What is measured after this is a search with nothing going on beside it.
    if (auto* live = dynamic_cast<LiveIndex*>(built.index.get());
        live != nullptr && !live->finish_merges()) {
        std::abort();
    }
    built.seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    return built;
}

void search(benchmark::State& state, const Case& shape) {
    const Built built = build(shape);
    const std::vector<Hash256> queries =
        bench::queries_for(codes_for(shape.codes, shape.count), shape.queries);
    std::size_t hits = 0;
    while (state.KeepRunning()) {
        const auto found = built.index->range_search(queries, kRadius);
        hits = found->size();
        benchmark::DoNotOptimize(hits);
    }
    const auto asked = static_cast<double>(queries.size());
    state.counters["s_per_query"] = benchmark::Counter(
        asked, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
    state.counters["hits_per_query"] = static_cast<double>(hits) / asked;
    state.counters["bytes_per_code"] =
        static_cast<double>(built.index->memory_bytes()) / static_cast<double>(built.index->size());
    state.counters["build_s"] = built.seconds;
}

/// FAISS's multi-index hashing, exact up to radius 31: 16 tables of 16 bits, keys within one bit.
/// Its answers must be those of the live index, in number.
void faiss_multi_hash(benchmark::State& state, const Case& shape) {
    const std::vector<Hash256>& codes = codes_for(shape.codes, shape.count);
    const std::vector<Hash256> queries = bench::queries_for(codes, shape.queries);
    const auto bytes = [](const std::vector<Hash256>& of) {
        return reinterpret_cast<const std::uint8_t*>(of.data());
    };
    omp_set_num_threads(1);
    faiss::IndexBinaryMultiHash index(Hash256::kBits, 16, 16);
    index.nflip = 1;
    const std::clock_t begin = std::clock();
    index.add(static_cast<std::int64_t>(codes.size()), bytes(codes));
    const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    std::size_t hits = 0;
    while (state.KeepRunning()) {
        faiss::RangeSearchResult found(static_cast<std::int64_t>(queries.size()));
        index.range_search(static_cast<std::int64_t>(queries.size()), bytes(queries), kRadius + 1,
                           &found);
        hits = found.lims[queries.size()];
    }
    if (hits != build(shape).index->range_search(queries, kRadius)->size()) {
        std::abort();
    }
    const auto asked = static_cast<double>(queries.size());
    state.counters["s_per_query"] = benchmark::Counter(
        asked, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
    state.counters["hits_per_query"] = static_cast<double>(hits) / asked;
    state.counters["build_s"] = seconds;
}

/// One query over codes that stay in the cache, for each instruction set.
void scan_kernel(benchmark::State& state, const HammingKernels& kernels) {
    const std::vector<Hash256> codes = bench::CodeStream(false).next(512);
    const Hash256 query = bench::CodeStream(false).next(1)[0];
    std::vector<Near> found;
    while (state.KeepRunning()) {
        found.clear();
        kernels.scan(codes, 0, query, kRadius, found);
        benchmark::DoNotOptimize(found.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(codes.size()));
}

void match_kernel(benchmark::State& state, const HammingKernels& kernels) {
    std::mt19937_64 random(3);
    std::vector<std::uint16_t> filters(4096 + kFilterPadding);
    for (std::uint16_t& filter : filters) {
        filter = static_cast<std::uint16_t>(random());
    }
    std::vector<std::uint32_t> found;
    const auto bucket = static_cast<std::uint32_t>(state.range(0));
    std::vector<FilterRun> runs;
    for (std::uint32_t from = 0; from + bucket <= 4096; from += bucket) {
        runs.push_back({filters.data() + from, bucket, from, 0x1234, 0x7f, 1, 3});
    }
    while (state.KeepRunning()) {
        found.clear();
        kernels.match(runs, found);
        benchmark::DoNotOptimize(found.data());
    }
    state.SetItemsProcessed(state.iterations() * (4096 / bucket) * bucket);
}

struct KnownPictures {
    std::unique_ptr<LocalIndex> index;
    std::vector<Hash256> asked;  ///< the codes of a picture
};

/// Pictures with so many local codes in all; nothing when there is no memory.
KnownPictures known_pictures(std::size_t codes) {
    const std::vector<bench::LocalCodes> real = bench::local_codes_of_environment();
    const bench::LocalCodes input = real.empty() ? bench::made_local_codes() : real.front();
    KnownPictures known{make_local_index(1), {}};
    if (!known.index->add_bulk(bench::pictures_of(input, codes))) {
        return {};
    }
    for (const bench::PairedQuery& query : input.queries) {
        if (known.asked.size() < kPictureCodes) {
            known.asked.push_back(query.code);
        }
    }
    return known;
}

/// All local codes of a picture.
void picture_codes(benchmark::State& state) {
    static KnownPictures known;
    static std::int64_t known_codes = 0;
    if (known_codes != state.range(0)) {
        known = {};  // one at a time
        known = known_pictures(static_cast<std::size_t>(state.range(0)));
        known_codes = state.range(0);
    }
    if (known.index == nullptr) {
        state.SkipWithError("out of memory");
        return;
    }
    while (state.KeepRunning()) {
        if (!known.index->search(known.asked, {})) {
            state.SkipWithError("the search failed");
            break;
        }
    }
}
BENCHMARK(picture_codes)
    ->Arg(100'000)
    ->Arg(400'000)
    ->Arg(1'000'000)
    ->Arg(4'000'000)
    ->Unit(benchmark::kMillisecond);

// The analyzer takes what Google Benchmark keeps for lost.
#ifndef __clang_analyzer__
void register_all() {
    for (const std::string codes : {"uniform", "real"}) {
        if (codes == "real" && bench::real_codes().empty()) {
            std::cerr << "REFRAIN_BENCH_CODES names no codes: only uniform ones are measured\n";
            continue;
        }
        for (const std::size_t count : {1000U, 3000U, 10'000U, 100'000U, 1'000'000U, 3'000'000U}) {
            for (const std::string index : {"faiss", "scan", "live"}) {
                const std::size_t queries = index == "live" || count < 500'000 ? 500 : 32;
                std::string name = index;
                name.append("/").append(codes).append("/").append(std::to_string(count));
                benchmark::RegisterBenchmark(name.c_str(), search,
                                             Case{index, codes, count, queries})
                    ->Unit(benchmark::kMillisecond);
            }
            const std::string name = "faiss_multi_hash/" + codes + "/" + std::to_string(count);
            benchmark::RegisterBenchmark(name.c_str(), faiss_multi_hash,
                                         Case{"live", codes, count, 500})
                ->Unit(benchmark::kMillisecond);
        }
    }
    for (const HammingKernels* kernels : usable_hamming_kernels()) {
        const std::string name = kernels->name;
        benchmark::RegisterBenchmark(("scan_kernel/" + name).c_str(), scan_kernel, *kernels);
        benchmark::RegisterBenchmark(("match_kernel/" + name).c_str(), match_kernel, *kernels)
            ->Arg(16)
            ->Arg(48)
            ->Arg(1024);
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
