#include "store/sqlite/repair.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include <spdlog/fmt/chrono.h>
#include <spdlog/fmt/fmt.h>

#include "store/sqlite/connection.h"
#include "store/sqlite/create.h"
#include "store/sqlite/item_writer.h"
#include "store/sqlite/log_check.h"
#include "store/sqlite/new_database.h"
#include "store/sqlite/repair_tables.h"
#include "store/sqlite/row_walk.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite_error.h"
#include "store/sqlite/statement.h"

namespace refrain::store {

namespace {

/// Copies the settings that can be read; an older schema has none.
Result<void> copy_settings(sqlite3* from, sqlite3* to, RepairOutcome& outcome) {
    const Result<std::uint32_t> version = schema_version(from);
    if (version && *version < kFirstVersionWithSettings) {
        return {};
    }
    Statement rows(from, "SELECT name, value FROM setting");
    Statement writer(to, "INSERT OR REPLACE INTO setting (name, value) VALUES (?1, ?2)");
    while (true) {
        const Result<bool> row = rows.step();
        if (!row && row.error().code != ErrorCode::kCorpusDamaged) {
            return row.error();
        }
        if (!row) {
            outcome.notes.push_back("settings are lost: " + row.error().message);
        }
        if (!row || !*row) {
            return {};
        }
        const std::string name = rows.text(0);
        const std::string value = rows.text(1);
        writer.reset();
        if (Result<void> written = writer.bind_text(1, name).bind_text(2, value).run(); !written) {
            return written;
        }
    }
}

/// Copies what is sound. Damage of the old database ends in `outcome`, never in an error.
Result<void> copy_sound_items(sqlite3* from,
                              sqlite3* to,
                              const RecordProblem& problem_of,
                              RepairOutcome& outcome) {
    Result<Transaction> writing = Transaction::begin(to, Transaction::Kind::kWrite);
    if (!writing) {
        return writing.error();
    }
    {
        ItemWriter writer(to);
        Result<void> failure;
        const Catalogue::RecordVisitor visitor{
            [&](const StoredItem& item, std::span<const std::byte> record) {
                std::string problem = problem_of(item, record);
                if (problem.empty()) {
                    const Result<WrittenItem> copied = writer.add(item, record);
                    if (copied) {
                        ++outcome.kept;
                        return true;
                    }
                    if (copied.error().code != ErrorCode::kCorpusDamaged) {
                        failure = copied.error();
                        return false;
                    }
                    problem = copied.error().message;
                }
                outcome.lost.push_back({item.key, item.id, item.source, std::move(problem)});
                return true;
            },
            [&](const DamagedRow& row) {
                outcome.lost.push_back(row);
                return true;
            }};
        const Result<std::uint64_t> walked =
            RowWalk(from, visitor, ItemReader::Records::kAll).run();
        if (!failure) {
            return failure;
        }
        if (!walked && walked.error().code != ErrorCode::kCorpusDamaged) {
            return walked.error();
        }
        if (!walked) {
            outcome.notes.push_back(
                "items and the log of changes end before their end: items behind it are lost "
                "without a name: " +
                walked.error().message);
        }
    }
    if (Result<void> copied = copy_settings(from, to, outcome); !copied) {
        return copied;
    }
    if (Result<void> copied = copy_side_tables(from, to, outcome.notes); !copied) {
        return copied;
    }
    // A key is never used twice, not even by an item that is lost.
    const Result<std::int64_t> last = query_integer(from, "SELECT max(medium) FROM change");
    if (last && *last > 0) {
        const Result<void> raised =
            execute(to, fmt::format("UPDATE sqlite_sequence SET seq = max(seq, {}) WHERE name = "
                                    "'medium'",
                                    *last));
        if (!raised) {
            return raised;
        }
    }
    return writing->commit();
}

Result<std::filesystem::path> make_aside(const std::filesystem::path& folder) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const std::string name =
        fmt::format("damaged-{:%Y%m%dT%H%M%S}-{}",
                    fmt::gmtime(std::chrono::system_clock::to_time_t(now)), ::getpid());
    // A clock that jumps back, or two repairs in a second, come to the same name.
    constexpr int kMostOfOneName = 100;
    for (int number = 1; number <= kMostOfOneName; ++number) {
        const std::filesystem::path aside =
            folder / (number == 1 ? name : fmt::format("{}-{}", name, number));
        if (::mkdir(aside.c_str(), 0700) == 0) {
            return aside;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    return cannot_write(errno, "cannot make a folder for what is damaged");
}

Result<void> write_report(const RepairOutcome& outcome) {
    const auto plain = [](std::string text) {
        for (char& letter : text) {
            letter = static_cast<unsigned char>(letter) < 0x20 ? '?' : letter;
        }
        return text;
    };
    std::ofstream report(outcome.set_aside / "report.txt", std::ios::binary);
    for (const DamagedRow& row : outcome.lost) {
        report << plain(row.id) << '\t' << plain(row.problem) << '\t' << plain(row.source) << '\n';
    }
    for (const std::string& note : outcome.notes) {
        report << "#\t" << plain(note) << '\n';
    }
    report.flush();
    return report.good() ? Result<void>()
                         : Result<void>(cannot_write(errno, "cannot write the report"));
}

/// A write-ahead log that stayed beside a new database would be replayed into it: it goes first.
Result<void> move_old_aside(const std::filesystem::path& folder,
                            const std::filesystem::path& aside) {
    for (const char* const name : {"refrain.db", "refrain.db-wal"}) {
        if (::link((folder / name).c_str(), (aside / name).c_str()) != 0 && errno != ENOENT) {
            return cannot_write(errno, "cannot set the old database aside");
        }
    }
    if (Result<void> synced = sync_folder(aside); !synced) {
        return synced;
    }
    for (const char* const name : {"refrain.db-wal", "refrain.db-shm"}) {
        if (::unlink((folder / name).c_str()) != 0 && errno != ENOENT) {
            return cannot_write(errno, "cannot set the old log aside");
        }
    }
    return sync_folder(folder);
}

}  // namespace

Result<RepairOutcome> repair_corpus(const std::filesystem::path& folder,
                                    const RecordProblem& problem_of,
                                    const CatalogueOptions& options) {
    const std::filesystem::path file = folder / "refrain.db";
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored)) {
        return Error{ErrorCode::kCorpusNotFound,
                     fmt::format("corpus: there is none in {}", folder.native())};
    }
    RepairOutcome outcome;
    const Result<NewDatabase> fresh = NewDatabase::make(folder);
    if (!fresh) {
        return fresh.error();
    }
    if (Result<void> filled = fill_new_database(fresh->path(), options.busy_wait); !filled) {
        return filled.error();
    }
    {
        const Result<void> log = check_log(file);
        Result<ConnectionHandle> from =
            open_connection(file, Access::kReadWrite, options.busy_wait);
        Result<ConnectionHandle> to =
            open_connection(fresh->path(), Access::kReadWrite, options.busy_wait);
        if (!from || !to) {
            return from ? to.error() : from.error();
        }
        if (!log) {
            outcome.notes.push_back(log.error().message);
            // Closing would put the log away as if all of it had been read.
            sqlite3_db_config(from->get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                              static_cast<int*>(nullptr));
        }
        if (const Result<std::int64_t> tables =
                query_integer(from->get(), "SELECT count(*) FROM sqlite_schema");
            !tables) {
            return tables.error();
        }
        // Holds other writers off; where the file is too damaged for it nobody can write either.
        const Result<Transaction> held = Transaction::begin(from->get(), Transaction::Kind::kWrite);
        if (!held && held.error().code != ErrorCode::kCorpusDamaged) {
            return held.error();
        }
        const Result<void> copied = copy_sound_items(from->get(), to->get(), problem_of, outcome);
        if (!copied) {
            return copied.error();
        }
        if (Result<void> done = execute(to->get(), "PRAGMA wal_checkpoint(TRUNCATE)"); !done) {
            return done.error();
        }
    }
    Result<std::filesystem::path> aside = make_aside(folder);
    if (!aside) {
        return aside.error();
    }
    outcome.set_aside = *aside;
    if (Result<void> written = write_report(outcome); !written) {
        return written.error();
    }
    if (Result<void> moved = move_old_aside(folder, *aside); !moved) {
        return moved.error();
    }
    const Result<bool> named = fresh->take_name(NewDatabase::Taken::kReplace);
    if (!named) {
        return named.error();
    }
    return outcome;
}

}  // namespace refrain::store
