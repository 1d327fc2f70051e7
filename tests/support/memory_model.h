#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "store/catalogue_interface.h"
#include "store/edit_text.h"

namespace refrain::test {

/// What a catalogue in memory holds, and what each call does to it.
struct MemoryModel {
    using ClaimName = std::pair<std::string, std::string>;  ///< source and entry
    struct State {
        std::map<std::int64_t, store::StoredRecord> rows;
        std::map<std::string, BankSettings> banks;
        std::map<std::int64_t, std::map<ClaimName, SourceClaim>> claims;
        /// By source, bank and entry.
        std::map<std::tuple<std::string, std::string, std::string>, std::optional<std::int64_t>>
            withdrawn;
        std::set<std::tuple<DigestAlgorithm, std::vector<std::uint8_t>, std::int64_t>> digests;
        std::vector<store::Change> log;
        std::map<std::string, std::string> settings;
        std::int64_t last_key = 0;
    };

    static constexpr std::int64_t kNow = 1'700'000'000'000'000;

    static void note(State& state,
                     ChangeKind kind,
                     std::int64_t key,
                     const std::string& id,
                     const Author& author,
                     const std::string& detail = {}) {
        state.log.push_back({state.log.size() + 1, kind, key, id, kNow, author, detail});
    }

    static bool make_bank(State& state, const std::string& name) {
        const bool is_made = !state.banks.contains(name);
        state.banks[name].name = name;
        return is_made;
    }

    static store::StoredRecord* row_of(State& state, const std::string& id) {
        for (auto& [key, row] : state.rows) {
            if (row.item.id == id) {
                return &row;
            }
        }
        return nullptr;
    }

    static void drop(State& state, std::int64_t key) {
        state.rows.erase(key);
        state.claims.erase(key);
        std::erase_if(state.digests,
                      [&](const auto& digest) { return std::get<2>(digest) == key; });
    }

    static bool remove_one(State& state, const std::string& id, const Author& author) {
        const store::StoredRecord* row = row_of(state, id);
        if (row == nullptr) {
            return false;
        }
        note(state, ChangeKind::kRemove, row->item.key, id, author);
        drop(state, row->item.key);
        return true;
    }

    static EditOutcome edit_one(State& state, const ItemEdit& edit, const Author& author) {
        store::StoredRecord* row = row_of(state, edit.id);
        if (row == nullptr) {
            return {};
        }
        store::StoredItem& item = row->item;
        const std::uint64_t revision = item.state.revision;
        if (edit.if_revision && *edit.if_revision != revision) {
            return {EditStatus::kStale, revision, false};
        }
        EditOutcome outcome{EditStatus::kUnchanged, revision, false};
        const auto changed = [&](ChangeKind kind, const std::string& detail) {
            note(state, kind, item.key, item.id, author, detail);
            outcome = {EditStatus::kChanged, ++item.state.revision, outcome.made_bank};
        };
        if (edit.bank && *edit.bank != item.bank) {
            for (const auto& [key, other] : state.rows) {
                if (other.item.bank == *edit.bank &&
                    other.item.media.digest.sha256 == item.media.digest.sha256) {
                    return {EditStatus::kTaken, revision, false};
                }
            }
            outcome.made_bank = make_bank(state, *edit.bank);
            const std::string detail = store::move_text(item.bank, *edit.bank);
            item.bank = *edit.bank;
            changed(ChangeKind::kMove, detail);
        }
        const std::string detail = store::label_text(item.labels, edit.labels);
        for (const auto& [name, value] : edit.labels) {
            if (value) {
                item.labels[name] = *value;
            } else {
                item.labels.erase(name);
            }
        }
        if (!detail.empty()) {
            changed(ChangeKind::kLabel, detail);
        }
        if (const auto kind = store::turn_switch(item.state, edit, author.reason)) {
            changed(*kind, store::switch_text(item.state));
        }
        return outcome;
    }

    static std::string named(const std::string& source, const std::string& entry) {
        return entry.empty() ? source : source + " " + entry;
    }

    static bool is_stale(const State& state, const std::string& bank, const SourceClaim& claim) {
        const auto found = state.withdrawn.find({claim.source, bank, claim.entry});
        return !claim.entry.empty() && found != state.withdrawn.end() && found->second &&
               claim.stated_at_us && *claim.stated_at_us <= *found->second;
    }

