// What a search for local codes costs and finds: bench_local_index [CODES...]
//
// For each number of known codes (default 400000 1000000 4000000 10000000) fills an index, picture
// by picture for the first and at once for the others, and prints, for several numbers of lists,
// the processor time of a query of 3,000 codes, the codes it is compared with, and the share of the
// pairs within 64 bits that it finds; the last row those of at most 16 hits within 48 bits. Ends
// with what 300 million codes would cost.
//
// REFRAIN_BENCH_LOCAL names a file that quality/local_pairs.py wrote; without it codes are made up
// from the words. For volume its codes come again, each mixed with another of its word.
// Memory: 80 bytes a code.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "index/local_index.h"
#include "local_codes.h"

namespace refrain::index {
namespace {

constexpr std::size_t kBatch = 3000;  // codes of a query, mirrored ones included
constexpr std::size_t kMostBatches = 5;
constexpr int kRounds = 5;                // of which the fastest counts
constexpr double kMostCompared = 20'000;  // with more lists it only gets slower
constexpr double kExtrapolated = 3e8;

using bench::LocalCodes;
using bench::PairedQuery;

double cpu_ms() { return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// The codes of `input` once, and mixed ones until there are `codes` of them.
void fill(LocalIndex& index, const LocalCodes& input, std::size_t codes, bool one_by_one) {
    const std::vector<LocalPicture> pictures = bench::pictures_of(input, codes);
    const double begin = cpu_ms();
    bool is_added = true;
    if (one_by_one) {
        for (const LocalPicture& picture : pictures) {
            is_added = is_added && index.add(picture.picture, picture.codes).ok();
        }
    } else {
        is_added = index.add_bulk(pictures).ok();
    }
    if (!is_added) {
        std::fputs("bench_local_index: out of memory\n", stderr);
        std::exit(1);
    }
    const double us = 1e3 * (cpu_ms() - begin) / static_cast<double>(index.codes());
    std::printf("\n%zu codes of %zu pictures, %s: %.2f us and %.1f bytes a code, %zu segments\n",
                index.codes(), index.pictures(), one_by_one ? "one by one" : "at once", us,
                static_cast<double>(index.memory_bytes()) / static_cast<double>(index.codes()),
                index.shape().segments);
}

struct Row {
    double ms = 0;        ///< of a batch
    double compared = 0;  ///< codes, a query
    double within = 0;    ///< codes within the distance, a query
    double found = 0;     ///< share of the pairs within 64 bits
    double kept = 0;      ///< share of them that is left among the nearest 64
};

Row measure(const LocalIndex& index, const LocalCodes& input, LocalSearchOptions options) {
    const std::size_t batches =
        std::clamp<std::size_t>(input.queries.size() / kBatch, 1, kMostBatches);
    Row row;
    std::size_t pairs = 0;
    std::size_t asked = 0;
    for (std::size_t b = 0; b < batches; ++b) {
        // Spread over the pictures that were copied.
        const std::span<const PairedQuery> batch =
            std::span(input.queries).subspan(b * (input.queries.size() - kBatch) / batches, kBatch);
        std::vector<Hash256> codes;
        for (const PairedQuery& query : batch) {
            codes.push_back(query.code);
        }
        LocalAnswer answer;
        double fastest = 0;
        for (int round = 0; round < kRounds; ++round) {
            const double begin = cpu_ms();
            answer = index.search(codes, options).value();
            const double took = cpu_ms() - begin;
            fastest = round == 0 ? took : std::min(took, fastest);
        }
        row.ms += fastest;
        for (const std::uint32_t found : answer.found) {
            row.within += found;
        }
        const auto count_right = [&](const std::vector<LocalHit>& hits) {
            return std::count_if(hits.begin(), hits.end(), [&](const LocalHit& hit) {
                return hit.picture == batch[hit.query].picture &&
                       hit.point == batch[hit.query].point;
            });
        };
        row.kept += static_cast<double>(count_right(answer.hits));
        LocalSearchOptions wide = options;
        wide.max_hits_per_query = 1'000'000;
        answer = index.search(codes, wide).value();
        row.found += static_cast<double>(count_right(answer.hits));
        wide.max_distance = Hash256::kBits;
        wide.max_hits_per_query = 1;
        const LocalAnswer compared = index.search(codes, wide).value();
        for (const std::uint32_t found : compared.found) {
            row.compared += found;
        }
        for (const PairedQuery& query : batch) {
            if (query.picture >= 0) {
                const auto picture = static_cast<std::size_t>(query.picture);
                const auto point = static_cast<std::size_t>(query.point);
                pairs += hamming_distance(input.pictures[picture][point], query.code) <=
                                 options.max_distance
                             ? 1U
                             : 0U;
            }
        }
        asked += codes.size();
    }
    row.ms /= static_cast<double>(batches);
    row.compared /= static_cast<double>(asked);
    row.within /= static_cast<double>(asked);
    row.found /= static_cast<double>(std::max<std::size_t>(pairs, 1));
    row.kept /= static_cast<double>(std::max<std::size_t>(pairs, 1));
    return row;
}

void print(const char* name, const Row& row) {
    std::printf("%8s %10.2f %12.0f %10.1f %8.3f %8.3f\n", name, row.ms, row.compared, row.within,
                row.found, row.kept);
}

int main_of(std::span<char*> arguments) {
    std::vector<std::size_t> sizes;
    for (const char* argument : arguments.subspan(1)) {
        sizes.push_back(std::strtoul(argument, nullptr, 10));
    }
    if (sizes.empty()) {
        sizes = {400'000, 1'000'000, 4'000'000, 10'000'000};
    }
    const std::vector<LocalCodes> real = bench::local_codes_of_environment();
    const LocalCodes input = real.empty() ? bench::made_local_codes() : real.front();
    Row last;
    std::size_t last_size = 0;
    for (const std::size_t size : sizes) {
        const std::unique_ptr<LocalIndex> index = make_local_index(1);
        fill(*index, input, size, size == sizes.front());
        std::printf("%8s %10s %12s %10s %8s %8s\n", "lists", "ms/3000", "compared", "within 64",
                    "found", "kept");
        print("usual", measure(*index, input, {}));
        for (const int lists : {1, 2, 4, 8, 16, 32, 64}) {
            LocalSearchOptions options;
            options.lists = lists;
            const Row row = measure(*index, input, options);
            print(std::to_string(lists).c_str(), row);
            if (lists == 4) {
                last = row;
                last_size = index->codes();
            }
            if (row.compared > kMostCompared) {
                break;
            }
        }
        LocalSearchOptions near;
        near.max_distance = 48;
        near.max_hits_per_query = 16;
        print("48 bits", measure(*index, input, near));
    }
    const double factor = kExtrapolated / static_cast<double>(last_size);
    std::printf(
        "\n300 million codes, 4 lists, if time grows with the codes from the last table on: "
        "%.0f ms a query of 3000 codes, %.0f codes compared with each\n",
        last.ms * factor, last.compared * factor);
    return 0;
}

}  // namespace
}  // namespace refrain::index

int main(int count, char** arguments) {
    return refrain::index::main_of({arguments, static_cast<std::size_t>(count)});
}
