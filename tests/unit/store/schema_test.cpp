#include "store/sqlite/schema.h"

#include <gtest/gtest.h>

#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_catalogue.h"
#include "store/sqlite/statement.h"
#include "support/temp_folder.h"

namespace refrain::store {
namespace {

constexpr const char* kSteps[] = {
    "CREATE TABLE animal (name TEXT); INSERT INTO animal VALUES ('cat')",
    "ALTER TABLE animal ADD COLUMN legs INTEGER NOT NULL DEFAULT 4",
    "INSERT INTO animal VALUES ('bird', 2)",
};

ConnectionHandle open_new(const test::TempFolder& folder) {
    Result<ConnectionHandle> opened =
        open_connection(folder / "old.db", Access::kMake, MediaTime());
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message);
    return std::move(opened).value();
}

TEST(Schema, HasAStepForEveryVersion) { EXPECT_EQ(migrations().size(), kSchemaVersion); }

TEST(Schema, IsMigratedFromEveryOlderVersion) {
    for (std::size_t old_version = 0; old_version <= std::size(kSteps); ++old_version) {
        const test::TempFolder folder;
        const ConnectionHandle connection = open_new(folder);
        ASSERT_TRUE(migrate(connection.get(), std::span(kSteps).first(old_version)).ok());
        const Result<void> migrated = migrate(connection.get(), kSteps);
        ASSERT_TRUE(migrated.ok()) << migrated.error().message;
        EXPECT_EQ(*schema_version(connection.get()), std::size(kSteps));
        EXPECT_EQ(*query_integer(connection.get(), "SELECT sum(legs) FROM animal"), 6)
            << "from version " << old_version;
    }
}

TEST(Schema, IsLeftAloneWhenItIsNewer) {
    const test::TempFolder folder;
    const ConnectionHandle connection = open_new(folder);
    ASSERT_TRUE(migrate(connection.get(), kSteps).ok());
    ASSERT_TRUE(migrate(connection.get(), std::span(kSteps).first(1)).ok());
    EXPECT_EQ(*schema_version(connection.get()), std::size(kSteps));
}

TEST(Schema, KeepsTheOldVersionWhenAStepFails) {
    const test::TempFolder folder;
    const ConnectionHandle connection = open_new(folder);
    ASSERT_TRUE(migrate(connection.get(), std::span(kSteps).first(1)).ok());
    const char* const broken[] = {kSteps[0], kSteps[1], "INSERT INTO nowhere VALUES (1)"};
    EXPECT_FALSE(migrate(connection.get(), broken).ok());
    EXPECT_EQ(*schema_version(connection.get()), 1U);
    EXPECT_EQ(*query_integer(connection.get(), "SELECT count(*) FROM pragma_table_info('animal')"),
              1);
    EXPECT_TRUE(migrate(connection.get(), kSteps).ok());
}

TEST(Schema, IsNotOursWithoutTheApplicationId) {
    const test::TempFolder folder;
    const ConnectionHandle connection = open_new(folder);
    EXPECT_EQ(schema_version(connection.get()).error().code, ErrorCode::kCorpusDamaged);
    ASSERT_TRUE(migrate(connection.get(), kSteps).ok());
    EXPECT_TRUE(schema_version(connection.get()).ok());
    EXPECT_EQ(check_schema(connection.get(), 2).error().code, ErrorCode::kCorpusDamaged);
}

TEST(Connection, IsHardened) {
    const test::TempFolder folder;
    const ConnectionHandle connection = open_new(folder);
    EXPECT_EQ(*query_integer(connection.get(), "PRAGMA synchronous"), 2);
    EXPECT_EQ(*query_integer(connection.get(), "PRAGMA foreign_keys"), 1);
    EXPECT_EQ(*query_integer(connection.get(), "PRAGMA trusted_schema"), 0);
    EXPECT_EQ(*query_integer(connection.get(), "PRAGMA cell_size_check"), 1);
    EXPECT_EQ(*query_integer(connection.get(), "PRAGMA mmap_size"), 0);
    EXPECT_EQ(*query_integer(connection.get(), "PRAGMA recursive_triggers"), 1);
    EXPECT_FALSE(execute(connection.get(), "ATTACH ':memory:' AS other").ok());
}

}  // namespace
}  // namespace refrain::store
