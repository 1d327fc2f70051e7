// A corpus that knows PDQ codes alone: importing a list, opening the corpus anew, and looking
// pictures up. Prints one JSON object.
//
//     hash_lists CODES FOLDER [FRAMES]
//
// FOLDER takes the corpus; one that is there is looked up only. The list is made while it is read:
// random codes, a picture each, or with FRAMES films of as many codes, a second apart. A look-up is
// of one picture in eight views by one thread; every other one has an entry 20 bits away. Its time
// is that of `find` alone, without fingerprinting. Memory is the greatest of the process so far.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "refrain/corpus.h"
#include "refrain/import.h"

#include "process_cost.h"
#include "require.h"
#include "timing.h"

namespace refrain::bench {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr int kLookUps = 400;
constexpr int kBitsAway = 20;

double bytes_in(const std::filesystem::path& folder) {
    double bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        bytes += static_cast<double>(entry.file_size());
    }
    return bytes;
}

Hash256 random_code(std::mt19937_64& random) {
    return Hash256{{random(), random(), random(), random()}};
}

/// The lines of a list, made as they are asked for.
class MadeUpList {
  public:
    /// @param frames  of a film; 1: pictures
    MadeUpList(std::uint64_t codes, std::uint64_t frames)
        : left_(codes), frames_(frames), random_(kSeed) {}

    [[nodiscard]] FeedBytes bytes() {
        return [this](std::span<char> into) -> Result<std::size_t> {
            while (line_.size() - at_ < into.size() && left_ > 0) {
                line_.erase(0, at_);
                at_ = 0;
                for (int i = 0; i < 100 && left_ > 0; ++i) {
                    add_item();
                }
            }
            const std::size_t size = std::min(into.size(), line_.size() - at_);
            std::copy_n(line_.begin() + static_cast<std::ptrdiff_t>(at_), size, into.begin());
            at_ += size;
            return size;
        };
    }

  private:
    void add_item() {
        if (frames_ == 1) {
            line_ += to_hex(random_code(random_)) + '\n';
            --left_;
            return;
        }
        line_ += '[';
        for (std::uint64_t i = 0; i < frames_ && left_ > 0; ++i, --left_) {
            line_ += (i == 0 ? "\"" : ",\"") + to_hex(random_code(random_)) + ",100," +
                     std::to_string(i) + '"';
        }
        line_ += "]\n";
    }

    std::uint64_t left_;
    std::uint64_t frames_;
    std::mt19937_64 random_;
    std::string line_;
    std::size_t at_ = 0;
};

/// A picture that was never decoded. @param near  a code that its upright one is near to; null:
/// none
Fingerprint query_of(std::mt19937_64& random, const Hash256* near) {
    Fingerprint query;
    query.media.digest.bytes = 1000;
    for (std::uint8_t& byte : query.media.digest.sha256) {
        byte = static_cast<std::uint8_t>(random());
    }
    query.frames.push_back({MediaTime(), random_code(random), 100});
    DihedralHashes views{query.frames.front().hash};
    ExactCode exact;
    exact.quality = 100;
    for (std::size_t view = 0; view < kDihedralViews; ++view) {
        views[view] = view == 0 ? views[view] : random_code(random);
        exact.views[view] = random_code(random);
    }
    if (near != nullptr) {
        exact.views[0] = *near;
        for (int i = 0; i < kBitsAway; ++i) {
            const std::size_t bit = random() % Hash256::kBits;
            exact.views[0].words[bit / 64] ^= std::uint64_t{1} << (bit % 64);
        }
    }
    query.views.push_back(views);
    query.exact.push_back(exact);
    return query;
}

void import_list(const std::filesystem::path& folder, std::uint64_t codes, std::uint64_t frames) {
    Corpus corpus = Corpus::open(folder.native(), CorpusMode::kCreate).value();
    MadeUpList list(codes, frames);
    ImportOptions options;
    options.format = frames == 1 ? FeedFormat::kPdq : FeedFormat::kVpdq;
    ImportCounts counts;
    const double took =
        seconds([&] { counts = import_into(corpus, list.bytes(), options).value(); });
    require(!counts.error && counts.added == (codes + frames - 1) / frames);
    print("items", static_cast<double>(counts.added));
    print("import_s", took);
    print("import_memory_mib", status_mib("VmHWM"));
    print("store_bytes_a_code", bytes_in(folder) / static_cast<double>(codes));
    print("index_s", seconds([&] { require(corpus.finish_adding().ok()); }));
}

void look_up(const std::filesystem::path& folder) {
    Corpus corpus = Corpus::open(folder.native(), CorpusMode::kReadOnly).value();
    print("open_s", seconds([&] { require(corpus.has_hash_lists().value()); }));
    print("memory_mib", status_mib("VmHWM"));
    print("bytes_a_code",
          bytes_in(folder) / static_cast<double>(corpus.stats().value().searchable_codes));
    std::mt19937_64 listed(kSeed);
    std::mt19937_64 random(kSeed + 1);
    std::vector<double> times;
    for (int i = 0; i < kLookUps; ++i) {
        const Hash256 known = random_code(listed);
        const bool is_known = i % 2 == 0;
        const Fingerprint query = query_of(random, is_known ? &known : nullptr);
        FindAnswer answer;
        times.push_back(1000 * seconds([&] { answer = corpus.find(query).value(); }));
        require((answer.status == FindStatus::kMatch) == is_known);
    }
    std::sort(times.begin(), times.end());
    print("find_ms_median", times[times.size() / 2]);
    print("find_ms_p99", times[times.size() * 99 / 100]);
    print("find_ms_max", times.back());
}

int run(int count, char** arguments) {
    if (count != 3 && count != 4) {
        std::fprintf(stderr, "usage: hash_lists CODES FOLDER [FRAMES]\n");
        return 2;
    }
    const std::uint64_t codes = std::strtoull(arguments[1], nullptr, 10);
    const std::filesystem::path folder = arguments[2];
    std::printf("{\"codes\": %llu", static_cast<unsigned long long>(codes));
    if (!std::filesystem::exists(folder)) {
        import_list(folder, codes, count == 4 ? std::strtoull(arguments[3], nullptr, 10) : 1);
    }
    look_up(folder);
    std::printf("}\n");
    return 0;
}

}  // namespace
}  // namespace refrain::bench

int main(int count, char** arguments) { return refrain::bench::run(count, arguments); }
