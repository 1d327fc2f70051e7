// `kill -9` of the real program while it makes pictures known: what it reported is there.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/unique_fd.h"
#include "support/bmp.h"
#include "support/process.h"
#include "support/sample_fingerprint.h"
#include "support/synthetic_picture.h"
#include "support/temp_folder.h"

namespace refrain::test {
namespace {

using Json = nlohmann::json;
using std::chrono::microseconds;

constexpr int kPictures = 60;
constexpr int kChains = 5;
constexpr int kRoundsInAChain = 4;
constexpr int kNewInARound = kPictures / kRoundsInAChain;

/// The objects of the lines that were written to their end; a kill may tear the last one.
std::vector<Json> whole_lines(const std::string& text) {
    std::vector<Json> all;
    for (const std::string& line : lines_of(text.substr(0, text.rfind('\n') + 1))) {
        all.push_back(Json::parse(line));
    }
    return all;
}

std::size_t count_added(const std::vector<Json>& lines) {
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(), [](const Json& line) { return line.at("status") == "added"; }));
}

class KilledAdd : public ::testing::Test {
  protected:
    void SetUp() override {
        std::filesystem::create_directory(folder_ / "pictures");
        for (int number = 0; number < kPictures; ++number) {
            write_bmp(picture(number), wave_picture(200, 150, static_cast<std::uint32_t>(number)));
        }
    }

    [[nodiscard]] std::filesystem::path picture(int number) const {
        return folder_ / "pictures" / ("p" + std::to_string(100 + number) + ".bmp");
    }
    [[nodiscard]] std::vector<std::string> words(const std::string& command) const {
        return {command, "--corpus", corpus_.native(), "--json", "--quiet"};
    }
    [[nodiscard]] bool has_database() const {
        return std::filesystem::exists(corpus_ / "refrain.db");
    }

    /// A list of this many pictures that never ends: it keeps the program alive until it is killed.
    void open_endless_list(int pictures);
    /// Fails unless `verify` is content. Gives the number of items that it read.
    void verify(std::size_t& items) const;
    /// The items that `list` shows, by the name of the picture. Fails on anything half there.
    void check_corpus(std::map<std::string, Json>& items) const;
    void check_reported(const std::map<std::string, Json>& items) const;
    /// Checks what the killed program wrote, and remembers what it reported.
    void take_reports(const std::vector<Json>& lines);
    /// Adds everything, without being killed.
    void finish_adding();
    /// Starts an add and kills it. @return what it had reported
    void add_and_kill(int round, Draw& draw, std::vector<Json>& lines);
    void wait_for_the_moment(int round, Draw& draw, const Process& add) const;

    TempFolder folder_;
    base::UniqueFd endless_;
    std::filesystem::path corpus_;
    /// Ids that were reported as added to the corpus in use, by the name of the picture.
    std::map<std::string, std::string> reported_;
};

