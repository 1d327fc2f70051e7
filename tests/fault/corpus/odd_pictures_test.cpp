#include "support/odd_pictures.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/refrain.h"

#include "support/temp_folder.h"

namespace refrain {
namespace {

using namespace test;

using Make = std::function<GrayPicture(std::uint32_t seed)>;

/// Pictures that have everything in common but what they show.
struct Kind {
    std::string name;
    Make make;
    bool finds_itself;  ///< a cropped and smaller copy still shows enough
};

constexpr int kWidth = 640;
constexpr int kHeight = 480;

/// A different number for every seed, so that no two pictures are scaled copies of each other.
int spread(std::uint32_t seed, int first, int step) {
    return first + static_cast<int>(seed) * step;
}

std::vector<Kind> kinds() {
    return {
        {"flat",
         [](std::uint32_t seed) {
             return GrayPicture(kWidth, kHeight, static_cast<std::uint8_t>(spread(seed, 40, 30)));
         },
         false},
        {"gradient",
         [](std::uint32_t seed) { return gradient(kWidth, kHeight, spread(seed, 0, 17)); }, false},
        {"text", [](std::uint32_t seed) { return text_page(kWidth, kHeight, 2, seed); }, true},
        {"large text", [](std::uint32_t seed) { return text_page(kWidth, kHeight, 4, seed); },
         true},
        {"fine tiles", [](std::uint32_t seed) { return tiles(kWidth, kHeight, 48, seed); }, false},
        {"tiles", [](std::uint32_t seed) { return tiles(kWidth, kHeight, 64, seed); }, false},
        {"fence", [](std::uint32_t seed) { return fence(kWidth, kHeight, seed); }, true},
        {"checkerboard",
         [](std::uint32_t seed) { return checkerboard(kWidth, kHeight, spread(seed, 12, 7)); },
         false},
        {"square code", [](std::uint32_t seed) { return square_code(8, seed); }, true},
        {"halftone", [](std::uint32_t seed) { return halftone(kWidth, kHeight, 8, seed); }, false},
        {"ten thousand dots", [](std::uint32_t seed) { return dots(spread(seed, 5, 1), 3); },
         false},
        {"one row", [](std::uint32_t seed) { return boxes_picture(4000, 1, seed); }, false},
        {"one column", [](std::uint32_t seed) { return boxes_picture(1, 4000, seed); }, false},
    };
}

/// Those of which a part is enough to know the whole.
std::vector<Kind> telling_kinds() {
    std::vector<Kind> kept = kinds();
    std::erase_if(kept, [](const Kind& kind) { return !kind.finds_itself; });
    return kept;
}

std::string name_of(const ::testing::TestParamInfo<Kind>& info) {
    std::string name;
    for (const char letter : info.param.name) {
        name += letter == ' ' ? '_' : letter;
    }
    return name;
}

/// A corpus, and pictures that go through files as uploads do.
class OddPictures : public ::testing::TestWithParam<Kind> {
  protected:
    Fingerprint fingerprint(const GrayPicture& picture, const FingerprintOptions& options = {}) {
        const std::filesystem::path file = folder_ / "picture.pgm";
        write_pgm(file, picture);
        Result<FingerprintRun> run = Fingerprinter(options).fingerprint_file(file);
        EXPECT_TRUE(run.ok()) << (run ? "" : run.error().message);
        return run ? std::move(run->fingerprint) : Fingerprint{};
    }

    void add(const std::vector<std::pair<std::string, GrayPicture>>& pictures) {
        std::vector<NewItem> items;
        for (const auto& [name, picture] : pictures) {
            NewItem item;
            item.fingerprint = fingerprint(picture);
            item.name = name;
            items.push_back(std::move(item));
        }
        const auto added = corpus().add(items);
        ASSERT_TRUE(added.ok()) << added.error().message;
    }

    FindAnswer find(const GrayPicture& picture,
                    Effort effort = Effort::kNormal,
                    bool lists_similar = false) {
        FindOptions options;
        options.effort = effort;
        options.lists_similar = lists_similar;
        Result<FindAnswer> answer =
            corpus().find(fingerprint(picture, FingerprintOptions().for_query()), options);
        EXPECT_TRUE(answer.ok()) << (answer ? "" : answer.error().message);
        return answer ? std::move(answer).value() : FindAnswer{};
    }

    Corpus& corpus() {
        if (!corpus_) {
            Result<Corpus> opened = Corpus::open(folder_ / "corpus", CorpusMode::kCreate);
            corpus_.emplace(std::move(opened).value());
        }
        return *corpus_;
    }

