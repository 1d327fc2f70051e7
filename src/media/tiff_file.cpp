#include "media/tiff_file.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <limits>
#include <span>
#include <utility>

#include <stdio.h>

#include "media/byte_walker.h"

namespace refrain::media {
namespace {

struct OptionsDeleter {
    void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
};

std::uint64_t first_directory_of(const ByteSource& source) {
    ByteWalker bytes(source);
    const bool is_little = bytes.has(0, "II");
    const auto number = [&](std::uint64_t offset, unsigned size) {
        return (is_little ? bytes.little_endian(offset, size) : bytes.big_endian(offset, size))
            .value_or(0);
    };
    constexpr std::uint64_t kBigTiff = 43;
    return number(2, 2) == kBigTiff ? number(8, 8) : number(4, 4);
}

}  // namespace

TiffFile::TiffFile(const ByteSource& source, const ReaderOptions& options)
    : source_(source.range(0, source.size())),
      deadline_(options.stop, options.limits.max_wall_time),
      first_directory_(first_directory_of(source)) {}

Result<std::unique_ptr<TiffFile>> TiffFile::open(const ByteSource& source,
                                                 const ReaderOptions& options) {
    std::unique_ptr<TiffFile> file(new TiffFile(source, options));
    const std::unique_ptr<TIFFOpenOptions, OptionsDeleter> opening(TIFFOpenOptionsAlloc());
    if (!opening) {
        return Error{ErrorCode::kInternal, "out of memory for a TIFF file"};
    }
    const std::uint64_t most = std::min<std::uint64_t>(options.limits.max_memory_bytes,
                                                       std::numeric_limits<tmsize_t>::max());
    TIFFOpenOptionsSetMaxSingleMemAlloc(opening.get(), static_cast<tmsize_t>(most));
    TIFFOpenOptionsSetErrorHandlerExtR(opening.get(), &TiffFile::on_error, file.get());
    TIFFOpenOptionsSetWarningHandlerExtR(opening.get(), &TiffFile::on_warning, file.get());
    // r: read; h: the header alone; m: no mapping; O: offsets of strips when they are needed.
    file->tiff_.reset(TIFFClientOpenExt("", "rhmO", file.get(), &TiffFile::read,
                                        &TiffFile::refuse_write, &TiffFile::seek, &TiffFile::close,
                                        &TiffFile::size, nullptr, nullptr, opening.get()));
    const Result<void> alive = file->check();
    if (!alive) {
        return alive.error();
    }
    if (!file->tiff_) {
        return Error{ErrorCode::kCorrupt, "damaged TIFF header: " + file->take_problem()};
    }
    return file;
}

void TiffFile::begin_pixels() {
    problem_.clear();
    is_in_pixels_ = true;
}

std::string TiffFile::take_problem() { return std::exchange(problem_, {}); }

Result<void> TiffFile::check() const {
    if (failure_) {
        return *failure_;
    }
    return deadline_.check();
}

tmsize_t TiffFile::read(thandle_t self, void* into, tmsize_t size) {
    auto& file = *static_cast<TiffFile*>(self);
    if (size <= 0 || file.failure_) {
        return 0;
    }
    if (const Result<void> alive = file.deadline_.check(); !alive) {
        file.failure_ = alive.error();
        return 0;
    }
    const std::span target(static_cast<std::byte*>(into), static_cast<std::size_t>(size));
    const Result<std::size_t> count = file.source_.read_at(file.position_, target);
    if (!count) {
        file.failure_ = count.error();
        return 0;
    }
    std::size_t done = *count;
    if (done < target.size() && file.is_in_pixels_) {
        std::fill(target.begin() + static_cast<std::ptrdiff_t>(done), target.end(), std::byte{0});
        done = target.size();
        if (file.problem_.empty()) {
            file.problem_ = "the file ends within its pixels";
        }
    }
    file.position_ += done;
    return static_cast<tmsize_t>(done);
}

tmsize_t TiffFile::refuse_write(thandle_t /*self*/, void* /*from*/, tmsize_t /*size*/) {
    return -1;
}

toff_t TiffFile::seek(thandle_t self, toff_t offset, int whence) {
    auto& file = *static_cast<TiffFile*>(self);
    std::uint64_t base = 0;
    if (whence == SEEK_CUR) {
        base = file.position_;
    } else if (whence == SEEK_END) {
        base = file.source_.size();
    }
    // Offsets are unsigned and wrap around, as libtiff's own functions let them.
    file.position_ = base + offset;
    return file.position_;
}

toff_t TiffFile::size(thandle_t self) { return static_cast<TiffFile*>(self)->source_.size(); }

int TiffFile::close(thandle_t /*self*/) { return 0; }

void TiffFile::note(const char* format, va_list arguments) {
    if (!problem_.empty()) {
        return;  // the first says what is wrong; the rest follows from it
    }
    std::array<char, 256> text{};
    if (vsnprintf(text.data(), text.size(), format, arguments) > 0) {
        problem_ = text.data();
        std::replace(problem_.begin(), problem_.end(), '\n', ' ');
        if (problem_.starts_with(": ")) {
            problem_.erase(0, 2);  // behind the file's name, which is empty here
        }
    }
    if (problem_.empty()) {
        problem_ = "unknown";
    }
}

int TiffFile::on_error(TIFF* /*tiff*/,
                       void* self,
                       const char* /*module*/,
                       const char* format,
                       va_list arguments) {
    static_cast<TiffFile*>(self)->note(format, arguments);
    return 1;  // handled: not to be printed
}

int TiffFile::on_warning(TIFF* /*tiff*/,
                         void* self,
                         const char* /*module*/,
                         const char* format,
                         va_list arguments) {
    auto& file = *static_cast<TiffFile*>(self);
    // Of directories they tell of unknown tags and odd habits; of pixels, of damage.
    if (file.is_in_pixels_) {
        file.note(format, arguments);
    }
    return 1;
}

}  // namespace refrain::media
