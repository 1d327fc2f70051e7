#include "media/byte_source.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "refrain/fingerprint.h"

#include "media/digest.h"
#include "support/decoded.h"
#include "support/temp_folder.h"

namespace refrain::media {
namespace {

using test::write_file;

ErrorCode code_of(const std::filesystem::path& path, const Limits& limits = {}) {
    const Result<ByteSource> source = ByteSource::open_file(path, limits);
    return source ? ErrorCode::kInternal : source.error().code;
}

class ByteSourceFile : public ::testing::Test {
  protected:
    test::TempFolder folder_;
    std::filesystem::path file_ = folder_.path() / "file";
};

TEST_F(ByteSourceFile, NamesEachReasonThatAFileCannotBeOpenedFor) {
    EXPECT_EQ(code_of(file_), ErrorCode::kNotFound);
    EXPECT_EQ(code_of(folder_.path()), ErrorCode::kUnreadable);
    write_file(file_, "");
    EXPECT_EQ(code_of(file_), ErrorCode::kEmpty);
    write_file(file_, "abc");
    EXPECT_EQ(code_of(file_, {.max_bytes = 2}), ErrorCode::kTooLarge);
    EXPECT_EQ(code_of("/dev/zero"), ErrorCode::kUnreadable);
}

TEST_F(ByteSourceFile, RefusesAFifoWithoutWaitingForAWriter) {
    ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
    EXPECT_EQ(code_of(file_), ErrorCode::kUnreadable);
}

TEST_F(ByteSourceFile, RefusesALoopOfSymbolicLinks) {
    std::filesystem::create_symlink("b", folder_.path() / "a");
    std::filesystem::create_symlink("a", folder_.path() / "b");
    EXPECT_EQ(code_of(folder_.path() / "a"), ErrorCode::kUnreadable);
}

TEST_F(ByteSourceFile, OpensAFileOfAnyName) {
    for (const char* name : {"two words", "it's \"so\"", "$(touch x)", "a\nb", "\xff\xfe\x80"}) {
        write_file(folder_.path() / name, "abc");
        EXPECT_TRUE(ByteSource::open_file(folder_.path() / name, {}).ok()) << name;
    }
}

TEST_F(ByteSourceFile, ReadsAnywhereAndStopsAtTheEnd) {
    write_file(file_, "0123456789");
    const auto source = ByteSource::open_file(file_, {});
    ASSERT_TRUE(source);
    std::array<std::byte, 4> into{};
    EXPECT_EQ(*source->read_at(8, into), 2U);
    EXPECT_EQ(into[1], std::byte{'9'});
    EXPECT_EQ(*source->read_at(10, into), 0U);
    EXPECT_EQ(*source->read_at(UINT64_MAX, into), 0U);
}

TEST_F(ByteSourceFile, NoticesAFileThatGrew) {
    write_file(file_, "0123456789");
    const auto source = ByteSource::open_file(file_, {});
    ASSERT_TRUE(source && source->check_unchanged());
    std::ofstream(file_, std::ios::app) << "more";
    ASSERT_FALSE(source->check_unchanged());
    EXPECT_EQ(source->check_unchanged().error().code, ErrorCode::kUnreadable);
    EXPECT_NE(source->check_unchanged().error().message.find("changed"), std::string::npos);
}

TEST_F(ByteSourceFile, NoticesAFileThatShrankWhileItWasRead) {
    write_file(file_, "0123456789");
    const auto source = ByteSource::open_file(file_, {});
    std::filesystem::resize_file(file_, 4);
    std::array<std::byte, 10> into{};
    const auto count = source->read_at(0, into);
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error().code, ErrorCode::kUnreadable);
}

TEST(Digest, MatchesThePublishedTestVectors) {
    const std::string text = "abc";  // FIPS 180-2, RFC 3174 and RFC 1321
    const auto source = ByteSource::from_bytes(std::as_bytes(std::span(text)), {});
    const auto result = digest(*source, {});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->bytes, 3U);
    EXPECT_EQ(to_hex(result->sha256),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(to_hex(result->sha1), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(to_hex(result->md5), "900150983cd24fb0d6963f7d28e17f72");
}

TEST(Digest, StopsOnRequest) {
    const std::string text = "abc";
    const auto source = ByteSource::from_bytes(std::as_bytes(std::span(text)), {});
    std::stop_source stop;
    stop.request_stop();
    const auto result = digest(*source, stop.get_token());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kCancelled);
}

TEST(ByteSource, ARangeReadsItsOwnBytesAlone) {
    const std::string text = "0123456789";
    const auto whole = ByteSource::from_bytes(std::as_bytes(std::span(text)), {});
    const auto read = [](const ByteSource& source, std::uint64_t offset) {
        std::string into(4, ' ');
        into.resize(*source.read_at(offset, std::as_writable_bytes(std::span(into))));
        return into;
    };
    const ByteSource middle = whole->range(3, 5);
    EXPECT_EQ(middle.size(), 5U);
    EXPECT_EQ(read(middle, 0), "3456");
    EXPECT_EQ(read(middle, 3), "67");
    EXPECT_EQ(read(middle, 5), "");
    EXPECT_EQ(read(middle.range(1, 100), 1), "567");
    EXPECT_EQ(whole->range(8, UINT64_MAX).size(), 2U);
    EXPECT_EQ(whole->range(11, 1).size(), 0U);
}

}  // namespace
}  // namespace refrain::media