    /// An item that all its sources hold for harmless is disabled.
    static void settle(State& state, store::StoredItem& item, const Author& author) {
        const std::string harmless = "all its sources hold it for harmless";
        bool is_harmless = item.media.digest.bytes == 0;
        int asserting = 0;
        for (const auto& [name, claim] : state.claims[item.key]) {
            asserting += claim.is_withdrawn ? 0 : 1;
            is_harmless =
                is_harmless && (claim.is_withdrawn || claim.opinion == FeedOpinion::kHarmless);
        }
        is_harmless = is_harmless && asserting > 0;
        const bool was_harmless = item.state.reason == harmless;
        if (is_harmless == was_harmless || (is_harmless && item.state.disabled_until_us)) {
            return;
        }
        ++item.state.revision;
        item.state.disabled_until_us = is_harmless ? std::optional(kForever) : std::nullopt;
        item.state.reason = is_harmless ? harmless : "";
        note(state, is_harmless ? ChangeKind::kDisable : ChangeKind::kEnable, item.key, item.id,
             author, is_harmless ? harmless : "a source holds it for harmful");
    }

    static bool put_claim(State& state,
                          store::StoredItem& item,
                          const SourceClaim& said,
                          bool is_new,
                          const Author& author) {
        auto& claims = state.claims[item.key];
        const ClaimName name{said.source, said.entry};
        const auto held = claims.find(name);
        SourceClaim next = said;
        next.is_withdrawn = false;
        next.first_seen_us = next.last_changed_us = kNow;
        bool is_again = false;
        if (held != claims.end()) {
            const SourceClaim& old = held->second;
            if (said.stated_at_us && old.stated_at_us && *said.stated_at_us < *old.stated_at_us) {
                return false;
            }
            is_again =
                !old.is_withdrawn && old.opinion == said.opinion && old.opinions == said.opinions;
            if (is_again && old.stated_at_us == said.stated_at_us) {
                return false;
            }
        }
        claims[name] = next;
        state.withdrawn.erase({said.source, item.bank, said.entry});
        if (is_again) {
            return false;
        }
        if (!is_new) {
            note(state, ChangeKind::kSource, item.key, item.id, author,
                 "said by " + named(said.source, said.entry));
        }
        settle(state, item, author);
        return true;
    }

    static WithdrawOutcome withdraw_one(State& state,
                                        const Withdrawal& withdrawal,
                                        const Author& author) {
        make_bank(state, withdrawal.bank);
        WithdrawOutcome outcome;
        std::vector<std::int64_t> keys;
        for (const auto& [key, row] : state.rows) {
            keys.push_back(key);
        }
        for (const std::int64_t key : keys) {
            store::StoredItem& item = state.rows[key].item;
            const auto claim = state.claims[key].find({withdrawal.source, withdrawal.entry});
            if (item.bank != withdrawal.bank || claim == state.claims[key].end() ||
                claim->second.is_withdrawn) {
                continue;
            }
            if (withdrawal.stated_at_us && claim->second.stated_at_us &&
                *withdrawal.stated_at_us < *claim->second.stated_at_us) {
                outcome.is_stale = true;
                continue;
            }
            claim->second.is_withdrawn = true;
            claim->second.last_changed_us = kNow;
            if (withdrawal.stated_at_us) {
                claim->second.stated_at_us = withdrawal.stated_at_us;
            }
            const bool is_asserted =
                std::any_of(state.claims[key].begin(), state.claims[key].end(),
                            [](const auto& other) { return !other.second.is_withdrawn; });
            const bool goes = !is_asserted && item.media.digest.bytes == 0;
            note(state, goes ? ChangeKind::kRemove : ChangeKind::kSource, key, item.id, author,
                 "withdrawn by " + named(withdrawal.source, withdrawal.entry));
            ++(goes ? outcome.removed : outcome.kept);
            if (goes) {
                drop(state, key);
            } else {
                settle(state, item, author);
            }
        }
        auto& remembered = state.withdrawn[{withdrawal.source, withdrawal.bank, withdrawal.entry}];
        if (withdrawal.stated_at_us) {
            remembered =
                std::max(remembered.value_or(*withdrawal.stated_at_us), *withdrawal.stated_at_us);
        }
        return outcome;
    }