void KilledAdd::open_endless_list(int pictures) {
    const std::string list = (folder_ / "endless").native();
    std::filesystem::remove(list);
    ASSERT_EQ(::mkfifo(list.c_str(), 0600), 0);
    endless_ = base::UniqueFd(::open(list.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    std::string paths;
    for (int number = 0; number < pictures; ++number) {
        paths += picture(number).native() + "\n";
    }
    ASSERT_EQ(::write(endless_.get(), paths.data(), paths.size()),
              static_cast<ssize_t>(paths.size()));
}

/// In the first round of a chain while the corpus is made, later while pictures are committed.
/// Meson's limit ends a hang.
void KilledAdd::wait_for_the_moment(int round, Draw& draw, const Process& add) const {
    if (round == 0 && draw.coin()) {
        while (!has_database()) {
            std::this_thread::sleep_for(microseconds(300));
        }
        std::this_thread::sleep_for(microseconds(draw.below(4'000)));
    } else if (round == 0) {
        std::this_thread::sleep_for(microseconds(draw.below(150'000)));
    } else {
        const std::size_t wanted = 1 + draw.below(kNewInARound);
        while (count_added(whole_lines(add.out_so_far())) < wanted) {
            std::this_thread::sleep_for(microseconds(300));
        }
        std::this_thread::sleep_for(microseconds(draw.below(5'000)));
    }
}

void KilledAdd::add_and_kill(int round, Draw& draw, std::vector<Json>& lines) {
    ASSERT_NO_FATAL_FAILURE(open_endless_list((round + 1) * kNewInARound));
    std::vector<std::string> all = words("add");
    all.insert(all.begin(), refrain_program());
    all.insert(all.end(), {"--threads", "2", "--list", (folder_ / "endless").native()});
    Process add(all);
    wait_for_the_moment(round, draw, add);
    ASSERT_EQ(::kill(add.pid(), SIGKILL), 0);
    const Finished finished = add.wait();
    ASSERT_EQ(finished.exit_code, 128 + SIGKILL) << "it ended by itself: " << finished.err;
    lines = whole_lines(finished.out);
}

void KilledAdd::verify(std::size_t& items) const {
    const Finished verified = run_refrain(words("verify"));
    ASSERT_EQ(verified.exit_code, 0) << verified.out << verified.err;
    const Json verdict = Json::parse(verified.out);
    EXPECT_EQ(verdict.at("status"), "ok") << verified.out;
    items = verdict.at("items").get<std::size_t>();
}

void KilledAdd::check_corpus(std::map<std::string, Json>& items) const {
    std::size_t verified = 0;
    ASSERT_NO_FATAL_FAILURE(verify(verified));
    const Finished listed = run_refrain(words("list"));
    ASSERT_EQ(listed.exit_code, 0) << listed.err;
    for (const Json& item : whole_lines(listed.out)) {
        EXPECT_TRUE(item.at("fingerprint").at("frames") >= 1 && item.at("partial") == false &&
                    item.at("media").at("width") == 200)
            << item;
        const std::string name = item.at("name").get<std::string>();
        EXPECT_TRUE(items.emplace(name, item).second) << name << " is there twice";
    }
    EXPECT_EQ(verified, items.size());
    check_reported(items);
}

void KilledAdd::check_reported(const std::map<std::string, Json>& items) const {
    for (const auto& [name, id] : reported_) {
        ASSERT_EQ(items.count(name), 1U) << name << " was reported as added and is gone";
        EXPECT_EQ(items.at(name).at("id"), id);
    }
}

void KilledAdd::take_reports(const std::vector<Json>& lines) {
    for (const Json& line : lines) {
        const std::string name = line.at("name").get<std::string>();
        const bool was_reported = reported_.count(name) != 0;
        EXPECT_TRUE(line.at("status") == "exists" ||
                    (line.at("status") == "added" && !was_reported))
            << line;
        const std::string id = line.at("id").get<std::string>();
        EXPECT_EQ(reported_.emplace(name, id).first->second, id) << line;
    }
}

void KilledAdd::finish_adding() {
    std::vector<std::string> again = words("add");
    again.push_back((folder_ / "pictures").native());
    const Finished finished = run_refrain(again);
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    const std::vector<Json> lines = whole_lines(finished.out);
    ASSERT_EQ(lines.size(), static_cast<std::size_t>(kPictures));
    take_reports(lines);
}

TEST_F(KilledAdd, LeavesAWholeCorpusWithAllThatWasReported) {
    std::size_t rounds_with_news = 0;
    for (int chain = 0; chain < kChains; ++chain) {
        corpus_ = folder_ / ("corpus" + std::to_string(chain));
        reported_.clear();
        for (int round = 0; round < kRoundsInAChain; ++round) {
            const int seed = chain * kRoundsInAChain + round;
            SCOPED_TRACE("seed " + std::to_string(seed));
            Draw draw(static_cast<std::uint64_t>(seed));
            std::vector<Json> lines;
            ASSERT_NO_FATAL_FAILURE(add_and_kill(round, draw, lines));
            take_reports(lines);
            rounds_with_news += count_added(lines) > 0 ? 1U : 0U;
            if (!has_database()) {
                EXPECT_TRUE(reported_.empty());
                continue;
            }
            std::map<std::string, Json> items;
            ASSERT_NO_FATAL_FAILURE(check_corpus(items));
        }

        ASSERT_NO_FATAL_FAILURE(finish_adding());
        std::map<std::string, Json> items;
        ASSERT_NO_FATAL_FAILURE(check_corpus(items));
        EXPECT_EQ(items.size(), static_cast<std::size_t>(kPictures));
    }
    // Else the kills came before there was anything to lose.
    EXPECT_GE(rounds_with_news, static_cast<std::size_t>(kChains * (kRoundsInAChain - 1)));
}

}  // namespace
}  // namespace refrain::test
