// How long readers of a corpus wait beside a writer of the same process: `find`, `list` of a page
// and `totals`, one reader thread, first alone and then beside adds at a steady rate. Prints one
// JSON object.
//
//     readers_beside_writer FOLDER [RATE [BATCH [SECONDS]]]
//
// FOLDER takes the corpus: 10,000 pictures of one frame. By default 1,000 adds a second, ten to a
// commit, for 10 seconds. Where the disk is slower than the rate, `adds_per_s` says so.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "refrain/corpus.h"

#include "require.h"

namespace refrain::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kKnown = 10'000;
constexpr std::uint64_t kNew = 1'000'000'000;  // seeds of what is added beside the readers

NewItem picture(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    NewItem item;
    Fingerprint& made = item.fingerprint;
    made.media.kind = MediaKind::kImage;
    made.media.width = 640;
    made.media.height = 360;
    for (std::uint8_t& byte : made.media.digest.sha256) {
        byte = static_cast<std::uint8_t>(random());
    }
    made.frames.push_back(
        {MediaTime{}, Hash256{{random(), random(), random(), random()}}, 90, true});
    made.decode.decoded_frames = 1;
    item.name = std::to_string(seed);
    return item;
}

std::vector<NewItem> pictures(std::uint64_t first, std::uint64_t count) {
    std::vector<NewItem> items;
    for (std::uint64_t i = 0; i < count; ++i) {
        items.push_back(picture(first + i));
    }
    return items;
}

/// Milliseconds of each call until the time is over, one in a millisecond.
std::vector<double> time_calls(const std::function<bool(std::uint64_t)>& call, double seconds) {
    std::vector<double> took;
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    for (std::uint64_t i = 0; Clock::now() < end; ++i) {
        const auto began = Clock::now();
        require(call(i));
        took.push_back(std::chrono::duration<double, std::milli>(Clock::now() - began).count());
        std::this_thread::sleep_until(began + std::chrono::milliseconds(1));
    }
    std::sort(took.begin(), took.end());
    return took;
}

double at(const std::vector<double>& sorted, double share) {
    return sorted[std::min(sorted.size() - 1,
                           static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

struct Load {
    double rate = 1000;
    std::uint64_t batch = 10;
    double seconds = 10;
};

/// Adds until told to stop. @return adds in a second
double add_steadily(Corpus& corpus,
                    const Load& load,
                    const std::atomic<bool>& stop,
                    std::uint64_t& next) {
    const auto began = Clock::now();
    std::uint64_t added = 0;
    while (!stop) {
        require(corpus.add(pictures(next, load.batch)).ok());
        next += load.batch;
        added += load.batch;
        std::this_thread::sleep_until(
            began + std::chrono::duration<double>(static_cast<double>(added) / load.rate));
    }
    return static_cast<double>(added) / std::chrono::duration<double>(Clock::now() - began).count();
}

void measure(Corpus& corpus,
             const char* name,
             const std::function<bool(std::uint64_t)>& call,
             const Load& load,
             std::uint64_t& next) {
    const std::vector<double> idle = time_calls(call, load.seconds);
    std::atomic<bool> stop = false;
    double rate = 0;
    std::thread writer([&] { rate = add_steadily(corpus, load, stop, next); });
    const std::vector<double> busy = time_calls(call, load.seconds);
    stop = true;
    writer.join();
    std::printf(
        ",\n \"%s\": {\"idle_p50_ms\": %.4g, \"idle_p99_ms\": %.4g, \"beside_p50_ms\": %.4g, "
        "\"beside_p99_ms\": %.4g, \"p99_ratio\": %.3g, \"adds_per_s\": %.0f}",
        name, at(idle, 0.5), at(idle, 0.99), at(busy, 0.5), at(busy, 0.99),
        at(busy, 0.99) / at(idle, 0.99), rate);
    std::fflush(stdout);
}

int run(int count, char** arguments) {
    if (count < 2) {
        std::fputs("usage: readers_beside_writer FOLDER [RATE [BATCH [SECONDS]]]\n", stderr);
        return 2;
    }
    Load load;
    load.rate = count > 2 ? std::atof(arguments[2]) : load.rate;
    load.batch = count > 3 ? std::strtoull(arguments[3], nullptr, 10) : load.batch;
    load.seconds = count > 4 ? std::atof(arguments[4]) : load.seconds;
    Result<Corpus> opened = Corpus::open(arguments[1], CorpusMode::kCreate);
    require(opened.ok());
    Corpus& corpus = *opened;
    require(corpus.add(pictures(1, kKnown)).ok() && corpus.prepare().ok());
    std::uint64_t next = kNew;
    std::printf("{\"known\": %llu", static_cast<unsigned long long>(kKnown));
    measure(
        corpus, "find",
        [&](std::uint64_t i) { return corpus.find(picture(1 + i % kKnown).fingerprint).ok(); },
        load, next);
    measure(
        corpus, "list", [&](std::uint64_t) { return corpus.list("m_8", 20).ok(); }, load, next);
    measure(
        corpus, "banks", [&](std::uint64_t) { return corpus.banks().ok(); }, load, next);
    std::puts("\n}");
    return 0;
}

}  // namespace
}  // namespace refrain::bench

int main(int count, char** arguments) { return refrain::bench::run(count, arguments); }
