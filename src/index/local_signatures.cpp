#include "index/local_signatures.h"

#include <bit>
#include <iterator>
#include <span>

#include "index/local_words.h"
#include "index/snapshot.h"

namespace refrain::index {

namespace {

constexpr Hash256 kChosen[] = {
#include "index/local_signatures.inc"
};
static_assert(std::size(kChosen) == kLocalWords);

constexpr std::uint64_t kCellsChosen[] = {
#include "index/local_cells.inc"
};
static_assert(std::size(kCellsChosen) == kLocalWords);

}  // namespace

const Hash256& signature_bits(std::size_t word) { return kChosen[word]; }

std::uint64_t cell_bits(std::size_t word) { return kCellsChosen[word]; }

std::uint64_t plain_signature(const Hash256& code, const Hash256& chosen) {
    std::uint64_t signature = 0;
    int place = 0;
    for (int bit = 0; bit < Hash256::kBits; ++bit) {
        if (chosen.bit(bit)) {
            signature |= std::uint64_t{code.bit(bit)} << place++;
        }
    }
    return signature;
}

std::uint64_t signature_bits_mark() {
    return checksum(std::as_bytes(std::span(kChosen))) ^
           std::rotl(checksum(std::as_bytes(std::span(kCellsChosen))), 1);
}

}  // namespace refrain::index
