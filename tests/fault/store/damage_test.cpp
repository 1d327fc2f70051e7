// Databases that are not what they should be.

#include <sys/stat.h>

#include <algorithm>
#include <initializer_list>
#include <optional>

#include <gtest/gtest.h>

#include "store/sqlite/repair.h"
#include "store_fault_samples.h"

namespace refrain::store {
namespace {

using test::make_corpus;
using test::open_failure;
using test::overwrite;
using test::problems_of;
using test::run_foreign_sql;
using test::sample_row;
using test::TempFolder;

constexpr Mode kModes[] = {Mode::kReadOnly, Mode::kReadWrite, Mode::kCreate};

TEST(DamagedStore, IsTooNewWhenItsSchemaIs) {
    const TempFolder folder;
    make_corpus(folder.path(), 1);
    run_foreign_sql(folder.path(), "PRAGMA user_version=7; CREATE TABLE later (x)");
    for (const Mode mode : kModes) {
        const Result<SqliteCatalogue> opened = SqliteCatalogue::open(folder.path(), mode);
        ASSERT_FALSE(opened.ok());
        EXPECT_EQ(opened.error().code, ErrorCode::kCorpusTooNew);
        EXPECT_NE(opened.error().message.find("version 7"), std::string::npos);
        EXPECT_NE(opened.error().message.find("version 3"), std::string::npos);
    }
}

TEST(DamagedStore, IsRefusedWhenTheFileIsGarbageOrAnothers) {
    const TempFolder folder;
    const auto file = folder / "refrain.db";
    for (const std::string& content :
         {std::string(), std::string("not a database"), std::string(100'000, 'x'),
          std::string("SQLite format 3\0", 16),
          std::string("SQLite format 3\0", 16) + std::string(5000, '\0')}) {
        std::ofstream(file, std::ios::binary) << content;
        for (const Mode mode : kModes) {
            EXPECT_EQ(open_failure(folder.path(), mode), ErrorCode::kCorpusDamaged)
                << content.size();
        }
        EXPECT_EQ(std::filesystem::file_size(file), content.size()) << "it was written to";
    }
    std::filesystem::remove(file);
    run_foreign_sql(folder.path(), "CREATE TABLE cookies (host TEXT)");
    EXPECT_EQ(open_failure(folder.path(), Mode::kCreate), ErrorCode::kCorpusDamaged);
}

TEST(DamagedStore, IsRefusedWhenTheFileIsNoFile) {
    const TempFolder folder;
    std::filesystem::create_directory(folder / "refrain.db");
    for (const Mode mode : kModes) {
        EXPECT_EQ(open_failure(folder.path(), mode), ErrorCode::kCorpusDamaged);
    }
    std::filesystem::remove(folder / "refrain.db");
    ASSERT_EQ(::mkfifo((folder / "refrain.db").c_str(), 0600), 0);
    for (const Mode mode : kModes) {
        EXPECT_EQ(open_failure(folder.path(), mode), ErrorCode::kCorpusDamaged);
    }
}

TEST(DamagedStore, IsRefusedWhenTablesOrGuardsAreMissingOrForeign) {
    for (const char* const sql :
         {"DROP TABLE label", "DROP TRIGGER change_is_not_deleted", "DROP INDEX medium_by_sha256",
          "CREATE TABLE extra (x)",
          "CREATE TRIGGER spy AFTER INSERT ON medium BEGIN DELETE FROM label; END",
          "ALTER TABLE medium ADD COLUMN more TEXT", "PRAGMA application_id=1",
          "PRAGMA user_version=0"}) {
        const TempFolder folder;
        make_corpus(folder.path(), 1);
        run_foreign_sql(folder.path(), sql);
        for (const Mode mode : kModes) {
            EXPECT_EQ(open_failure(folder.path(), mode), ErrorCode::kCorpusDamaged) << sql;
        }
    }
}

TEST(DamagedStore, SurvivesAnalyzeAndVacuumByAnotherTool) {
    const TempFolder folder;
    make_corpus(folder.path(), 20);
    run_foreign_sql(folder.path(), "ANALYZE; VACUUM");
    const Result<SqliteCatalogue> store = SqliteCatalogue::open(folder.path(), Mode::kReadWrite);
    ASSERT_TRUE(store.ok()) << store.error().message;
    EXPECT_EQ(store->totals()->items, 20U);
    EXPECT_TRUE(problems_of(*store).empty());
}

/// Reads everything there is. @return whether any call said that the corpus is damaged
bool reading_finds_damage(const SqliteCatalogue& store) {
    const auto records = store.each_record({[](const StoredItem&, auto) {
        return true;
    }});
    const auto items = store.items_after("", 100'000);
    const auto is_damage = [](const Error& error) {
        return error.code == ErrorCode::kCorpusDamaged;
    };
    return (!records && is_damage(records.error())) ||
           (items ? !items->damaged.empty() : is_damage(items.error()));
}

TEST(DamagedStore, IsNoticedWhenTheFileWasCutOff) {
    const TempFolder folder;
    make_corpus(folder.path(), 200);
    const auto file = folder / "refrain.db";
    const std::uintmax_t whole = std::filesystem::file_size(file);
    for (std::uintmax_t size = whole - 1; size > 0; size /= 3) {
        std::filesystem::resize_file(file, size);
        const Result<SqliteCatalogue> opened =
            SqliteCatalogue::open(folder.path(), Mode::kReadOnly);
        if (!opened) {
            EXPECT_EQ(opened.error().code, ErrorCode::kCorpusDamaged) << size;
            continue;
        }
        EXPECT_TRUE(reading_finds_damage(*opened) || !problems_of(*opened).empty()) << size;
    }
}

TEST(DamagedStore, IsNoticedWhenAPageIsOverwritten) {
    constexpr std::uintmax_t kPage = 4096;
    const TempFolder folder;
    make_corpus(folder / "whole", 30);
    const std::uintmax_t pages = std::filesystem::file_size(folder / "whole/refrain.db") / kPage;
    ASSERT_GT(pages, 20U);
    for (std::uintmax_t page = 0; page < pages; ++page) {
        std::filesystem::copy(folder / "whole", folder / "copy");
        overwrite(folder / "copy/refrain.db", static_cast<std::streamoff>(page * kPage),
                  std::string(kPage, '\xA5'));
        const Result<SqliteCatalogue> opened =
            SqliteCatalogue::open(folder / "copy", Mode::kReadOnly);
        if (!opened) {
            EXPECT_EQ(opened.error().code, ErrorCode::kCorpusDamaged) << page;
        } else if (problems_of(*opened).empty()) {
            // Only the inside of a record is free of structure; its own checksum guards that.
            bool is_altered = false;
            std::uint64_t number = 0;
            const auto read = opened->each_record({[&](const StoredItem&, auto record) {
                is_altered |= !std::ranges::equal(record, sample_row(++number).record);
                return true;
            }});
            EXPECT_TRUE(is_altered || !read.ok()) << page;
        }
        std::filesystem::remove_all(folder / "copy");
    }
}

/// The page with the root of the log of changes, counted from 0.
std::uintmax_t page_of_log(const std::filesystem::path& folder) {
    sqlite3* connection = nullptr;
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_open((folder / "refrain.db").c_str(), &connection), SQLITE_OK);
    EXPECT_EQ(
        sqlite3_prepare_v2(connection, "SELECT rootpage FROM sqlite_schema WHERE name = 'change'",
                           -1, &statement, nullptr),
        SQLITE_OK);
    EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
    const auto page = static_cast<std::uintmax_t>(sqlite3_column_int64(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(connection);
    return page - 1;
}

TEST(DamagedStore, IsRepairedByKeysWhereTableAndLogAreDamaged) {
    constexpr std::uintmax_t kPage = 4096;
    const TempFolder folder;
    make_corpus(folder / "whole", 12);
    const std::uintmax_t pages = std::filesystem::file_size(folder / "whole/refrain.db") / kPage;
    const std::uintmax_t log = page_of_log(folder / "whole");
    // How many items a repair keeps; nothing: it cannot be repaired.
    const auto kept_without = [&](std::initializer_list<std::uintmax_t> lost) {
        std::filesystem::copy(folder / "whole", folder / "copy");
        for (const std::uintmax_t page : lost) {
            overwrite(folder / "copy/refrain.db", static_cast<std::streamoff>(page * kPage),
                      std::string(kPage, '\xA5'));
        }
        const Result<RepairOutcome> outcome =
            repair_corpus(folder / "copy", [](const StoredItem&, auto) { return std::string(); });
        std::filesystem::remove_all(folder / "copy");
        return outcome ? std::optional(outcome->kept) : std::nullopt;
    };
    int with_losses = 0;
    for (std::uintmax_t page = 1; page < pages; page += 3) {
        const auto kept = kept_without({page});
        EXPECT_EQ(kept_without({page, log}), kept) << page;
        with_losses += kept && *kept > 0 && *kept < 12 ? 1 : 0;
    }
    EXPECT_GT(with_losses, 3);
}

TEST(DamagedStore, NeverCrashesOnFlippedBits) {
    const TempFolder folder;
    make_corpus(folder / "whole", 12);
    const auto bytes = std::filesystem::file_size(folder / "whole/refrain.db");
    int refused = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        test::Draw draw(seed);
        std::filesystem::copy(folder / "whole", folder / "copy");
        for (int flip = 0; flip < 20; ++flip) {
            // Half of them in the first pages, where the schema and the roots are.
            const auto at = static_cast<std::streamoff>(draw.below(draw.coin() ? 20'000 : bytes));
            overwrite(folder / "copy/refrain.db", at,
                      std::string(1, static_cast<char>(draw.below(256))));
        }
        Result<SqliteCatalogue> opened = SqliteCatalogue::open(folder / "copy", Mode::kReadWrite);
        if (!opened) {
            ++refused;
            EXPECT_NE(opened.error().code, ErrorCode::kInternal)
                << "seed " << seed << ": " << opened.error().message;
        } else {
            static_cast<void>(reading_finds_damage(*opened));
            static_cast<void>(opened->totals());
            static_cast<void>(opened->check_structure());
            const NewRow row = sample_row(1000);
            static_cast<void>(opened->put(std::span(&row, 1)));
        }
        std::filesystem::remove_all(folder / "copy");
    }
    EXPECT_GT(refused, 10);
}

/// A change behind our back that leaves the structure whole, and a word of what must be said.
struct Tampering {
    const char* sql;
    const char* names;
};

TEST(DamagedStore, ReportsRowsThatContradictEachOther) {
    const Tampering tamperings[] = {
        {"DROP TRIGGER change_is_not_deleted; DELETE FROM change WHERE sequence = 2", "entries"},
        {"DELETE FROM medium WHERE id = 'm_2'", "m_2 is in the log, but not there"},
        {"DROP TRIGGER change_is_not_updated; UPDATE change SET kind = 2 WHERE sequence = 3",
         "m_3 is there, but the log"},
        {"INSERT INTO label VALUES (77, 'a', 'b')", "label"},
        {"PRAGMA ignore_check_constraints=ON; DROP TRIGGER medium_only_moves; "
         "UPDATE medium SET record_bytes = 5 WHERE id = 'm_1'",
         "m_1 has columns that contradict"},
        {"UPDATE sqlite_sequence SET seq = 1 WHERE name = 'medium'", "counter"},
    };
    const char* const guards[] = {
        "CREATE TRIGGER change_is_not_deleted BEFORE DELETE ON change\n"
        "BEGIN SELECT RAISE (ABORT, 'the change log is append-only'); END",
        "CREATE TRIGGER change_is_not_updated BEFORE UPDATE ON change\n"
        "BEGIN SELECT RAISE (ABORT, 'the change log is append-only'); END",
        "CREATE TRIGGER medium_only_moves BEFORE UPDATE OF key, id, sha256, md5, bytes, kind, width, "
        "height,\n    duration_us, container, codec, name, source, is_partial, frames, record_bytes, "
        "added_at_us, record\nON medium BEGIN SELECT RAISE (ABORT, 'of a medium only the bank "
        "changes'); END",
    };
    for (const Tampering& tampering : tamperings) {
        const TempFolder folder;
        make_corpus(folder.path(), 5);
        run_foreign_sql(folder.path(), tampering.sql);
        for (const std::string guard : guards) {
            const std::string name = guard.substr(15, guard.find(" BEFORE") - 15);
            if (std::string(tampering.sql).find("DROP TRIGGER " + name) != std::string::npos) {
                run_foreign_sql(folder.path(), guard);
            }
        }
        const Result<SqliteCatalogue> opened =
            SqliteCatalogue::open(folder.path(), Mode::kReadOnly);
        ASSERT_TRUE(opened.ok()) << tampering.sql << ": " << opened.error().message;
        std::string all;
        for (const std::string& problem : problems_of(*opened)) {
            all += problem + "\n";
        }
        EXPECT_NE(all.find(tampering.names), std::string::npos) << tampering.sql << "\n" << all;
    }
}

TEST(DamagedStore, KeepsItsLogFromBeingRewritten) {
    const TempFolder folder;
    make_corpus(folder.path(), 2);
    sqlite3* connection = nullptr;
    ASSERT_EQ(sqlite3_open((folder / "refrain.db").c_str(), &connection), SQLITE_OK);
    for (const char* const sql : {"DELETE FROM change", "UPDATE change SET id = 'x'",
                                  "INSERT INTO change VALUES (9, 1, 9, 'x', 0, NULL, '')",
                                  "UPDATE medium SET name = 'x'"}) {
        EXPECT_EQ(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr), SQLITE_CONSTRAINT)
            << sql;
    }
    sqlite3_close(connection);
}

}  // namespace
}  // namespace refrain::store
