#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <tiffio.h>

#include "refrain/result.h"

#include "media/byte_source.h"
#include "media/ffmpeg_io.h"
#include "media/frame_reader.h"

namespace refrain::media {

/// A TIFF file opened by libtiff over a ByteSource: nothing is written, mapped or printed, and no
/// single block of memory is larger than the limits allow.
///
/// Stays where it is: libtiff keeps pointers into it. Thread safety: one thread at a time.
class TiffFile {
  public:
    /// Reads the header of the file, no directory.
    ///
    /// @error kCorrupt, kCancelled, kTimeout, kInternal
    [[nodiscard]] static Result<std::unique_ptr<TiffFile>> open(const ByteSource& source,
                                                                const ReaderOptions& options);
    TiffFile(const TiffFile&) = delete;
    TiffFile& operator=(const TiffFile&) = delete;
    TiffFile(TiffFile&&) = delete;
    TiffFile& operator=(TiffFile&&) = delete;
    ~TiffFile() = default;

    [[nodiscard]] TIFF* handle() const { return tiff_.get(); }

    /// Bytes of the whole file.
    [[nodiscard]] std::uint64_t size() const { return source_.size(); }

    /// Where the first directory lies, as the header has it; 0: nowhere.
    [[nodiscard]] std::uint64_t first_directory() const { return first_directory_; }

    /// From here on bytes behind the end of the source read as zeros, which lets a strip that is
    /// cut off be decoded as far as it goes; and warnings count as problems.
    void begin_pixels();

    /// What libtiff has complained of since the last call, in its words; empty: nothing.
    [[nodiscard]] std::string take_problem();

    /// Why reading was stopped, if it was: cancelled, too late, or the bytes cannot be read.
    [[nodiscard]] Result<void> check() const;

  private:
    struct Closer {
        void operator()(TIFF* tiff) const { TIFFClose(tiff); }
    };

    TiffFile(const ByteSource& source, const ReaderOptions& options);

    static tmsize_t read(thandle_t self, void* into, tmsize_t size);
    static tmsize_t refuse_write(thandle_t self, void* from, tmsize_t size);
    static toff_t seek(thandle_t self, toff_t offset, int whence);
    static toff_t size(thandle_t self);
    static int close(thandle_t self);
    static int on_error(TIFF* tiff, void* self, const char* module, const char* format, va_list);
    static int on_warning(TIFF* tiff, void* self, const char* module, const char* format, va_list);
    void note(const char* format, va_list arguments);

    ByteSource source_;
    Deadline deadline_;
    std::uint64_t position_ = 0;
    std::uint64_t first_directory_ = 0;
    bool is_in_pixels_ = false;
    std::string problem_;
    std::optional<Error> failure_;
    std::unique_ptr<TIFF, Closer> tiff_;
};

}  // namespace refrain::media
