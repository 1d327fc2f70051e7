// Public functions that are given what no caller should give: each answers, with an Error or
// without, and nothing is thrown or aborted.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/refrain.h"

#include "support/made_up_medium.h"
#include "support/random_hash.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

using test::TempFolder;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max();

Fingerprint film() { return test::made_up(7, MediaKind::kVideo, 5); }

struct Breakage {
    const char* name;
    std::function<void(Fingerprint&)> apply;
};

/// Fingerprints put together by hand, one mistake each.
const std::vector<Breakage>& breakages() {
    static const std::vector<Breakage> kAll = {
        {"kind",
         [](Fingerprint& f) {
             f.media.kind = static_cast<MediaKind>(9);
         }},
        {"size",
         [](Fingerprint& f) {
             f.media.width = -1;
         }},
        {"duration",
         [](Fingerprint& f) {
             f.media.duration.us = -1;
         }},
        {"name",
         [](Fingerprint& f) {
             f.media.codec.assign(70'000, 'x');
         }},
        {"falling times",
         [](Fingerprint& f) {
             f.frames[1].time.us = -5;
         }},
        {"quality",
         [](Fingerprint& f) {
             f.frames[0].quality = 255;
         }},
        {"views",
         [](Fingerprint& f) {
             f.views.resize(1);
         }},
        {"other views",
         [](Fingerprint& f) {
             f.views.resize(f.frames.size());
         }},
        {"shots",
         [](Fingerprint& f) {
             std::swap(f.shots.front(), f.shots.back());
         }},
        {"local size",
         [](Fingerprint& f) {
             f.local[0].width = 0;
         }},
        {"local place",
         [](Fingerprint& f) {
             f.local[0].points[0].x = 65'535;
         }},
        {"local order",
         [](Fingerprint& f) {
             std::swap(f.local.front(), f.local.back());
         }},
        {"points",
         [](Fingerprint& f) {
             f.local[0].points.resize(5000);
         }},
        {"cells",
         [](Fingerprint& f) {
             f.local[0].cell_columns = 40;
         }},
        {"many cells",
         [](Fingerprint& f) {
             f.local[0].cells.resize(9000);
         }},
        {"luma",
         [](Fingerprint& f) {
             f.local[0].luma_width = 4000;
         }},
        {"until",
         [](Fingerprint& f) {
             f.decode.decoded_until.us = -1;
         }},
        {"damage",
         [](Fingerprint& f) {
             f.decode.damage.assign(70'000, 'x');
         }},
        {"role",
         [](Fingerprint& f) {
             f.part.role = static_cast<PartRole>(77);
         }},
        {"own part twice",
         [](Fingerprint& f) {
             f.more_parts = {f, f};
         }},
        {"parts of parts",
         [](Fingerprint& f) {
             Fingerprint part = f;
             part.part.index = 1;
             part.more_parts = {f};
             f.more_parts = {part};
         }},
        {"other bytes",
         [](Fingerprint& f) {
             Fingerprint part = f;
             part.part.index = 1;
             part.media.digest.bytes = 1;
             f.more_parts = {part};
         }},
    };
    return kAll;
}

/// Odd, but nothing that `check_fingerprint` speaks against.
const std::vector<Breakage>& oddities() {
    static const std::vector<Breakage> kAll = {
        {"empty",
         [](Fingerprint& f) {
             f = Fingerprint{};
         }},
        {"no frames",
         [](Fingerprint& f) {
             f.frames.clear();
         }},
        {"a picture of many frames",
         [](Fingerprint& f) {
             f.media.kind = MediaKind::kImage;
         }},
        {"the end of time",
         [](Fingerprint& f) {
             f.frames.back().time.us = kLatest / 4;
         }},
        {"a long duration",
         [](Fingerprint& f) {
             f.media.duration.us = kLatest / 4;
         }},
        {"late points",
         [](Fingerprint& f) {
             f.local.back().time.us = kLatest / 4;
         }},
        {"all points in one place",
         [](Fingerprint& f) {
             for (LocalPoint& point : f.local[0].points) {
                 point = f.local[0].points[0];
             }
         }},
        {"a picture of one pixel",
         [](Fingerprint& f) {
             f.local[0].width = f.local[0].height = 1;
             f.local[0].points.resize(4);
             for (LocalPoint& point : f.local[0].points) {
                 point.x = point.y = 16;
             }
         }},
        {"a part that is empty",
         [](Fingerprint& f) {
             Fingerprint part;
             part.part.index = 4'000'000'000;
             part.media.digest = f.media.digest;
             f.more_parts = {part};
         }},
    };
    return kAll;
}

NewItem item_of(Fingerprint fingerprint) {
    NewItem item;
    item.fingerprint = std::move(fingerprint);
    item.name = "made up";
    return item;
}

Corpus corpus_with_a_film(const TempFolder& folder) {
    Result<Corpus> corpus = Corpus::open(folder.path() / "corpus", CorpusMode::kCreate);
    EXPECT_TRUE(corpus.ok());
    const std::vector<NewItem> items = {item_of(film())};
    EXPECT_TRUE(corpus->add(items).ok());
    return std::move(corpus).value();
}

TEST(HostileCaller, IsToldWhatIsWrongWithAFingerprint) {
    const TempFolder folder;
    Corpus corpus = corpus_with_a_film(folder);
    BundleWriter bundle([](std::span<const std::byte>) { return Result<void>(); });
    for (const Breakage& breakage : breakages()) {
        SCOPED_TRACE(breakage.name);
        Fingerprint broken = film();
        breakage.apply(broken);
        const std::vector<NewItem> items = {item_of(broken)};
        const auto is_invalid = [](const auto& result) {
            return !result.ok() && result.error().code == ErrorCode::kInvalidArgument;
        };
        EXPECT_TRUE(is_invalid(check_fingerprint(broken)));
        EXPECT_TRUE(is_invalid(encode_fingerprint(broken)));
        EXPECT_TRUE(is_invalid(corpus.add(items)));
        EXPECT_TRUE(is_invalid(bundle.add(items[0])));
        EXPECT_TRUE(is_invalid(corpus.find(broken)));
        EXPECT_TRUE(is_invalid(compare(broken, film(), "known")));
        EXPECT_TRUE(is_invalid(compare(film(), broken, "known")));
    }
}

TEST(HostileCaller, GetsAnAnswerAboutAFingerprintThatIsOdd) {
    for (const Breakage& oddity : oddities()) {
        SCOPED_TRACE(oddity.name);
        const TempFolder folder;
        Corpus corpus = corpus_with_a_film(folder);
        Fingerprint odd = film();
        oddity.apply(odd);
        odd.media.digest.sha256[0] ^= 1U;
        for (Fingerprint& part : odd.more_parts) {
            part.media.digest = odd.media.digest;
        }
        EXPECT_TRUE(encode_fingerprint(odd).ok());
        EXPECT_TRUE(corpus.find(odd).ok());
        EXPECT_TRUE(compare(odd, film(), "known").ok());
        EXPECT_TRUE(compare(film(), odd, "known").ok());
        const std::vector<NewItem> items = {item_of(odd)};
        EXPECT_TRUE(corpus.add(items).ok());
        EXPECT_TRUE(corpus.find(film()).ok());
        EXPECT_TRUE(corpus.verify().ok());
    }
}

TEST(HostileCaller, MayAskForAnything) {
    const TempFolder folder;
    Corpus corpus = corpus_with_a_film(folder);
    for (const double score : {kNaN, kInfinity, -kInfinity, -1.0}) {
        for (const int matches : {-5, 0, 1, std::numeric_limits<int>::max()}) {
            FindOptions options;
            options.min_score = score;
            options.max_matches = matches;
            options.effort = static_cast<Effort>(50);
            options.banks = {"", std::string(100'000, 'b'), std::string("\0\xFF", 2)};
            static_cast<void>(corpus.find(film(), options));
            static_cast<void>(compare(film(), film(), "\xFF", options));
        }
    }
    const std::vector<std::string> odd = {"", std::string("\0", 1), "\xC3\x28"};
    EXPECT_TRUE(corpus.remove(odd).ok());
    EXPECT_TRUE(corpus.item("\xC3\x28").ok());
    EXPECT_FALSE(corpus.check_banks(odd).ok());
    EXPECT_TRUE(corpus.find_bytes("\xC3\x28", Sha256{}).ok());
    static_cast<void>(corpus.list("\xC3\x28", 0));
    static_cast<void>(corpus.list("", std::numeric_limits<std::size_t>::max()));
    EXPECT_TRUE(corpus.add({}).ok());
}

TEST(HostileCaller, MayOpenACorpusWithAnyOptions) {
    const TempFolder folder;
    corpus_with_a_film(folder);
    const std::string place = folder.path() / "corpus";
    for (const int threads : {-1, 0, 100'000}) {
        CorpusOptions options;
        options.threads = threads;
        const Result<Corpus> corpus = Corpus::open(place, CorpusMode::kReadWrite, options);
        if (corpus) {
            EXPECT_TRUE(corpus->find(film()).ok());
        }
    }
    for (const char* index :
         {"", "faiss:", "faiss:IVF99999999", "faiss:BHash-1", "no such", "\xFF"}) {
        CorpusOptions options;
        options.index = index;
        const Result<Corpus> corpus = Corpus::open(place, CorpusMode::kReadWrite, options);
        EXPECT_FALSE(corpus.ok()) << index;
        EXPECT_FALSE(check_index_name(index).ok()) << index;
    }
    CorpusOptions never;
    never.busy_wait.us = -kLatest;
    static_cast<void>(Corpus::open(place, CorpusMode::kReadWrite, never));
    for (const char* location : {"", "\xFF\xFE", "sqlite:", "nothing:here", "/dev/null/corpus"}) {
        EXPECT_FALSE(Corpus::open(location, CorpusMode::kReadOnly).ok()) << location;
        EXPECT_FALSE(back_up_corpus(location, folder.path() / "copy").ok()) << location;
        EXPECT_FALSE(repair_corpus(location).ok()) << location;
    }
}

TEST(HostileCaller, MayForgetACallback) {
    const TempFolder folder;
    Corpus corpus = corpus_with_a_film(folder);
    const auto is_invalid = [](const auto& result) {
        return !result.ok() && result.error().code == ErrorCode::kInvalidArgument;
    };
    const FeedBytes nothing = [](std::span<char>) {
        return Result<std::size_t>(std::size_t{0});
    };
    EXPECT_TRUE(is_invalid(read_feed({}, {}, {})));
    FeedOptions list;
    list.format = FeedFormat::kPdq;
    EXPECT_TRUE(read_feed(nothing, list, {}).ok());
    bool has_ended = false;
    const FeedBytes one_code = [&has_ended](std::span<char> room) {
        std::fill_n(room.begin(), 64, 'f');
        return Result<std::size_t>(std::exchange(has_ended, true) ? 0 : 64);
    };
    const Result<FeedCounts> counted = read_feed(one_code, list, {});
    ASSERT_TRUE(counted.ok());
    EXPECT_EQ(counted->asserted, 1U);
    EXPECT_TRUE(is_invalid(read_bundle({}, {})));
    EXPECT_TRUE(is_invalid(read_bundle(nothing, {})));
    EXPECT_TRUE(is_invalid(import_into(corpus, {}, {})));
    EXPECT_TRUE(is_invalid(inspect_import({}, {})));
    EXPECT_TRUE(is_invalid(corpus.list({})));
    EXPECT_TRUE(is_invalid(corpus.each_fingerprint({})));
    BundleWriter bundle({});
    EXPECT_TRUE(is_invalid(bundle.add(item_of(film()))));
    EXPECT_TRUE(is_invalid(bundle.finish()));
}

TEST(HostileCaller, MayGiveSourcesThatLieAboutTheirBytes) {
    // More bytes than the buffer holds.
    const FeedBytes liar = [](std::span<char> room) {
        return Result(room.size() + 1'000'000);
    };
    FeedVisitor entries;
    entries.entry = [](FeedEntry&&) {
        return true;
    };
    BundleVisitor items;
    items.item = [](NewItem&&) {
        return true;
    };
    EXPECT_FALSE(read_feed(liar, {}, entries).ok());
    EXPECT_FALSE(read_bundle(liar, items).ok());
    EXPECT_FALSE(inspect_import(liar, {}).ok());
}

TEST(HostileCaller, MayMakeHashOnlyItemsOfAnything) {
    FeedEntry entry;
    entry.kind = static_cast<SignalKind>(99);
    EXPECT_FALSE(hash_only_item(entry).ok());
    entry.kind = SignalKind::kVpdq;
    EXPECT_FALSE(hash_only_item(entry).ok());
    entry.frames = {{MediaTime::from_seconds(9), {}, 255}, {MediaTime::from_seconds(-3), {}, 255}};
    const Result<NewItem> item = hash_only_item(entry);
    if (item) {
        EXPECT_FALSE(encode_fingerprint(item->fingerprint).ok());
    }
    static_cast<void>(feed_format_name(static_cast<FeedFormat>(99)));
    static_cast<void>(signal_kind_name(static_cast<SignalKind>(99)));
    static_cast<void>(part_role_words(static_cast<PartRole>(99)));
    static_cast<void>(error_code_name(static_cast<ErrorCode>(99)));
    static_cast<void>(detect_feed(std::string(70'000, '\xFF')));
}

TEST(HostileCaller, MayHashPixelsThatAreNotThere) {
    for (const int side : {-5, 0, 1, 4, std::numeric_limits<int>::max()}) {
        RgbPixels pixels;
        pixels.width = side;
        pixels.height = side;
        EXPECT_FALSE(pdq_of_pixels(pixels).ok()) << side;
    }
}

TEST(HostileCaller, MayFingerprintWithAnyOptions) {
    const TempFolder folder;
    const std::filesystem::path picture = folder.path() / "a.pgm";
    std::ofstream(picture) << "P2\n6 6\n9\n" << std::string(72, '1');
    std::vector<FingerprintOptions> all(7);
    all[0].interval.us = -1;
    all[0].sampling = Sampling::kInterval;
    all[1].decoder_threads = -1;
    all[2].limits = Limits{0, 0, 0, 0, {}, 0, {}};
    all[3].local_image_bytes = std::numeric_limits<std::uint32_t>::max();
    all[3].local_hour_bytes = std::numeric_limits<std::uint32_t>::max();
    all[4].sampling = static_cast<Sampling>(50);
    all[4].effort = static_cast<Effort>(50);
    all[4].views = static_cast<Views>(50);
    all[5].limits.max_duration.us = -kLatest;
    all[5].limits.max_wall_time.us = -kLatest;
    all[6].interval.us = kLatest;
    all[6].sampling = Sampling::kInterval;
    for (const FingerprintOptions& options : all) {
        const Fingerprinter fingerprinter(options);
        static_cast<void>(fingerprinter.fingerprint_file(picture));
        EXPECT_FALSE(fingerprinter.fingerprint_file("").ok());
        EXPECT_FALSE(fingerprinter.fingerprint_descriptor(-1).ok());
        EXPECT_FALSE(fingerprinter.digest_file(std::string("\0", 1)).ok());
        EXPECT_FALSE(fingerprinter.digest_descriptor(1'000'000).ok());
    }
    EXPECT_FALSE(decode_fingerprint({}).ok());
}

TEST(HostileCaller, GetsJsonOfAnything) {
    const std::string bad = "\xFF\xFE\xC3\x28";
    FindReport report;
    report.input = bad;
    report.error = Error{static_cast<ErrorCode>(99), bad};
    EXPECT_FALSE(to_json(report).empty());
    report.error.reset();
    report.answer.emplace();
    Match match;
    match.id = match.name = match.bank = match.source = bad;
    match.labels[bad] = bad;
    match.score = kNaN;
    match.agreement = kInfinity;
    match.evidence = {static_cast<Evidence>(99)};
    match.transform.emplace().scale = kNaN;
    match.part = MatchedPart{1, static_cast<MediaKind>(9), static_cast<PartRole>(99)};
    match.segments.emplace_back().speed = kInfinity;
    match.explanation.emplace().source = bad;
    report.answer->matches = {match};
    report.answer->bounded = bad;
    report.media.emplace().container = bad;
    EXPECT_FALSE(to_json(report).empty());
    ExplanationReport explained;
    explained.input = explained.picture = explained.query_problem = bad;
    explained.match = match;
    EXPECT_FALSE(to_json(explained).empty());
    explained.match.explanation.reset();
    EXPECT_FALSE(to_json(explained).empty());
    ImportReport imported;
    imported.counts.refused[bad] = 1;
    imported.counts.error = Error{ErrorCode::kInternal, bad};
    EXPECT_FALSE(to_json(imported).empty());
    SandboxReport sandbox;
    sandbox.worker = bad;
    sandbox.layers = {{bad, false, bad}};
    EXPECT_FALSE(to_json(sandbox).empty());
    CopiedCorpus copied;
    copied.folder = bad;
    EXPECT_FALSE(to_json(copied, bad).empty());
    RepairReport repaired;
    repaired.set_aside = bad;
    repaired.damage = {{bad, bad, bad, bad}};
    EXPECT_FALSE(to_json(repaired).empty());
    ItemSummary item;
    item.id = item.name = bad;
    item.added_at_us = kLatest;
    EXPECT_FALSE(to_json(item).empty());
    CorpusStats stats;
    stats.index = bad;
    stats.banks = {{bad, 1, 1}};
    stats.video_duration.us = kLatest;
    EXPECT_FALSE(to_json(stats).empty());
    HashReport hashed;
    hashed.fingerprint = film();
    hashed.fingerprint->media.kind = static_cast<MediaKind>(9);
    hashed.fingerprint->views.resize(1);
    EXPECT_FALSE(to_json(hashed).empty());
    AddReport added;
    added.input = bad;
    added.outcome.emplace().id = bad;
    EXPECT_FALSE(to_json(added).empty());
}

TEST(HostileCaller, GetsAPictureOrAnErrorOfAReportMadeByHand) {
    const TempFolder folder;
    FindReport report;
    report.input = folder.path() / "none.jpg";
    report.media.emplace();
    report.answer.emplace();
    Match match;
    match.id = "../../x";
    match.name = std::string("\0/..", 4);
    Explanation& explanation = match.explanation.emplace();
    explanation.source = folder.path() / "none.mp4";
    PlaceMatch place;
    place.outline = {{{kNaN, kInfinity}, {-kInfinity, 1e300}, {1e9, -1e9}, {kNaN, kNaN}}};
    place.points = {{{kNaN, kInfinity}, {1e300, -1e300}, -7}};
    explanation.places = {place};
    explanation.outline = place.outline;
    explanation.query_time.us = -kLatest;
    report.answer->matches = {match, Match{}};
    ExplainOptions options;
    options.folder = folder.path() / "out";
    options.decoder_threads = -3;
    static_cast<void>(write_explanations(report, options));
    options.folder = "/dev/null/out";
    EXPECT_FALSE(write_explanations(report, options).ok());
    static_cast<void>(write_explanations(FindReport{}, {}));
}

TEST(HostileCaller, CannotStartASandboxWithNonsense) {
    for (const int number : {-1, 0}) {
        SandboxOptions options;
        options.max_workers = -1;
        options.media_per_worker = number;
        options.worker = "/dev/null/worker";
        EXPECT_FALSE(Sandbox::start(options).ok());
    }
}

}  // namespace
}  // namespace refrain
