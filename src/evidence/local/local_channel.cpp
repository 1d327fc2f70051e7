#include "evidence/local/local_channel.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "evidence/item_codes.h"
#include "evidence/item_work.h"
#include "evidence/local/place_search.h"
#include "index/local_signatures.h"
#include "index/local_snapshot.h"
#include "index/local_words.h"
#include "verdict/local_score.h"

namespace refrain::evidence {

namespace {

// Codes wait for each other up to so many, 20 MB: half a second of work that cannot be interrupted.
constexpr std::size_t kBulkCodes = std::size_t{1} << 19;
// Of each query code. Right pairs are among the nearest, or their code tells nothing.
constexpr int kMaxHits = 16;

// Of signatures: as rare in a list as codes verdict::kMaxVoteDistance apart. So many of the nearest
// are compared by their codes, of pictures that have as many; with fewer none is ever looked at.
constexpr int kMaxSignatureDistance = 19;
constexpr int kSignatureHits = 32;
constexpr std::size_t kHitsOfPicture = 2;
// A code that is compared is read from the file: for each frame of so many pictures, four times as
// many as the first look of a picture goes on with.
constexpr std::size_t kMostPictures = 64;

// Among so many codes and more a list is long: of five, and not of two, only the cells are looked
// at that differ in one bit from that of the query. docs/decisions/0047-cells-of-signatures.md.
constexpr std::size_t kManyCodes = 60'000'000;
constexpr int kNearCells = 1;
constexpr int kListsOfCells = 5;
constexpr index::SealedOptions kSealed;

constexpr std::uint64_t kCodeRules = 3;  // the words of the index have a version of their own

/// Of the words and of the bits that make signatures.
std::uint64_t rules_of_index() {
    return kCodeRules << 56 ^ index::local_words_mark() ^
           std::rotl(index::signature_bits_mark(), 1);
}

// A code costs 0.07 us to write, an eighth of a unit of work; but as every short look-up pays for
// what has to be taken over, four times as much is spent on writing: with 10,000 pictures known,
// one pays 60 ms at most.
SavedKind saved_kind() {
    return {LocalChannel::kSnapshotName, index::kLocalSnapshot, rules_of_index(), 44, 32};
}

std::vector<index::LocalPicture> pictures_of(const KnownItem& item) {
    std::vector<index::LocalPicture> pictures;
    each_part(item, [&](const KnownItem& part) {
        for (const LocalFrame& frame : part.local) {
            index::LocalPicture picture;
            picture.picture = code_id(item.key, pictures.size());
            for (const LocalPoint& point : frame.points) {
                picture.codes.push_back(point.code);
            }
            pictures.push_back(std::move(picture));
        }
    });
    return pictures;
}

}  // namespace

index::LocalSearchOptions likely_options(std::size_t known_codes, int lists, std::size_t frames) {
    index::LocalSearchOptions options;
    options.max_distance = verdict::kMaxVoteDistance;
    options.max_hits_per_query = kMaxHits;
    options.lists = lists;
    options.first_by_signature = {kMaxSignatureDistance, kSignatureHits, kHitsOfPicture,
                                  kMostPictures * frames};
    if (known_codes >= kManyCodes) {
        options.lists = std::max(lists, kListsOfCells);
        options.first_by_signature->max_cell_distance = kNearCells;
    }
    return options;
}

LocalChannel::LocalChannel(const ChannelOptions& options, ItemSource& items)
    : items_(items),
      index_(index::local_options(options.threads)),
      saved_(options.folder, saved_kind(), options.mark_of, options.log) {}

template <typename T>
Result<T> LocalChannel::noted(Result<T> result) const {
    unsigned sound = epoch_;
    if (!result && result.error().code == ErrorCode::kCorpusDamaged && sound % 2 == 0) {
        epoch_.compare_exchange_strong(sound, sound + 1);
    }
    return result;
}

bool LocalChannel::serves(const Fingerprint& query) const {
    return !query.local.empty() ||
           std::any_of(query.more_parts.begin(), query.more_parts.end(),
                       [](const Fingerprint& part) { return !part.local.empty(); });
}

void LocalChannel::clear() {
    bulk_pictures_.clear();
    bulk_codes_ = 0;
    index_.adopt({});
    set_sequence(0);
}

Result<void> LocalChannel::add(const KnownItem& item) {
    if (Result<void> added = add_in_bulk(item); !added) {
        return added;
    }
    return finish_bulk();
}

Result<void> LocalChannel::add_in_bulk(const KnownItem& item) {
    if (Result<void> fits = check_codes(item, picture_count(item)); !fits) {
        return fits;
    }
    saved_.count_change(work_of(item).local);
    for (index::LocalPicture& picture : pictures_of(item)) {
        bulk_codes_ += picture.codes.size();
        bulk_pictures_.push_back(std::move(picture));
    }
    return bulk_codes_ < kBulkCodes ? Result<void>() : finish_bulk();
}

Result<void> LocalChannel::finish_bulk() {
    const std::vector<index::LocalPicture> pictures = std::exchange(bulk_pictures_, {});
    bulk_codes_ = 0;
    return noted(index_.add_bulk(pictures));
}

Result<void> LocalChannel::remove(std::int64_t key) {
    saved_.count_change(kWorkOfAnItem);
    if (!has_ids(key)) {
        return {};
    }
    const IdRange ids = ids_of(key);
    const Result<std::size_t> removed = noted(index_.remove_between(ids.first, ids.last));
    return removed ? Result<void>() : Result<void>(removed.error());
}

bool LocalChannel::load(const std::stop_token& /*stop*/) {
    if (is_damaged()) {
        return false;
    }
    const std::optional<index::Snapshot> snapshot = saved_.open();
    if (!snapshot) {
        return false;
    }
    Result<std::vector<index::LocalPart>> parts = index::load_local_parts(*snapshot);
    if (!parts) {
        saved_.pass_over(parts.error());
        return false;
    }
    clear();
    index_.adopt(std::move(parts).value());
    set_sequence(snapshot->tag().sequence);
    return true;
}

void LocalChannel::save_if_due(const std::stop_token& stop) {
    saved_.save_if_due(codes(), sequence(),
                       [this, state = index_.state(), stop](const auto& file, const auto& tag) {
                           return write(*state, file, tag, stop);
                       });
}

/// What was written takes the place of what it was made of: it is mapped, and in fewer segments.
Result<index::SnapshotWritten> LocalChannel::write(const index::LocalState& state,
                                                   const std::filesystem::path& file,
                                                   const index::SnapshotTag& tag,
                                                   const std::stop_token& stop) {
    std::vector<index::LocalPart> made;
    Result<index::SnapshotWritten> written =
        noted(index::write_local_snapshot(file, tag, state.parts, stop, kSealed, &made));
    const auto groups = index::sealed_groups(state.parts, kSealed.segment_codes);
    for (std::size_t i = 0; i < made.size(); ++i) {
        // What was merged meanwhile, or cannot be had for want of memory, stays as it is.
        (void)index_.replace(groups[i], std::move(made[i].segment));
    }
    return written;
}

void LocalChannel::count_added(const Fingerprint& fingerprint) {
    added_work_ += work_of(fingerprint).local;
}

bool LocalChannel::has_sample(const Query& query) const {
    return query.fingerprint().local.size() > 2 * PlaceSearch::kSampledFrames;
}

std::unique_ptr<ChannelSearch> LocalChannel::search(const Query& query,
                                                    const FindOptions& options,
                                                    Depth depth) const {
    return std::make_unique<PlaceSearch>(*this, items_, query, options, depth);
}

void LocalChannel::add_stats(CorpusStats& stats) const {
    stats.local_codes += codes();
    stats.local_index_bytes += index_.memory_bytes();
    stats.index_bytes += index_.memory_bytes();
    stats.snapshot_bytes += saved_.bytes_on_disk();
}

Result<std::vector<LocalPointHit>> LocalChannel::near_points(std::span<const Hash256> queries,
                                                             int lists) const {
    index::LocalSearchOptions options;
    options.max_distance = verdict::kMaxVoteDistance;
    options.max_hits_per_query = kMaxHits;
    options.lists = lists;
    return hits_of(queries, options);
}

Result<std::vector<LocalPointHit>> LocalChannel::likely_near_points(
    std::span<const Hash256> queries,
    int lists,
    std::size_t frames) const {
    return hits_of(queries, likely_options(codes(), lists, frames));
}

Result<std::vector<LocalPointHit>> LocalChannel::hits_of(
    std::span<const Hash256> queries,
    const index::LocalSearchOptions& options) const {
    const unsigned began = epoch_;
    const Result<index::LocalAnswer> found = noted(index_.search(queries, options));
    if (!found) {
        return found.error();
    }
    if (began % 2 == 1 || epoch_ != began) {
        return Error{ErrorCode::kCorpusDamaged, "the index of local codes is damaged"};
    }
    std::vector<LocalPointHit> hits;
    hits.reserve(found->hits.size());
    for (const index::LocalHit& hit : found->hits) {
        hits.push_back(
            {key_of(hit.picture), ordinal_of(hit.picture), hit.point, hit.query, hit.distance});
    }
    return hits;
}

}  // namespace refrain::evidence
