#include "refrain/upkeep.h"

#include <utility>

#include "corpus/damage_ledger.h"
#include "evidence/channels.h"
#include "store/location.h"
#include "store/sqlite/backup.h"
#include "store/sqlite/repair.h"

namespace refrain {

namespace {

/// What `verify` says, also of a corpus that cannot be opened.
Result<VerifyReport> look_for_damage(const std::string& location, const CorpusOptions& options) {
    Result<VerifyReport> report = [&]() -> Result<VerifyReport> {
        const Result<Corpus> corpus = Corpus::open(location, CorpusMode::kReadWrite, options);
        return corpus ? corpus->verify() : Result<VerifyReport>(corpus.error());
    }();
    if (report || report.error().code != ErrorCode::kCorpusDamaged) {
        return report;
    }
    VerifyReport damaged;
    damaged.damaged = 1;
    damaged.damage.push_back(corpus::damage_of({0, {}, {}, report.error().message}));
    return damaged;
}

void list(RepairReport& report, const store::DamagedRow& row) {
    if (report.damage.size() < VerifyReport::kMaxListed) {
        report.damage.push_back(corpus::damage_of(row));
        Damage& damage = report.damage.back();
        const std::string medium = damage.source.empty() ? "its medium" : damage.source;
        damage.remedy = damage.id.empty() ? std::string() : "refrain add " + medium;
    }
}

void tell(RepairReport& report, const store::RepairOutcome& outcome) {
    report.items = outcome.kept;
    report.lost = outcome.lost.size();
    report.set_aside = outcome.set_aside.native();
    for (const store::DamagedRow& row : outcome.lost) {
        list(report, row);
    }
    for (const std::string& note : outcome.notes) {
        list(report, {0, {}, {}, note});
    }
}

}  // namespace

Result<CopiedCorpus> back_up_corpus(const std::string& location,
                                    const std::string& to,
                                    const CorpusOptions& options) {
    const Result<store::Location> from = store::Location::parse(location);
    const Result<store::Location> target = store::Location::parse(to);
    if (!from || !target) {
        return from ? target.error() : from.error();
    }
    const Result<store::CopyReport> copied =
        store::copy_corpus(from->folder(), target->folder(), {options.busy_wait, options.log});
    if (!copied) {
        return copied.error();
    }
    return CopiedCorpus{target->folder().native(), copied->items, copied->last_sequence,
                        copied->bytes};
}

Result<RepairReport> repair_corpus(const std::string& location, const CorpusOptions& options) {
    const Result<store::Location> place = store::Location::parse(location);
    if (!place) {
        return place.error();
    }
    const std::filesystem::path& folder = place->folder();
    const Result<VerifyReport> found = look_for_damage(location, options);
    if (!found) {
        return found.error();
    }
    RepairReport report;
    report.items = found->items;
    if (found->damaged == 0) {
        return report;
    }
    report.was_damaged = true;
    const Result<store::RepairOutcome> outcome =
        store::repair_corpus(folder, corpus::problem_of, {options.busy_wait, options.log});
    if (!outcome) {
        return outcome.error();
    }
    tell(report, *outcome);
    // They are of the old log of changes, and would be passed over.
    for (const std::string_view name : evidence::snapshot_names()) {
        std::error_code ignored;
        std::filesystem::remove(folder / name, ignored);
    }
    const Result<Corpus> corpus = Corpus::open(location, CorpusMode::kReadWrite, options);
    if (!corpus) {
        return corpus.error();
    }
    const Result<void> indexed = corpus->prepare();
    return indexed ? Result<RepairReport>(std::move(report))
                   : Result<RepairReport>(indexed.error());
}

}  // namespace refrain
