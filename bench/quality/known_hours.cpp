// What a look-up costs when many hours of video are known.
//
//     known_hours HOURS UPLOAD VIDEO...
//
// Fingerprints the videos as known ones, then makes a corpus of HOURS by adding them again and
// again, each time with another mask of kMaskBits over all its codes (so that still scenes, shots
// and densities are those of real videos, yet every item is unlike every other) and a few bits of
// noise; its local codes are mixed with others of their word, as in local_scale. The first round
// stays as it is, but for the noise. Prints bytes an hour of records, indexes and disk, the time to
// open, the memory of a process that only looks up, and for UPLOAD (looked up with normal effort,
// one thread) the search and alignment beside decoding. The corpus lies in a temporary folder.

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <stdlib.h>

#include "refrain/corpus.h"
#include "refrain/fingerprinter.h"

#include "local_codes.h"
#include "process_cost.h"

namespace refrain {
namespace {

constexpr int kMaskBits = 110;
constexpr int kNoiseBits = 3;
constexpr std::size_t kBatch = 200;

double mib_in(const std::filesystem::path& folder) {
    double bytes = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
        bytes += file.is_regular_file() ? static_cast<double>(file.file_size()) : 0;
    }
    return bytes / (1 << 20);
}

/// Local codes of all videos, and more that lie as they do.
class LocalMixer {
  public:
    explicit LocalMixer(const std::vector<Fingerprint>& videos) {
        for (const Fingerprint& video : videos) {
            first_.push_back(pictures_.size());
            for (const LocalFrame& frame : video.local) {
                pictures_.emplace_back();
                for (const LocalPoint& point : frame.points) {
                    pictures_.back().push_back(point.code);
                }
            }
        }
        mixer_.emplace(pictures_);
    }

    void mix(Fingerprint& variant, std::size_t video, std::mt19937_64& random) const {
        for (std::size_t i = 0; i < variant.local.size(); ++i) {
            const std::vector<Hash256> codes = mixer_->mixed(first_[video] + i, random);
            for (std::size_t p = 0; p < codes.size(); ++p) {
                variant.local[i].points[p].code = codes[p];
            }
        }
    }

  private:
    std::vector<std::vector<Hash256>> pictures_;
    std::vector<std::size_t> first_;  ///< picture of each video
    std::optional<bench::CodeMixer> mixer_;
};

class Clock {
  public:
    [[nodiscard]] double seconds() const {
        const auto passed = std::chrono::steady_clock::now() - began_;
        return std::chrono::duration<double>(passed).count();
    }