  private:
    TempFolder folder_;
    std::optional<Corpus> corpus_;
};

std::string listed(const FindAnswer& answer) {
    std::string text;
    for (const Match& match : answer.matches) {
        text += match.name + " " + std::to_string(match.score) + " by";
        for (const Evidence evidence : match.evidence) {
            text += evidence == Evidence::kFrames  ? " frames"
                    : evidence == Evidence::kLocal ? " local"
                                                   : " exact";
        }
        text += "; ";
    }
    return text;
}

TEST_P(OddPictures, NoneIsTakenForAnotherOfItsKind) {
    add({{"1", GetParam().make(1)}, {"2", GetParam().make(2)}, {"3", GetParam().make(3)}});
    for (const std::uint32_t seed : {4U, 5U, 6U}) {
        for (const Effort effort : {Effort::kNormal, Effort::kThorough}) {
            const FindAnswer answer = find(GetParam().make(seed), effort);
            EXPECT_TRUE(answer.matches.empty()) << "picture " << seed << ": " << listed(answer);
        }
    }
}

TEST_P(OddPictures, IsFoundAsItIs) {
    add({{"1", GetParam().make(1)}, {"2", GetParam().make(2)}});
    const FindAnswer answer = find(GetParam().make(2));
    ASSERT_FALSE(answer.matches.empty());
    EXPECT_EQ(answer.matches[0].name, "2");
    EXPECT_EQ(answer.matches[0].evidence.at(0), Evidence::kExact);
}

using TellingPictures = OddPictures;

/// Crops of lettering and of regular patterns may be no more than `similar`: docs/decisions/0070.
TEST_P(TellingPictures, AreFoundCroppedAndSmaller) {
    const std::string kind = GetParam().name;
    const bool may_be_similar = kind == "text" || kind == "fence";
    const GrayPicture whole = GetParam().make(2);
    add({{"1", GetParam().make(1)}, {"2", whole}, {"3", GetParam().make(3)}});
    const GrayPicture part = cropped(whole, whole.width / 8, whole.height / 8,
                                     {whole.width * 3 / 4, whole.height * 3 / 4});
    for (const auto& [title, copy] :
         {std::pair{"cropped", part},
          {"smaller", scaled(whole, whole.width * 4 / 5, whole.height * 4 / 5)},
          {"both", scaled(part, part.width * 9 / 10, part.height * 9 / 10)}}) {
        const FindAnswer answer = find(copy, Effort::kNormal, may_be_similar);
        EXPECT_EQ(answer.matches.size(), 1U) << title << ": " << listed(answer);
        if (!answer.matches.empty()) {
            EXPECT_EQ(answer.matches[0].name, "2") << title;
        }
    }
}

/// What bounds the time of a look-up, whatever the picture.
TEST_P(OddPictures, GivesNoMorePointsThanAnyOther) {
    const FingerprintOptions options;
    const Fingerprint known = fingerprint(GetParam().make(1));
    EXPECT_LE(known.frames.size(), 2U);
    EXPECT_LE(known.local.size(), 1U);
    EXPECT_LE(encode_fingerprint(known)->size(), options.local_image_bytes + 1536);
    const Fingerprint query = fingerprint(GetParam().make(1), FingerprintOptions().for_query());
    EXPECT_LE(query.frames.size(), 2U);
    EXPECT_LE(query.local.size(), 1U);
    for (const LocalFrame& frame : query.local) {
        EXPECT_LE(frame.points.size(), 1500U);
    }
}

INSTANTIATE_TEST_SUITE_P(All, OddPictures, ::testing::ValuesIn(kinds()), name_of);
INSTANTIATE_TEST_SUITE_P(All, TellingPictures, ::testing::ValuesIn(telling_kinds()), name_of);

using HugeFlatAreas = OddPictures;

GrayPicture huge_flat_area(int corner, std::uint32_t seed) {
    return in_corner(boxes_picture(corner, corner * 3 / 4, seed), 8000, 6000);
}

TEST_F(HugeFlatAreas, AreNotTakenForOthers) {
    add({{"huge", huge_flat_area(600, 1)}});
    const FindAnswer stranger = find(huge_flat_area(600, 2));
    EXPECT_TRUE(stranger.matches.empty()) << listed(stranger);
    const FindAnswer flat = find(GrayPicture(8000, 6000, 128));
    EXPECT_TRUE(flat.matches.empty()) << listed(flat);
}

/// Of the known picture no more than 512 pixels a side are looked at: a crop to much less than half
/// a side shows its corners several times as large as they are known.
TEST_F(HugeFlatAreas, AreFoundByTheirCorner) {
    const GrayPicture known = huge_flat_area(600, 1);
    add({{"huge", known}, {"other", huge_flat_area(600, 2)}});
    const FindAnswer copy = find(cropped(known, 0, 0, {4800, 3600}));
    ASSERT_EQ(copy.matches.size(), 1U) << listed(copy);
    EXPECT_EQ(copy.matches[0].name, "huge");
}

}  // namespace
}  // namespace refrain
