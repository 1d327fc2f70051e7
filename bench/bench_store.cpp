// The store with 10,000 records of 1,500 bytes (40 frames): writing in batches, reading all,
// looking up by digest.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>

#include <benchmark/benchmark.h>

#include "base/check.h"
#include "store/sqlite/sqlite_catalogue.h"

namespace refrain::store {
namespace {

constexpr std::uint64_t kRows = 10'000;
constexpr std::size_t kRecordBytes = 1500;

std::vector<NewRow> make_rows() {
    std::mt19937_64 engine(1);
    std::vector<NewRow> rows(kRows);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        NewRow& row = rows[i];
        row.id = "m_" + std::to_string(engine());
        row.bank = "default";
        row.name = std::to_string(i) + ".jpg";
        row.source = "/media/photos/" + row.name;
        row.media.width = 1920;
        row.media.height = 1080;
        row.media.container = "image2";
        row.media.codec = "mjpeg";
        row.frames = 1;
        for (std::uint8_t& byte : row.media.digest.sha256) {
            byte = static_cast<std::uint8_t>(engine());
        }
        row.record.resize(kRecordBytes);
        for (std::byte& byte : row.record) {
            byte = static_cast<std::byte>(engine());
        }
    }
    return rows;
}

const std::vector<NewRow>& rows() {
    static const std::vector<NewRow> made = make_rows();
    return made;
}

/// A folder beside the program rather than in /tmp, which is often memory and not a disk.
class BenchFolder {
  public:
    BenchFolder() {
        std::string name = (std::filesystem::current_path() / "bench-store-XXXXXX").native();
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

SqliteCatalogue open_new(const BenchFolder& folder) {
    Result<SqliteCatalogue> store = SqliteCatalogue::open(folder.path() / "corpus", Mode::kCreate);
    REFRAIN_CHECK(store.ok());
    return std::move(store).value();
}

void put_all(SqliteCatalogue& store, std::size_t batch) {
    for (std::size_t at = 0; at < kRows; at += batch) {
        REFRAIN_CHECK(store.put(std::span(rows()).subspan(at, std::min(batch, kRows - at))).ok());
    }
}

void write_records(benchmark::State& state) {
    static_cast<void>(rows());
    for (auto _ : state) {
        state.PauseTiming();
        auto folder = std::make_unique<BenchFolder>();
        auto store = std::make_unique<SqliteCatalogue>(open_new(*folder));
        state.ResumeTiming();
        put_all(*store, static_cast<std::size_t>(state.range(0)));
        state.PauseTiming();
        state.counters["file_bytes_per_record"] =
            static_cast<double>(store->totals()->file_bytes) / kRows;
        store.reset();
        folder.reset();
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRows));
}

/// A corpus that all reading benchmarks share.
struct FullStore {
    BenchFolder folder;
    SqliteCatalogue store = open_new(folder);
    FullStore() { put_all(store, 1000); }
};

const SqliteCatalogue& full_store() {
    static const FullStore full;
    return full.store;
}

void read_all_records(benchmark::State& state) {
    const SqliteCatalogue& store = full_store();
    for (auto _ : state) {
        std::uint64_t bytes = 0;
        REFRAIN_CHECK(store
                          .each_record({[&](const StoredItem&, auto record) {
                              bytes += record.size();
                              return true;
                          }})
                          .ok());
        REFRAIN_CHECK(bytes == kRows * kRecordBytes);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kRows));
}

void find_bytes(benchmark::State& state) {
    const SqliteCatalogue& store = full_store();
    std::size_t at = 0;
    for (auto _ : state) {
        at = (at + 7919) % kRows;
        REFRAIN_CHECK(store.find_bytes("default", rows()[at].media.digest.sha256)->has_value());
    }
    state.SetItemsProcessed(state.iterations());
}

void count_totals(benchmark::State& state) {
    const SqliteCatalogue& store = full_store();
    for (auto _ : state) {
        REFRAIN_CHECK(store.totals()->items == kRows);
    }
}

void check_structure(benchmark::State& state) {
    const SqliteCatalogue& store = full_store();
    for (auto _ : state) {
        REFRAIN_CHECK(store.check_structure()->empty());
    }
}

void open_store(benchmark::State& state) {
    const BenchFolder folder;
    { const SqliteCatalogue made = open_new(folder); }
    for (auto _ : state) {
        REFRAIN_CHECK(SqliteCatalogue::open(folder.path() / "corpus", Mode::kReadWrite).ok());
    }
}

BENCHMARK(write_records)->Arg(1)->Arg(64)->Arg(1000)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(read_all_records)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(find_bytes)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(count_totals)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(check_structure)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(open_store)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace refrain::store

BENCHMARK_MAIN();
