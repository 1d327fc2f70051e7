#include "corpus/saved_index.h"

#include <algorithm>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/log.h"
#include "evidence/known_set.h"
#include "index/hash_snapshot.h"
#include "index/local_snapshot.h"
#include "index/local_words.h"

namespace refrain::corpus {

namespace {

// With less unsaved work, some 5 ms of it, a snapshot is not worth its two fsyncs.
constexpr std::size_t kLeastWork = 10'000;
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
    return index::SnapshotTag{sequence, mark_of(change->front()), kind_.rules};
}

std::optional<index::Snapshot> SavedIndex::open() const {
    std::string why;
    std::optional<index::Snapshot> snapshot = index::Snapshot::open(file_, kind_.format, why);
    if (!snapshot) {
        base::log(log_, LogLevel::kDebug, "no {}: {}", kind_.format.name, why);
        return std::nullopt;
    }
    if (tag_of(snapshot->tag().sequence) != snapshot->tag()) {
        base::log(log_, LogLevel::kWarn, "{} is of another corpus or program", kind_.format.name);
        return std::nullopt;
    }
    return snapshot;
}

std::uint64_t SavedIndex::bytes_on_disk() const {
    std::error_code none;
    const std::uintmax_t bytes = std::filesystem::file_size(file_, none);
    return none ? 0 : bytes;
}

void SavedIndex::pass_over(const Error& why) const {
    base::log(log_, LogLevel::kWarn, "{} not used: {}", kind_.format.name, why.message);
}

std::size_t SavedIndex::due_work(std::size_t codes) const {
    return std::max(kLeastWork, codes / kind_.codes_per_work);
}

bool SavedIndex::would_be_due(std::size_t work) const {
    return work >= due_work(static_cast<std::size_t>(bytes_on_disk()) / kind_.bytes_per_code);
}

void SavedIndex::save_if_due(std::size_t codes, std::uint64_t sequence, Write write) {
    if (unsaved_work_ < due_work(codes) || is_writing_ || Clock::now() < not_before_.load()) {
        return;
    }
    const std::optional<index::SnapshotTag> tag = tag_of(sequence);
    if (!tag) {
        return;
    }
    unsaved_work_ = 0;
    is_writing_ = true;
    writer_ = std::jthread([this, how = std::move(write), tag = *tag] { this->write(how, tag); });
}

void SavedIndex::write(const Write& write, const index::SnapshotTag& tag) {
    const Clock::time_point began = Clock::now();
    const Result<index::SnapshotWritten> written = write(file_, tag);
    const Clock::duration took = Clock::now() - began;
    if (!written) {
        base::log(log_, LogLevel::kWarn, "no {}", written.error().message);
    } else if (*written == index::SnapshotWritten::kYes) {
        base::log(log_, LogLevel::kInfo, "{} written generation={}", kind_.format.name,
                  tag.sequence);
    }
    not_before_ = Clock::now() + kRestPerWriting * took;
    is_writing_ = false;
}

// A code of a frame costs 0.1 to 0.3 us to write, and some four times as much to take over. A local
// one costs 0.07 us, an eighth of a unit of work; but as every short look-up pays for what has to
// be taken over, four times as much is spent on writing: 10,000 pictures known, 60 ms are the most
// that one pays.
SavedKind saved_frames() {
    return {kFramesSnapshotName, index::kHashSnapshot, evidence::kCodeRules, 96, 4};
}

SavedKind saved_local() {
    return {kLocalSnapshotName, index::kLocalSnapshot,
            evidence::kLocalCodeRules << 56 ^ index::local_words_mark(), 36, 32};
}

}  // namespace refrain::corpus
