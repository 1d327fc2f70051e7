// Look-ups beside changes: how long queries of two readers take while codes are added, against when
// nothing happens, and how soon another thread finds what was added. Prints one JSON object.
//
//     index_live CODES ADDS_PER_SECOND SECONDS
//
// `paced`: each reader asks 200 queries a second. `busy`: one after the other, so that with two
// cores readers, writer and merging want three to four of them.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "index/live_index.h"
#include "index_codes.h"
#include "require.h"
#include "timing.h"

namespace refrain::bench {
namespace {

using Clock = std::chrono::steady_clock;
using index::CodeId;
using index::LiveIndex;

constexpr int kRadius = 31;
constexpr std::size_t kReaders = 2;
constexpr auto kPace = std::chrono::milliseconds(5);

double ms_since(Clock::time_point began) {
    return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

void print(const std::string& name, double value) {
    std::printf(",\n \"%s\": %.6g", name.c_str(), value);
    std::fflush(stdout);
}

std::vector<double> read(const LiveIndex& index,
                         const std::vector<Hash256>& queries,
                         bool is_paced,
                         std::chrono::duration<double> time) {
    std::vector<double> took;
    const Clock::time_point end = Clock::now() + std::chrono::duration_cast<Clock::duration>(time);
    Clock::time_point next = Clock::now();
    for (std::size_t i = 0; Clock::now() < end; ++i) {
        if (is_paced) {
            next += kPace;
            std::this_thread::sleep_until(next);
        }
        const Clock::time_point began = Clock::now();
        const auto found = index.range_search(std::span(&queries[i % queries.size()], 1), kRadius);
        require(found.ok());
        took.push_back(ms_since(began));
    }
    return took;
}

std::vector<double> read_together(const LiveIndex& index,
                                  const std::vector<Hash256>& queries,
                                  bool is_paced,
                                  std::chrono::duration<double> time) {
    std::vector<std::vector<double>> took(kReaders);
    {
        std::vector<std::jthread> readers;
        for (std::size_t i = 0; i < kReaders; ++i) {
            readers.emplace_back([&, i] { took[i] = read(index, queries, is_paced, time); });
        }
    }
    for (std::size_t i = 1; i < kReaders; ++i) {
        took[0].insert(took[0].end(), took[i].begin(), took[i].end());
    }
    return std::move(took[0]);
}

/// Adds so many codes a second, one a call, and removes every fourth of them again.
/// @return how many were added
std::size_t add_until(LiveIndex& index,
                      CodeId& next_id,
                      double per_second,
                      const std::stop_token& stop) {
    CodeStream stream(false);
    const Clock::time_point began = Clock::now();
    std::size_t added = 0;
    while (!stop.stop_requested()) {
        const double due = per_second * ms_since(began) / 1000;
        if (static_cast<double>(added) >= due) {
            std::this_thread::sleep_for(std::chrono::microseconds(500));
            continue;
        }
        const std::vector<Hash256> code = stream.next(1);
        const CodeId id = next_id++;
        require(index.add(code, std::span(&id, 1)).ok());
        if (added++ % 4 == 3) {
            const CodeId gone = id - 3;
            require(index.remove(std::span(&gone, 1)).ok());
        }
    }
    return added;
}

void compare_readers(LiveIndex& index,
                     const std::vector<Hash256>& queries,
                     double per_second,
                     double time) {
    CodeId next_id = CodeId{1} << 40;
    for (const bool is_paced : {true, false}) {
        const std::string kind = is_paced ? "paced_" : "busy_";
        const std::chrono::duration<double> span(time);
        const auto idle = read_together(index, queries, is_paced, span);
        std::size_t added = 0;
        std::vector<double> beside;
        {
            std::jthread writer([&](const std::stop_token& stop) {
                added = add_until(index, next_id, per_second, stop);
            });
            beside = read_together(index, queries, is_paced, span);
        }
        print(kind + "adds_per_second", static_cast<double>(added) / time);
        for (const double share : {0.5, 0.99}) {
            const std::string name = kind + (share < 0.9 ? "p50_ms" : "p99_ms");
            print(name + "_idle", percentile(idle, share));
            print(name + "_beside_adds", percentile(beside, share));
        }
        print(kind + "p99_ratio", percentile(beside, 0.99) / percentile(idle, 0.99));
    }
    const auto shape = index.shape();
    print("segments", static_cast<double>(shape.segments));
}

/// One thread adds and removes, the other asks until it sees it.
void time_changes(LiveIndex& index) {
    constexpr int kChanges = 300;
    CodeStream stream(false);
    const std::vector<Hash256> codes = stream.next(kChanges);
    std::atomic<int> step = 0;  // odd: added, to be found; even: to be gone
    std::atomic<Clock::time_point> done = Clock::now();
    std::vector<double> found_after;
    std::vector<double> gone_after;
    std::jthread reader([&] {
        for (int i = 1; i <= 2 * kChanges; ++i) {
            const Hash256& query = codes[static_cast<std::size_t>(i - 1) / 2];
            while (step < i) {
                std::this_thread::yield();
            }
            while (index.range_search(std::span(&query, 1), 0)->empty() == (i % 2 == 1)) {
            }
            (i % 2 == 1 ? found_after : gone_after).push_back(ms_since(done));
            step = -i;
        }
    });
    for (int i = 1; i <= 2 * kChanges; ++i) {
        const CodeId id = (CodeId{1} << 41) + (i - 1) / 2;
        if (i % 2 == 1) {
            const auto at = static_cast<std::size_t>(i - 1) / 2;
            require(index.add(std::span(&codes[at], 1), std::span(&id, 1)).ok());
        } else {
            require(index.remove(std::span(&id, 1)).ok());
        }
        done = Clock::now();
        step = i;
        while (step != -i) {
            std::this_thread::yield();
        }
    }
    reader.join();
    print("add_to_found_p50_ms", percentile(found_after, 0.5));
    print("add_to_found_max_ms", percentile(found_after, 1));
    print("remove_to_gone_p50_ms", percentile(gone_after, 0.5));
    print("remove_to_gone_max_ms", percentile(gone_after, 1));
}

int run(std::size_t codes, double per_second, double time) {
    LiveIndex index(index::live_options(1));
    CodeStream stream(!real_codes().empty());
    std::vector<Hash256> queries;
    for (std::size_t from = 0; from < codes; from += index::TableSegment::kMaxCodes) {
        auto piece = stream.next(std::min(index::TableSegment::kMaxCodes, codes - from));
        queries = queries_for(piece, 4000);
        std::vector<CodeId> ids(piece.size());
        std::iota(ids.begin(), ids.end(), static_cast<CodeId>(from));
        require(index.add_bulk(std::move(piece), std::move(ids)).ok());
    }
    std::printf("{\"codes\": %zu, \"kind\": \"%s\"", codes,
                real_codes().empty() ? "uniform" : "real");
    time_changes(index);
    compare_readers(index, queries, per_second, time);
    std::puts("\n}");
    return 0;
}

}  // namespace
}  // namespace refrain::bench

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: index_live CODES ADDS_PER_SECOND SECONDS\n", stderr);
        return 2;
    }
    return refrain::bench::run(std::stoul(argv[1]), std::stod(argv[2]), std::stod(argv[3]));
}
