#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "refrain/catalogue.h"
#include "refrain/result.h"

#include "store/sqlite/item_writer.h"
#include "store/sqlite/state_writer.h"
#include "store/sqlite/statement.h"

namespace refrain::store {

/// Writes what sources say of items, and what they no longer say.
///
/// One thread at a time; call it inside a write transaction, and let it go before the commit.
/// Everything may fail as Statement::step does.
class ClaimWriter {
  public:
    /// @param connection, items  must outlive the writer
    ClaimWriter(sqlite3* connection, ItemWriter& items, std::int64_t at_us);

    /// Whether the source withdrew it, by its own clock, when it said so or later.
    [[nodiscard]] Result<bool> is_stale(const std::string& bank, const SourceClaim& claim);

    /// Adds a claim, or puts it in the place of an older one. @return whether that changed anything
    /// @param is_new  the item was added just now: nothing is logged
    [[nodiscard]] Result<bool> put(const std::string& bank,
                                   std::int64_t key,
                                   const std::string& id,
                                   const SourceClaim& claim,
                                   bool is_new);

    [[nodiscard]] Result<WithdrawOutcome> withdraw(const Withdrawal& withdrawal);

  private:
    struct Held {
        std::int64_t key = 0;
        std::string id;
        bool is_medium = false;
        std::optional<std::int64_t> stated_at_us;
    };

    [[nodiscard]] Result<std::int64_t> feed_key(const std::string& name);
    /// A claim that is there. None: there is none.
    [[nodiscard]] Result<std::optional<SourceClaim>> held_claim(std::int64_t key,
                                                                std::int64_t feed,
                                                                const SourceClaim& claim);
    /// What the source asserts by this entry in this bank.
    [[nodiscard]] Result<std::vector<Held>> held_by(std::int64_t feed,
                                                    std::int64_t bank,
                                                    const std::string& entry);
    [[nodiscard]] Result<void> write(std::int64_t key, std::int64_t feed, const SourceClaim& claim);
    /// @return whether the item went
    [[nodiscard]] Result<bool> end_claim(const Held& item,
                                         std::int64_t feed,
                                         const Withdrawal& withdrawal);
    /// Remembers the withdrawal. @return false: a later one is remembered
    [[nodiscard]] Result<void> remember(std::int64_t feed,
                                        std::int64_t bank,
                                        const Withdrawal& withdrawal);
    /// An item that all its sources hold for harmless is not searched.
    [[nodiscard]] Result<void> settle_opinions(std::int64_t key, const std::string& id);

    sqlite3* connection_;
    ItemWriter& items_;
    StateWriter states_;
    std::int64_t at_us_;
    std::map<std::string, std::int64_t> feeds_;
    Statement withdrawn_;
    Statement forget_;
    Statement held_;
    Statement write_;
};

}  // namespace refrain::store
