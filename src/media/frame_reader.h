#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "refrain/fingerprint.h"
#include "refrain/limits.h"
#include "refrain/media_time.h"
#include "refrain/result.h"

#include "frame/picture.h"
#include "media/byte_source.h"

namespace refrain::media {

/// What the container says of the visual stream that was chosen.
struct StreamInfo {
    std::string container;
    std::string codec;
    int width = 0;  ///< as shown: after rotation and sample aspect ratio
    int height = 0;
    MediaTime duration;               ///< as claimed; 0 where unknown
    bool is_still_container = false;  ///< a picture format, as against a video container
};

/// Which frames are decoded. The others are not returned.
enum class Decoding {
    kEveryFrame,
    kReferenceFrames,  ///< leaves out those that no other frame is made from
    kKeyframes,        ///< keyframes, and every frame where none comes for kMaxKeyframeGap
};
inline constexpr MediaTime kMaxKeyframeGap = MediaTime::from_seconds(12);

/// What shows through transparent pixels; docs/decisions/0002-alpha-background.md.
enum class Ground : std::uint8_t {
    kBlack = 0,
    kWhite = 255,
};

/// Where times come from.
enum class Clock : std::uint8_t {
    kContainer,
    kFrameCount,  ///< every frame lasts 40 ms: for containers whose clock cannot be believed
};

struct ReaderOptions {
    Limits limits;
    /// >= 1. What is made of damaged streams may depend on it when it is more than one: where
    /// `report` shows damage, read the medium again with one (docs/decisions/0005).
    int decoder_threads = 1;
    std::stop_token stop;
    Decoding decoding = Decoding::kEveryFrame;
    Ground ground = Ground::kBlack;
    Clock clock = Clock::kContainer;
};

/// Yields the frames of one medium in order of presentation, one at a time.
///
/// Pull interface: `next` decodes one frame, `picture` converts the frame that `next` returned
/// last. Thread safety: one thread at a time. Memory: the decoder's own frames and one converted
/// picture.
class FrameReader {
  public:
    FrameReader() = default;
    FrameReader(const FrameReader&) = delete;
    FrameReader& operator=(const FrameReader&) = delete;
    FrameReader(FrameReader&&) = delete;
    FrameReader& operator=(FrameReader&&) = delete;
    virtual ~FrameReader() = default;

    [[nodiscard]] virtual const StreamInfo& info() const = 0;

    /// The next frame, or nothing at the end. Times never go backwards and start at 0 or later.
    ///
    /// Damaged packets are passed over and counted in `report`. Nothing at the end although no
    /// frame was ever returned means that none could be decoded; `report` says why.
    ///
    /// @error kTooLarge, kTooManyFrames, kTimeout, kCancelled, kUnreadable, kInternal
    [[nodiscard]] virtual Result<std::optional<frame::FrameHeader>> next() = 0;

    /// The pixels of that frame: upright, square pixels, full-range RGB, alpha composited on
    /// the ground. Valid until the next call of `next` or `picture`.
    ///
    /// @error kTooLarge, kInternal
    [[nodiscard]] virtual Result<frame::RgbView> picture() = 0;

    /// The luma plane of that frame as the decoder has it; nothing where only `picture` will do.
    /// Valid until the next call of `next`. Costs nothing.
    [[nodiscard]] virtual std::optional<frame::LumaView> luma() { return std::nullopt; }

    /// Keeps the samples that `luma` shows valid and unchanged as long as the result lives, on any
    /// thread and beyond the reader; null where `luma` shows none or memory is out. Copies nothing:
    /// each one held is one more of the decoder's frames.
    [[nodiscard]] virtual std::shared_ptr<const void> hold_luma() { return nullptr; }

    /// How decoding went so far; complete once `next` has returned nothing.
    [[nodiscard]] virtual const DecodeReport& report() const = 0;

    /// Whether the medium has frames that `Decoding` kept from being returned.
    [[nodiscard]] virtual bool has_left_out_frames() const { return false; }

    /// Whether the container's clock is not to be believed: by it, frames last over a second on
    /// average and the medium exceeds the longest duration, or they last under a millisecond.
    /// Counting frames
    /// (`Clock::kFrameCount`) is then the better clock.
    [[nodiscard]] virtual bool has_implausible_clock() const { return false; }

    /// Whether the ground shows through one of the pictures that `picture` gave so far, so much
    /// that it would look like another picture on another ground. Costs nothing.
    [[nodiscard]] virtual bool shows_ground() const { return false; }
};

/// Recognises the format by content, never by name, and opens the best visual stream.
///
/// @error kUnsupportedFormat, kNoVisualStream, kCorrupt, kTooLarge, kUnreadable, kTimeout,
///        kCancelled, kInternal
[[nodiscard]] Result<std::unique_ptr<FrameReader>> open_frames(const ByteSource& source,
                                                               const ReaderOptions& options);

/// The FFmpeg version in use.
[[nodiscard]] std::string ffmpeg_version();

}  // namespace refrain::media
