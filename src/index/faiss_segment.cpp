#include "index/faiss_segment.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <random>
#include <string_view>
#include <utility>

#include <faiss/IndexBinaryFlat.h>
#include <faiss/IndexBinaryHash.h>
#include <faiss/IndexBinaryIVF.h>
#include <faiss/impl/AuxIndexStructures.h>
#include <faiss/index_factory.h>
#include <omp.h>

#include "base/check.h"
#include "index/hash_segments.h"
#include "index/interleaved_flat.h"

namespace refrain::index {

namespace {

// faiss::idx_t moved out of faiss::Index after 1.7.3; this name is right for both.
using FaissId = decltype(faiss::IndexBinary::ntotal);

// FAISS's k-means complains on standard error about fewer points for each centroid.
constexpr std::size_t kPointsPerList = 39;
// Numbers in a description become sizes of arrays.
constexpr int kLargestNumber = 1 << 16;
// FAISS reads a key into 64 bits and looks up every key with so many bits turned over: of 64 bits,
// four make 680,000 look-ups a query.
constexpr int kMostKeyBits = 64;
constexpr int kMostFlips = 4;

const std::uint8_t* bytes_of(std::span<const Hash256> codes) {
    static_assert(sizeof(Hash256) == 32, "codes must lie packed, as FAISS reads them");
    return reinterpret_cast<const std::uint8_t*>(codes.data());
}

std::optional<int> number_of(std::string_view text) {
    int number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = failed == std::errc{} && end == text.data() + text.size();
    return is_number && number >= 1 && number <= kLargestNumber ? std::optional(number)
                                                                : std::nullopt;
}

bool is_letter_or_digit(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/// Letters, digits and `_` alone, and no number that is too large.
bool is_sound(std::string_view description) {
    std::size_t digits = 0;
    for (const char c : description) {
        digits = c >= '0' && c <= '9' ? digits + 1 : 0;
        if (!is_letter_or_digit(c) || digits > 5) {
            return false;
        }
    }
    return !description.empty();
}

Error wrong(std::string_view description, const std::string& why) {
    return {ErrorCode::kInvalidArgument,
            "no index for faiss:" + std::string(description) + ": " + why};
}

/// Whether it answers. Indexes that have to be trained are not asked: those that the factory makes
/// are inverted lists, which do.
std::string try_range_search(faiss::IndexBinary& index) {
    if (!index.is_trained) {
        return dynamic_cast<faiss::IndexBinaryIVF*>(&index) != nullptr
                   ? ""
                   : "it has to be trained in a way that is not known";
    }
    omp_set_num_threads(1);  // starting others costs more than one code
    const Hash256 code;
    const std::span<const Hash256> one(&code, 1);
    index.add(1, bytes_of(one));
    faiss::RangeSearchResult found(1);
    index.range_search(1, bytes_of(one), 1, &found);
    index.reset();
    return found.lims[1] == 1 ? "" : "it does not find what was added";
}

std::size_t bytes_held(const faiss::IndexBinary& index) {
    const auto codes = static_cast<std::size_t>(index.ntotal);
    if (const auto* ours = dynamic_cast<const InterleavedFlat*>(&index)) {
        return ours->memory_bytes();
    }
    if (const auto* flat = dynamic_cast<const faiss::IndexBinaryFlat*>(&index)) {
        return flat->xb.capacity();
    }
    if (const auto* lists = dynamic_cast<const faiss::IndexBinaryIVF*>(&index)) {
        return codes * (sizeof(Hash256) + sizeof(FaissId)) + lists->nlist * sizeof(Hash256);
    }
    // An entry of a map of vectors: its node, its place in the table, and the vector's own block.
    constexpr std::size_t kMapEntry = 80;
    if (const auto* hash = dynamic_cast<const faiss::IndexBinaryHash*>(&index)) {
        return codes * (sizeof(Hash256) + sizeof(FaissId)) + hash->invlists.size() * 2 * kMapEntry;
    }
    std::size_t bytes = codes * sizeof(Hash256);
    if (const auto* hashes = dynamic_cast<const faiss::IndexBinaryMultiHash*>(&index)) {
        for (const auto& map : hashes->maps) {
            bytes += map.size() * kMapEntry + codes * sizeof(FaissId);
        }
    }
    return bytes;
}

}  // namespace

Result<FaissRecipe> FaissRecipe::interleaved() {
    FaissRecipe recipe;
    recipe.exact_radius_ = Hash256::kBits;
    recipe.keeps_codes_ = true;
    return recipe;
}

Result<FaissRecipe> FaissRecipe::parse(std::string_view description) {
    FaissRecipe recipe;
    const std::size_t comma = description.find(',');
    recipe.description_ = description.substr(0, comma);
    if (comma != std::string_view::npos) {
        const std::string_view option = description.substr(comma + 1);
        const std::size_t equals = std::min(option.find('='), option.size() - 1);
        const std::optional<int> number = number_of(option.substr(equals + 1));
        const std::string_view name = option.substr(0, equals);
        if (!number || (name != "nprobe" && name != "nflip")) {
            return wrong(description, "what follows the comma must be nprobe=N or nflip=N");
        }
        (name == "nprobe" ? recipe.nprobe_ : recipe.nflip_) = *number;
    }
    if (!is_sound(recipe.description_)) {
        return wrong(description, "a description has letters, digits, _ and numbers below 100000");
    }
    try {
        if (const std::string why = recipe.learn(); !why.empty()) {
            return wrong(description, why);
        }
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& thrown) {
        return wrong(description, "FAISS cannot make it or search a range with it");
    }
    return recipe;
}

std::string FaissRecipe::learn() {
    const std::unique_ptr<faiss::IndexBinary> index = make();
    const auto* lists = dynamic_cast<const faiss::IndexBinaryIVF*>(index.get());
    const auto* hash = dynamic_cast<const faiss::IndexBinaryHash*>(index.get());
    const auto* hashes = dynamic_cast<const faiss::IndexBinaryMultiHash*>(index.get());
    if (nprobe_ > 0 && lists == nullptr) {
        return "it has no lists, hence no nprobe";
    }
    if (nflip_ > 0 && hash == nullptr && hashes == nullptr) {
        return "it has no keys, hence no nflip";
    }
    const int key_bits = hash != nullptr ? hash->b : hashes != nullptr ? hashes->b : 1;
    if (key_bits < 1 || key_bits > kMostKeyBits || nflip_ > std::min(kMostFlips, key_bits)) {
        return "keys have 1 to 64 bits, of which at most 4 may differ";
    }
    if (dynamic_cast<const faiss::IndexBinaryFlat*>(index.get()) != nullptr) {
        exact_radius_ = Hash256::kBits;
        keeps_codes_ = true;
    } else if (lists != nullptr) {
        exact_radius_ = lists->nprobe >= lists->nlist ? Hash256::kBits : -1;
        least_codes_ = lists->nlist * kPointsPerList;
    } else if (hash != nullptr) {
        exact_radius_ = hash->nflip;
    } else if (hashes != nullptr) {
        // With as many keys, one of them differs in no more bits than their mean.
        exact_radius_ = hashes->nhash * (hashes->nflip + 1) - 1;
    }
    return try_range_search(*index);
}

std::unique_ptr<faiss::IndexBinary> FaissRecipe::make() const {
    if (description_.empty()) {
        return std::make_unique<InterleavedFlat>();
    }
    std::unique_ptr<faiss::IndexBinary> index(
        faiss::index_binary_factory(Hash256::kBits, description_.c_str()));
    if (auto* lists = dynamic_cast<faiss::IndexBinaryIVF*>(index.get());
        lists != nullptr && nprobe_ > 0) {
        lists->nprobe = std::min(static_cast<std::size_t>(nprobe_), lists->nlist);
    }
    if (auto* hash = dynamic_cast<faiss::IndexBinaryHash*>(index.get())) {
        hash->nflip = nflip_;
    }
    if (auto* hashes = dynamic_cast<faiss::IndexBinaryMultiHash*>(index.get())) {
        hashes->nflip = nflip_;
    }
    return index;
}

FaissSegment::FaissSegment(LooseCodes loose, const FaissRecipe& recipe, int threads)
    : loose_(std::move(loose)) {
    REFRAIN_CHECK(!loose_.codes.empty() && loose_.codes.size() <= kMaxCodes &&
                  loose_.codes.size() == loose_.ids.size());
    loose_.sort_by_id();
    const std::size_t count = loose_.codes.size();
    if (count >= recipe.least_codes()) {
        omp_set_num_threads(threads);
        index_ = recipe.make();
        const auto codes = static_cast<FaissId>(count);
        if (!index_->is_trained) {
            index_->train(codes, bytes_of(loose_.codes));
        }
        index_->add(codes, bytes_of(loose_.codes));
        if (recipe.keeps_codes()) {
            loose_.codes = std::vector<Hash256>();  // frees them, which `= {}` would not
        }
    }
    bytes_ = loose_.codes.capacity() * sizeof(Hash256) + loose_.ids.capacity() * sizeof(CodeId) +
             (index_ == nullptr ? 0 : bytes_held(*index_));
}

void FaissSegment::append_live(const PositionSet* dead, LooseCodes& out) const {
    if (!loose_.codes.empty()) {
        out.append_live({loose_.codes, loose_.ids, dead});
        return;
    }
    for (std::size_t i = 0; i < loose_.ids.size(); ++i) {
        if (dead == nullptr || !dead->contains(i)) {
            out.codes.emplace_back();
            index_->reconstruct(static_cast<FaissId>(i),
                                reinterpret_cast<std::uint8_t*>(&out.codes.back()));
            out.ids.push_back(loose_.ids[i]);
        }
    }
}

void FaissSegment::search(const PositionSet* dead,
                          const QueryRange& queries,
                          Searcher& searcher) const {
    if (index_ == nullptr) {
        searcher.scan({loose_.codes, loose_.ids, dead}, queries);
        return;
    }
    const std::span<const Hash256> asked =
        queries.batch.subspan(queries.begin, queries.end - queries.begin);
    faiss::RangeSearchResult found(static_cast<FaissId>(asked.size()));
    // FAISS keeps distances strictly below its radius; ours is inclusive.
    index_->range_search(static_cast<FaissId>(asked.size()), bytes_of(asked), searcher.radius() + 1,
                         &found);
    for (std::size_t q = 0; q < asked.size(); ++q) {
        for (std::size_t i = found.lims[q]; i < found.lims[q + 1]; ++i) {
            const auto place = static_cast<std::size_t>(found.labels[i]);
            if (dead == nullptr || !dead->contains(place)) {
                searcher.add_hit({static_cast<std::uint32_t>(queries.begin + q), loose_.ids[place],
                                  static_cast<std::uint16_t>(found.distances[i])});
            }
        }
    }
}

std::shared_ptr<const FaissSegment> FaissKind::make(LooseCodes loose,
                                                    int threads,
                                                    const std::stop_token& /*stop*/) const {
    return std::make_shared<const FaissSegment>(std::move(loose), recipe_, threads);
}

std::shared_ptr<const FaissSegment> FaissKind::merge(std::span<const FaissPart> parts,
                                                     const std::stop_token& stop) const {
    LooseCodes loose = live_codes_of(parts);
    return loose.codes.empty() ? nullptr : make(std::move(loose), threads_, stop);
}

void FaissKind::search(const FaissPart& part, const QueryRange& queries, Searcher& searcher) const {
    // OpenMP keeps the number for each thread that asks.
    omp_set_num_threads(threads_);
    part.segment->search(part.dead.get(), queries, searcher);
}

}  // namespace refrain::index
