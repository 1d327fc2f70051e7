#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "corpus/corpus_impl.h"
#include "corpus/item_work.h"
#include "index/hash_snapshot.h"
#include "index/live_index.h"
#include "index/local_snapshot.h"

namespace refrain {

namespace {

// How many log entries are taken over in one step, so that a reader far behind stays responsive.
constexpr std::size_t kChangesPerStep = 1000;

}  // namespace

Result<void> Corpus::Impl::catch_up() {
    if (Result<void> loaded = load(IndexScope::kFrames, {}, {}); !loaded) {
        return loaded;
    }
    Result<std::uint64_t> last = store.last_sequence();
    if (!last) {
        return last.error();
    }
    if (*last <= sequence) {
        return {};
    }
    const std::scoped_lock lock(change_mutex_);
    Result<void> followed = follow_log({}, {});
    save_if_due({});
    return followed;
}

/// The last change that all that is followed holds.
std::uint64_t Corpus::Impl::followed() const {
    const std::uint64_t frames = sequence;
    return follows_local_ ? std::min(frames, local_sequence_) : frames;
}

Result<void> Corpus::Impl::follow_log(const std::stop_token& stop, const CountProgress& progress) {
    const Result<std::uint64_t> last = store.last_sequence();
    if (!last) {
        return last.error();
    }
    const std::uint64_t from = followed();
    while (followed() < *last) {
        if (stop.stop_requested()) {
            return Error{ErrorCode::kCancelled, "stopped while opening the corpus"};
        }
        Result<std::vector<store::Change>> changes =
            store.changes_after(followed(), kChangesPerStep);
        if (!changes) {
            return changes.error();
        }
        if (changes->empty()) {
            return Error{ErrorCode::kCorpusDamaged, "the log of changes has a gap"};
        }
        for (const store::Change& change : *changes) {
            if (Result<void> applied = apply(change); !applied) {
                return applied;
            }
            if (progress) {
                progress(change.sequence - from, std::max(*last, change.sequence) - from);
            }
        }
    }
    return {};
}

/// The frames and the local codes may be as of different changes: each takes what is new to it.
Result<void> Corpus::Impl::apply(const store::Change& change) {
    const Parts news{change.sequence > sequence,
                     follows_local_ && change.sequence > local_sequence_};
    Result<void> applied;
    if (change.kind == store::ChangeKind::kRemove) {
        saved_frames_.count_change(news.frames ? corpus::kWorkOfAnItem : 0);
        saved_local_.count_change(news.local ? corpus::kWorkOfAnItem : 0);
        applied = known.remove(change.key);
    } else {
        const Result<evidence::KnownItemPtr> item = known.find(change.key);
        if (!item) {
            return item.error();
        }
        // Null: removed since, as a later entry of the log says; or damaged, as the ledger says.
        if (*item != nullptr) {
            applied = take(news, **item);
        }
    }
    if (applied) {
        sequence = std::max(sequence.load(), change.sequence);
        local_sequence_ = news.local ? change.sequence : local_sequence_;
    }
    return applied;
}

Result<void> Corpus::Impl::take(Parts parts, const evidence::KnownItem& item) {
    const corpus::ItemWork work = corpus::work_of(item);
    if (parts.local) {
        saved_local_.count_change(work.local);
        if (Result<void> added = known.add_local(item); !added) {
            return added;
        }
    }
    if (parts.frames) {
        saved_frames_.count_change(work.frames);
        return known.add(item);
    }
    return {};
}

void Corpus::Impl::save_if_due(const std::stop_token& stop) {
    // Who opens a snapshot reads only what came after it, and would not hear of what was left out.
    if (damage.count() > 0) {
        return;
    }
    if (const auto* live = dynamic_cast<const index::LiveIndex*>(&known.index())) {
        saved_frames_.save_if_due(live->size(), sequence,
                                  [state = live->state(), chosen = live->options(), stop](
                                      const auto& file, const auto& tag) {
                                      return index::write_hash_snapshot(file, tag, *state, chosen,
                                                                        stop);
                                  });
    }
    if (follows_local_) {
        saved_local_.save_if_due(
            known.local_codes(), local_sequence_,
            [state = known.local_index().state(), stop](const auto& file, const auto& tag) {
                return index::write_local_snapshot(file, tag, state->parts, stop);
            });
    }
}

}  // namespace refrain
