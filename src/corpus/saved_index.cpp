#include "corpus/saved_index.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "corpus/known_set.h"

namespace refrain::corpus {

namespace {

// With less unsaved work, some 5 ms of it, a snapshot is not worth its two fsyncs.
constexpr std::size_t kLeastWork = 10'000;
// A code costs 0.1 to 0.3 us to write, and some four times as much to take over from a record.
constexpr std::size_t kCodesPerWork = 4;
// After a writing that took so long, so many times as long passes without one.
constexpr int kRestPerWriting = 9;

/// What tells one change from any other: ids, and the time at which it was made.
std::uint64_t mark_of(const store::Change& change) {
    const std::string text =
        std::to_string(change.sequence) + ' ' + std::to_string(static_cast<int>(change.kind)) +
        ' ' + std::to_string(change.key) + ' ' + std::to_string(change.at_us) + ' ' + change.id;
    return index::checksum(std::as_bytes(std::span(text)));
}

}  // namespace

std::optional<index::SnapshotTag> SavedIndex::tag_of(std::uint64_t sequence) const {
    if (sequence == 0) {
        return std::nullopt;
    }
    const Result<std::vector<store::Change>> change = store_.changes_after(sequence - 1, 1);
    if (!change || change->empty() || change->front().sequence != sequence) {
        return std::nullopt;
    }
    return index::SnapshotTag{sequence, mark_of(change->front()), kCodeRules};
}

std::optional<SavedIndex::Loaded> SavedIndex::load(const index::LiveOptions& options,
                                                   const std::stop_token& stop) const {
    std::string why;
    const std::optional<index::Snapshot> snapshot = index::Snapshot::open(file_, why);
    if (!snapshot) {
        base::log(log_, LogLevel::kDebug, "no index snapshot: {}", why);
        return std::nullopt;
    }
    if (tag_of(snapshot->tag().sequence) != snapshot->tag()) {
        base::log(log_, LogLevel::kWarn, "index snapshot is of another corpus or program");
        return std::nullopt;
    }
    Result<std::vector<index::LivePart>> parts = snapshot->load(options.threads, stop);
    if (!parts) {
        base::log(log_, LogLevel::kWarn, "index snapshot not used: {}", parts.error().message);
        return std::nullopt;
    }
    Loaded loaded;
    loaded.index = std::make_unique<index::LiveIndex>(options, std::move(parts).value());
    loaded.sequence = snapshot->tag().sequence;
    return loaded;
}

void SavedIndex::save_if_due(const index::LiveIndex& index,
                             std::uint64_t sequence,
                             const std::stop_token& stop) {
    if (unsaved_work_ < std::max(kLeastWork, index.size() / kCodesPerWork) || is_writing_ ||
        Clock::now() < not_before_.load()) {
        return;
    }
    const std::optional<index::SnapshotTag> tag = tag_of(sequence);
    if (!tag) {
        return;
    }
    unsaved_work_ = 0;
    is_writing_ = true;
    writer_ = std::jthread([this, state = index.state(), options = index.options(), tag = *tag,
                            stop] { write(*state, tag, options, stop); });
}

void SavedIndex::write(const index::LiveState& state,
                       const index::SnapshotTag& tag,
                       const index::LiveOptions& options,
                       const std::stop_token& stop) {
    const Clock::time_point began = Clock::now();
    const Result<index::SnapshotWritten> written =
        index::write_snapshot(file_, tag, state, options, stop);
    const Clock::duration took = Clock::now() - began;
    if (!written) {
        base::log(log_, LogLevel::kWarn, "no index snapshot: {}", written.error().message);
    } else if (*written == index::SnapshotWritten::kYes) {
        base::log(log_, LogLevel::kInfo, "index snapshot written generation={} codes={}",
                  tag.sequence, state.live());
    }
    not_before_ = Clock::now() + kRestPerWriting * took;
    is_writing_ = false;
}

}  // namespace refrain::corpus
