#include "media/ffmpeg_io.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include <spdlog/fmt/fmt.h>

extern "C" {
#include <libavutil/error.h>
#include <libavutil/log.h>
}

#include "media/ffmpeg_decoder.h"

namespace refrain::media {
namespace {

constexpr int kBufferBytes = 64 * 1024;

// A clock that is asked for more would overflow; nobody waits ten years.
constexpr MediaTime kLongestWait = MediaTime::from_seconds(10LL * 366 * 86400);

void take_log(void* source, int level, const char* /*format*/, va_list /*arguments*/) {
    FfmpegDecoder::note_log(source, level);
}

}  // namespace

Deadline::Deadline(std::stop_token stop, MediaTime max_wall_time)
    : stop_(std::move(stop)),
      end_(std::chrono::steady_clock::now() +
           std::chrono::microseconds(std::min(max_wall_time.us, kLongestWait.us))),
      max_wall_time_(max_wall_time) {}

Result<void> Deadline::check() const {
    if (stop_.stop_requested()) {
        return Error{ErrorCode::kCancelled, "stopped while decoding"};
    }
    if (std::chrono::steady_clock::now() >= end_) {
        return Error{ErrorCode::kTimeout, fmt::format("decoding took longer than the limit of {} s",
                                                      max_wall_time_.seconds())};
    }
    return {};
}

FfmpegIo::FfmpegIo(const ByteSource& source, const Deadline& deadline)
    : source_(source.range(0, source.size())), deadline_(deadline) {
    auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
    if (buffer == nullptr) {
        return;
    }
    io_.reset(avio_alloc_context(buffer, kBufferBytes, 0, this, &FfmpegIo::read, nullptr,
                                 &FfmpegIo::seek));
    if (!io_) {
        av_free(buffer);
    }
}

int FfmpegIo::read(void* self, std::uint8_t* into, int size) {
    auto& io = *static_cast<FfmpegIo*>(self);
    if (size <= 0) {
        return AVERROR(EINVAL);
    }
    const Result<void> alive = io.deadline_.check();
    if (!alive) {
        io.failure_ = alive.error();
        return AVERROR_EXIT;
    }
    const Result<std::size_t> count = io.source_.read_at(
        io.position_, std::as_writable_bytes(std::span(into, static_cast<std::size_t>(size))));
    if (!count) {
        io.failure_ = count.error();
        return AVERROR(EIO);
    }
    if (*count == 0) {
        return AVERROR_EOF;
    }
    io.position_ += *count;
    return static_cast<int>(*count);
}

std::int64_t FfmpegIo::seek(void* self, std::int64_t offset, int whence) {
    auto& io = *static_cast<FfmpegIo*>(self);
    const auto size = static_cast<std::int64_t>(io.source_.size());
    std::int64_t base = 0;
    switch (whence & ~AVSEEK_FORCE) {
        case AVSEEK_SIZE:
            return size;
        case SEEK_SET:
            break;
        case SEEK_CUR:
            base = static_cast<std::int64_t>(io.position_);
            break;
        case SEEK_END:
            base = size;
            break;
        default:
            return AVERROR(EINVAL);
    }
    std::int64_t target = 0;
    if (__builtin_add_overflow(base, offset, &target) || target < 0) {
        return AVERROR(EINVAL);
    }
    io.position_ = static_cast<std::uint64_t>(target);
    return target;
}

void silence_ffmpeg() {
    static std::once_flag once;
    std::call_once(once, [] { av_log_set_callback(&take_log); });
}

std::string ffmpeg_message(int error) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(error, text.data(), text.size());
    return text.data();
}

}  // namespace refrain::media
