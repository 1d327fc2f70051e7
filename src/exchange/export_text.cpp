#include "exchange/export_text.h"

#include <cstdint>
#include <string_view>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "refrain/bundle.h"
#include "refrain/export.h"

namespace refrain::exchange {

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

/// A byte that would end a line or a text in quotes.
std::string escaped(unsigned char byte) {
    switch (byte) {
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            return fmt::format("\\x{:02x}", byte);
    }
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
        std::string(knowledge_name(item.knowledge())),
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
    constexpr std::int64_t kSecond = 1'000'000;
    std::string line;
    for (const FrameHash& frame : fingerprint.frames) {
        line += line.empty() ? "[\"" : ",\"";
        line += to_hex(frame.hash);
        line += fmt::format(",{},{}.{:06}\"", frame.quality, frame.time.us / kSecond,
                            frame.time.us % kSecond);
    }
    return line + "]";
}

}  // namespace refrain::exchange

namespace refrain {

std::string list_name(std::string_view name) {
    bool needs_quotes = !name.empty() && name.front() == '"';
    std::string quoted = "\"";
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F) {
            needs_quotes = true;
            quoted += exchange::escaped(byte);
            continue;
        }
        if (c == '"' || c == '\\') {
            quoted += '\\';
        }
        quoted += c;
    }
    return needs_quotes ? quoted + '"' : std::string(name);
}

}  // namespace refrain