  private:
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

Hash256 random_mask(int bits, std::mt19937_64& random) {
    Hash256 mask;
    for (int i = 0; i < bits; ++i) {
        mask.set_bit(static_cast<int>(random() % Hash256::kBits));
    }
    return mask;
}

Hash256 masked(const Hash256& hash, const Hash256& mask) {
    Hash256 result;
    for (std::size_t i = 0; i < result.words.size(); ++i) {
        result.words[i] = hash.words[i] ^ mask.words[i];
    }
    return result;
}

/// The first round of the videos is left as it is, but for the noise: the upload may show them.
NewItem variant_of(const Fingerprint& original,
                   std::uint64_t number,
                   bool is_first_round,
                   std::mt19937_64& random) {
    NewItem item;
    item.name = "v" + std::to_string(number);
    item.fingerprint = original;
    for (std::size_t i = 0; i < 8; ++i) {
        item.fingerprint.media.digest.sha256[i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    const Hash256 mask = is_first_round ? Hash256{} : random_mask(kMaskBits, random);
    for (FrameHash& frame : item.fingerprint.frames) {
        frame.hash = masked(masked(frame.hash, mask), random_mask(kNoiseBits, random));
    }
    return item;
}

bool fill(Corpus& corpus, const std::vector<Fingerprint>& videos, double hours) {
    std::mt19937_64 random(20);
    const LocalMixer mixer(videos);
    double seconds = 0;
    std::vector<NewItem> batch;
    for (std::uint64_t number = 0; seconds < hours * 3600; ++number) {
        const Fingerprint& video = videos[number % videos.size()];
        batch.push_back(variant_of(video, number, number < videos.size(), random));
        if (number >= videos.size()) {
            mixer.mix(batch.back().fingerprint, number % videos.size(), random);
        }
        seconds += video.media.duration.seconds();
        if (batch.size() == kBatch || seconds >= hours * 3600) {
            if (const auto added = corpus.add(batch); !added) {
                std::fprintf(stderr, "add: %s\n", added.error().message.c_str());
                return false;
            }
            batch.clear();
        }
    }
    return true;
}

std::vector<Fingerprint> fingerprints_of(int count, char** paths) {
    std::vector<Fingerprint> videos;
    const Fingerprinter fingerprinter{FingerprintOptions{}};
    for (int i = 0; i < count; ++i) {
        Result<FingerprintRun> run = fingerprinter.fingerprint_file(paths[i]);
        if (run && run->fingerprint.media.duration.us > 0) {
            videos.push_back(std::move(run->fingerprint));
        } else {
            std::fprintf(stderr, "left out: %s\n", paths[i]);
        }
    }
    return videos;
}

bool look_up(const std::filesystem::path& folder, const char* upload) {
    std::printf("before: %.0f MiB of memory of its own and %.0f mapped\n",
                bench::status_mib("RssAnon"), bench::status_mib("RssFile"));
    const Clock opening;
    const auto corpus = Corpus::open(folder, CorpusMode::kReadOnly);
    if (!corpus || !corpus->prepare()) {
        return false;
    }
    std::printf("open %.2f s, then %.0f MiB of memory of its own and %.0f mapped\n",
                opening.seconds(), bench::status_mib("RssAnon"), bench::status_mib("RssFile"));
    const auto stats = corpus->stats();
    if (!stats) {
        return false;
    }
    const double hours = stats->video_duration.seconds() / 3600;
    std::printf("%.1f hours, %llu items, %llu codes, %.2f MiB an hour, index %.0f MiB\n", hours,
                static_cast<unsigned long long>(stats->items),
                static_cast<unsigned long long>(stats->searchable_codes),
                static_cast<double>(stats->record_bytes) / hours / (1 << 20),
                static_cast<double>(stats->index_bytes) / (1 << 20));
    std::printf("%llu local codes; on disk %.2f MiB an hour\n",
                static_cast<unsigned long long>(stats->local_codes), mib_in(folder) / hours);
    const FingerprintOptions options = FingerprintOptions().for_query();
    const auto run = Fingerprinter(options).fingerprint_file(upload);
    if (!run) {
        return false;
    }
    const double before = bench::process_seconds();
    const auto answer = corpus->find(run->fingerprint);
    if (!answer) {
        return false;
    }
    const double cost = 1e3 * (bench::process_seconds() - before);
    std::printf(
        "upload of %.1f s: decode %lld ms, hash %lld ms, search and alignment %lld ms (%.0f of "
        "processor time), %zu matches\n",
        run->fingerprint.media.duration.seconds(), static_cast<long long>(run->decode_time.ms()),
        static_cast<long long>(run->hash_time.ms()),
        static_cast<long long>(answer->search_time.ms()), cost, answer->matches.size());
    std::printf("%.0f MiB of memory of its own and %.0f mapped after it\n",
                bench::status_mib("RssAnon"), bench::status_mib("RssFile"));
    return true;
}

int run(int argc, char** argv) {
    std::string name = (std::filesystem::temp_directory_path() / "refrain-hours-XXXXXX").native();
    const std::vector<Fingerprint> videos = fingerprints_of(argc - 3, argv + 3);
    if (videos.empty() || ::mkdtemp(name.data()) == nullptr) {
        return 2;
    }
    const std::filesystem::path folder = name;
    // In another process, so that the one that looks up has held nothing else.
    const pid_t child = ::fork();
    if (child == 0) {
        bool is_filled = false;
        if (auto corpus = Corpus::open(folder, CorpusMode::kCreate)) {
            // Preparing reads what was added, and writes the indexes.
            is_filled = fill(*corpus, videos, std::atof(argv[1])) && corpus->prepare().ok();
        }
        ::_exit(is_filled ? 0 : 1);
    }
    int status = 1;
    const bool is_done = child > 0 && ::waitpid(child, &status, 0) == child && status == 0 &&
                         look_up(folder, argv[2]);
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    return is_done ? 0 : 1;
}

}  // namespace
}  // namespace refrain

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fprintf(stderr, "usage: known_hours HOURS UPLOAD VIDEO...\n");
        return 2;
    }
    return refrain::run(argc, argv);
}
