#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/sqlite/sqlite_catalogue.h"
#include "support/temp_folder.h"
#include "unit/store/store_samples.h"

namespace refrain::test {

/// Rows with the numbers `first` to `first + count - 1`.
inline std::vector<store::NewRow> sample_rows(std::uint64_t first, std::uint64_t count) {
    std::vector<store::NewRow> rows;
    for (std::uint64_t i = 0; i < count; ++i) {
        rows.push_back(sample_row(first + i));
    }
    return rows;
}

/// Makes a corpus of `count` rows in `folder` and closes it.
inline void make_corpus(const std::filesystem::path& folder, std::uint64_t count) {
    Result<store::SqliteCatalogue> store =
        store::SqliteCatalogue::open(folder, store::Mode::kCreate);
    ASSERT_TRUE(store.ok()) << store.error().message;
    const auto put = store->put(sample_rows(1, count));
    ASSERT_TRUE(put.ok()) << put.error().message;
}

/// Runs SQL on the database as another tool would, without our guards.
inline void run_foreign_sql(const std::filesystem::path& folder, const std::string& sql) {
    sqlite3* connection = nullptr;
    ASSERT_EQ(sqlite3_open((folder / "refrain.db").c_str(), &connection), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(connection);
    sqlite3_close(connection);
}

inline void overwrite(const std::filesystem::path& file,
                      std::streamoff at,
                      const std::string& bytes) {
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(at);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    ASSERT_TRUE(out.flush().good());
}

/// The code with which opening fails; kInternal, which no test expects, stands for success.
inline ErrorCode open_failure(const std::filesystem::path& folder, store::Mode mode) {
    const Result<store::SqliteCatalogue> opened = store::SqliteCatalogue::open(folder, mode);
    return opened.ok() ? ErrorCode::kInternal : opened.error().code;
}

/// What `check_structure` finds; an error counts as a finding.
inline std::vector<std::string> problems_of(const store::SqliteCatalogue& store) {
    const Result<std::vector<std::string>> problems = store.check_structure();
    return problems.ok() ? *problems : std::vector<std::string>{problems.error().message};
}

}  // namespace refrain::test
