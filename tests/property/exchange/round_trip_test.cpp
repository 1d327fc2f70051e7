// What is exported and imported elsewhere gives the same answers, whatever it is.
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/bundle.h"
#include "refrain/corpus.h"
#include "refrain/export.h"
#include "refrain/import.h"

#include "support/sample_fingerprint.h"
#include "support/temp_folder.h"
#include "unit/feeds/read_text.h"

namespace refrain {
namespace {

constexpr std::uint64_t kSeeds = 8;
constexpr std::size_t kItems = 40;

/// A picture or a film of some frames, a second apart.
Fingerprint random_medium(test::Draw& draw) {
    Fingerprint medium;
    medium.media.digest.bytes = 1 + draw.below(1000);
    draw.fill(medium.media.digest.sha256);
    draw.fill(medium.media.digest.md5);
    const std::size_t frames = 1 + draw.below(5);
    medium.media.kind = frames > 1 ? MediaKind::kVideo : MediaKind::kImage;
    for (std::size_t i = 0; i < frames; ++i) {
        medium.frames.push_back({MediaTime::from_seconds(static_cast<double>(i)), draw.hash(),
                                 static_cast<std::uint8_t>(draw.below(101))});
    }
    if (frames > 1) {
        medium.media.duration = MediaTime::from_seconds(static_cast<double>(frames));
        medium.decode.decoded_until = medium.media.duration;
    }
    return medium;
}

/// A medium, an entry of a list of pictures or films, or digests alone.
NewItem random_item(test::Draw& draw) {
    NewItem item;
    FeedEntry entry;
    switch (draw.below(4)) {
        case 0:
            item.fingerprint = random_medium(draw);
            item.name = draw.text(20);
            break;
        case 1:
            entry.kind = SignalKind::kVpdq;
            for (std::size_t i = 0; i < 1 + draw.below(5); ++i) {
                entry.frames.push_back({MediaTime::from_ms(static_cast<std::int64_t>(i * 1250)),
                                        draw.hash(), static_cast<std::uint8_t>(draw.below(101))});
            }
            item = hash_only_item(entry).value();
            break;
        case 2:
            entry.kind = draw.coin() ? SignalKind::kMd5 : SignalKind::kSha256;
            draw.fill(entry.digest);
            item = hash_only_item(entry).value();
            break;
        default:
            entry.kind = SignalKind::kPdq;
            entry.pdq = draw.hash();
            entry.quality = static_cast<std::uint8_t>(draw.below(101));
            item = hash_only_item(entry).value();
            break;
    }
    item.bank = draw.coin() ? "one" : "two";
    item.labels["kind"] = draw.coin() ? "a" : "b";
    return item;
}

std::string exported(const Corpus& corpus, ExportFormat format, const ItemFilter& filter = {}) {
    std::string bytes;
    const auto counts = export_items(
        corpus, {format, filter}, [&](std::span<const std::byte> more) -> Result<void> {
            bytes.append(reinterpret_cast<const char*>(more.data()), more.size());
            return {};
        });
    EXPECT_TRUE(counts.ok());
    EXPECT_EQ(counts->damaged, 0U);
    return bytes;
}

void import(Corpus& corpus, const std::string& bytes, FeedFormat format, std::size_t step) {
    ImportOptions options;
    options.format = format;
    const ImportCounts counts = import_into(corpus, test::bytes_of(bytes, step), options).value();
    EXPECT_FALSE(counts.error);
    EXPECT_TRUE(counts.refused.empty());
}

/// A copy of an item as somebody may upload it: bits of its codes are turned.
Fingerprint upload_of(const Fingerprint& known, test::Draw& draw) {
    Fingerprint query = known;
    query.digests.clear();
    query.more_parts.clear();
    query.local.clear();
    draw.fill(query.media.digest.sha256);
    for (const FileDigest& digest : known.digests) {
        if (digest.algorithm == DigestAlgorithm::kMd5) {
            std::ranges::copy(digest.bytes, query.media.digest.md5.begin());
        } else {
            std::ranges::copy(digest.bytes, query.media.digest.sha256.begin());
        }
    }
    for (FrameHash& frame : query.frames) {
        frame.hash.words[draw.below(4)] ^= draw.word() & draw.word() & draw.word();
    }
    return query;
}

/// All that a look-up answers, but for times.
std::string answer_text(const Corpus& corpus, const Fingerprint& query) {
    FindOptions options;
    options.min_score = 0;
    options.max_matches = 1000;
    const FindAnswer answer = corpus.find(query, options).value();
    std::string text = std::to_string(static_cast<int>(answer.status));
    for (const Match& match : answer.matches) {
        text += "\n" + match.id + " " + match.bank + " " + match.name + " " +
                std::to_string(match.score) + " " + match.labels.at("kind");
    }
    return text;
}

class RoundTrip : public ::testing::TestWithParam<std::uint64_t> {
  protected:
    RoundTrip() : draw_(GetParam()), here_(corpus("here")) {
        std::vector<NewItem> items;
        for (std::size_t i = 0; i < kItems; ++i) {
            items.push_back(random_item(draw_));
        }
        EXPECT_TRUE(here_.add(items).ok());
    }
    [[nodiscard]] Corpus corpus(const std::string& name) const {
        return Corpus::open(folder_ / name, CorpusMode::kCreate).value();
    }

