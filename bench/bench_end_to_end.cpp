// From files to answers with the public library alone: making the samples known, looking up their
// edited copies and strangers.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "refrain/corpus.h"
#include "refrain/fingerprinter.h"

#include "base/check.h"

namespace refrain {
namespace {

using Paths = std::vector<std::filesystem::path>;

std::filesystem::path media_folder() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets a variable.
    const char* folder = std::getenv("REFRAIN_BENCH_SAMPLES");
    return folder == nullptr ? "samples/media" : folder;
}

/// The files of a folder, by name.
Paths files_of(const std::string& folder) {
    Paths files;
    std::error_code missing;
    for (const auto& entry :
         std::filesystem::directory_iterator(media_folder() / folder, missing)) {
        files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// A folder beside the program rather than in /tmp, which is often memory and not a disk.
class BenchFolder {
  public:
    BenchFolder() {
        std::string name = (std::filesystem::current_path() / "bench-e2e-XXXXXX").native();
        REFRAIN_CHECK(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    BenchFolder(const BenchFolder&) = delete;
    BenchFolder& operator=(const BenchFolder&) = delete;
    ~BenchFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

Fingerprint fingerprint_of(const std::filesystem::path& path,
                           const FingerprintOptions& options = {}) {
    auto run = Fingerprinter(options).fingerprint_file(path);
    REFRAIN_CHECK(run.ok());
    return std::move(run->fingerprint);
}

/// Fingerprints and commits all files, one commit a file. @return a corpus with them
Corpus make_corpus(const std::filesystem::path& folder, const Paths& files) {
    auto corpus = Corpus::open(folder, CorpusMode::kCreate);
    REFRAIN_CHECK(corpus.ok());
    for (const std::filesystem::path& file : files) {
        NewItem item;
        item.fingerprint = fingerprint_of(file);
        item.name = file.filename().native();
        const auto added = corpus->add({&item, 1});
        REFRAIN_CHECK(added.ok() && added->front().status == AddStatus::kAdded);
    }
    return std::move(corpus).value();
}

void add_samples(benchmark::State& state) {
    const Paths files = files_of("known");
    if (files.empty()) {
        state.SkipWithError("no media; REFRAIN_BENCH_SAMPLES names the folder samples/media");
        return;
    }
    while (state.KeepRunning()) {
        const BenchFolder folder;
        benchmark::DoNotOptimize(make_corpus(folder.path(), files));
    }
    state.counters["files"] = static_cast<double>(files.size());
}

/// Decodes, hashes and looks up each query; all must get the status `wanted`.
void find_all(const Corpus& corpus, const Paths& queries, FindStatus wanted) {
    for (const std::filesystem::path& query : queries) {
        const auto answer = corpus.find(fingerprint_of(query, FingerprintOptions().for_query()));
        REFRAIN_CHECK(answer.ok() && answer->status == wanted);
    }
}

void find_samples(benchmark::State& state, const std::string& query_folder, FindStatus wanted) {
    const Paths files = files_of("known");
    const Paths queries = files_of(query_folder);
    if (files.empty() || queries.empty()) {
        state.SkipWithError("no media; REFRAIN_BENCH_SAMPLES names the folder samples/media");
        return;
    }
    const BenchFolder folder;
    const Corpus corpus = make_corpus(folder.path(), files);
    REFRAIN_CHECK(corpus.prepare().ok());
    while (state.KeepRunning()) {
        find_all(corpus, queries, wanted);
    }
    state.counters["files"] = static_cast<double>(queries.size());
}

/// The answer alone, from a ready fingerprint.
void find_ready_fingerprint(benchmark::State& state) {
    const Paths files = files_of("known");
    if (files.empty()) {
        state.SkipWithError("no media; REFRAIN_BENCH_SAMPLES names the folder samples/media");
        return;
    }
    const BenchFolder folder;
    const Corpus corpus = make_corpus(folder.path(), files);
    const Fingerprint query = fingerprint_of(media_folder() / "edited/crystal-part.webm",
                                             FingerprintOptions().for_query());
    REFRAIN_CHECK(corpus.prepare().ok());
    while (state.KeepRunning()) {
        const auto answer = corpus.find(query);
        REFRAIN_CHECK(answer.ok() && answer->status == FindStatus::kMatch);
    }
}

BENCHMARK(add_samples)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(find_samples, edited_copies, "edited", FindStatus::kMatch)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(find_samples, strangers, "unrelated", FindStatus::kNoMatch)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(find_ready_fingerprint)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace refrain

BENCHMARK_MAIN();
