#include "corpus/damage_ledger.h"

#include <string>

#include "base/log_line.h"

namespace refrain::corpus {

namespace {

// A corpus on a dying disk may have a million; the first ones tell enough.
constexpr std::size_t kMaxLogged = 100;

}  // namespace

std::string remedy_for(const Damage& damage) {
    if (damage.id.empty()) {
        return "refrain verify --repair";
    }
    const std::string medium = damage.source.empty() ? "its medium" : damage.source;
    return "refrain remove " + damage.id + "; then refrain add " + medium;
}

Damage damage_of(const store::DamagedRow& row) {
    Damage damage{row.id, row.problem, row.source, {}};
    damage.remedy = remedy_for(damage);
    return damage;
}

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

void DamageLedger::note(const store::DamagedRow& row) {
    const std::scoped_lock lock(mutex_);
    if (!keys_.insert(row.key).second) {
        return;
    }
    if (details_.size() < VerifyReport::kMaxListed) {
        details_.emplace(row.key, damage_of(row));
    }
    if (keys_.size() <= kMaxLogged) {
        base::log(log_, LogLevel::kWarn, "item {} is damaged and left out: {}", row.id,
                  row.problem);
    } else if (keys_.size() == kMaxLogged + 1) {
        base::log(log_, LogLevel::kWarn, "more items are damaged; `refrain verify` lists them");
    }
}

void DamageLedger::forget(std::int64_t key) {
    const std::scoped_lock lock(mutex_);
    keys_.erase(key);
    details_.erase(key);
}

std::size_t DamageLedger::count() const {
    const std::scoped_lock lock(mutex_);
    return keys_.size();
}

std::vector<Damage> DamageLedger::listed() const {
    const std::scoped_lock lock(mutex_);
    std::vector<Damage> all;
    all.reserve(details_.size());
    for (const auto& [key, damage] : details_) {
        all.push_back(damage);
    }
    return all;
}

}  // namespace refrain::corpus
