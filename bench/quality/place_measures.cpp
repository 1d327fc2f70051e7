// What verdict/copy_evidence sees: the measures of every place that local features find.
//
//     place_measures CORPUS < PATHS > PLACES
//
// Looks each file up (one path a line) in a corpus made by `refrain add` as `refrain find` does at
// normal effort, and prints a line of JSON for each place: a picture of a known item laid over a
// frame of the query. Unlike `find` it looks for places even where whole frames explain the query.
// The places, their measures and their evidence are those of the library itself. `query_frame` and
// `picture` are indices into the local frames of the query and of the part of the item, `score` is
// align::placement_score. Only a file's main part is looked up. Media are decoded in this process.
// Exit 1: a file could not be examined; the others were. Exit 2: bad use, or no readable corpus.
// Driven by copy_evidence.py; see docs/decisions/0070-copies-and-look-alikes.md.

#include <cstdio>
#include <iostream>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "refrain/fingerprinter.h"

#include "align/picture_match.h"
#include "corpus/damage_ledger.h"
#include "corpus/item_cache.h"
#include "evidence/frames/frames_channel.h"
#include "evidence/local/local_channel.h"
#include "evidence/local/place_search.h"
#include "index/hash_index.h"
#include "index/live_local_index.h"
#include "json/json_parts.h"
#include "json/utf8.h"
#include "store/sqlite/sqlite_catalogue.h"

namespace refrain {
namespace {

/// The items of a corpus, searchable.
struct Known {
    store::SqliteCatalogue store;
    corpus::DamageLedger damage{nullptr};
    corpus::ItemCache items{store, damage};
    evidence::FramesChannel frames{{}, index::IndexChoice::parse("flat").value(), items};
    evidence::LocalChannel local{{}, items};

    explicit Known(store::SqliteCatalogue opened) : store(std::move(opened)) {}

    Result<void> load() {
        Result<void> outcome;
        const auto take = [&](const store::StoredItem& row, std::span<const std::byte> record) {
            const Result<evidence::KnownItem> item = corpus::known_item(row, record);
            outcome = item ? frames.add(*item) : Result<void>(item.error());
            if (outcome) {
                outcome = local.add(*item);
            }
            return outcome.ok();
        };
        const Result<store::Catalogue::Snapshot> read = store.each_record({take});
        return read ? outcome : Result<void>(read.error());
    }
};

void print(const std::string& query,
           const evidence::KnownItem& item,
           const evidence::PlacedGroup& group,
           const evidence::PlacedFrame& placed) {
    const verdict::PlaceMeasures& m = placed.judgement.measures;
    json::Object line;
    line["query"] = json::to_utf8(query);
    line["item"] = json::to_utf8(item.name);
    line["is_film"] = m.is_film;
    line["is_mirrored"] = group.is_mirrored;
    line["query_frame"] = placed.query;
    line["picture"] = placed.picture;
    line["score"] = align::placement_score(placed.placement);
    line["evidence"] = placed.judgement.evidence;
    line["rarity"] = m.rarity;
    line["rarity_of_point"] = m.rarity_of_point;
    line["share"] = m.share;
    line["spread"] = m.spread;
    line["torn"] = m.torn;
    line["blank"] = m.blank;
    line["overlap_known"] = m.overlap_known;
    line["overlap_query"] = m.overlap_query;
    line["found"] = m.found;
    line["unlike"] = m.unlike;
    line["lone"] = m.lone;
    if (m.cells.is_measured) {
        line["cells"] = m.cells.telling;
        line["cells_like"] = m.cells.like;
        line["cells_unlike"] = m.cells.unlike;
        line["cells_distance"] = m.cells.distance;
        line["cells_torn"] = m.cells.torn;
        line["cells_mixed"] = m.cells.mixed;
        line["cells_mixed_extra"] = m.cells.mixed_extra;
        line["cells_outline"] = m.cells.outline;
        line["cells_covered"] = m.cells.covered;
        line["cells_unlike_elsewhere"] = m.cells.unlike_elsewhere;
    }
    line["perspective"] = placed.placement.kind == align::MapKind::kPerspective;
    line["affine"] = placed.placement.kind == align::MapKind::kAffine;
    std::printf("%s\n", json::one_line(line).c_str());
}

Result<void> look_up(Known& known, const std::string& path) {
    const FingerprintOptions options = FingerprintOptions().for_query();
    const Result<FingerprintRun> run = Fingerprinter(options).fingerprint_file(path);
    if (!run) {
        return run.error();
    }
    const evidence::Query query(run->fingerprint);
    const FindOptions all;
    const auto by_frames = known.frames.search(query, all, evidence::Depth::kAll);
    if (Result<void> searched = by_frames->run({}, {}); !searched) {
        return searched;
    }
    std::set<std::int64_t> seen;
    for (const evidence::FoundItem& item : by_frames->found()) {
        seen.insert(item.key);
    }
    evidence::PlaceSearch search(known.local, known.items, query, all, evidence::Depth::kAll);
    if (Result<void> searched = search.run(seen, {}); !searched) {
        return searched;
    }
    for (const auto& [group, frames] : search.groups()) {
        const Result<evidence::KnownItemPtr> item = known.items.find(group.key);
        if (!item) {
            return item.error();
        }
        for (const evidence::PlacedFrame& placed : frames) {
            print(path, **item, group, placed);
        }
    }
    return {};
}

int fail(int code, const std::string& about, const Error& error) {
    std::fprintf(stderr, "place_measures: %s: %s\n", about.c_str(), error.message.c_str());
    return code;
}

int run(const std::string& folder) {
    Result<store::SqliteCatalogue> opened =
        store::SqliteCatalogue::open(folder, store::Mode::kReadOnly);
    if (!opened) {
        return fail(2, folder, opened.error());
    }
    Known known(std::move(*opened));
    if (const Result<void> loaded = known.load(); !loaded) {
        return fail(2, folder, loaded.error());
    }
    int outcome = 0;
    std::string path;
    while (std::getline(std::cin, path)) {
        if (const Result<void> done = look_up(known, path); !done) {
            outcome = fail(1, path, done.error());
        }
    }
    return outcome;
}

}  // namespace
}  // namespace refrain

int main(int count, char** arguments) {
    if (count != 2) {
        std::fprintf(stderr, "usage: place_measures CORPUS < PATHS\n");
        return 2;
    }
    return refrain::run(arguments[1]);
}