    test::TempFolder folder_;
    test::Draw draw_;
    Corpus here_;
};

TEST_P(RoundTrip, OfRecordsGivesTheSameAnswers) {
    Corpus there = corpus("there");
    import(there, exported(here_, ExportFormat::kRecords), FeedFormat::kRecords,
           1 + draw_.below(5000));
    EXPECT_EQ(exported(there, ExportFormat::kJsonLines).size(),
              exported(here_, ExportFormat::kJsonLines).size());
    std::vector<Fingerprint> uploads;
    ASSERT_TRUE(here_
                    .each_fingerprint([&](const ItemSummary&, Fingerprint&& known) {
                        uploads.push_back(upload_of(known, draw_));
                        return true;
                    })
                    .ok());
    ASSERT_EQ(uploads.size(), kItems);
    for (const Fingerprint& upload : uploads) {
        EXPECT_EQ(answer_text(there, upload), answer_text(here_, upload));
    }
}

TEST_P(RoundTrip, OfPartsIsTheWhole) {
    Corpus there = corpus("there");
    for (const char* bank : {"one", "two"}) {
        for (const char* kind : {"a", "b"}) {
            ItemFilter filter;
            filter.banks = {bank};
            filter.labels["kind"] = kind;
            import(there, exported(here_, ExportFormat::kRecords, filter), FeedFormat::kRecords,
                   1 << 20);
        }
    }
    const auto items = [](const Corpus& corpus) {
        std::set<std::string> all;
        EXPECT_TRUE(corpus
                        .list([&](const ItemSummary& item) {
                            all.insert(item.id + item.bank + item.name + item.labels.at("kind"));
                            return true;
                        })
                        .ok());
        return all;
    };
    EXPECT_EQ(items(there), items(here_));
}

TEST_P(RoundTrip, OfCodesAndDigestsIsWhatThatFormatCanHold) {
    const std::map<ExportFormat, FeedFormat> formats{
        {ExportFormat::kPdq, FeedFormat::kPdq},
        {ExportFormat::kVpdq, FeedFormat::kVpdq},
        {ExportFormat::kDigests, FeedFormat::kDigests}};
    for (const auto& [out, in] : formats) {
        const std::string text = exported(here_, out);
        Corpus there = corpus(std::string(export_format_name(out)));
        import(there, text, in, 1 << 20);
        const auto lines = [](std::string all) {
            std::multiset<std::string> sorted;
            for (std::size_t end = all.find('\n'); end != std::string::npos; end = all.find('\n')) {
                // Names are those of media, which the copy need not keep.
                sorted.insert(all.substr(0, std::min(end, all.find_first_of(", "))));
                all.erase(0, end + 1);
            }
            return std::set<std::string>(sorted.begin(), sorted.end());
        };
        EXPECT_EQ(lines(exported(there, out)), lines(text)) << export_format_name(out);
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RoundTrip, ::testing::Range<std::uint64_t>(1, 1 + kSeeds));

}  // namespace
}  // namespace refrain
