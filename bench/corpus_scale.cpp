// A corpus of 1 to 100 million codes: rebuilding the index from the store, opening its snapshot,
// looking a video up, and how soon a change is seen by another thread and by another process.
// Prints one JSON object.
//
//     corpus_scale CODES FOLDER [FRAMES]
//
// FOLDER takes the corpus: some 140 bytes a code. Codes are evenly spread, over videos of FRAMES
// each, by default 1000; below 200 only opening is timed.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "refrain/corpus.h"

#include "require.h"
#include "timing.h"

namespace refrain::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLeastForLookUps = 200;
constexpr std::size_t kBatch = 200;            // videos in a commit
constexpr int kChanges = 40;                   // that are timed
constexpr std::uint64_t kNew = 1'000'000'000;  // seeds of what is added later

Hash256 random_code(std::mt19937_64& random) {
    return Hash256{{random(), random(), random(), random()}};
}

Fingerprint made_up(std::uint64_t seed, int frames, bool has_views = false) {
    std::mt19937_64 random(seed);
    Fingerprint video;
    video.media.kind = MediaKind::kVideo;
    video.media.width = 640;
    video.media.height = 360;
    video.media.duration = MediaTime::from_seconds(frames);
    for (std::uint8_t& byte : video.media.digest.sha256) {
        byte = static_cast<std::uint8_t>(random());
    }
    for (int i = 0; i < frames; ++i) {
        video.frames.push_back({MediaTime::from_seconds(i), random_code(random), 90, i == 0});
    }
    if (has_views) {
        video.views.resize(video.frames.size());
        for (std::size_t i = 0; i < video.views.size(); ++i) {
            for (Hash256& view : video.views[i]) {
                view = random_code(random);
            }
            video.views[i][0] = video.frames[i].hash;
        }
    }
    video.decode.decoded_frames = static_cast<std::uint64_t>(frames);
    video.decode.decoded_until = video.media.duration;
    return video;
}

NewItem item_of(std::uint64_t seed, int frames) {
    NewItem item;
    item.fingerprint = made_up(seed, frames);
    item.name = std::to_string(seed);
    return item;
}

/// Other bytes, the same pictures.
Fingerprint copy_of(std::uint64_t seed, int frames) {
    Fingerprint copy = made_up(seed, frames);
    copy.media.digest.sha256[0] ^= 1;
    return copy;
}

Corpus open(const std::filesystem::path& folder, CorpusMode mode) {
    CorpusOptions options;
    options.threads = 2;
    auto corpus = Corpus::open(folder, mode, options);
    require(corpus.ok());
    return std::move(corpus).value();
}

void fill(const std::filesystem::path& folder, std::size_t codes, int frames) {
    Corpus corpus = open(folder, CorpusMode::kCreate);
    const std::size_t videos = codes / static_cast<std::size_t>(frames);
    for (std::size_t from = 0; from < videos; from += kBatch) {
        std::vector<NewItem> items;
        for (std::size_t i = from; i < std::min(from + kBatch, videos); ++i) {
            items.push_back(item_of(i + 1, frames));
        }
        require(corpus.add(items).ok());
    }
}

/// Opens, and waits until the snapshot is written too.
void time_opening(const std::filesystem::path& folder, const char* name, const char* with_writing) {
    double opening = 0;
    const double all = seconds([&] {
        const Corpus corpus = open(folder, CorpusMode::kReadOnly);
        opening = seconds([&] { require(corpus.prepare().ok()); });
    });
    print(name, opening);
    if (with_writing != nullptr) {
        print(with_writing, all);
    }
}

