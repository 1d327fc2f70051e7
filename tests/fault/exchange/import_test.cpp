// Imports on full disks, beside each other, and of lists that say the same over and over.

#include "refrain/import.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <signal.h>

#include "refrain/corpus.h"

#include "support/child_process.h"
#include "support/sample_fingerprint.h"
#include "support/temp_folder.h"

namespace refrain {
namespace {

using test::ChildProcess;
using test::TempFolder;

/// The lines of a list, made while they are read. @param before  is called for each line first
FeedBytes lines(std::uint64_t count,
                std::function<std::string(std::uint64_t)> line,
                std::function<void(std::uint64_t)> before = {}) {
    return [=, next = std::uint64_t{0},
            waiting = std::string()](std::span<char> into) mutable -> Result<std::size_t> {
        while (waiting.size() < into.size() && next < count) {
            if (before) {
                before(next);
            }
            waiting += line(next++) + "\n";
        }
        const std::size_t size = std::min(waiting.size(), into.size());
        std::copy_n(waiting.begin(), size, into.begin());
        waiting.erase(0, size);
        return size;
    };
}

std::string code_line(std::uint64_t number) { return to_hex(test::Draw(number + 1).hash()); }

ImportCounts import(const std::filesystem::path& folder,
                    const FeedBytes& bytes,
                    const std::string& source = "list") {
    CorpusOptions patient;
    patient.busy_wait = MediaTime::from_seconds(600);
    Corpus corpus = Corpus::open(folder.native(), CorpusMode::kCreate, patient).value();
    ImportOptions options;
    options.format = FeedFormat::kPdq;
    options.source = source;
    return import_into(corpus, bytes, options).value();
}

std::set<std::string> names_in(const std::filesystem::path& folder) {
    const Corpus corpus = Corpus::open(folder.native(), CorpusMode::kReadOnly).value();
    std::set<std::string> names;
    EXPECT_TRUE(corpus
                    .list([&](const ItemSummary& item) {
                        names.insert(item.name);
                        return true;
                    })
                    .ok());
    return names;
}

TEST(FullDiskImport, KeepsWhatItCountedAndGoesOnLater) {
    constexpr std::uint64_t kCodes = 30'000;
    constexpr std::uint64_t kBefore = 20'000;  // behind two commits
    const TempFolder folder;
    const std::filesystem::path corpus = folder / "corpus";
    // A file-size limit makes the kernel refuse the very writes that a full disk refuses.
    ChildProcess child([&](int pipe) {
        ::signal(SIGXFSZ, SIG_IGN);
        const auto fill = [](std::uint64_t next) {
            if (next == kBefore) {
                const rlimit small{1'000'000, RLIM_INFINITY};  // less than one commit writes
                ::setrlimit(RLIMIT_FSIZE, &small);
            }
        };
        const ImportCounts counts = import(corpus, lines(kCodes, code_line, fill));
        if (!counts.error || counts.error->code != ErrorCode::kDiskFull) {
            return 1;
        }
        ChildProcess::send(pipe, counts.added);
        return 0;
    });
    std::uint64_t added = 0;
    ASSERT_TRUE(child.receive(added)) << "it ended with " << child.wait();
    EXPECT_EQ(child.wait(), 0);
    EXPECT_GT(added, 0U);
    EXPECT_LT(added, kCodes);
    EXPECT_EQ(names_in(corpus).size(), added);
    const Corpus looked_at = Corpus::open(corpus.native(), CorpusMode::kReadOnly).value();
    EXPECT_EQ(looked_at.verify().value().damaged, 0U);

    const ImportCounts again = import(corpus, lines(kCodes, code_line));
    EXPECT_FALSE(again.error);
    EXPECT_EQ(again.exists, added);
    EXPECT_EQ(again.added, kCodes - added);
}

TEST(Imports, OfTwoAtOnceMakeOneCorpusOfBoth) {
    constexpr std::uint64_t kEach = 12'000;
    constexpr std::uint64_t kShared = 4'000;
    const TempFolder folder;
    const std::filesystem::path corpus = folder / "corpus";
    static_cast<void>(Corpus::open(corpus.native(), CorpusMode::kCreate).value());
    ImportCounts first;
    ImportCounts second;
    std::thread other([&] { first = import(corpus, lines(kEach, code_line), "first"); });
    second = import(
        corpus,
        lines(kEach, [](std::uint64_t number) { return code_line(number + kEach - kShared); }),
        "second");
    other.join();
    ASSERT_FALSE(first.error || second.error);
    EXPECT_EQ(first.added + second.added, 2 * kEach - kShared);
    EXPECT_EQ(first.exists + second.exists, kShared);
    EXPECT_EQ(names_in(corpus).size(), 2 * kEach - kShared);

    const Corpus both = Corpus::open(corpus.native(), CorpusMode::kReadOnly).value();
    EXPECT_EQ(both.verify().value().damaged, 0U);
    std::uint64_t claims = 0;
    const ItemPage page = both.list({}, ItemOrder::kId, {}, 100'000).value();
    for (const ItemSummary& item : page.items) {
        claims += both.details(item.id).value()->claims.size();
    }
    EXPECT_EQ(claims, 2 * kEach) << "what both lists hold has two sources";
}

/// A hundred thousand by default; a million with REFRAIN_LONG_RUN.
TEST(Imports, OfTheSameLineOverAndOverKeepItOnce) {
    const std::uint64_t count =
        std::getenv("REFRAIN_LONG_RUN") != nullptr ? 1'000'000U : 100'000U;  // NOLINT
    const TempFolder folder;
    std::string upper = code_line(0);
    std::ranges::transform(upper, upper.begin(), [](char c) {
        return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    const ImportCounts counts = import(folder / "corpus", lines(count, [&](std::uint64_t number) {
                                           return number % 2 == 0 ? code_line(0) : upper;
                                       }));
    EXPECT_FALSE(counts.error);
    EXPECT_EQ(counts.lines, count);
    EXPECT_EQ(counts.added, 1U);
    EXPECT_EQ(counts.exists, count - 1);
    EXPECT_EQ(names_in(folder / "corpus").size(), 1U);
    const Corpus corpus = Corpus::open((folder / "corpus").native(), CorpusMode::kReadOnly).value();
    EXPECT_EQ(corpus.last_change().value(), 1U) << "what changes nothing is no change";
}

}  // namespace
}  // namespace refrain
