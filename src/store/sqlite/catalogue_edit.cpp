#include "base/log_line.h"
#include "store/edit_text.h"
#include "store/sqlite/catalogue_impl.h"
#include "store/sqlite/claim_writer.h"
#include "store/sqlite/edit_writer.h"
#include "store/sqlite/item_writer.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/statement.h"
#include "store/sqlite/write_batch.h"

namespace refrain::store {

namespace {

/// The writers of one batch of edits or withdrawals.
struct Writers {
    Writers(sqlite3* connection, const Author& author)
        : items(connection, author),
          claims(connection, items, now_us()),
          edits(connection, items, now_us()) {}

    ItemWriter items;
    ClaimWriter claims;
    EditWriter edits;
};

/// @error the first that is not allowed
template <typename Inputs, typename Check>
Result<void> check_all(const Inputs& inputs, const Author& author, const Check& check) {
    for (const auto& input : inputs) {
        if (Result<void> checked = check(input); !checked) {
            return checked;
        }
    }
    return check_author(author);
}

constexpr std::string_view kBanks =
    "SELECT name, mode, kind, min_score, note FROM bank ORDER BY name";
constexpr std::string_view kBanksWithoutSettings =
    "SELECT name, 0, 0, NULL, '' FROM bank ORDER BY name";

Result<std::vector<BankSettings>> read_banks(Statement& rows) {
    std::vector<BankSettings> banks;
    const Result<void> read = rows.each_row([&]() -> Result<void> {
        const std::int64_t mode = rows.integer(1);
        const std::int64_t kind = rows.integer(2);
        if (mode < 0 || mode > 2 || kind < 0 || kind > 1) {
            return Error{ErrorCode::kCorpusDamaged, "corpus: the settings of a bank are damaged"};
        }
        BankSettings bank{rows.text(0), static_cast<BankMode>(mode), static_cast<BankKind>(kind),
                          std::nullopt, rows.text(4)};
        if (!rows.is_null(3)) {
            bank.min_score = rows.real(3);
        }
        banks.push_back(std::move(bank));
        return {};
    });
    return read ? Result<std::vector<BankSettings>>(std::move(banks)) : read.error();
}

/// The settings of a bank, or those that a new one has.
Result<BankSettings> settings_of(sqlite3* connection, const std::string& name) {
    Statement rows(connection, kBanks);
    Result<std::vector<BankSettings>> banks = read_banks(rows);
    if (!banks) {
        return banks.error();
    }
    for (BankSettings& bank : *banks) {
        if (bank.name == name) {
            return std::move(bank);
        }
    }
    BankSettings fresh;
    fresh.name = name;
    return fresh;
}

Result<bool> write_bank(sqlite3* connection,
                        const std::string& name,
                        const BankEdit& edit,
                        const Author& author) {
    ItemWriter writer(connection, author);
    bool is_made = false;
    if (const Result<std::int64_t> key = writer.bank_key(name, is_made); !key) {
        return key.error();
    }
    Result<BankSettings> settings = settings_of(connection, name);
    if (!settings) {
        return settings.error();
    }
    const std::string detail = change_bank(*settings, edit);
    if (detail.empty() && !is_made) {
        return false;
    }
    Statement update(connection,
                     "UPDATE bank SET mode = ?2, kind = ?3, min_score = ?4, note = ?5 WHERE name = "
                     "?1");
    update.bind_text(1, name)
        .bind(2, static_cast<std::int64_t>(settings->mode))
        .bind(3, static_cast<std::int64_t>(settings->kind))
        .bind_text(5, settings->note);
    if (settings->min_score) {
        update.bind_real(4, *settings->min_score);
    }
    if (const Result<void> done = update.run(); !done) {
        return done.error();
    }
    const Result<void> logged =
        writer.log_change(ChangeKind::kBank, 0, name, now_us(), detail.empty() ? "made" : detail);
    return logged ? Result<bool>(true) : Result<bool>(logged.error());
}

}  // namespace

Result<std::vector<EditOutcome>> SqliteCatalogue::edit(std::span<const ItemEdit> edits,
                                                       const Author& author) {
    if (const Result<void> checked = check_all(edits, author, check_edit); !checked) {
        return checked.error();
    }
    const std::lock_guard lock(impl_->write_mutex);
    if (const Result<void> writable = impl_->check_writable(); !writable) {
        return writable.error();
    }
    sqlite3* const connection = impl_->writer.connection.get();
    return write_batch<EditOutcome, ItemEdit>(
        connection, edits, [&] { return Writers(connection, author); },
        [&](Writers& writers, const ItemEdit& edit) {
            return writers.edits.edit(edit, author.reason);
        });
}

Result<std::vector<WithdrawOutcome>> SqliteCatalogue::withdraw(
    std::span<const Withdrawal> withdrawals,
    const Author& author) {
    if (const Result<void> checked = check_all(withdrawals, author, check_withdrawal); !checked) {
        return checked.error();
    }
    const std::lock_guard lock(impl_->write_mutex);
    if (const Result<void> writable = impl_->check_writable(); !writable) {
        return writable.error();
    }
    sqlite3* const connection = impl_->writer.connection.get();
    return write_batch<WithdrawOutcome, Withdrawal>(
        connection, withdrawals, [&] { return Writers(connection, author); },
        [](Writers& writers, const Withdrawal& withdrawal) {
            return writers.claims.withdraw(withdrawal);
        });
}

Result<bool> SqliteCatalogue::set_bank(const std::string& name,
                                       const BankEdit& edit,
                                       const Author& author) {
    for (const Result<void>& checked : {check_bank_edit(name, edit), check_author(author)}) {
        if (!checked) {
            return checked.error();
        }
    }
    const std::lock_guard lock(impl_->write_mutex);
    if (const Result<void> writable = impl_->check_writable(); !writable) {
        return writable.error();
    }
    sqlite3* const connection = impl_->writer.connection.get();
    Result<Transaction> transaction = Transaction::begin(connection, Transaction::Kind::kWrite);
    if (!transaction) {
        return transaction.error();
    }
    Result<bool> is_changed = write_bank(connection, name, edit, author);
    if (!is_changed) {
        return is_changed;
    }
    const Result<void> committed = transaction->commit();
    return committed ? is_changed : Result<bool>(committed.error());
}

Result<std::vector<BankSettings>> SqliteCatalogue::bank_settings() const {
    using Banks = std::vector<BankSettings>;
    return impl_->reading<Banks>([&](const Reader& reader) -> Result<Banks> {
        const Result<bool> has_settings = impl_->has_states(reader);
        if (!has_settings) {
            return has_settings.error();
        }
        Statement rows(reader, *has_settings ? kBanks : kBanksWithoutSettings);
        return read_banks(rows);
    });
}

Result<SqliteCatalogue::DisabledItems> SqliteCatalogue::disabled_items() const {
    DisabledItems items;
    const Result<void> read = impl_->reading_states([&](sqlite3* connection) {
        Statement rows(connection,
                       "SELECT medium, disabled_until_us FROM state WHERE disabled_until_us IS NOT "
                       "NULL");
        return rows.each_row([&]() -> Result<void> {
            items[rows.integer(0)] = rows.integer(1);
            return {};
        });
    });
    return read ? Result<DisabledItems>(std::move(items)) : read.error();
}

Result<std::vector<SourceClaim>> SqliteCatalogue::claims(std::int64_t key) const {
    std::vector<SourceClaim> claims;
    const Result<void> read = impl_->reading_states([&](sqlite3* connection) {
        Statement rows(connection,
                       "SELECT f.name, c.entry, c.opinion, c.opinions, c.stated_at_us, "
                       "c.is_withdrawn, c.first_seen_us, c.last_changed_us FROM claim AS c JOIN "
                       "feed AS f ON f.key = c.feed WHERE c.medium = ?1 ORDER BY f.name, c.entry");
        rows.bind(1, key);
        return rows.each_row([&]() -> Result<void> {
            SourceClaim claim;
            claim.source = rows.text(0);
            claim.entry = rows.text(1);
            claim.opinion = static_cast<FeedOpinion>(rows.integer(2));
            claim.opinions = rows.text(3);
            if (!rows.is_null(4)) {
                claim.stated_at_us = rows.integer(4);
            }
            claim.is_withdrawn = rows.integer(5) != 0;
            claim.first_seen_us = rows.integer(6);
            claim.last_changed_us = rows.integer(7);
            claims.push_back(std::move(claim));
            return {};
        });
    });
    return read ? Result<std::vector<SourceClaim>>(std::move(claims)) : read.error();
}

Result<std::vector<FileDigest>> SqliteCatalogue::digests(std::int64_t key) const {
    std::vector<FileDigest> digests;
    const Result<void> read = impl_->reading_states([&](sqlite3* connection) {
        Statement rows(connection,
                       "SELECT algorithm, bytes FROM digest WHERE medium = ?1 ORDER BY algorithm, "
                       "bytes");
        rows.bind(1, key);
        return rows.each_row([&]() -> Result<void> {
            const Result<std::span<const std::byte>> bytes = rows.blob(1);
            if (!bytes) {
                return bytes.error();
            }
            FileDigest digest{static_cast<DigestAlgorithm>(rows.integer(0)), {}};
            for (const std::byte byte : *bytes) {
                digest.bytes.push_back(std::to_integer<std::uint8_t>(byte));
            }
            digests.push_back(std::move(digest));
            return {};
        });
    });
    return read ? Result<std::vector<FileDigest>>(std::move(digests)) : read.error();
}

Result<std::vector<std::int64_t>> SqliteCatalogue::find_digest(const FileDigest& digest) const {
    std::vector<std::int64_t> keys;
    const Result<void> read = impl_->reading_states([&](const Reader& reader) {
        Statement rows(reader,
                       "SELECT medium FROM digest WHERE algorithm = ?1 AND bytes = ?2 ORDER BY "
                       "medium");
        rows.bind(1, static_cast<std::int64_t>(digest.algorithm))
            .bind_blob(2, std::span<const std::uint8_t>(digest.bytes));
        return rows.each_row([&]() -> Result<void> {
            keys.push_back(rows.integer(0));
            return {};
        });
    });
    return read ? Result<std::vector<std::int64_t>>(std::move(keys)) : read.error();
}

}  // namespace refrain::store