/// One who adds and removes: tells when each commit had returned, in nanoseconds of the clock that
/// all processes share.
void change_and_tell(const std::filesystem::path& folder,
                     std::uint64_t first,
                     const std::function<void(std::int64_t)>& tell) {
    Corpus corpus = open(folder, CorpusMode::kReadWrite);
    for (std::uint64_t seed = first; seed < first + kChanges; ++seed) {
        const NewItem item = item_of(seed, 4);
        const auto added = corpus.add(std::span(&item, 1));
        require(added.ok());
        tell(Clock::now().time_since_epoch().count());
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        require(corpus.remove(std::span(&added->front().id, 1)).ok());
        tell(Clock::now().time_since_epoch().count());
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
}

/// Looks each up until it is there, and then until it is gone. @return when
std::vector<std::int64_t> watch(const Corpus& corpus, std::uint64_t first) {
    std::vector<std::int64_t> seen;
    for (std::uint64_t seed = first; seed < first + kChanges; ++seed) {
        const Fingerprint query = copy_of(seed, 4);
        for (const bool is_there : {true, false}) {
            FindOptions options;
            options.min_score = 0;
            while (true) {
                const auto answer = corpus.find(query, options);
                require(answer.ok());
                if (!answer->matches.empty() == is_there) {
                    break;
                }
            }
            seen.push_back(Clock::now().time_since_epoch().count());
        }
    }
    return seen;
}

void print_delays(const std::string& where,
                  const std::vector<std::int64_t>& told,
                  const std::vector<std::int64_t>& seen) {
    for (const std::size_t kind : {0U, 1U}) {
        std::vector<double> delays;
        for (std::size_t i = kind; i < seen.size(); i += 2) {
            // Seen before the writer's clock was read: at once.
            delays.push_back(std::max(0.0, static_cast<double>(seen[i] - told[i]) * 1e-6));
        }
        const std::string name = (kind == 0 ? "add_to_found_" : "remove_to_gone_") + where;
        print((name + "_p50_ms").c_str(), percentile(delays, 0.5));
        print((name + "_max_ms").c_str(), percentile(delays, 1));
    }
}

void time_changes(const std::filesystem::path& folder) {
    int ends[2] = {-1, -1};
    require(::pipe(ends) == 0);
    std::fflush(stdout);
    const pid_t writer = ::fork();
    if (writer == 0) {
        char go = 0;
        std::int64_t number = 0;
        int from_parent = ends[0];
        require(::read(from_parent, &go, 1) == 1);
        std::ofstream out(folder / "told", std::ios::binary);
        change_and_tell(folder, kNew, [&](std::int64_t now) {
            number = now;
            out.write(reinterpret_cast<const char*>(&number), sizeof(number));
        });
        out.close();
        ::_exit(0);
    }
    Corpus corpus = open(folder, CorpusMode::kReadOnly);
    require(corpus.prepare().ok());
    require(::write(ends[1], "g", 1) == 1);
    const std::vector<std::int64_t> seen = watch(corpus, kNew);
    int status = 0;
    require(::waitpid(writer, &status, 0) == writer && status == 0);
    std::vector<std::int64_t> told(seen.size());
    std::ifstream(folder / "told", std::ios::binary)
        .read(reinterpret_cast<char*>(told.data()),
              static_cast<std::streamsize>(told.size() * sizeof(told[0])));
    print_delays("other_process", told, seen);

    std::vector<std::int64_t> told_here;
    std::jthread here([&] {
        change_and_tell(folder, kNew + kChanges,
                        [&](std::int64_t now) { told_here.push_back(now); });
    });
    const std::vector<std::int64_t> seen_here = watch(corpus, kNew + kChanges);
    here.join();
    print_delays("other_thread", told_here, seen_here);
}

void time_look_ups(const std::filesystem::path& folder, int frames) {
    const Corpus corpus = open(folder, CorpusMode::kReadOnly);
    require(corpus.prepare().ok());
    for (const bool has_views : {false, true}) {
        std::vector<double> took;
        for (std::uint64_t round = 0; round < 15; ++round) {
            Fingerprint upload = made_up(2 * kNew + round, 60, has_views);
            const Fingerprint known = made_up(1 + round, frames);
            for (std::size_t i = 0; i < 20; ++i) {
                upload.frames[i + 10].hash = known.frames[i + 100].hash;
                if (has_views) {
                    upload.views[i + 10][0] = upload.frames[i + 10].hash;
                }
            }
            took.push_back(1e3 * seconds([&] {
                               const auto answer = corpus.find(upload);
                               require(answer.ok() && answer->matches.size() == 1);
                           }));
        }
        print(has_views ? "find_60_frames_8_views_p50_ms" : "find_60_frames_p50_ms",
              percentile(took, 0.5));
    }
    const auto stats = corpus.stats();
    require(stats.ok());
    print("index_bytes_per_code",
          static_cast<double>(stats->index_bytes) / static_cast<double>(stats->searchable_codes));
    print("store_bytes_per_code",
          static_cast<double>(stats->store_bytes) / static_cast<double>(stats->searchable_codes));
}

int run(std::size_t codes, const std::filesystem::path& folder, int frames) {
    std::printf("{\"codes\": %zu, \"frames\": %d", codes, frames);
    print("fill_s", seconds([&] { fill(folder, codes, frames); }));
    time_opening(folder, "rebuild_s", "rebuild_and_write_s");
    time_opening(folder, "open_s", nullptr);
    if (frames >= kLeastForLookUps) {
        time_look_ups(folder, frames);
        time_changes(folder);
    }
    std::puts("\n}");
    return 0;
}

}  // namespace
}  // namespace refrain::bench

int main(int argc, char** argv) {
    if (argc < 3 || argc > 4 || std::filesystem::exists(argv[2])) {
        std::fputs("usage: corpus_scale CODES NEW_FOLDER [FRAMES]\n", stderr);
        return 2;
    }
    const int frames = argc == 4 ? std::stoi(argv[3]) : 1000;
    return refrain::bench::run(std::stoul(argv[1]), argv[2], frames);
}
