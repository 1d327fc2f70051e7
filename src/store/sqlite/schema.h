#pragma once

#include <cstdint>
#include <span>

#include "refrain/result.h"

#include "store/sqlite/sqlite_handles.h"

namespace refrain::store {

/// Marks a SQLite file as ours: "RFRN". Persistent format on disk: do not change.
inline constexpr std::int32_t kApplicationId = 0x5246524E;

/// The SQL that leads from version i to version i + 1 stands at index i. Steps that were released
/// are never changed, only followed by new ones.
[[nodiscard]] std::span<const char* const> migrations();

/// Brings the database to version `steps.size()` in one transaction, from whatever older version it
/// has; nothing is done where that is reached. Safe against another process doing the same.
///
/// @error kCorpusBusy, kDiskFull, kCorpusReadOnly, kCorpusDamaged
[[nodiscard]] Result<void> migrate(sqlite3* connection, std::span<const char* const> steps);

/// `PRAGMA user_version` of a database that carries our application id.
///
/// @error kCorpusDamaged  it is no corpus
[[nodiscard]] Result<std::uint32_t> schema_version(sqlite3* connection);

/// The table `setting` is there from this version on.
inline constexpr std::uint32_t kFirstVersionWithSettings = 2;
/// States, claims, digests, settings of banks, and authors of changes are there from this one on.
inline constexpr std::uint32_t kFirstVersionWithStates = 3;

/// Whether the database has the tables of `version`. @error as of `schema_version`
[[nodiscard]] Result<bool> has_version(sqlite3* connection, std::uint32_t version);

/// Whether tables, indexes and triggers are exactly those that the migrations up to `version` make:
/// one that is missing is damage, and one too many could be an enemy's.
///
/// @error kCorpusDamaged, kInternal
[[nodiscard]] Result<void> check_schema(sqlite3* connection, std::uint32_t version);

}  // namespace refrain::store
