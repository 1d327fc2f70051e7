#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "refrain/hash256.h"

// Codes for the benchmarks of the index: evenly spread ones, and many made of real ones.

namespace refrain::bench {

inline constexpr std::size_t kScene = 30;  // codes that are consecutive frames of one scene

inline void flip(Hash256& code, std::size_t bits, std::mt19937_64& random) {
    for (std::size_t i = 0; i < bits; ++i) {
        const std::size_t bit = random() % 256;
        code.words[bit / 64] ^= std::uint64_t{1} << (bit % 64);
    }
}

/// The codes of the text file that REFRAIN_BENCH_CODES names (`refrain hash --format vpdq`), in
/// order; none without it.
inline const std::vector<Hash256>& real_codes() {
    static const std::vector<Hash256> codes = [] {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread starts
        const char* const path = std::getenv("REFRAIN_BENCH_CODES");
        std::vector<Hash256> read;
        std::ifstream file(path == nullptr ? "" : path);
        for (std::string line; std::getline(file, line);) {
            for (std::size_t at = 0; at + 64 <= line.size(); ++at) {
                if (const auto code = hash256_from_hex(std::string_view(line).substr(at, 64))) {
                    read.push_back(*code);
                    break;
                }
            }
        }
        return read;
    }();
    return codes;
}

/// An endless row of codes, given out piece by piece. Real ones come over and over: after the first
/// round every scene with 20 to 99 bits turned, the same ones in all its frames, and each frame
/// with up to 3 more.
class CodeStream {
  public:
    explicit CodeStream(bool is_real) : is_real_(is_real) {}

    [[nodiscard]] std::vector<Hash256> next(std::size_t count) {
        std::vector<Hash256> codes(count);
        for (Hash256& code : codes) {
            code = is_real_ ? next_real() : next_uniform();
        }
        return codes;
    }

  private:
    Hash256 next_uniform() { return Hash256{{random_(), random_(), random_(), random_()}}; }
    Hash256 next_real() {
        const std::vector<Hash256>& real = real_codes();
        Hash256 code = real[at_ % real.size()];
        if (at_ >= real.size()) {
            if (at_ % kScene == 0) {
                mask_ = {};
                flip(mask_, 20 + random_() % 80, random_);
            }
            flip(code, random_() % 4, random_);
        }
        for (std::size_t w = 0; w < code.words.size(); ++w) {
            code.words[w] ^= mask_.words[w];
        }
        ++at_;
        return code;
    }

    bool is_real_;
    std::mt19937_64 random_{1};
    std::size_t at_ = 0;
    Hash256 mask_;
};

/// Half an excerpt of something known with up to 12 bits turned, half unknown.
inline std::vector<Hash256> queries_for(const std::vector<Hash256>& known, std::size_t count) {
    std::mt19937_64 random(2);
    std::vector<Hash256> queries;
    const std::size_t from = known.size() / 3;
    for (std::size_t i = 0; i < count; ++i) {
        Hash256 query = known[(from + i) % known.size()];
        flip(query, i % 2 == 0 ? random() % 13 : 110, random);
        queries.push_back(query);
    }
    return queries;
}

}  // namespace refrain::bench
