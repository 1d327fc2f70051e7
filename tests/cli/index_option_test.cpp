// find --index: every exact kind gives the same answer, and what is missing is named.
#include "cli_fixture.h"

namespace refrain::test {

namespace {

class IndexOption : public Cli {
  protected:
    void SetUp() override { ASSERT_EQ(json("add", {media() / "known"}).exit_code, 0); }

    /// The answer to one picture without the times it took.
    [[nodiscard]] static Json timeless(const Finished& done) {
        Json answer = objects(done.out).at(0);
        answer.erase("timing_ms");
        return answer;
    }
};

TEST_F(IndexOption, EveryExactKindGivesTheSameAnswer) {
    const Finished live = json("find", {known("bear.jpg")});
    ASSERT_EQ(live.exit_code, 0) << live.err;
    for (const char* name : {"flat", "faiss:BFlat", "faiss:BIVF4,nprobe=4"}) {
        const Finished other = json("find", {"--index", name, known("bear.jpg")});
        ASSERT_EQ(other.exit_code, 0) << name << ": " << other.err;
        EXPECT_EQ(timeless(other), timeless(live)) << name;
    }
}

TEST_F(IndexOption, WhatFaissDoesNotKnowIsWrongUsage) {
    for (const char* name : {"faiss:", "faiss:BHash0", "no such"}) {
        EXPECT_EQ(json("find", {"--index", name, known("bear.jpg")}).exit_code, 2) << name;
    }
}

TEST_F(IndexOption, WithoutFaissEverythingElseWorks) {
    // Program and library as they lie in the build folder, but without the module.
    const std::filesystem::path program = refrain_program();
    const std::filesystem::path built = program.parent_path().parent_path();
    const std::filesystem::path moved = folder_ / "build" / "cli" / program.filename();
    std::filesystem::create_directories(moved.parent_path());
    std::filesystem::copy_file(program, moved);
    std::filesystem::copy_file(built / "librefrain.so.0", folder_ / "build" / "librefrain.so.0");
    const std::string worker = (built / "sandbox" / "worker" / "refrain-worker").native();
    const auto find = [&](const Words& words) {
        // The path of libraries that the tests run with would lead back to the build folder.
        Words all{"/usr/bin/env", "-u",     "LD_LIBRARY_PATH", moved.native(), "find",
                  "--corpus",     corpus(), "--json",          "--worker",     worker};
        all.insert(all.end(), words.begin(), words.end());
        return Process(all).wait();
    };
    const Finished live = find({known("bear.jpg")});
    EXPECT_EQ(live.exit_code, 0) << live.err;
    for (const char* name : {"flat", "faiss:BFlat"}) {
        const Finished other = find({"--index", name, known("bear.jpg")});
        EXPECT_EQ(other.exit_code, 4) << name;
        EXPECT_NE(other.err.find("cannot load FAISS"), std::string::npos) << other.err;
    }
}

}  // namespace

}  // namespace refrain::test
