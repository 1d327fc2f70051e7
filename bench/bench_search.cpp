// Radius search over random codes: FAISS's flat index and the plain loop that is its oracle.

#include <cstdint>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/check.h"
#include "index/hash_index.h"

namespace refrain::index {
namespace {

constexpr int kRadius = 31;

/// Every other query is a stored code with up to 20 bits turned over, so that there is something to
/// find; the rest are strangers.
std::vector<Hash256> make_codes(std::size_t count) {
    std::mt19937_64 random(1);
    std::vector<Hash256> codes(count);
    for (Hash256& code : codes) {
        for (std::uint64_t& word : code.words) {
            word = random();
        }
    }
    return codes;
}

std::vector<Hash256> make_queries(const std::vector<Hash256>& codes, std::size_t count) {
    std::mt19937_64 random(2);
    std::vector<Hash256> queries = make_codes(count);
    for (std::size_t i = 0; i < count; i += 2) {
        queries[i] = codes[random() % codes.size()];
        for (int bit = 0; bit < 20; ++bit) {
            queries[i].words[random() % 4] ^= std::uint64_t{1} << (random() % 64);
        }
    }
    return queries;
}

/// Both indexes over the same codes.
struct Twins {
    std::vector<Hash256> codes;
    std::unique_ptr<HashIndex> faiss = make_faiss_index(1);
    std::unique_ptr<HashIndex> plain = make_plain_index();
};

const Twins& twins_of(std::size_t count) {
    static std::map<std::size_t, Twins> made;
    Twins& twins = made[count];
    if (twins.codes.empty()) {
        twins.codes = make_codes(count);
        std::vector<CodeId> ids(count);
        std::iota(ids.begin(), ids.end(), CodeId{0});
        REFRAIN_CHECK(twins.faiss->add(twins.codes, ids).ok());
        REFRAIN_CHECK(twins.plain->add(twins.codes, ids).ok());
    }
    return twins;
}

void search(benchmark::State& state, const HashIndex& index, const std::vector<Hash256>& queries) {
    while (state.KeepRunning()) {
        const auto hits = index.range_search(queries, kRadius);
        REFRAIN_CHECK(hits.ok());
        benchmark::DoNotOptimize(hits->data());
    }
    // Shown in nanoseconds.
    const double pairs = static_cast<double>(index.size()) * static_cast<double>(queries.size());
    state.counters["ns_per_pair"] = benchmark::Counter(
        pairs * 1e-9, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void faiss_flat(benchmark::State& state) {
    const Twins& twins = twins_of(static_cast<std::size_t>(state.range(0)));
    const auto queries = make_queries(twins.codes, static_cast<std::size_t>(state.range(1)));
    const auto fast = twins.faiss->range_search(queries, kRadius);
    const auto plain = twins.plain->range_search(queries, kRadius);
    REFRAIN_CHECK(fast.ok() && plain.ok() && *fast == *plain && !fast->empty());
    search(state, *twins.faiss, queries);
}

void plain_loop(benchmark::State& state) {
    const Twins& twins = twins_of(static_cast<std::size_t>(state.range(0)));
    search(state, *twins.plain,
           make_queries(twins.codes, static_cast<std::size_t>(state.range(1))));
}

void sizes(benchmark::internal::Benchmark* bench) {
    bench->ArgsProduct({{10'000, 100'000, 1'000'000}, {1, 32}});
    bench->ArgNames({"codes", "queries"})->Unit(benchmark::kMillisecond)->UseRealTime();
}

BENCHMARK(faiss_flat)->Apply(sizes);
BENCHMARK(plain_loop)->Apply(sizes);

}  // namespace
}  // namespace refrain::index

BENCHMARK_MAIN();
