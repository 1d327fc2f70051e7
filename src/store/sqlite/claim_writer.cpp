#include "store/sqlite/claim_writer.h"

#include <utility>
#include <vector>

namespace refrain::store {

namespace {

constexpr std::string_view kHarmless = "all its sources hold it for harmless";

std::string named(const std::string& source, const std::string& entry) {
    return entry.empty() ? source : source + " " + entry;
}

/// By the source's own clock, or else in order of arrival.
bool is_older(const std::optional<std::int64_t>& claim, const std::optional<std::int64_t>& known) {
    return claim && known && *claim < *known;
}

/// Whether the same is said, whenever that was.
bool says_the_same(const SourceClaim& a, const SourceClaim& b) {
    return a.opinion == b.opinion && a.opinions == b.opinions && a.is_withdrawn == b.is_withdrawn;
}

}  // namespace

ClaimWriter::ClaimWriter(sqlite3* connection, ItemWriter& items, std::int64_t at_us)
    : connection_(connection),
      items_(items),
      states_(connection),
      at_us_(at_us),
      withdrawn_(connection,
                 "SELECT w.stated_at_us FROM withdrawal AS w JOIN feed AS f ON f.key = w.feed "
                 "JOIN bank AS b ON b.key = w.bank WHERE f.name = ?1 AND b.name = ?2 AND "
                 "w.entry = ?3"),
      forget_(connection,
              "DELETE FROM withdrawal WHERE feed = ?1 AND bank = (SELECT key FROM bank WHERE name "
              "= ?2) AND entry = ?3"),
      held_(connection,
            "SELECT is_withdrawn, opinion, opinions, stated_at_us, first_seen_us FROM claim "
            "WHERE medium = ?1 AND feed = ?2 AND entry = ?3"),
      write_(connection,
             "INSERT INTO claim (medium, feed, entry, is_withdrawn, opinion, opinions, "
             "stated_at_us, first_seen_us, last_changed_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
             "?8, ?9) ON CONFLICT (medium, feed, entry) DO UPDATE SET is_withdrawn = "
             "excluded.is_withdrawn, opinion = excluded.opinion, opinions = excluded.opinions, "
             "stated_at_us = excluded.stated_at_us, last_changed_us = excluded.last_changed_us") {}

Result<std::int64_t> ClaimWriter::feed_key(const std::string& name) {
    if (const auto known = feeds_.find(name); known != feeds_.end()) {
        return known->second;
    }
    Statement insert(connection_, "INSERT INTO feed (name) VALUES (?1) ON CONFLICT DO NOTHING");
    if (const Result<void> done = insert.bind_text(1, name).run(); !done) {
        return done.error();
    }
    Statement key(connection_, "SELECT key FROM feed WHERE name = ?1");
    const Result<bool> row = key.bind_text(1, name).step();
    if (!row) {
        return row.error();
    }
    return feeds_[name] = key.integer(0);
}

Result<bool> ClaimWriter::is_stale(const std::string& bank, const SourceClaim& claim) {
    if (claim.entry.empty()) {
        return false;
    }
    withdrawn_.reset();
    const Result<bool> row =
        withdrawn_.bind_text(1, claim.source).bind_text(2, bank).bind_text(3, claim.entry).step();
    if (!row || !*row || withdrawn_.is_null(0) || !claim.stated_at_us) {
        return row ? Result<bool>(false) : row;
    }
    return *claim.stated_at_us <= withdrawn_.integer(0);
}

Result<std::optional<SourceClaim>> ClaimWriter::held_claim(std::int64_t key,
                                                           std::int64_t feed,
                                                           const SourceClaim& claim) {
    held_.reset();
    const Result<bool> row = held_.bind(1, key).bind(2, feed).bind_text(3, claim.entry).step();
    if (!row) {
        return row.error();
    }
    if (!*row) {
        return std::optional<SourceClaim>();
    }
    SourceClaim held;
    held.is_withdrawn = held_.integer(0) != 0;
    held.opinion = static_cast<FeedOpinion>(held_.integer(1));
    held.opinions = held_.text(2);
    if (!held_.is_null(3)) {
        held.stated_at_us = held_.integer(3);
    }
    held.first_seen_us = held_.integer(4);
    held_.reset();
    return std::optional(std::move(held));
}

Result<void> ClaimWriter::write(std::int64_t key, std::int64_t feed, const SourceClaim& claim) {
    write_.reset();
    write_.bind(1, key)
        .bind(2, feed)
        .bind_text(3, claim.entry)
        .bind(4, claim.is_withdrawn ? 1 : 0)
        .bind(5, static_cast<std::int64_t>(claim.opinion))
        .bind_text(6, claim.opinions)
        .bind(8, claim.first_seen_us)
        .bind(9, at_us_);
    if (claim.stated_at_us) {
        write_.bind(7, *claim.stated_at_us);
    }
    return write_.run();
}

Result<bool> ClaimWriter::put(const std::string& bank,
                              std::int64_t key,
                              const std::string& id,
                              const SourceClaim& claim,
                              bool is_new) {
    const Result<std::int64_t> feed = feed_key(claim.source);
    if (!feed) {
        return feed.error();
    }
    const Result<std::optional<SourceClaim>> held =
        is_new ? Result<std::optional<SourceClaim>>(std::nullopt) : held_claim(key, *feed, claim);
    if (!held) {
        return held.error();
    }
    SourceClaim next = claim;
    next.is_withdrawn = false;
    next.first_seen_us = *held ? (*held)->first_seen_us : at_us_;
    if (*held && is_older(claim.stated_at_us, (*held)->stated_at_us)) {
        return false;
    }
    const bool is_said_again = *held && says_the_same(**held, next);
    if (is_said_again && (*held)->stated_at_us == next.stated_at_us) {
        return false;
    }
    if (Result<void> done = write(key, *feed, next); !done) {
        return done.error();
    }
    if (!claim.entry.empty()) {
        forget_.reset();
        forget_.bind(1, *feed).bind_text(2, bank).bind_text(3, claim.entry);
        if (Result<void> done = forget_.run(); !done) {
            return done.error();
        }
    }
    if (!is_new && !is_said_again) {
        const Result<void> logged = items_.log_change(
            ChangeKind::kSource, key, id, at_us_, "said by " + named(claim.source, claim.entry));
        if (!logged) {
            return logged.error();
        }
    }
    const bool may_settle = claim.opinion == FeedOpinion::kHarmless || !is_new;
    const Result<void> settled =
        may_settle && !is_said_again ? settle_opinions(key, id) : Result<void>();
    return settled ? Result<bool>(!is_said_again) : Result<bool>(settled.error());
}

Result<void> ClaimWriter::settle_opinions(std::int64_t key, const std::string& id) {
    Statement counts(connection_,
                     "SELECT count(*), coalesce(sum(opinion = 2), 0), (SELECT bytes FROM medium "
                     "WHERE key = ?1) FROM claim WHERE medium = ?1 AND is_withdrawn = 0");
    const Result<bool> row = counts.bind(1, key).step();
    if (!row) {
        return row.error();
    }
    // Whoever added the medium itself has an opinion of its own.
    const bool is_harmless =
        counts.integer(0) > 0 && counts.integer(0) == counts.integer(1) && counts.integer(2) == 0;
    Result<ItemState> state = states_.read(key);
    if (!state) {
        return state.error();
    }
    const bool was_harmless = state->reason == kHarmless;
    if (is_harmless == was_harmless || (is_harmless && state->disabled_until_us)) {
        return {};
    }
    ++state->revision;
    state->disabled_until_us = is_harmless ? std::optional(kForever) : std::nullopt;
    state->reason = is_harmless ? std::string(kHarmless) : std::string();
    if (Result<void> done = states_.write(key, *state); !done) {
        return done;
    }
    return items_.log_change(is_harmless ? ChangeKind::kDisable : ChangeKind::kEnable, key, id,
                             at_us_, is_harmless ? kHarmless : "a source holds it for harmful");
}

Result<std::vector<ClaimWriter::Held>> ClaimWriter::held_by(std::int64_t feed,
                                                            std::int64_t bank,
                                                            const std::string& entry) {
    Statement rows(connection_,
                   "SELECT c.medium, m.id, m.bytes, c.stated_at_us FROM claim AS c JOIN medium AS "
                   "m ON m.key = c.medium WHERE c.feed = ?1 AND c.entry = ?2 AND c.entry <> '' AND "
                   "m.bank = ?3 AND c.is_withdrawn = 0 ORDER BY c.medium");
    rows.bind(1, feed).bind_text(2, entry).bind(3, bank);
    std::vector<Held> held;
    while (true) {
        const Result<bool> row = rows.step();
        if (!row) {
            return row.error();
        }
        if (!*row) {
            return held;
        }
        Held one{rows.integer(0), rows.text(1), rows.integer(2) > 0, {}};
        if (!rows.is_null(3)) {
            one.stated_at_us = rows.integer(3);
        }
        held.push_back(std::move(one));
    }
}

Result<bool> ClaimWriter::end_claim(const Held& item,
                                    std::int64_t feed,
                                    const Withdrawal& withdrawal) {
    Statement end(connection_,
                  "UPDATE claim SET is_withdrawn = 1, stated_at_us = coalesce(?4, stated_at_us), "
                  "last_changed_us = ?5 WHERE medium = ?1 AND feed = ?2 AND entry = ?3");
    end.bind(1, item.key).bind(2, feed).bind_text(3, withdrawal.entry).bind(5, at_us_);
    if (withdrawal.stated_at_us) {
        end.bind(4, *withdrawal.stated_at_us);
    }
    if (const Result<void> done = end.run(); !done) {
        return done.error();
    }
    Statement others(connection_, "SELECT 1 FROM claim WHERE medium = ?1 AND is_withdrawn = 0");
    const Result<bool> is_asserted = others.bind(1, item.key).step();
    if (!is_asserted) {
        return is_asserted;
    }
    others.reset();
    const std::string detail = "withdrawn by " + named(withdrawal.source, withdrawal.entry);
    const bool goes = !*is_asserted && !item.is_medium;
    const ChangeKind kind = goes ? ChangeKind::kRemove : ChangeKind::kSource;
    if (const Result<void> done = items_.log_change(kind, item.key, item.id, at_us_, detail);
        !done) {
        return done.error();
    }
    if (!goes) {
        const Result<void> settled = settle_opinions(item.key, item.id);
        return settled ? Result<bool>(false) : Result<bool>(settled.error());
    }
    Statement drop(connection_, "DELETE FROM medium WHERE key = ?1");
    const Result<void> dropped = drop.bind(1, item.key).run();
    return dropped ? Result<bool>(true) : Result<bool>(dropped.error());
}

Result<void> ClaimWriter::remember(std::int64_t feed,
                                   std::int64_t bank,
                                   const Withdrawal& withdrawal) {
    Statement insert(connection_,
                     "INSERT INTO withdrawal (feed, bank, entry, stated_at_us, seen_at_us) VALUES "
                     "(?1, ?2, ?3, ?4, ?5) ON CONFLICT (feed, bank, entry) DO UPDATE SET "
                     "stated_at_us = max(coalesce(excluded.stated_at_us, stated_at_us), "
                     "coalesce(stated_at_us, excluded.stated_at_us))");
    insert.bind(1, feed).bind(2, bank).bind_text(3, withdrawal.entry).bind(5, at_us_);
    if (withdrawal.stated_at_us) {
        insert.bind(4, *withdrawal.stated_at_us);
    }
    return insert.run();
}

Result<WithdrawOutcome> ClaimWriter::withdraw(const Withdrawal& withdrawal) {
    const Result<std::int64_t> feed = feed_key(withdrawal.source);
    if (!feed) {
        return feed.error();
    }
    bool made_bank = false;
    const Result<std::int64_t> bank = items_.bank_key(withdrawal.bank, made_bank);
    if (!bank) {
        return bank.error();
    }
    const Result<std::vector<Held>> held = held_by(*feed, *bank, withdrawal.entry);
    if (!held) {
        return held.error();
    }
    WithdrawOutcome outcome;
    for (const Held& item : *held) {
        if (is_older(withdrawal.stated_at_us, item.stated_at_us)) {
            outcome.is_stale = true;
            continue;
        }
        const Result<bool> went = end_claim(item, *feed, withdrawal);
        if (!went) {
            return went.error();
        }
        ++(*went ? outcome.removed : outcome.kept);
    }
    const Result<void> remembered = remember(*feed, *bank, withdrawal);
    return remembered ? Result<WithdrawOutcome>(outcome)
                      : Result<WithdrawOutcome>(remembered.error());
}

}  // namespace refrain::store
