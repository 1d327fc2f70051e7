#include <array>

#include <spdlog/fmt/fmt.h>

#include "store/sqlite/catalogue_impl.h"
#include "store/sqlite/statement.h"

namespace refrain::store {

namespace {

/// A damaged database can have a problem a row; this many of each kind tell enough.
constexpr int kMaxProblemsPerCheck = 100;

/// A query that gives one line of text for every problem.
struct Check {
    std::string_view sql;
    std::string_view prefix;
};

/// `integrity_check` first: when it complains, what the others say means little.
constexpr std::array<Check, 7> kChecks{{
    {"SELECT integrity_check FROM pragma_integrity_check(100) WHERE integrity_check <> 'ok'",
     "structure"},
    {"SELECT \"table\" || ' row ' || coalesce(rowid, '?') || ' refers to a missing ' || parent "
     "FROM pragma_foreign_key_check",
     "reference"},
    {"SELECT 'has ' || count(*) || ' entries numbered ' || min(sequence) || ' to ' || "
     "max(sequence) FROM change HAVING count(*) > 0 AND (min(sequence) <> 1 OR max(sequence) <> "
     "count(*))",
     "change log"},
    {"SELECT 'item ' || m.id || ' is there, but the log does not say so' FROM medium AS m "
     "LEFT JOIN (SELECT medium, id, sum(kind = 1) AS added, sum(kind = 2) AS removed FROM change "
     "WHERE kind IN (1, 2) GROUP BY medium) AS l ON l.medium = m.key "
     "WHERE l.added IS NOT 1 OR l.removed IS NOT 0 OR l.id IS NOT m.id",
     "change log"},
    {"SELECT 'item ' || l.id || ' is in the log, but not there' FROM (SELECT medium, id, "
     "sum(kind = 1) AS added, sum(kind = 2) AS removed FROM change WHERE kind IN (1, 2) GROUP BY "
     "medium) AS l "
     "LEFT JOIN medium AS m ON m.key = l.medium "
     "WHERE l.added <> 1 OR l.removed NOT IN (0, 1) OR (l.removed = 0) <> (m.key IS NOT NULL)",
     "change log"},
    {"SELECT 'item ' || id || ' has columns that contradict each other' FROM medium "
     "WHERE length(record) <> record_bytes OR length(sha256) <> 32 OR length(md5) <> 16 "
     "OR kind NOT IN (0, 1) OR id = ''",
     "row"},
    {"SELECT 'keys up to ' || (SELECT max(medium) FROM change) || ' were given, but the counter "
     "stands at ' || coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'medium'), 0) "
     "WHERE (SELECT max(medium) FROM change) > coalesce((SELECT seq FROM sqlite_sequence WHERE "
     "name = 'medium'), 0)",
     "keys"},
}};

/// Appends what the check finds. @return whether the database could be read to the end of it
Result<bool> run_check(sqlite3* connection,
                       const Check& check,
                       std::vector<std::string>& problems) {
    Statement statement(connection, check.sql);
    for (int found = 0; found < kMaxProblemsPerCheck; ++found) {
        const Result<bool> row = statement.step();
        if (!row) {
            if (row.error().code != ErrorCode::kCorpusDamaged) {
                return row.error();
            }
            problems.push_back(row.error().message);
            return false;
        }
        if (!*row) {
            return true;
        }
        problems.push_back(fmt::format("{}: {}", check.prefix, statement.text(0)));
    }
    return true;
}

Result<std::vector<std::string>> find_problems(sqlite3* connection) {
    // One snapshot: a writer between two checks would look like a contradiction.
    const Result<Transaction> snapshot = Transaction::begin(connection, Transaction::Kind::kRead);
    if (!snapshot) {
        return snapshot.error();
    }
    std::vector<std::string> problems;
    for (const Check& check : kChecks) {
        const Result<bool> was_read = run_check(connection, check, problems);
        if (!was_read) {
            return was_read.error();
        }
        if (!*was_read || (&check == kChecks.data() && !problems.empty())) {
            break;
        }
    }
    return problems;
}

}  // namespace

Result<std::vector<std::string>> SqliteCatalogue::check_structure() const {
    return impl_->reading<std::vector<std::string>>(find_problems);
}

}  // namespace refrain::store
