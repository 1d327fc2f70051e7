// What the system or a library refuses: threads that cannot be started, and OpenCV's letters. Both
// are replaced for this test program.

#include <atomic>
#include <cerrno>
#include <random>
#include <string>
#include <vector>

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <pthread.h>

#include "refrain/refrain.h"

#include "explain/drawing.h"
#include "fingerprint/frame_belt.h"
#include "index/fork_join.h"
#include "index/live_index.h"
#include "support/made_up_medium.h"
#include "support/random_hash.h"
#include "support/temp_folder.h"

namespace {

std::atomic<bool> g_gives_no_thread = false;
std::atomic<int> g_threads_refused = 0;
std::atomic<int> g_letters_fail_with = 0;

}  // namespace

extern "C" int pthread_create(pthread_t* thread,
                              const pthread_attr_t* attributes,
                              void* (*run)(void*),
                              void* argument) noexcept {
    if (g_gives_no_thread) {
        ++g_threads_refused;
        return EAGAIN;
    }
    using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
    static const auto kReal = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
    return kReal(thread, attributes, run, argument);
}

void cv::putText(cv::InputOutputArray /*picture*/,
                 const cv::String& /*text*/,
                 cv::Point /*at*/,
                 int /*font*/,
                 double /*scale*/,
                 cv::Scalar /*ink*/,
                 int /*thickness*/,
                 int /*line*/,
                 bool /*is_upside_down*/) {
    const int code = g_letters_fail_with;
    if (code != 0) {
        throw cv::Exception(code, "refused", "putText", __FILE__, __LINE__);
    }
}

namespace refrain {
namespace {

using test::TempFolder;

class NoThreads {
  public:
    NoThreads() {
        g_threads_refused = 0;
        g_gives_no_thread = true;
    }
    NoThreads(const NoThreads&) = delete;
    NoThreads& operator=(const NoThreads&) = delete;
    ~NoThreads() { g_gives_no_thread = false; }
};

class FailingLetters {
  public:
    explicit FailingLetters(int code) { g_letters_fail_with = code; }
    FailingLetters(const FailingLetters&) = delete;
    FailingLetters& operator=(const FailingLetters&) = delete;
    ~FailingLetters() { g_letters_fail_with = 0; }
};

TEST(ShortOfMeans, AnExceptionOfOpenCvIsAnErrorOfTheDrawing) {
    explain::Sheet sheet;
    sheet.lines = {"a line"};
    ASSERT_TRUE(explain::draw(sheet, 100).ok());
    for (const int code : {cv::Error::StsAssert, cv::Error::StsNoMem}) {
        const FailingLetters failing(code);
        const Result<frame::RgbImage> drawn = explain::draw(sheet, 100);
        ASSERT_FALSE(drawn.ok());
        EXPECT_EQ(drawn.error().code, ErrorCode::kInternal);
        EXPECT_NE(drawn.error().message.find("refused"), std::string::npos)
            << drawn.error().message;
    }
}

TEST(ShortOfMeans, AForkedLoopIsDoneByOneThreadWhereThereAreNoMore) {
    const NoThreads none;
    std::vector<int> done(5);
    index::fork_join(done.size(), [&done](std::size_t worker) { ++done[worker]; });
    EXPECT_EQ(done, std::vector<int>(5, 1));
    EXPECT_GT(g_threads_refused, 0);
}

TEST(ShortOfMeans, ABeltIsWorkedByTheProducerWhereThereIsNoThread) {
    const NoThreads none;
    int consumed = 0;
    fingerprint::FrameBelt belt(2, [&consumed](const auto&, const auto&) {
        ++consumed;
        return Result<void>();
    });
    for (int i = 0; i < 7; ++i) {
        ASSERT_TRUE(belt.push({}).ok());
        EXPECT_EQ(consumed, i + 1);
    }
    EXPECT_TRUE(belt.finish().ok());
}

TEST(ShortOfMeans, AWriterMergesSegmentsItselfWhereThereIsNoThread) {
    const NoThreads none;
    index::LiveOptions options;
    options.tail_codes = 16;
    options.merging = index::Merging::kBackground;
    index::LiveIndex live(options);
    std::mt19937_64 random(5);
    std::vector<Hash256> codes;
    for (index::CodeId id = 0; id < 2000; ++id) {
        codes.push_back(test::random_hash(random));
        ASSERT_TRUE(live.add({&codes.back(), 1}, {&id, 1}).ok());
    }
    ASSERT_TRUE(live.finish_merges().ok());
    const Result<std::vector<index::Hit>> hits = live.range_search(codes, 0);
    ASSERT_TRUE(hits.ok());
    EXPECT_EQ(hits->size(), codes.size());
    EXPECT_GT(g_threads_refused, 0);
}

TEST(ShortOfMeans, ACorpusAnswersAndSavesItsIndexWithoutAThread) {
    const TempFolder folder;
    const Fingerprint film = test::made_up(7, MediaKind::kVideo, 5);
    NewItem item;
    item.fingerprint = film;
    {
        Result<Corpus> made = Corpus::open(folder.path() / "corpus", CorpusMode::kCreate);
        ASSERT_TRUE(made.ok());
        ASSERT_TRUE(made->add({&item, 1}).ok());
    }
    const NoThreads none;
    CorpusOptions options;
    options.threads = 4;
    Result<Corpus> corpus = Corpus::open(folder.path() / "corpus", CorpusMode::kReadWrite, options);
    ASSERT_TRUE(corpus.ok());
    ASSERT_TRUE(corpus->finish_adding().ok());
    const Result<FindAnswer> answer = corpus->find(film);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->matches.size(), 1U);
}

TEST(ShortOfMeans, ASandboxThatCannotStartItsThreadIsAnError) {
    SandboxOptions options;
    options.worker = "/proc/self/exe";
    const NoThreads none;
    const Result<std::shared_ptr<Sandbox>> sandbox = Sandbox::start(options);
    ASSERT_FALSE(sandbox.ok());
    EXPECT_EQ(sandbox.error().code, ErrorCode::kInternal);
    EXPECT_GT(g_threads_refused, 0);
}

}  // namespace
}  // namespace refrain
