#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>

#include "refrain/api.h"
#include "refrain/fingerprint.h"
#include "refrain/limits.h"
#include "refrain/log.h"
#include "refrain/result.h"

namespace refrain {

class Sandbox;

namespace media {
class ByteSource;
}  // namespace media

/// Which frames of a video are hashed, and how.
///
/// A corpus compares codes of a relative of PDQ: the transform is the same, but the small picture
/// is made by area means, which scaling hardly changes. Such a code differs from exact PDQ in a few
/// bits (docs/decisions/0020-luma-hash.md).
enum class Sampling {
    /// For what is made known: every frame is looked at, and a frame is kept wherever the picture
    /// has changed.
    kKnown,
    /// For look-ups: fewer frames, as `Effort` says.
    kQuery,
    /// For exchange with other tools: exact PDQ of the first frame at or after each multiple of
    /// FingerprintOptions::interval.
    kInterval,
};

/// How closely a video is looked at for a look-up.
enum class Effort {
    kFast,      ///< keyframes, and every frame where these are more than 12 s apart
    kNormal,    ///< frames that others are made from
    kThorough,  ///< every frame
};

/// Which views of each frame are hashed.
enum class Views {
    kUpright,   ///< the picture as it is: enough for what is made known
    kDihedral,  ///< also its seven rotations and reflections: for look-ups
};

/// How media are fingerprinted. What is made known takes the defaults. `for_query`, `for_known` and
/// `for_exchange` make of any options those of one purpose; the others stay as they are.
///
///     FingerprintOptions options;
///     options.sandbox = sandbox;
///     Fingerprinter asking(options.for_query(Effort::kFast));
///
/// Thread safety: a value.
struct FingerprintOptions {
    Limits limits;
    Sampling sampling = Sampling::kKnown;
    Effort effort = Effort::kNormal;                  ///< used with Sampling::kQuery
    MediaTime interval = MediaTime::from_seconds(1);  ///< used with Sampling::kInterval, > 0
    Views views = Views::kUpright;
    /// How many bytes the local features of a known image may take. 0: no local features at all,
    /// not of videos either.
    std::uint32_t local_image_bytes = 16U << 10;
    /// How many bytes an hour of known video may take, in addition to those of one image.
    std::uint32_t local_hour_bytes = 8U << 20;
    bool query_local = true;  ///< whether Sampling::kQuery extracts local features
    /// Threads of one decoder, >= 1. With more than one, hashing has a thread of its own, too. The
    /// fingerprint does not depend on it.
    int decoder_threads = 1;
    /// The worker processes in which media are decoded and hashed (sandbox.h). Null: in the calling
    /// process, which a fault of a decoder then brings down.
    std::shared_ptr<Sandbox> sandbox;

    /// For a look-up: all eight views, without which mirrored and turned copies are missed.
    [[nodiscard]] FingerprintOptions for_query(Effort closeness = Effort::kNormal) const {
        FingerprintOptions made = *this;
        made.sampling = Sampling::kQuery;
        made.views = Views::kDihedral;
        made.effort = closeness;
        return made;
    }

    /// For what is made known.
    [[nodiscard]] FingerprintOptions for_known() const {
        FingerprintOptions made = *this;
        made.sampling = Sampling::kKnown;
        made.views = Views::kUpright;
        return made;
    }

    /// For other tools: exact PDQ. @param every  between two frames, > 0
    [[nodiscard]] FingerprintOptions for_exchange(
        MediaTime every = MediaTime::from_seconds(1)) const {
        FingerprintOptions made = *this;
        made.sampling = Sampling::kInterval;
        made.views = Views::kUpright;
        made.interval = every;
        return made;
    }
};

/// How far a running call has come in its medium.
struct MediumProgress {
    MediaTime position;     ///< time of the latest frame of the part that is being worked on
    MediaTime duration;     ///< of that part, as the container claims; 0 where it does not say
    std::size_t part = 0;   ///< number of that part, counted from 0 in the order of work
    std::size_t parts = 1;  ///< how many parts there are
};

/// How a call can be stopped and watched.
struct RunControl {
    /// Ends the call with kCancelled soon after a stop is requested.
    std::stop_token stop;
    /// Called now and then, in the calling thread. Must not throw. May be empty.
    std::function<void(const MediumProgress&)> progress;
};

/// A fingerprint and what it cost in wall-clock time. With several decoder threads hashing goes on
/// beside decoding, and the two times overlap.
struct FingerprintRun {
    Fingerprint fingerprint;
    MediaTime decode_time;
    MediaTime hash_time;
};

/// Turns media into fingerprints: decodes them, picks frames and hashes these.
///
/// Lifetime: keeps its options and shares the sandbox in them; `log` must outlive it. Cost: cheap
/// to make and to copy. Thread safety: safe to share; every call works on its own state.
///
///     const Fingerprinter fingerprinter{FingerprintOptions()};
///     const Result<FingerprintRun> run = fingerprinter.fingerprint_file("film.mp4");
///     if (run) {
///         std::cout << run->fingerprint.frames.size() << " frames\n";
///     }
class REFRAIN_API Fingerprinter {
  public:
    /// @param log  borrowed, may be null; must outlive the fingerprinter
    explicit Fingerprinter(FingerprintOptions options, LogSink* log = nullptr);

    /// Fingerprints one file. Devices, FIFOs, sockets and folders are refused without blocking.
    ///
    /// A medium of which some could be decoded is a success with `decode.is_partial`. One of which
    /// no picture could be decoded is an error, the one that its main part gave. Frames without
    /// detail are kept; their quality says so.
    ///
    /// All parts of the medium are looked at, the main one first. The limits hold for all of them
    /// together. As long as one part succeeds, another that fails or exceeds a limit makes the
    /// medium partial.
    ///
    /// @error kNotFound, kUnreadable, kEmpty, kUnsupportedFormat, kNoVisualStream, kCorrupt,
    ///        kTooLarge, kTooManyFrames, kTimeout, kCancelled, kInvalidArgument, kInternal;
    ///        kDecoderCrashed with a sandbox
    ///
    /// Cost: one sequential read for the digests, then decoding. Memory: about 3 pictures, however
    /// long the medium is; with n decoder threads, 2n + 5 more.
    [[nodiscard]] Result<FingerprintRun> fingerprint_file(const std::filesystem::path& path,
                                                          const RunControl& control = {}) const;

    /// The same for an open descriptor of a regular file, which is borrowed and read from offset 0
    /// without moving its position. Opens nothing by path.
    [[nodiscard]] Result<FingerprintRun> fingerprint_descriptor(
        int descriptor,
        const RunControl& control = {}) const;

    /// Size and digests alone. Cost: one sequential read. Errors as above, without those of
    /// decoding.
    [[nodiscard]] Result<ByteDigest> digest_file(const std::filesystem::path& path,
                                                 const RunControl& control = {}) const;

    /// The same for an open descriptor, as of `fingerprint_descriptor`.
    [[nodiscard]] Result<ByteDigest> digest_descriptor(int descriptor,
                                                       const RunControl& control = {}) const;

    [[nodiscard]] const FingerprintOptions& options() const { return options_; }

  private:
    [[nodiscard]] REFRAIN_HIDDEN Result<FingerprintRun> fingerprint_source(
        const media::ByteSource& source,
        const RunControl& control) const;

    FingerprintOptions options_;
    LogSink* log_;
};

}  // namespace refrain