    static bool fits(const store::StoredItem& item, const store::ItemQuery& query) {
        const ItemFilter& filter = query.filter;
        const bool has_labels =
            std::all_of(filter.labels.begin(), filter.labels.end(), [&](const auto& label) {
                const auto found = item.labels.find(label.first);
                return found != item.labels.end() && found->second == label.second;
            });
        return has_labels &&
               (filter.banks.empty() || std::find(filter.banks.begin(), filter.banks.end(),
                                                  item.bank) != filter.banks.end()) &&
               (filter.name.empty() || matches_glob(item.name, filter.name)) &&
               (!filter.kind || *filter.kind == item.media.kind) &&
               (!filter.knowledge || *filter.knowledge == item.knowledge()) &&
               (!filter.since_us || item.added_at_us >= *filter.since_us) &&
               (!filter.until_us || item.added_at_us < *filter.until_us) &&
               (!filter.is_disabled || *filter.is_disabled == item.state.is_disabled(query.now_us));
    }

    /// Adds to a known item what the row says beside its bytes.
    static void merge(State& state,
                      store::StoredItem& item,
                      const store::NewRow& row,
                      const store::Catalogue::PutOptions& options,
                      store::PutOutcome& outcome) {
        for (const SourceClaim& claim : row.claims) {
            if (!is_stale(state, row.bank, claim)) {
                outcome.has_new_claims =
                    put_claim(state, item, claim, false, options.author) || outcome.has_new_claims;
            }
        }
        for (const FileDigest& digest : row.digests) {
            state.digests.emplace(digest.algorithm, digest.bytes, item.key);
        }
        ItemEdit edit{item.id, {}, {}, Switch::kKeep, kForever, {}};
        for (const auto& [name, value] : row.labels) {
            const bool is_given =
                options.labels == LabelRule::kUpdate ||
                (options.labels == LabelRule::kFillIn && !item.labels.contains(name));
            if (is_given) {
                edit.labels[name] = value;
            }
        }
        outcome.has_new_labels =
            edit_one(state, edit, options.author).status == EditStatus::kChanged;
    }

    static Result<store::PutOutcome> put_one(State& state,
                                             const store::NewRow& row,
                                             const store::Catalogue::PutOptions& options) {
        store::PutOutcome outcome;
        for (auto& [key, known] : state.rows) {
            if (known.item.bank != row.bank ||
                known.item.media.digest.sha256 != row.media.digest.sha256) {
                continue;
            }
            if (!options.is_sound || options.is_sound(row, known.record)) {
                outcome.was_known = true;
                outcome.key = key;
                outcome.id = known.item.id;
                outcome.record_bytes = known.item.record_bytes;
                outcome.frames = known.item.frames;
                merge(state, known.item, row, options, outcome);
                return outcome;
            }
            outcome.was_replaced = true;
        }
        const bool is_withdrawn =
            !row.claims.empty() &&
            std::all_of(row.claims.begin(), row.claims.end(),
                        [&](const SourceClaim& claim) { return is_stale(state, row.bank, claim); });
        if (is_withdrawn) {
            outcome = {};
            outcome.is_stale = true;
            return outcome;
        }
        if (outcome.was_replaced) {
            for (const auto& [key, known] : state.rows) {
                if (known.item.bank == row.bank &&
                    known.item.media.digest.sha256 == row.media.digest.sha256) {
                    remove_one(state, std::string(known.item.id), options.author);
                    break;
                }
            }
        }
        std::string id = row.id;
        for (int namesake = 2; row_of(state, id) != nullptr; ++namesake) {
            if (!row.may_rename) {
                return Error{ErrorCode::kIdTaken, "the id " + row.id + " is taken"};
            }
            id = row.id + "-" + std::to_string(namesake);
        }
        const std::int64_t key = ++state.last_key;
        store::StoredItem item{key,        id,        row.bank,       row.name,   row.source,
                               row.labels, row.media, row.is_partial, row.frames, row.record.size(),
                               kNow,       {}};
        item.state.disabled_until_us = row.disabled_until_us;
        state.rows[key] = {item, row.record};
        outcome.key = key;
        outcome.id = id;
        outcome.record_bytes = row.record.size();
        outcome.frames = row.frames;
        outcome.made_bank = make_bank(state, row.bank);
        note(state, ChangeKind::kAdd, key, id, options.author);
        for (const FileDigest& digest : row.digests) {
            state.digests.emplace(digest.algorithm, digest.bytes, key);
        }
        for (const SourceClaim& claim : row.claims) {
            if (!is_stale(state, row.bank, claim)) {
                put_claim(state, state.rows[key].item, claim, true, options.author);
            }
        }
        return outcome;
    }
};

}  // namespace refrain::test
