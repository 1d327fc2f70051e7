#include "fingerprint/code_sections.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include <spdlog/fmt/fmt.h>

#include "fingerprint/record_format.h"

namespace refrain::fingerprint {

namespace {

Error corrupt(std::string_view what) {
    return {ErrorCode::kCorrupt, fmt::format("fingerprint record: {}", what)};
}

std::string misfit_of_digests(const std::vector<FileDigest>& digests) {
    const FileDigest* previous = nullptr;
    for (const FileDigest& digest : digests) {
        if (digest.bytes.empty() || digest.bytes.size() != digest_bytes(digest.algorithm)) {
            return fmt::format("a digest of {} bytes", digest.bytes.size());
        }
        if (previous != nullptr && previous->algorithm >= digest.algorithm) {
            return "digests out of order";
        }
        previous = &digest;
    }
    return {};
}

}  // namespace

ByteWriter codes_section(CodeKind codes) {
    ByteWriter body;
    if (codes != CodeKind::kAreaMeans) {
        body.put_fixed(static_cast<std::uint8_t>(codes), 1);
    }
    return body;
}

ByteWriter exact_section(const std::vector<ExactCode>& exact) {
    ByteWriter body;
    body.reserve(exact.size() * kExactCodeBytes);
    for (const ExactCode& code : exact) {
        body.put_fixed(code.quality, 1);
        for (const Hash256& view : code.views) {
            put_hash(body, view);
        }
    }
    return body;
}

ByteWriter sha1_section(const Sha1& sha1) {
    ByteWriter body;
    if (sha1 != Sha1{}) {
        body.put_bytes(std::as_bytes(std::span(sha1)));
    }
    return body;
}

ByteWriter digests_section(const std::vector<FileDigest>& digests) {
    ByteWriter body;
    for (const FileDigest& digest : digests) {
        body.put_fixed(static_cast<std::uint8_t>(digest.algorithm), 1);
        body.put_bytes(std::as_bytes(std::span(digest.bytes)));
    }
    return body;
}

Result<void> read_codes(ByteReader in, CodeKind& codes) {
    const std::uint64_t kind = in.fixed(1);
    // Area means have no such section.
    if (!in.is_drained() || kind != static_cast<std::uint64_t>(CodeKind::kExactPdq)) {
        return corrupt(fmt::format("unknown kind {} of hashes", kind));
    }
    codes = CodeKind::kExactPdq;
    return {};
}

Result<void> read_exact(ByteReader in, std::size_t frames, std::vector<ExactCode>& exact) {
    if (in.remaining() == 0 || in.remaining() % kExactCodeBytes != 0 ||
        in.remaining() / kExactCodeBytes != frames) {
        return corrupt("the exact codes do not fit the frames");
    }
    exact.resize(frames);
    for (ExactCode& code : exact) {
        const std::uint64_t quality = in.fixed(1);
        if (quality > kMaxQuality) {
            return corrupt(fmt::format("an exact code of quality {}", quality));
        }
        code.quality = static_cast<std::uint8_t>(quality);
        for (Hash256& view : code.views) {
            view = read_hash(in);
        }
    }
    return {};
}

Result<void> read_sha1(ByteReader in, Sha1& sha1) {
    const std::span<const std::byte> bytes = in.take(sha1.size());
    if (!in.is_drained()) {
        return corrupt("the section of SHA-1 is torn");
    }
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        sha1[i] = std::to_integer<std::uint8_t>(bytes[i]);
    }
    return sha1 == Sha1{} ? Result<void>(corrupt("a SHA-1 that says nothing")) : Result<void>();
}

Result<void> read_digests(ByteReader in, std::vector<FileDigest>& digests) {
    if (in.remaining() == 0) {
        return corrupt("the section of digests is empty");
    }
    while (in.remaining() > 0) {
        FileDigest digest;
        digest.algorithm = static_cast<DigestAlgorithm>(in.fixed(1));
        const std::span<const std::byte> bytes = in.take(digest_bytes(digest.algorithm));
        if (in.has_failed() || bytes.empty()) {
            return corrupt("a digest is torn, or of no known algorithm");
        }
        for (const std::byte byte : bytes) {
            digest.bytes.push_back(std::to_integer<std::uint8_t>(byte));
        }
        digests.push_back(std::move(digest));
    }
    const std::string misfit = misfit_of_digests(digests);
    return misfit.empty() ? Result<void>() : corrupt(misfit);
}

std::string misfit_of_codes(const Fingerprint& fingerprint) {
    const std::vector<ExactCode>& exact = fingerprint.exact;
    if (fingerprint.codes > CodeKind::kExactPdq) {
        return fmt::format("unknown kind {} of hashes", static_cast<int>(fingerprint.codes));
    }
    if (!fingerprint.digests.empty() && !fingerprint.frames.empty()) {
        return "digests beside frames";
    }
    if (std::string misfit = misfit_of_digests(fingerprint.digests); !misfit.empty()) {
        return misfit;
    }
    if (exact.empty()) {
        return {};
    }
    if (fingerprint.codes == CodeKind::kExactPdq) {
        return "exact codes beside hashes that are exact";
    }
    if (exact.size() != fingerprint.frames.size()) {
        return fmt::format("exact codes of {} frames for {} frames", exact.size(),
                           fingerprint.frames.size());
    }
    const bool is_sound = std::all_of(exact.begin(), exact.end(), [](const ExactCode& code) {
        return code.quality <= kMaxQuality;
    });
    return is_sound ? std::string() : "an exact code of a quality over 100";
}

}  // namespace refrain::fingerprint
