#include <span>
#include <string>
#include <utility>

#include "corpus/corpus_impl.h"

namespace refrain {

namespace {

void note(VerifyReport& report, const store::DamagedRow& row) {
    ++report.damaged;
    if (report.damage.size() < VerifyReport::kMaxListed) {
        report.damage.push_back(corpus::damage_of(row));
    }
}

}  // namespace

Result<VerifyReport> Corpus::verify(const std::stop_token& stop,
                                    const CountProgress& progress) const {
    VerifyReport report;
    Result<std::vector<std::string>> structure = impl_->store.check_structure();
    if (!structure) {
        return std::move(structure).error();
    }
    for (std::string& problem : *structure) {
        note(report, {0, {}, {}, std::move(problem)});
    }
    Result<store::Totals> totals = impl_->store.totals();
    if (!totals) {
        return totals.error();
    }
    const auto goes_on = [&] {
        ++report.items;
        if (progress) {
            progress(report.items, totals->items);
        }
        return !stop.stop_requested();
    };
    Result<store::Catalogue::Snapshot> read = impl_->store.each_record(
        {[&](const store::StoredItem& row, std::span<const std::byte> record) {
             if (std::string problem = corpus::problem_of(row, record); !problem.empty()) {
                 note(report, {row.key, row.id, row.source, std::move(problem)});
             }
             report.record_bytes += record.size();
             return goes_on();
         },
         [&](const store::DamagedRow& row) {
             note(report, row);
             return goes_on();
         }});
    if (!read) {
        return read.error();
    }
    if (stop.stop_requested()) {
        return Error{ErrorCode::kCancelled, "stopped while verifying"};
    }
    return report;
}

}  // namespace refrain
