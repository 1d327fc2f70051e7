#include <utility>

#include "refrain/json.h"

namespace refrain {

void AddReport::take(const Fingerprint& fingerprint) {
    media = fingerprint.media;
    parts = summarize_parts(fingerprint);
    decode = fingerprint.decode;
}

void AddReport::take(const KnownBytes& held) {
    AddOutcome found;
    found.status = AddStatus::kExists;
    found.id = held.item.id;
    found.record_bytes = held.item.record_bytes;
    found.frames = held.item.frames;
    found.is_searchable = held.is_searchable;
    outcome = std::move(found);
    media = held.item.media;
    known = held.item;
}

void FindReport::take(const FingerprintRun& run) {
    media = run.fingerprint.media;
    parts = summarize_parts(run.fingerprint);
    decode = run.fingerprint.decode;
    timing.decode = run.decode_time;
    timing.hash = run.hash_time;
}

void FindReport::take(Result<FindAnswer> found) {
    if (found) {
        timing.search = found->search_time;
        answer = std::move(found).value();
    } else {
        error = found.error();
    }
}

std::string_view FindReport::status() const {
    if (error || !answer) {
        return "not_scanned";
    }
    switch (answer->status) {
        case FindStatus::kMatch:
            return "match";
        case FindStatus::kNoMatch:
            return "no_match";
        case FindStatus::kLowQuality:
            return "low_quality";
        case FindStatus::kPartial:
            return "partial";
    }
    return "not_scanned";
}

}  // namespace refrain
