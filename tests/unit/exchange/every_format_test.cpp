// The same hashes, whatever the format they come in, make the same corpus.
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "refrain/corpus.h"
#include "refrain/import.h"

#include "support/sample_fingerprint.h"
#include "support/temp_folder.h"
#include "unit/feeds/read_text.h"

namespace refrain {
namespace {

constexpr std::size_t kHashes = 10'000;

std::vector<std::string> hashes() {
    test::Draw draw(3);
    std::vector<std::string> all;
    for (std::size_t i = 0; i < kHashes; ++i) {
        all.push_back(to_hex(draw.hash()));
    }
    return all;
}

/// The sixteen words of 16 bits in reverse order.
std::string word_reversed(const std::string& hex) {
    std::string reversed;
    for (std::size_t at = hex.size(); at >= 4; at -= 4) {
        reversed += hex.substr(at - 4, 4);
    }
    return reversed;
}

/// A format: what stands before and after all hashes, and how one is written.
struct Writing {
    FeedFormat format;
    std::string before;
    std::function<std::string(const std::string& hex, std::size_t number)> one;
    std::string between;
    std::string after;
    bool is_word_reversed = false;

    [[nodiscard]] std::string all(const std::vector<std::string>& hex) const {
        std::string text = before;
        for (std::size_t i = 0; i < hex.size(); ++i) {
            text += (i == 0 ? "" : between) + one(hex[i], i);
        }
        return text + after;
    }
};

std::map<std::string, Writing> writings() {
    const auto number = [](std::size_t i) {
        return "\"" + std::to_string(i) + "\"";
    };
    return {
        {"bare", {FeedFormat::kPdq, "", [](auto& hex, auto) { return hex; }, "\n", "\n"}},
        {"with quality",
         {FeedFormat::kPdq, "", [](auto& hex, auto) { return hex + ",100,"; }, "\r\n", "\r\n"}},
        {"with names",
         {FeedFormat::kPdq, "",
          [](auto& hex, auto) { return "hash=" + hex + ",norm=128,delta=0,quality=100"; }, "\n",
          "\n"}},
        {"word-reversed",
         {FeedFormat::kPdq, "", [](auto& hex, auto) { return word_reversed(hex); }, "\n", "\n",
          true}},
        {"stopncii",
         {FeedFormat::kStopNcii, R"({"count":1,"hashRecords":[)",
          [](auto& hex, auto) {
              return R"({"lastModtimestamp":1700000000,"hashValue":")" + hex +
                     R"(","hashStatus":"Active","caseNumbers":[],"signalType":"ImagePDQ"})";
          },
          ",", "]}"}},
        {"tcap",
         {FeedFormat::kTcap, R"({"count":1,"results":[)",
          [=](auto& hex, auto i) {
              return R"({"hash_digest":")" + hex + R"(","algorithm":"PDQ","deleted":false,"id":)" +
                     number(i) + "}";
          },
          ",", "]}"}},
        {"threatexchange",
         {FeedFormat::kThreatExchange, R"({"data":[)",
          [=](auto& hex, auto i) {
              return R"({"id":)" + number(i) + R"(,"indicator":")" + hex +
                     R"(","type":"HASH_PDQ","last_updated":1700000000,"should_delete":false})";
          },
          ",", "]}"}},
        {"hma",
         {FeedFormat::kHma, "[",
          [](auto& hex, auto i) {
              return R"({"id":)" + std::to_string(i) +
                     R"(,"bank":{"name":"B"},"signals":{"pdq":")" + hex + R"("}})";
          },
          ",", "]"}},
        {"ncmec",
         {FeedFormat::kNcmec,
          R"(<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2"><images>)",
          [](auto& hex, auto i) {
              return R"(<image><member id="1">M</member><id>)" + std::to_string(i) +
                     "</id><fingerprints><pdq>" + hex + "</pdq></fingerprints></image>";
          },
          "\n", "</images></queryResult>"}},
    };
}

TEST(EveryFormat, OfTheSameHashesMakesTheSameCorpus) {
    const std::vector<std::string> hex = hashes();
    const test::TempFolder folder;
    std::map<std::string, std::vector<std::string>> known;
    for (const auto& [name, writing] : writings()) {
        Corpus corpus = Corpus::open(folder / name, CorpusMode::kCreate).value();
        ImportOptions options;
        options.format = writing.format;
        options.is_word_reversed = writing.is_word_reversed;
        const std::string text = writing.all(hex);
        const ImportCounts counts =
            import_into(corpus, test::bytes_of(text, 4096), options).value();
        EXPECT_TRUE(counts.refused.empty()) << name << ": " << counts.refused.begin()->first;
        ASSERT_FALSE(counts.error) << name << ": " << counts.error->message;
        ASSERT_EQ(counts.added, kHashes) << name;
        ASSERT_TRUE(corpus
                        .each_fingerprint([&](const ItemSummary& item, Fingerprint&& fingerprint) {
                            known[name].push_back(item.id + " " +
                                                  to_hex(fingerprint.frames.front().hash));
                            return true;
                        })
                        .ok());
    }
    for (const auto& [name, items] : known) {
        EXPECT_EQ(items.size(), kHashes) << name;
        EXPECT_EQ(items, known.at("bare")) << name;
    }
}

}  // namespace
}  // namespace refrain
