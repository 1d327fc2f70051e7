#pragma once

#include <filesystem>

#include "refrain/media_time.h"
#include "refrain/result.h"

#include "store/sqlite/sqlite_handles.h"

namespace refrain::store {

enum class Access {
    kRead,
    kReadImmutable,  ///< takes no locks and makes no files; wrong if anyone writes meanwhile
    kReadWrite,
    kMake,  ///< the file is made; it must not exist
};

/// Opens a database file as one that may have been made by an enemy: no extension, no attached
/// database, no mapped memory, cell sizes checked, values bounded by `kMaxValueBytes`, the schema
/// not trusted. Extended result codes, foreign keys and synchronous=FULL are on.
///
/// @param file  any bytes; nothing in it is taken for a URI
/// @error kCorpusDamaged, kCorpusReadOnly, kCorpusBusy, kDiskFull, kUnreadable
[[nodiscard]] Result<ConnectionHandle> open_connection(const std::filesystem::path& file,
                                                       Access access,
                                                       MediaTime busy_wait);

/// No text or record in the database may be larger: 256 MiB, seven million frames.
inline constexpr int kMaxValueBytes = 256 << 20;

/// A transaction that is rolled back unless it was committed.
class Transaction {
  public:
    enum class Kind { kRead, kWrite };

    /// @error kCorpusBusy  another process wrote for longer than the waiting time
    [[nodiscard]] static Result<Transaction> begin(sqlite3* connection, Kind kind);
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    /// What was written is on disk when this succeeds, and gone when it fails.
    [[nodiscard]] Result<void> commit();

  private:
    explicit Transaction(sqlite3* connection) : connection_(connection) {}

    sqlite3* connection_;
};

}  // namespace refrain::store
