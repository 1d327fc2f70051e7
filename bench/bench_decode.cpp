// Decoding alone: bytes to frames, and bytes to pictures, per file.
//
// Files: those in REFRAIN_BENCH_MEDIA (a folder), else samples/media of the source tree
// (REFRAIN_BENCH_SAMPLES). Each file is opened anew in every iteration.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "media/frame_reader.h"

namespace refrain {
namespace {

enum class Work { kFrames, kPictures };

/// Decodes the file once. @return the number of frames; 0 on an error
std::uint64_t decode(const std::filesystem::path& file, Work work) {
    const auto source = media::ByteSource::open_file(file, {});
    if (!source) {
        return 0;
    }
    const auto reader = media::open_frames(*source, {});
    if (!reader) {
        return 0;
    }
    std::uint64_t frames = 0;
    for (auto header = (*reader)->next(); header && *header; header = (*reader)->next()) {
        ++frames;
        if (work == Work::kPictures) {
            auto picture = (*reader)->picture();
            benchmark::DoNotOptimize(picture);
        }
    }
    return frames;
}

void run(benchmark::State& state, const std::filesystem::path& file, Work work) {
    std::uint64_t frames = 0;
    for (auto _ : state) {
        const std::uint64_t decoded = decode(file, work);
        if (decoded == 0) {
            state.SkipWithError("cannot be decoded");
            return;
        }
        frames += decoded;
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(frames));
}

std::vector<std::filesystem::path> bench_files() {
    for (const char* name : {"REFRAIN_BENCH_MEDIA", "REFRAIN_BENCH_SAMPLES"}) {
        const char* folder = std::getenv(name);
        std::error_code failure;
        if (folder == nullptr || !std::filesystem::is_directory(folder, failure)) {
            continue;
        }
        std::vector<std::filesystem::path> files;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, failure)) {
            if (entry.is_regular_file() && decode(entry.path(), Work::kFrames) > 0) {
                files.push_back(entry.path());
            }
        }
        std::sort(files.begin(), files.end());
        return files;
    }
    return {};
}

}  // namespace
}  // namespace refrain

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    for (const std::filesystem::path& file : refrain::bench_files()) {
        for (const auto& [name, work] : {std::pair("frames", refrain::Work::kFrames),
                                         std::pair("pictures", refrain::Work::kPictures)}) {
            const std::string title =
                std::string("decode/") + name + "/" + file.filename().string();
            benchmark::RegisterBenchmark(title.c_str(), refrain::run, file, work)
                ->Unit(benchmark::kMillisecond);
        }
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
