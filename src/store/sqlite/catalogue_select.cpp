#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "store/page_cursor.h"
#include "store/sqlite/catalogue_impl.h"
#include "store/sqlite/item_reader.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/statement.h"

namespace refrain::store {

namespace {

// Where a condition lets through fewer items than this, they are found by its index and sorted;
// else the items are read in order and those that do not fit are passed over.
constexpr std::int64_t kFew = 10'000;

/// SQL with the values that it asks for, to be bound in order.
struct Condition {
    std::string sql;
    std::vector<std::string> texts;
    std::vector<std::int64_t> numbers;  ///< bound after the texts
};

int bind_all(Statement& statement, const Condition& condition, int first) {
    for (const std::string& text : condition.texts) {
        statement.bind_text(first++, text);
    }
    for (const std::int64_t number : condition.numbers) {
        statement.bind(first++, number);
    }
    return first;
}

/// The keys of the items that one condition of the filter lets through, by an index.
std::vector<Condition> indexed_conditions(const ItemQuery& query, bool has_states) {
    std::vector<Condition> found;
    const ItemFilter& filter = query.filter;
    if (has_states) {
        for (const auto& [name, value] : filter.labels) {
            found.push_back({"SELECT medium AS key FROM label WHERE name = ? AND value = ?",
                             {name, value},
                             {}});
        }
        if (filter.is_disabled.value_or(false)) {
            found.push_back({"SELECT medium AS key FROM state WHERE disabled_until_us > ?",
                             {},
                             {query.now_us}});
        }
        if (filter.since_us || filter.until_us) {
            found.push_back(
                {"SELECT key FROM medium WHERE added_at_us >= ? AND added_at_us < ?",
                 {},
                 {filter.since_us.value_or(-kForever), filter.until_us.value_or(kForever)}});
        }
    }
    if (filter.banks.size() == 1) {
        found.push_back(
            {"SELECT key FROM medium WHERE bank = (SELECT key FROM bank WHERE name = ?)",
             filter.banks,
             {}});
    }
    return found;
}

/// The one that lets fewest through, if these are few.
Result<std::optional<Condition>> narrowest(sqlite3* connection,
                                           const std::vector<Condition>& conditions) {
    std::optional<Condition> best;
    std::int64_t fewest = kFew;
    for (const Condition& condition : conditions) {
        Statement count(connection,
                        fmt::format("SELECT count(*) FROM ({} LIMIT {})", condition.sql, fewest));
        bind_all(count, condition, 1);
        const Result<bool> row = count.step();
        if (!row) {
            return row.error();
        }
        if (count.integer(0) < fewest) {
            fewest = count.integer(0);
            best = condition;
        }
    }
    return best;
}

/// Whether a row fits, as a column; the name is looked at elsewhere.
Condition fits(const ItemQuery& query, bool has_states) {
    const ItemFilter& filter = query.filter;
    Condition all{"1", {}, {}};
    if (!filter.banks.empty()) {
        all.sql += " AND m.bank IN (SELECT key FROM bank WHERE name IN (";
        for (std::size_t i = 0; i < filter.banks.size(); ++i) {
            all.sql += i == 0 ? "?" : ", ?";
        }
        all.sql += "))";
        all.texts = filter.banks;
    }
    for (const auto& [name, value] : filter.labels) {
        all.sql +=
            " AND EXISTS (SELECT 1 FROM label AS l WHERE l.medium = m.key AND l.name = ? AND "
            "l.value = ?)";
        all.texts.insert(all.texts.end(), {name, value});
    }
    if (filter.kind) {
        all.sql += fmt::format(" AND m.kind = {}", static_cast<int>(*filter.kind));
    }
    if (filter.knowledge) {
        all.sql += *filter.knowledge == Knowledge::kMedia ? " AND m.bytes > 0"
                   : *filter.knowledge == Knowledge::kHashOnly
                       ? " AND m.bytes = 0 AND m.frames > 0"
                       : " AND m.bytes = 0 AND m.frames = 0";
    }
    if (filter.since_us) {
        all.sql += fmt::format(" AND m.added_at_us >= {}", *filter.since_us);
    }
    if (filter.until_us) {
        all.sql += fmt::format(" AND m.added_at_us < {}", *filter.until_us);
    }
    if (filter.is_disabled) {
        all.sql += has_states ? fmt::format(
                                    " AND {}EXISTS (SELECT 1 FROM state AS s WHERE s.medium = "
                                    "m.key AND s.disabled_until_us > {})",
                                    *filter.is_disabled ? "" : "NOT ", query.now_us)
                              : std::string(*filter.is_disabled ? " AND 0" : "");
    }
    return all;
}

struct OrderSql {
    const char* after;
    const char* by;
};

OrderSql order_sql(ItemOrder order) {
    switch (order) {
        case ItemOrder::kAdded:
            return {"(m.added_at_us, m.key) > (?, ?)", "m.added_at_us, m.key"};
        case ItemOrder::kNewest:
            return {"(m.added_at_us, m.key) < (?, ?)", "m.added_at_us DESC, m.key DESC"};
        case ItemOrder::kName:
            return {"(m.name, m.key) > (?, ?)", "m.name, m.key"};
        case ItemOrder::kId:
            break;
    }
    return {"m.id > ?", "m.id"};
}

/// The keys of one page.
struct Found {
    std::vector<std::int64_t> keys;
    std::string next;
};

Result<Found> find_keys(sqlite3* connection, const ItemQuery& query, const PageCursor& cursor) {
    const Result<bool> has_states = has_version(connection, kFirstVersionWithStates);
    if (!has_states) {
        return has_states.error();
    }
    const Result<std::optional<Condition>> narrow =
        narrowest(connection, indexed_conditions(query, *has_states));
    if (!narrow) {
        return narrow.error();
    }
    const Condition filter = fits(query, *has_states);
    const OrderSql order = order_sql(query.order);
    const bool filters_name = !query.filter.name.empty();
    const bool reads_name = filters_name || query.order == ItemOrder::kName;
    Statement rows(
        connection,
        fmt::format("SELECT m.key, m.id, {}, ({}), {} FROM {} WHERE {} ORDER BY {} LIMIT {}",
                    query.order == ItemOrder::kId || query.order == ItemOrder::kName
                        ? "0"
                        : "m.added_at_us",
                    filter.sql, reads_name ? "m.name" : "''",
                    narrow->has_value()
                        ? "(" + (*narrow)->sql + ") AS d CROSS JOIN medium AS m ON m.key = d.key"
                        : std::string("medium AS m"),
                    order.after, order.by, Catalogue::kMostExamined + 1));
    int parameter = bind_all(rows, filter, 1);
    if (narrow->has_value()) {
        parameter = bind_all(rows, **narrow, parameter);
    }
    if (query.order == ItemOrder::kId) {
        rows.bind_text(parameter, cursor.id);
    } else if (query.order == ItemOrder::kName) {
        rows.bind_text(parameter, cursor.name).bind(parameter + 1, cursor.key);
    } else {
        rows.bind(parameter, cursor.at_us).bind(parameter + 1, cursor.key);
    }
    Found found;
    PageCursor last;
    for (std::size_t examined = 0;; ++examined) {
        const bool is_full =
            found.keys.size() == query.limit || examined == Catalogue::kMostExamined;
        const Result<bool> row = rows.step();
        if (!row) {
            return row.error();
        }
        if (!*row) {
            return found;
        }
        if (is_full) {
            found.next = last.text(query.order);
            return found;
        }
        last = {rows.text(1), rows.integer(2), rows.integer(0), rows.text(4)};
        if (rows.integer(3) != 0 &&
            (!filters_name || matches_glob(rows.text(4), query.filter.name))) {
            found.keys.push_back(rows.integer(0));
        }
    }
}

Result<ItemPage> read_page(sqlite3* connection, const ItemQuery& query, const PageCursor& cursor) {
    const Result<Transaction> snapshot = Transaction::begin(connection, Transaction::Kind::kRead);
    if (!snapshot) {
        return snapshot.error();
    }
    Result<Found> found = find_keys(connection, query, cursor);
    if (!found) {
        return found.error();
    }
    ItemPage page;
    page.next = std::move(found->next);
    ItemReader reader(connection, "WHERE m.key = ?1");
    for (const std::int64_t key : found->keys) {
        reader.statement().reset();
        reader.statement().bind(1, key);
        const Result<bool> row = reader.step();
        Result<StoredItem> item =
            row && *row ? reader.item()
            : row       ? Result<StoredItem>(Error{ErrorCode::kCorpusDamaged,
                                             "corpus: an index names it, but it is not there"})
                        : Result<StoredItem>(row.error());
        if (item) {
            page.items.push_back(std::move(*item));
        } else if (item.error().code == ErrorCode::kCorpusDamaged) {
            page.damaged.push_back({key, {}, {}, item.error().message});
        } else {
            return item.error();
        }
    }
    return page;
}

}  // namespace

Result<ItemPage> SqliteCatalogue::select(const ItemQuery& query) const {
    const Result<PageCursor> cursor = PageCursor::parse(query.after, query.order);
    if (!cursor) {
        return cursor.error();
    }
    return impl_->reading<ItemPage>(
        [&](sqlite3* connection) { return read_page(connection, query, *cursor); });
}

}  // namespace refrain::store
