#include "cli/export_text.h"

#include <string_view>
#include <vector>

#include "refrain/bundle.h"

#include "cli/text.h"

namespace refrain::cli {

namespace {

std::string csv_field(std::string_view field) {
    if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
        return std::string(field);
    }
    std::string text = "\"";
    for (const char c : field) {
        text += c;
        if (c == '"') {
            text += '"';
        }
    }
    return text + '"';
}

/// `KEY=VALUE` joined by semicolons.
std::string labels_text(const ItemSummary& item) {
    std::string text;
    for (const auto& [name, value] : item.labels) {
        text += (text.empty() ? "" : ";") + name + "=" + value;
    }
    return text;
}

std::string_view knowledge_of(const ItemSummary& item, const Fingerprint& fingerprint) {
    return !is_hash_only(item.media) ? "media" : fingerprint.digests.empty() ? "hash" : "digest";
}

/// The digest of an algorithm: of the medium, or that by which alone it is known.
std::string digest_text(const ItemSummary& item,
                        const Fingerprint& fingerprint,
                        DigestAlgorithm algorithm) {
    for (const FileDigest& digest : fingerprint.digests) {
        if (digest.algorithm == algorithm) {
            return to_hex(digest);
        }
    }
    if (is_hash_only(item.media) || algorithm == DigestAlgorithm::kSha1) {
        return {};
    }
    return algorithm == DigestAlgorithm::kMd5 ? to_hex(item.media.digest.md5)
                                              : to_hex(item.media.digest.sha256);
}

}  // namespace

std::string csv_heading() {
    return "id,bank,name,kind,known_by,frames,duration_ms,bytes,md5,sha1,sha256,pdq,quality,"
           "added_at_us,labels,source";
}

std::string csv_row(const ItemSummary& item, const Fingerprint& fingerprint) {
    const bool has_pdq = fingerprint.codes == CodeKind::kExactPdq && fingerprint.frames.size() == 1;
    const std::vector<std::string> fields = {
        item.id,
        item.bank,
        item.name,
        item.media.kind == MediaKind::kVideo ? "video" : "image",
        std::string(knowledge_of(item, fingerprint)),
        std::to_string(item.frames),
        std::to_string(item.media.duration.ms()),
        std::to_string(item.media.digest.bytes),
        digest_text(item, fingerprint, DigestAlgorithm::kMd5),
        digest_text(item, fingerprint, DigestAlgorithm::kSha1),
        digest_text(item, fingerprint, DigestAlgorithm::kSha256),
        has_pdq ? to_hex(fingerprint.frames.front().hash) : std::string(),
        has_pdq ? std::to_string(fingerprint.frames.front().quality) : std::string(),
        std::to_string(item.added_at_us),
        labels_text(item),
        item.source};
    std::string row;
    for (const std::string& field : fields) {
        row += (row.empty() ? "" : ",") + csv_field(field);
    }
    return row;
}

std::string vpdq_line(const Fingerprint& fingerprint) {
    std::string line;
    for (const FrameHash& frame : fingerprint.frames) {
        line += line.empty() ? "[\"" : ",\"";
        line += to_hex(frame.hash);
        line += formatted(",%d,%lld.%06lld\"", frame.quality,
                          static_cast<long long>(frame.time.us / 1'000'000),
                          static_cast<long long>(frame.time.us % 1'000'000));
    }
    return line + "]";
}

}  // namespace refrain::cli
