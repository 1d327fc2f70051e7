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
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "index/local_index.h"
#include "index/local_kernels.h"
#include "index/local_words.h"

namespace refrain::index {
namespace {

constexpr std::size_t kBatch = 3000;  // codes of a query, mirrored ones included
constexpr std::size_t kMostBatches = 5;
constexpr int kRounds = 5;                // of which the fastest counts
constexpr double kMostCompared = 20'000;  // with more lists it only gets slower
constexpr double kExtrapolated = 3e8;

struct Query {
    Hash256 code;
    std::int32_t picture = -1;
    std::int32_t point = -1;
};

struct Input {
    std::vector<std::vector<Hash256>> pictures;
    std::vector<Query> queries;
};

void turn(Hash256& code, int bits, std::mt19937_64& random) {
    for (int i = 0; i < bits; ++i) {
        const std::uint64_t bit = random() % 256;
        code.words[bit / 64] ^= std::uint64_t{1} << (bit % 64);
    }
}

template <typename T>
T get(std::ifstream& file) {
    T value{};
    file.read(reinterpret_cast<char*>(&value), sizeof value);
    if (!file) {
        std::fputs("bench_local_index: the file of pairs is cut off\n", stderr);
        std::exit(1);
    }
    return value;
}

Input read_input(const char* path) {
    Input input;
    std::ifstream file(path, std::ios::binary);
    input.pictures.resize(static_cast<std::size_t>(get<std::int32_t>(file)));
    for (std::vector<Hash256>& picture : input.pictures) {
        picture.resize(static_cast<std::size_t>(get<std::int32_t>(file)));
        for (Hash256& code : picture) {
            code = get<Hash256>(file);
        }
    }
    input.queries.resize(static_cast<std::size_t>(get<std::int32_t>(file)));
    for (Query& query : input.queries) {
        query.code = get<Hash256>(file);
        query.picture = get<std::int32_t>(file);
        query.point = get<std::int32_t>(file);
    }
    return input;
}

/// Pictures with codes around the words, and copies of their points with some 41 bits turned.
Input made_input() {
    std::mt19937_64 random(1);
    Input input;
    for (std::int32_t i = 0; i < 500; ++i) {
        std::vector<Hash256> picture(400);
        for (std::size_t p = 0; p < picture.size(); ++p) {
            picture[p] = local_word(random() % kLocalWords);
            turn(picture[p], 60, random);
            if (p < 40) {
                input.queries.push_back({picture[p], i, static_cast<std::int32_t>(p)});
                turn(input.queries.back().code, 44, random);
            }
        }
        input.pictures.push_back(std::move(picture));
    }
    return input;
}

double cpu_ms() { return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// Mixes codes with others of the same word, so that more codes lie as the first ones do.
class Mixer {
  public:
    explicit Mixer(const Input& input) {
        for (const std::vector<Hash256>& picture : input.pictures) {
            const std::vector<std::uint16_t> words = nearest_words(picture, 1, local_kernels());
            for (std::size_t i = 0; i < picture.size(); ++i) {
                alike_[words[i]].push_back(picture[i]);
            }
        }
    }

    /// Codes of which each bit is that of one of `codes` or of one of its like.
    [[nodiscard]] std::vector<Hash256> mixed(std::vector<Hash256> codes) {
        const std::vector<std::uint16_t> words = nearest_words(codes, 1, local_kernels());
        for (std::size_t i = 0; i < codes.size(); ++i) {
            const std::vector<Hash256>& alike = alike_[words[i]];
            const Hash256& other = alike[random_() % alike.size()];
            for (std::size_t w = 0; w < 4; ++w) {
                codes[i].words[w] ^= (codes[i].words[w] ^ other.words[w]) & random_();
            }
        }
        return codes;
    }

  private:
    std::vector<std::vector<Hash256>> alike_{kLocalWords};  ///< by word
    std::mt19937_64 random_{2};
};

/// The codes of `input` once, and mixed ones until there are `codes` of them.
void fill(LocalIndex& index, const Input& input, std::size_t codes, bool one_by_one) {
    Mixer mixer(input);
    std::vector<LocalPicture> pictures;
    std::size_t count = 0;
    for (std::size_t i = 0; count < codes; ++i) {
        const std::vector<Hash256>& from = input.pictures[i % input.pictures.size()];
        pictures.push_back(
            {static_cast<PictureKey>(i), i < input.pictures.size() ? from : mixer.mixed(from)});
        count += from.size();
    }
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
    const double us = 1e3 * (cpu_ms() - begin) / static_cast<double>(count);
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

Row measure(const LocalIndex& index, const Input& input, LocalSearchOptions options) {
    const std::size_t batches =
        std::clamp<std::size_t>(input.queries.size() / kBatch, 1, kMostBatches);
    Row row;
    std::size_t pairs = 0;
    std::size_t asked = 0;
    for (std::size_t b = 0; b < batches; ++b) {
        // Spread over the pictures that were copied.
        const std::span<const Query> batch =
            std::span(input.queries).subspan(b * (input.queries.size() - kBatch) / batches, kBatch);
        std::vector<Hash256> codes;
        for (const Query& query : batch) {
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
        for (const Query& query : batch) {
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
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread starts
    const char* path = std::getenv("REFRAIN_BENCH_LOCAL");
    const Input input = path == nullptr ? made_input() : read_input(path);
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
