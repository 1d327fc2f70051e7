#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/catalogue_interface.h"

struct sqlite3;

namespace refrain::store {

/// Version of the schema in docs/store-schema.md.
inline constexpr std::uint32_t kSchemaVersion = 3;

/// A catalogue in one SQLite database: WAL mode, synchronous=FULL.
///
/// Thread safety: safe to share. Writers take turns on one connection; readers have up to eight of
/// their own, made on demand, and never wait for a writer.
class SqliteCatalogue final : public Catalogue {
  public:
    /// @error kCorpusNotFound, kCorpusDamaged, kCorpusTooNew, kCorpusReadOnly, kCorpusBusy,
    ///        kDiskFull, kUnreadable
    [[nodiscard]] static Result<SqliteCatalogue> open(const std::filesystem::path& folder,
                                                      Mode mode,
                                                      const CatalogueOptions& options = {});
    SqliteCatalogue(SqliteCatalogue&&) noexcept;
    SqliteCatalogue& operator=(SqliteCatalogue&&) noexcept;
    SqliteCatalogue(const SqliteCatalogue&) = delete;
    SqliteCatalogue& operator=(const SqliteCatalogue&) = delete;
    ~SqliteCatalogue() override;

    using Catalogue::put;
    [[nodiscard]] Result<std::vector<PutOutcome>> put(std::span<const NewRow> rows,
                                                      const PutOptions& options) override;
    using Catalogue::remove;
    [[nodiscard]] Result<std::vector<bool>> remove(std::span<const std::string> ids,
                                                   const Author& author) override;
    [[nodiscard]] Result<std::vector<EditOutcome>> edit(std::span<const ItemEdit> edits,
                                                        const Author& author) override;
    [[nodiscard]] Result<std::vector<WithdrawOutcome>> withdraw(
        std::span<const Withdrawal> withdrawals,
        const Author& author) override;
    [[nodiscard]] Result<DisabledItems> disabled_items() const override;
    [[nodiscard]] Result<std::vector<SourceClaim>> claims(std::int64_t key) const override;
    [[nodiscard]] Result<std::vector<FileDigest>> digests(std::int64_t key) const override;
    [[nodiscard]] Result<std::vector<std::int64_t>> find_digest(
        const FileDigest& digest) const override;
    [[nodiscard]] Result<std::vector<BankSettings>> bank_settings() const override;
    [[nodiscard]] Result<bool> set_bank(const std::string& name,
                                        const BankEdit& edit,
                                        const Author& author) override;
    [[nodiscard]] Result<ItemPage> select(const ItemQuery& query) const override;

    [[nodiscard]] Result<RecordList> records(std::span<const std::int64_t> keys) const override;
    /// Where the table cannot be walked, each item that the log of changes names is looked up by
    /// its key.
    [[nodiscard]] Result<RecordPage> records_after(std::int64_t after,
                                                   std::size_t limit) const override;
    [[nodiscard]] Result<ItemList> items_after(std::string_view after,
                                               std::size_t limit) const override;
    [[nodiscard]] Result<std::optional<StoredItem>> item(std::string_view id) const override;
    [[nodiscard]] Result<std::optional<StoredItem>> find_bytes(std::string_view bank,
                                                               const Sha256& sha256) const override;
    [[nodiscard]] Result<ItemList> find_bytes_anywhere(const Sha256& sha256) const override;
    [[nodiscard]] Result<std::vector<std::string>> banks() const override;

    [[nodiscard]] Result<std::vector<Change>> changes_after(std::uint64_t sequence,
                                                            std::size_t limit) const override;
    [[nodiscard]] Result<std::uint64_t> last_sequence() const override;
    [[nodiscard]] Result<std::map<std::string, std::string>> settings() const override;
    [[nodiscard]] Result<void> set(const std::string& name,
                                   const std::optional<std::string>& value) override;

    [[nodiscard]] Result<Totals> totals() const override;
    /// SQLite's own `integrity_check`, and rows whose columns contradict each other.
    [[nodiscard]] Result<std::vector<std::string>> check_structure() const override;

    /// Copies every page into another, open database, as of one commit.
    /// @error kCorpusDamaged, kCorpusBusy, kDiskFull, kUnreadable
    [[nodiscard]] Result<void> copy_to(sqlite3* target) const;

  private:
    struct Impl;
    explicit SqliteCatalogue(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The SQLite version in use.
[[nodiscard]] std::string sqlite_version();

}  // namespace refrain::store
