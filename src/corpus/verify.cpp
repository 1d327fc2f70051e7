#include <span>
#include <string>
#include <utility>

#include "corpus/corpus_impl.h"

namespace refrain {

namespace {

void note(VerifyReport& report, std::string id, std::string problem) {
    ++report.damaged;
    if (report.damage.size() < VerifyReport::kMaxListed) {
        report.damage.push_back({std::move(id), std::move(problem)});
    }
}

/// What is wrong with a record beside its row; empty: nothing.
std::string problem_of(const store::StoredItem& row, std::span<const std::byte> record) {
    Result<Fingerprint> fingerprint = decode_fingerprint(record);
    if (!fingerprint) {
        return fingerprint.error().message;
    }
    if (fingerprint->media.digest != row.media.digest) {
        return "the record is of other bytes than its row says";
    }
    if (fingerprint->frames.size() != row.frames || fingerprint->media.kind != row.media.kind ||
        fingerprint->media.duration != row.media.duration) {
        return "the record and its row contradict each other";
    }
    return {};
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
        note(report, {}, std::move(problem));
    }
    Result<store::Totals> totals = impl_->store.totals();
    if (!totals) {
        return totals.error();
    }
    Result<store::Store::Snapshot> read = impl_->store.each_record(
        [&](const store::StoredItem& row, std::span<const std::byte> record) {
            if (std::string problem = problem_of(row, record); !problem.empty()) {
                note(report, row.id, std::move(problem));
            }
            ++report.items;
            report.record_bytes += record.size();
            if (progress) {
                progress(report.items, totals->items);
            }
            return !stop.stop_requested();
        });
    if (!read) {
        return read.error();
    }
    if (stop.stop_requested()) {
        return Error{ErrorCode::kCancelled, "stopped while verifying"};
    }
    return report;
}

}  // namespace refrain
