#include <algorithm>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "corpus/corpus_impl.h"

namespace refrain {

namespace {

// How many log entries are taken over in one step. Their records are in memory together, and who
// waits for a change of this step waits for all of it.
constexpr std::size_t kChangesPerStep = 64;

/// The last change that all of them hold; 0 where there is none.
template <typename Channels>
std::uint64_t least_sequence(const Channels& channels) {
    std::uint64_t least = 0;
    bool is_first = true;
    for (const auto& channel : channels) {
        least = is_first ? channel->sequence() : std::min(least, channel->sequence());
        is_first = false;
    }
    return least;
}

bool is_switch(const store::Change& change) {
    return change.kind == ChangeKind::kDisable || change.kind == ChangeKind::kEnable;
}

}  // namespace

Corpus::Impl::Some Corpus::Impl::followers(const Some& filled) const {
    Some some = filled;
    for (const std::unique_ptr<evidence::Channel>& channel : channels) {
        if (channel->is_open()) {
            some.push_back(channel.get());
        }
    }
    return some;
}

std::uint64_t Corpus::Impl::followed() const { return least_sequence(followers({})); }

Result<std::uint64_t> Corpus::Impl::hear() {
    Result<std::uint64_t> last = store.last_sequence();
    if (last) {
        // Two threads may have asked in either order.
        std::uint64_t heard = newest_heard_;
        while (heard < *last && !newest_heard_.compare_exchange_weak(heard, *last)) {
        }
    }
    return last;
}

Result<void> Corpus::Impl::catch_up() {
    if (Result<void> loaded = load(IndexScope::kFrames, {}, {}); !loaded) {
        return loaded;
    }
    Result<std::uint64_t> last = hear();
    if (!last) {
        return last.error();
    }
    const auto is_there = [&] {
        return *last <= followed();
    };
    if (is_there()) {
        return {};
    }
    const std::optional<corpus::ChangeTurn::Held> turn = turn_.take_unless(is_there);
    if (!turn) {
        return {};
    }
    Result<void> caught_up = follow_log(followers({}), {}, {});
    save_if_due({});
    return caught_up;
}

void Corpus::Impl::tell_follower() {
    // Who never looked anything up has no channel open, and needs no thread.
    if (std::any_of(channels.begin(), channels.end(),
                    [](const auto& channel) { return channel->is_open(); })) {
        follower_.wake();
    }
}

void Corpus::Impl::follow(const std::stop_token& stop) {
    try {
        const corpus::ChangeTurn::Held turn = turn_.take();
        // Where it fails the next look-up tries again, and tells its caller.
        if (follow_log(followers({}), stop, {})) {
            save_if_due({});
        }
    } catch (const std::bad_alloc&) {
        // So it does here.
        return;
    }
}

Result<void> Corpus::Impl::follow_log(const Some& followers,
                                      const std::stop_token& stop,
                                      const CountProgress& progress) {
    const Result<std::uint64_t> last = hear();
    if (!last) {
        return last.error();
    }
    const std::uint64_t from = least_sequence(followers);
    while (least_sequence(followers) < *last) {
        if (stop.stop_requested()) {
            return Error{ErrorCode::kCancelled, "stopped while opening the corpus"};
        }
        Result<std::vector<store::Change>> changes =
            store.changes_after(least_sequence(followers), kChangesPerStep);
        if (!changes) {
            return changes.error();
        }
        if (changes->empty()) {
            return Error{ErrorCode::kCorpusDamaged, "the log of changes has a gap"};
        }
        if (std::any_of(changes->begin(), changes->end(), is_switch)) {
            if (Result<void> hidden = items.read_hidden(); !hidden) {
                return hidden;
            }
        }
        if (Result<void> taken = take_over(*changes, followers); !taken) {
            return taken;
        }
        turn_.announce();
        if (progress) {
            const std::uint64_t reached = changes->back().sequence;
            progress(reached - from, std::max(*last, reached) - from);
        }
    }
    return {};
}

/// One step of the log. The items that it adds are read in one query, whether they are hidden or
/// not.
Result<void> Corpus::Impl::take_over(std::span<const store::Change> changes,
                                     const Some& followers) {
    std::vector<std::int64_t> added;
    for (const store::Change& change : changes) {
        if (change.kind == ChangeKind::kAdd) {
            added.push_back(change.key);
        }
    }
    const Result<corpus::ItemCache::Items> found = items.find_all(added);
    if (!found) {
        return found.error();
    }
    for (const store::Change& change : changes) {
        evidence::KnownItemPtr item;
        if (change.kind == ChangeKind::kRemove) {
            items.forget(change.key);
        } else if (change.kind != ChangeKind::kAdd) {
            items.read_anew(change.key);
        } else if (const auto there = found->find(change.key); there != found->end()) {
            item = there->second;
        }
        if (Result<void> applied = apply(change, item, followers); !applied) {
            return applied;
        }
    }
    return {};
}

/// Channels may be as of different changes: each takes what is new to it.
Result<void> Corpus::Impl::apply(const store::Change& change,
                                 const evidence::KnownItemPtr& item,
                                 const Some& followers) {
    const bool is_removed = change.kind == ChangeKind::kRemove;
    for (evidence::Channel* channel : followers) {
        if (change.sequence <= channel->sequence()) {
            continue;
        }
        // What else changes of an item is read with it. Null: removed since, as a later entry of
        // the log says; or damaged, as the ledger says.
        Result<void> applied = is_removed        ? channel->remove(change.key)
                               : item != nullptr ? channel->add(*item)
                                                 : Result<void>();
        if (!applied) {
            return applied;
        }
        channel->set_sequence(change.sequence);
    }
    return {};
}

void Corpus::Impl::save_if_due(const std::stop_token& stop) {
    // Who opens a snapshot reads only what came after it, and would not hear of what was left out.
    if (damage.count() > 0) {
        return;
    }
    for (const std::unique_ptr<evidence::Channel>& channel : channels) {
        if (channel->is_open()) {
            channel->save_if_due(stop);
        }
    }
}

}  // namespace refrain
