#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "refrain/api.h"

namespace refrain {

/// Why an operation failed. Each function names the codes that it may return.
///
/// The codes from kNotFound to kInternal are about one medium: other media are not concerned, and
/// the next one can be tried. Those from kCorpusNotFound to kUnknownId are about a corpus. Numbers
/// may change between versions; the names that `error_code_name` gives are part of the JSON
/// contract and do not.
enum class ErrorCode : std::uint8_t {
    // About one medium.
    kNotFound,    ///< no such file
    kUnreadable,  ///< exists, but cannot be read, is not a regular file, or changed while read
    kEmpty,       ///< zero bytes
    kUnsupportedFormat,  ///< not a media format that this build decodes
    kNoVisualStream,     ///< a media file with sound or data only
    kCorrupt,            ///< a media file of which not one picture could be decoded
    kTooLarge,           ///< over a limit of bytes, pixels, side length, duration or memory
    kTooManyFrames,      ///< over the limit of frames
    kTimeout,            ///< over the limit of wall-clock time
    kDecoderCrashed,     ///< the isolated decoder ended without an answer
    kInternal,           ///< a fault of refrain or of a library it uses; please report it
    // About a call.
    kInvalidArgument,  ///< the caller broke the contract of the function
    kCancelled,        ///< stopped on request
    kSandboxMissing,   ///< less than the whole sandbox is in force, and all of it was demanded
    // About a corpus.
    kCorpusNotFound,  ///< there is no corpus in that folder
    kCorpusDamaged,   ///< the store or a record in it fails its checks
    kCorpusTooNew,    ///< written by a newer refrain
    kCorpusReadOnly,  ///< the corpus cannot be written to
    kCorpusBusy,      ///< another process held the corpus for longer than the waiting time
    kDiskFull,        ///< no space left; nothing of the failed batch was kept
    kIdTaken,         ///< the wished id belongs to another item
    kUnknownId,       ///< no item has that id
    kCorpusExists,    ///< there is a corpus where one is to be made
    kUnknownBank,     ///< no item was ever added to a bank of that name
};

/// The spelling of a code in JSON and messages, e.g. `not_found` for kNotFound.
///
/// Lifetime: the text is never freed. Thread safety: pure function.
[[nodiscard]] REFRAIN_API std::string_view error_code_name(ErrorCode code);

/// A failed operation. Programs decide by the code; people read the message.
///
/// Lifetime: owns its text. Thread safety: a value.
///
///     const Result<FingerprintRun> run = fingerprinter.fingerprint_file(path);
///     if (!run && run.error().code == ErrorCode::kTimeout) {
///         retry_later(path);
///     }
struct Error {
    ErrorCode code = ErrorCode::kInternal;
    /// One line of English without a full stop, which names the value at fault. May hold bytes of
    /// the caller's own file names.
    std::string message;

    friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace refrain
