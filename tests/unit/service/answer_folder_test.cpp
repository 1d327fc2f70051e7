#include "service/answer_folder.h"

#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "support/child_process.h"
#include "support/temp_folder.h"

namespace refrain::service {
namespace {

class AnswerFolders : public ::testing::Test {
  protected:
    [[nodiscard]] std::size_t count() const {
        std::size_t folders = 0;
        for (const auto& entry : std::filesystem::directory_iterator(spool_.path())) {
            folders += entry.is_directory() ? 1U : 0U;
        }
        return folders;
    }

    test::TempFolder spool_;
};

TEST_F(AnswerFolders, AreGoneWithTheAnswer) {
    {
        const Result<AnswerFolder> folder = AnswerFolder::make(spool_.path());
        ASSERT_TRUE(folder) << folder.error().message;
        std::ofstream(folder->path() / "picture.png") << "picture";
        EXPECT_EQ(count(), 1U);
        EXPECT_EQ(std::filesystem::status(folder->path()).permissions(),
                  std::filesystem::perms::owner_all);
    }
    EXPECT_EQ(count(), 0U);
}

TEST_F(AnswerFolders, OfAKilledProcessAreRemovedByTheNextStart) {
    test::ChildProcess child([&](int) {
        const Result<AnswerFolder> folder = AnswerFolder::make(spool_.path());
        std::ofstream(folder->path() / "picture.png") << "picture";
        static_cast<void>(::kill(::getpid(), SIGKILL));
        return 0;
    });
    static_cast<void>(child.wait());
    const Result<AnswerFolder> of_this_one = AnswerFolder::make(spool_.path());
    ASSERT_TRUE(of_this_one);
    ASSERT_EQ(count(), 2U);
    EXPECT_EQ(remove_abandoned_answers(spool_.path()), 1U);
    EXPECT_EQ(count(), 1U) << "the folder of a process that lives stays";
    EXPECT_TRUE(std::filesystem::exists(of_this_one->path()));
}

TEST_F(AnswerFolders, LeaveOtherFilesAlone) {
    std::filesystem::create_directory(spool_.path() / "other");
    std::ofstream(spool_.path() / "explain-file") << "no folder";
    EXPECT_EQ(remove_abandoned_answers(spool_.path()), 0U);
    EXPECT_EQ(count(), 1U);
}

TEST_F(AnswerFolders, AreRefusedWhereThereIsNoSpool) {
    EXPECT_FALSE(AnswerFolder::make(spool_.path() / "missing"));
    EXPECT_EQ(remove_abandoned_answers(spool_.path() / "missing"), 0U);
}

}  // namespace
}  // namespace refrain::service
