#include "store/row_check.h"

#include <limits>
#include <string_view>

#include <spdlog/fmt/fmt.h>

namespace refrain::store {

namespace {

constexpr std::uint64_t kMaxNumber = std::numeric_limits<std::int64_t>::max();

Error invalid(const NewRow& row, std::string_view what) {
    return {ErrorCode::kInvalidArgument, fmt::format("corpus: item {}: {}", row.id, what)};
}

std::size_t digest_size(DigestAlgorithm algorithm) {
    return algorithm == DigestAlgorithm::kMd5 ? 16 : algorithm == DigestAlgorithm::kSha1 ? 20 : 32;
}

bool is_text(const std::string& text) { return text.size() <= kMaxTextBytes; }

Result<void> check_texts(const NewRow& row) {
    if (row.id.empty() || row.bank.empty()) {
        return invalid(row, "its id or bank is empty");
    }
    for (const std::string* text :
         {&row.id, &row.bank, &row.name, &row.source, &row.media.container, &row.media.codec}) {
        if (!is_text(*text)) {
            return invalid(row, fmt::format("a text of {} bytes", text->size()));
        }
    }
    for (const auto& [name, value] : row.labels) {
        if (name.empty() || !is_text(name) || !is_text(value)) {
            return invalid(row, "a label without a name, or too long");
        }
    }
    for (const SourceClaim& claim : row.claims) {
        if (claim.source.empty() || !is_text(claim.source) || !is_text(claim.entry) ||
            !is_text(claim.opinions)) {
            return invalid(row, "a source without a name, or a text of it too long");
        }
    }
    return {};
}

}  // namespace

Result<void> check_row(const NewRow& row) {
    if (Result<void> sound = check_texts(row); !sound) {
        return sound;
    }
    for (const FileDigest& digest : row.digests) {
        if (digest.bytes.size() != digest_size(digest.algorithm)) {
            return invalid(row, "a digest of the wrong length");
        }
    }
    const MediaInfo& media = row.media;
    if (media.width < 0 || media.height < 0 || media.duration.us < 0 ||
        media.digest.bytes > kMaxNumber || row.frames > kMaxNumber ||
        (media.kind != MediaKind::kImage && media.kind != MediaKind::kVideo)) {
        return invalid(row, "a number out of range");
    }
    if (row.record.empty()) {
        return invalid(row, "no record");
    }
    if (row.record.size() > kMaxRecordBytes) {
        return Error{ErrorCode::kTooLarge,
                     fmt::format("corpus: item {}: a record of {} bytes, the limit is {}", row.id,
                                 row.record.size(), kMaxRecordBytes)};
    }
    return {};
}

}  // namespace refrain::store
