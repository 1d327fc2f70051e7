#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "refrain/hash256.h"

#include "index/local_index.h"
#include "index/local_kernels.h"
#include "index/local_words.h"

// Local codes for the benchmarks: real ones of files that quality/local_pairs.py wrote, or such as
// are made up from the words, and more codes that lie as these do.

namespace refrain::bench {

/// A code that is asked for, and the known one that shows the same corner.
struct PairedQuery {
    Hash256 code;
    std::int32_t picture = -1;  ///< none
    std::int32_t point = -1;
};

struct LocalCodes {
    std::vector<std::vector<Hash256>> pictures;
    std::vector<PairedQuery> queries;
};

inline void turn_bits(Hash256& code, int bits, std::mt19937_64& random) {
    for (int i = 0; i < bits; ++i) {
        const std::uint64_t bit = random() % 256;
        code.words[bit / 64] ^= std::uint64_t{1} << (bit % 64);
    }
}

template <typename T>
T read_local(std::ifstream& file) {
    T value{};
    file.read(reinterpret_cast<char*>(&value), sizeof value);
    if (!file) {
        std::fputs("a file of local codes is cut off, or is not there\n", stderr);
        std::exit(1);
    }
    return value;
}

inline LocalCodes read_local_codes(const std::string& path) {
    LocalCodes read;
    std::ifstream file(path, std::ios::binary);
    read.pictures.resize(static_cast<std::size_t>(read_local<std::int32_t>(file)));
    for (std::vector<Hash256>& picture : read.pictures) {
        picture.resize(static_cast<std::size_t>(read_local<std::int32_t>(file)));
        for (Hash256& code : picture) {
            code = read_local<Hash256>(file);
        }
    }
    read.queries.resize(static_cast<std::size_t>(read_local<std::int32_t>(file)));
    for (PairedQuery& query : read.queries) {
        query.code = read_local<Hash256>(file);
        query.picture = read_local<std::int32_t>(file);
        query.point = read_local<std::int32_t>(file);
    }
    return read;
}

/// Pictures with codes around the words, and copies of their points with some 41 bits turned.
inline LocalCodes made_local_codes(std::uint64_t seed = 1) {
    std::mt19937_64 random(seed);
    LocalCodes made;
    for (std::int32_t i = 0; i < 500; ++i) {
        std::vector<Hash256> picture(400);
        for (std::size_t p = 0; p < picture.size(); ++p) {
            picture[p] = index::local_word(random() % index::kLocalWords);
            turn_bits(picture[p], 60, random);
            if (p < 40) {
                made.queries.push_back({picture[p], i, static_cast<std::int32_t>(p)});
                turn_bits(made.queries.back().code, 44, random);
            }
        }
        made.pictures.push_back(std::move(picture));
    }
    return made;
}

/// The files that REFRAIN_BENCH_LOCAL names, apart by colons; none without it.
inline std::vector<LocalCodes> local_codes_of_environment() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread starts
    const char* const paths = std::getenv("REFRAIN_BENCH_LOCAL");
    std::vector<LocalCodes> read;
    std::istringstream all(paths == nullptr ? "" : paths);
    for (std::string path; std::getline(all, path, ':');) {
        read.push_back(read_local_codes(path));
    }
    return read;
}

/// Mixes codes with others of the same word, so that more codes lie as the first ones do.
class CodeMixer {
  public:
    /// @param pictures  outlive it
    explicit CodeMixer(const std::vector<std::vector<Hash256>>& pictures) : pictures_(pictures) {
        for (const std::vector<Hash256>& picture : pictures) {
            words_.push_back(index::nearest_words(picture, 1, index::local_kernels()));
            for (std::size_t i = 0; i < picture.size(); ++i) {
                alike_[words_.back()[i]].push_back(picture[i]);
            }
        }
    }

    /// Codes of which each bit is that of one of a picture or of one of its like.
    [[nodiscard]] std::vector<Hash256> mixed(std::size_t picture, std::mt19937_64& random) const {
        std::vector<Hash256> codes = pictures_[picture];
        for (std::size_t i = 0; i < codes.size(); ++i) {
            const std::vector<Hash256>& alike = alike_[words_[picture][i]];
            const Hash256& other = alike[random() % alike.size()];
            for (std::size_t w = 0; w < 4; ++w) {
                codes[i].words[w] ^= (codes[i].words[w] ^ other.words[w]) & random();
            }
        }
        return codes;
    }

  private:
    const std::vector<std::vector<Hash256>>& pictures_;
    std::vector<std::vector<std::uint16_t>> words_;                ///< of each code of each picture
    std::vector<std::vector<Hash256>> alike_{index::kLocalWords};  ///< by word
};

/// The pictures of `input`, then mixed ones, until there are `codes` codes.
inline std::vector<index::LocalPicture> pictures_of(const LocalCodes& input, std::size_t codes) {
    const CodeMixer mixer(input.pictures);
    std::mt19937_64 random(2);
    std::vector<index::LocalPicture> pictures;
    std::size_t count = 0;
    for (std::size_t i = 0; count < codes; ++i) {
        const std::size_t from = i % input.pictures.size();
        pictures.push_back({static_cast<index::PictureKey>(i), i < input.pictures.size()
                                                                   ? input.pictures[from]
                                                                   : mixer.mixed(from, random)});
        count += pictures.back().codes.size();
    }
    return pictures;
}

}  // namespace refrain::bench
