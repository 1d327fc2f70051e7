#include "evidence/saved_index.h"

#include <algorithm>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "base/log_line.h"

namespace refrain::evidence {

namespace {

// With less unsaved work, some 5 ms of it, a snapshot is not worth its two fsyncs.
constexpr std::size_t kLeastWork = 10'000;
// After a writing that took so long, so many times as long passes without one.
constexpr int kRestPerWriting = 9;

}  // namespace

std::uint64_t mark_of_text(std::string_view text) {
    return index::checksum(std::as_bytes(std::span(text)));
}

std::optional<index::SnapshotTag> SavedIndex::tag_of(std::uint64_t sequence) const {
    const std::optional<std::uint64_t> mark = mark_of_(sequence);
    return mark ? std::optional(index::SnapshotTag{sequence, *mark, kind_.rules}) : std::nullopt;
}

std::optional<index::Snapshot> SavedIndex::open() const {
    if (file_.empty()) {
        return std::nullopt;
    }
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
    if (file_.empty() || unsaved_work_ < due_work(codes) || is_writing_ ||
        Clock::now() < not_before_.load()) {
        return;
    }
    const std::optional<index::SnapshotTag> tag = tag_of(sequence);
    if (!tag) {
        return;
    }
    unsaved_work_ = 0;
    is_writing_ = true;
    try {
        writer_ = std::jthread([this, how = write, tag = *tag] { this->write(how, tag); });
    } catch (const std::system_error&) {  // no thread to be had: it is written here
        this->write(write, *tag);
    }
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

}  // namespace refrain::evidence
