#include "index/live_local_index.h"

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "base/check.h"
#include "index/fork_join.h"
#include "index/local_search.h"
#include "index/local_words.h"
#include "index/signature_kernels.h"
#include "index/signature_search.h"

namespace refrain::index {

namespace {

// A thread costs as much to start as some ten look-ups.
constexpr std::size_t kLeastQueriesPerThread = 64;

/// Shares the queries among threads. @param search  (std::span<const Hash256>, first query) ->
/// found
template <typename Search>
auto found_by_each(std::size_t workers, std::span<const Hash256> queries, const Search& search) {
    std::vector<decltype(search(queries, std::uint32_t{}))> found(workers);
    fork_join(workers, [&](std::size_t worker) {
        const std::size_t begin = queries.size() * worker / workers;
        const std::size_t end = queries.size() * (worker + 1) / workers;
        found[worker] =
            search(queries.subspan(begin, end - begin), static_cast<std::uint32_t>(begin));
    });
    return found;
}

template <typename T>
void add_to(std::vector<T>& all, const std::vector<T>& more) {
    all.insert(all.end(), more.begin(), more.end());
}

std::vector<LocalHit> found_by_signature(std::size_t workers,
                                         std::span<const LocalPart> parts,
                                         std::size_t lists,
                                         std::span<const Hash256> queries,
                                         const LocalSearchOptions& options) {
    const auto found =
        found_by_each(workers, queries, [&](std::span<const Hash256> own, std::uint32_t first) {
            std::vector<SignatureHit> hits = nearest_signatures(
                parts, own, *options.first_by_signature, lists, signature_kernels());
            for (SignatureHit& hit : hits) {
                hit.query += first;
            }
            return hits;
        });
    std::vector<SignatureHit> all;
    for (const std::vector<SignatureHit>& one : found) {
        add_to(all, one);
    }
    return compared_by_codes(all, parts, queries, options);
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
    if (const auto& stage = options.first_by_signature;
        stage && (stage->max_distance < 0 || stage->max_distance > kSignatureBits ||
                  stage->max_hits_per_query < 1 || stage->max_cell_distance < 0 ||
                  stage->max_cell_distance > kCellBits)) {
        return Error{ErrorCode::kInvalidArgument,
                     "the distance of signatures must be 0 to 64, of cells 0 to 8, their hits 1 or "
                     "more"};
    }
    if (queries > std::numeric_limits<std::uint32_t>::max()) {
        return Error{ErrorCode::kInvalidArgument, "too many queries for one batch"};
    }
    return {};
}

LiveLocalIndex::LiveLocalIndex(const LocalIndexOptions& options) : segments_(options, LocalKind{}) {
    REFRAIN_CHECK(options.segment_codes >= kMaxLocalPoints);
}

Result<void> LiveLocalIndex::add(PictureKey picture, std::span<const Hash256> codes) {
    if (Result<void> valid = check_picture(picture, codes.size()); !valid || codes.empty()) {
        return valid;
    }
    const PictureCodes one{picture, codes};
    return append(std::span(&one, 1));
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
    return append(views);
}

Result<void> LiveLocalIndex::append(std::span<const PictureCodes> pictures) {
    try {
        // Beside other writers: finding the words is nearly all of the work.
        return segments_.add_segments(built(pictures));
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::kInternal, "out of memory while adding local codes"};
    }
}

std::vector<std::shared_ptr<const LocalSegment>> LiveLocalIndex::built(
    std::span<const PictureCodes> pictures) const {
    std::size_t total = 0;
    for (const PictureCodes& picture : pictures) {
        total += picture.codes.size();
    }
    const auto threads = static_cast<std::size_t>(segments_.options().threads);
    const std::size_t enough = std::clamp(total / threads, kMaxLocalPoints,
                                          segments_.options().segment_codes - kMaxLocalPoints + 1);
    std::vector<std::span<const PictureCodes>> groups;
    std::size_t begin = 0;
    std::size_t codes = 0;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        codes += pictures[i].codes.size();
        const std::size_t count = i + 1 - begin;
        if (codes >= enough || count == LocalSegment::kMaxKeys || i + 1 == pictures.size()) {
            groups.push_back(pictures.subspan(begin, count));
            begin = i + 1;
            codes = 0;
        }
    }
    std::vector<std::shared_ptr<const LocalSegment>> made(groups.size());
    const std::size_t workers = std::min(threads, groups.size());
    fork_join(workers, [&](std::size_t worker) {
        for (std::size_t i = worker; i < groups.size(); i += workers) {
            made[i] = std::make_shared<const LocalSegment>(
                std::vector<PictureCodes>(groups[i].begin(), groups[i].end()), local_kernels());
        }
    });
    return made;
}

Result<std::size_t> LiveLocalIndex::remove_between(PictureKey first, PictureKey last) {
    const KeyRange range{first, last};
    return segments_.remove(std::span(&range, 1));
}

Result<LocalAnswer> LiveLocalIndex::search(std::span<const Hash256> queries,
                                           const LocalSearchOptions& options) const {
    if (Result<void> valid = check_search(queries.size(), options); !valid) {
        return valid.error();
    }
    try {
        return searched(queries, options);
    } catch (const DamagedSnapshot& damaged) {
        return Error{ErrorCode::kCorpusDamaged, damaged.what()};
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::kInternal, "out of memory while searching local codes"};
    }
}

LocalAnswer LiveLocalIndex::searched(std::span<const Hash256> queries,
                                     const LocalSearchOptions& options) const {
    const std::shared_ptr<const LocalState> now = state();
    const std::size_t lists = options.lists > 0 ? static_cast<std::size_t>(options.lists)
                                                : usual_lists(now->live_codes());
    const std::size_t workers =
        workers_for(queries.size(), kLeastQueriesPerThread, segments_.options().threads);
    if (options.first_by_signature) {
        return {found_by_signature(workers, now->parts, lists, queries, options), {}};
    }
    const auto answers =
        found_by_each(workers, queries, [&](std::span<const Hash256> own, std::uint32_t first) {
            LocalSearcher searcher(own, options, lists, local_kernels());
            for (const LocalPart& part : now->parts) {
                searcher.search(part);
            }
            LocalAnswer answer;
            searcher.take(first, answer);
            return answer;
        });
    LocalAnswer all;
    for (const LocalAnswer& answer : answers) {
        add_to(all.hits, answer.hits);
        add_to(all.found, answer.found);
    }
    return all;
}

std::size_t LiveLocalIndex::codes() const { return state()->live_codes(); }

std::size_t LiveLocalIndex::pictures() const {
    std::size_t pictures = 0;
    const std::shared_ptr<const LocalState> now = state();
    for (const LocalPart& part : now->parts) {
        pictures += part.live_keys();
    }
    return pictures;
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
