#include "refrain/error.h"

namespace refrain {

std::string_view error_code_name(ErrorCode code) {
    switch (code) {
        case ErrorCode::kNotFound:
            return "not_found";
        case ErrorCode::kUnreadable:
            return "unreadable";
        case ErrorCode::kEmpty:
            return "empty";
        case ErrorCode::kUnsupportedFormat:
            return "unsupported_format";
        case ErrorCode::kNoVisualStream:
            return "no_visual_stream";
        case ErrorCode::kCorrupt:
            return "corrupt";
        case ErrorCode::kTooLarge:
            return "too_large";
        case ErrorCode::kTooManyFrames:
            return "too_many_frames";
        case ErrorCode::kTimeout:
            return "timeout";
        case ErrorCode::kDecoderCrashed:
            return "decoder_crashed";
        case ErrorCode::kInternal:
            return "internal";
        case ErrorCode::kInvalidArgument:
            return "invalid_argument";
        case ErrorCode::kCancelled:
            return "cancelled";
        case ErrorCode::kSandboxMissing:
            return "sandbox_missing";
        case ErrorCode::kCorpusNotFound:
            return "corpus_not_found";
        case ErrorCode::kCorpusDamaged:
            return "corpus_damaged";
        case ErrorCode::kCorpusTooNew:
            return "corpus_too_new";
        case ErrorCode::kCorpusReadOnly:
            return "corpus_read_only";
        case ErrorCode::kCorpusBusy:
            return "corpus_busy";
        case ErrorCode::kDiskFull:
            return "disk_full";
        case ErrorCode::kIdTaken:
            return "id_taken";
        case ErrorCode::kCorpusExists:
            return "corpus_exists";
        case ErrorCode::kUnknownBank:
            return "unknown_bank";
        case ErrorCode::kUnknownId:
            return "unknown_id";
    }
    return "internal";
}

}  // namespace refrain
