#include "index/live_local_index.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <limits>
#include <new>
#include <string>
#include <thread>
#include <utility>

#include "base/check.h"
#include "index/local_search.h"
#include "index/local_words.h"

namespace refrain::index {

namespace {

// A thread costs as much to start as some ten look-ups.
constexpr std::size_t kLeastQueriesPerThread = 64;

Error out_of_memory(const char* what) {
    return {ErrorCode::kInternal,
            std::string("out of memory while ") + what + "; the index is as it was before"};
}

/// Runs work(0) to work(workers - 1) beside each other; passes on what they throw.
void run(std::size_t workers, const std::function<void(std::size_t)>& work) {
    std::vector<std::exception_ptr> failures(workers);
    const auto guarded = [&](std::size_t worker) {
        try {
            work(worker);
        } catch (const std::exception&) {
            failures[worker] = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> threads;
        for (std::size_t worker = 1; worker < workers; ++worker) {
            threads.emplace_back(guarded, worker);
        }
        guarded(0);
    }
    for (const std::exception_ptr& failure : failures) {
        if (failure != nullptr) {
            std::rethrow_exception(failure);
        }
    }
}

/// The part without these pictures.
LocalPart without(const LocalPart& part, PictureKey first, PictureKey last) {
    const std::span<const PictureKey> keys = part.segment->keys();
    const auto begin = std::lower_bound(keys.begin(), keys.end(), first) - keys.begin();
    const auto end = std::upper_bound(keys.begin(), keys.end(), last) - keys.begin();
    if (begin >= end) {
        return part;
    }
    auto dead = part.dead == nullptr ? std::make_shared<PositionSet>(keys.size())
                                     : std::make_shared<PositionSet>(*part.dead);
    LocalPart rest = part;
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
        if (dead->insert(i)) {
            rest.dead_codes += part.segment->codes_of(i);
        }
    }
    rest.dead = std::move(dead);
    return rest;
}

}  // namespace

Result<void> check_picture(PictureKey picture, std::size_t codes) {
    if (picture < 0) {
        return Error{ErrorCode::kInvalidArgument, "the number of a picture must not be negative"};
    }
    if (codes > kMaxLocalPoints) {
        return Error{ErrorCode::kInvalidArgument, "too many local codes for one picture"};
    }
    return {};
}

Result<void> check_search(std::size_t queries, const LocalSearchOptions& options) {
    if (options.max_distance < 0 || options.max_distance > Hash256::kBits) {
        return Error{ErrorCode::kInvalidArgument, "the distance must be 0 to 256"};
    }
    if (options.max_hits_per_query < 1 || options.lists < 0) {
        return Error{ErrorCode::kInvalidArgument, "hits must be 1 or more, lists 0 or more"};
    }
    if (queries > std::numeric_limits<std::uint32_t>::max()) {
        return Error{ErrorCode::kInvalidArgument, "too many queries for one batch"};
    }
    return {};
}

std::size_t LocalState::live_codes() const {
    std::size_t codes = 0;
    for (const LocalPart& part : parts) {
        codes += part.live_codes();
    }
    return codes;
}

LiveLocalIndex::LiveLocalIndex(const LocalIndexOptions& options)
    : options_(options), state_(std::make_shared<LocalState>()) {
    REFRAIN_CHECK(options.threads >= 1 && options.segment_codes >= kMaxLocalPoints &&
                  options.segment_codes <= LocalSegment::kMaxCodes);
}

std::shared_ptr<const LocalState> LiveLocalIndex::state() const {
    const std::scoped_lock lock(state_mutex_);
    return state_;
}

void LiveLocalIndex::publish(std::shared_ptr<LocalState> next) {
    ++next->generation;
    std::shared_ptr<const LocalState> last = std::move(next);
    const std::scoped_lock lock(state_mutex_);
    state_.swap(last);
    // `last` is freed after the lock: it may be the only one to hold large segments.
}

Result<void> LiveLocalIndex::add(PictureKey picture, std::span<const Hash256> codes) {
    if (Result<void> valid = check_picture(picture, codes.size()); !valid || codes.empty()) {
        return valid;
    }
    return append({{picture, codes}});
}

Result<void> LiveLocalIndex::add_bulk(std::span<const LocalPicture> pictures) {
    std::vector<PictureCodes> views;
    for (const LocalPicture& picture : pictures) {
        if (Result<void> valid = check_picture(picture.picture, picture.codes.size()); !valid) {
            return valid;
        }
        if (!picture.codes.empty()) {
            views.push_back({picture.picture, picture.codes});
        }
    }
    if (views.empty()) {
        return {};
    }
    return append(std::move(views));
}

void LiveLocalIndex::adopt(std::vector<LocalPart> parts) {
    const std::scoped_lock lock(writer_);
    auto next = std::make_shared<LocalState>();
    next->parts = std::move(parts);
    next->generation = state()->generation;
    publish(std::move(next));
}

Result<void> LiveLocalIndex::append(std::vector<PictureCodes> pictures) {
    try {
        // Beside other writers: finding the words is nearly all of the work.
        std::vector<LocalPart> made = built(pictures);
        const std::scoped_lock lock(writer_);
        auto next = std::make_shared<LocalState>(*state());
        next->parts.insert(next->parts.end(), std::make_move_iterator(made.begin()),
                           std::make_move_iterator(made.end()));
        merge(*next);
        publish(std::move(next));
    } catch (const std::bad_alloc&) {
        return out_of_memory("adding local codes");
    }
    return {};
}

std::vector<LocalPart> LiveLocalIndex::built(std::span<const PictureCodes> pictures) const {
    std::size_t total = 0;
    for (const PictureCodes& picture : pictures) {
        total += picture.codes.size();
    }
    const auto threads = static_cast<std::size_t>(options_.threads);
    const std::size_t enough =
        std::clamp(total / threads, kMaxLocalPoints, options_.segment_codes - kMaxLocalPoints + 1);
    std::vector<std::span<const PictureCodes>> groups;
    std::size_t begin = 0;
    std::size_t codes = 0;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        codes += pictures[i].codes.size();
        const std::size_t count = i + 1 - begin;
        if (codes >= enough || count == LocalSegment::kMaxPictures || i + 1 == pictures.size()) {
            groups.push_back(pictures.subspan(begin, count));
            begin = i + 1;
            codes = 0;
        }
    }
    std::vector<LocalPart> parts(groups.size());
    const std::size_t workers = std::min(threads, groups.size());
    run(workers, [&](std::size_t worker) {
        for (std::size_t i = worker; i < groups.size(); i += workers) {
            parts[i].segment = std::make_shared<const LocalSegment>(
                std::vector<PictureCodes>(groups[i].begin(), groups[i].end()), local_kernels());
        }
    });
    return parts;
}

Result<std::size_t> LiveLocalIndex::remove_between(PictureKey first, PictureKey last) {
    try {
        const std::scoped_lock lock(writer_);
        auto next = std::make_shared<LocalState>(*state());
        const std::size_t before = next->live_codes();
        for (LocalPart& part : next->parts) {
            part = without(part, first, last);
        }
        const std::size_t removed = before - next->live_codes();
        if (removed > 0) {
            merge(*next);
            publish(std::move(next));
        }
        return removed;
    } catch (const std::bad_alloc&) {
        return out_of_memory("removing local codes");
    }
}

/// The first of two neighbours to merge.
std::optional<std::size_t> LiveLocalIndex::due_merge(const LocalState& state) const {
    for (std::size_t i = state.parts.size(); i-- > 1;) {
        const LocalPart& former = state.parts[i - 1];
        const LocalPart& latter = state.parts[i];
        if (former.live_codes() <= 2 * latter.live_codes() &&
            former.live_codes() + latter.live_codes() <= options_.segment_codes &&
            former.live_pictures() + latter.live_pictures() <= LocalSegment::kMaxPictures) {
            return i - 1;
        }
    }
    return std::nullopt;
}

void LiveLocalIndex::merge(LocalState& next) const {
    std::erase_if(next.parts, [](const LocalPart& part) { return part.live_codes() == 0; });
    for (LocalPart& part : next.parts) {
        if (part.dead_codes * 2 > part.segment->codes()) {
            part = {merged_segments(std::span(&part, 1)), nullptr, 0};
        }
    }
    while (const std::optional<std::size_t> first = due_merge(next)) {
        const auto at = next.parts.begin() + static_cast<std::ptrdiff_t>(*first);
        *at = {merged_segments(std::span(next.parts).subspan(*first, 2)), nullptr, 0};
        next.parts.erase(at + 1);
    }
}

Result<LocalAnswer> LiveLocalIndex::search(std::span<const Hash256> queries,
                                           const LocalSearchOptions& options) const {
    if (Result<void> valid = check_search(queries.size(), options); !valid) {
        return valid.error();
    }
    const std::shared_ptr<const LocalState> now = state();
    const std::size_t lists = options.lists > 0 ? static_cast<std::size_t>(options.lists)
                                                : usual_lists(now->live_codes());
    const std::size_t workers = std::clamp<std::size_t>(queries.size() / kLeastQueriesPerThread, 1,
                                                        static_cast<std::size_t>(options_.threads));
    std::vector<LocalAnswer> answers(workers);
    run(workers, [&](std::size_t worker) {
        const std::size_t begin = queries.size() * worker / workers;
        const std::size_t end = queries.size() * (worker + 1) / workers;
        LocalSearcher searcher(queries.subspan(begin, end - begin), options, lists,
                               local_kernels());
        for (const LocalPart& part : now->parts) {
            searcher.search(part);
        }
        searcher.take(static_cast<std::uint32_t>(begin), answers[worker]);
    });
    LocalAnswer& all = answers[0];
    for (std::size_t i = 1; i < workers; ++i) {
        all.hits.insert(all.hits.end(), answers[i].hits.begin(), answers[i].hits.end());
        all.found.insert(all.found.end(), answers[i].found.begin(), answers[i].found.end());
    }
    return std::move(all);
}

std::size_t LiveLocalIndex::codes() const { return state()->live_codes(); }

std::size_t LiveLocalIndex::pictures() const {
    std::size_t pictures = 0;
    for (const LocalPart& part : state()->parts) {
        pictures += part.live_pictures();
    }
    return pictures;
}

std::size_t LiveLocalIndex::memory_bytes() const {
    std::size_t bytes = sizeof(*this) + sizeof(LocalState);
    for (const LocalPart& part : state()->parts) {
        bytes += part.segment->memory_bytes();
        bytes += part.dead == nullptr ? 0 : part.dead->memory_bytes();
    }
    return bytes;
}

IndexShape LiveLocalIndex::shape() const {
    const std::shared_ptr<const LocalState> now = state();
    IndexShape shape;
    shape.generation = now->generation;
    shape.segments = now->parts.size();
    shape.codes = now->live_codes();
    for (const LocalPart& part : now->parts) {
        shape.tombstones += part.dead_codes;
    }
    return shape;
}

LocalIndexOptions local_options(int threads) {
    LocalIndexOptions options;
    options.threads = std::max(threads, 1);
    return options;
}

std::unique_ptr<LocalIndex> make_local_index(int threads) {
    return std::make_unique<LiveLocalIndex>(local_options(threads));
}

}  // namespace refrain::index
