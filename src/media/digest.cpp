#include "media/digest.h"

#include <cstddef>
#include <memory>
#include <vector>

#include <openssl/evp.h>

#include "base/check.h"

namespace refrain::media {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

struct ContextDeleter {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

Context start(const EVP_MD* algorithm) {
    Context context(EVP_MD_CTX_new());
    if (context && EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1) {
        context.reset();
    }
    return context;
}

template <typename Digest>
bool finish(EVP_MD_CTX* context, Digest& digest) {
    unsigned length = 0;
    return EVP_DigestFinal_ex(context, digest.data(), &length) == 1 && length == digest.size();
}

Error refused() { return {ErrorCode::kInternal, "OpenSSL refused to compute a digest"}; }

}  // namespace

Result<ByteDigest> digest(const ByteSource& source, const std::stop_token& stop) {
    const Context sha256 = start(EVP_sha256());
    const Context sha1 = start(EVP_sha1());
    const Context md5 = start(EVP_md5());
    if (!sha256 || !sha1 || !md5) {
        return refused();
    }
    std::vector<std::byte> block(kBlockBytes);
    std::uint64_t offset = 0;
    while (offset < source.size()) {
        if (stop.stop_requested()) {
            return Error{ErrorCode::kCancelled, "stopped while reading"};
        }
        const Result<std::size_t> count = source.read_at(offset, block);
        if (!count) {
            return count.error();
        }
        if (EVP_DigestUpdate(sha256.get(), block.data(), *count) != 1 ||
            EVP_DigestUpdate(sha1.get(), block.data(), *count) != 1 ||
            EVP_DigestUpdate(md5.get(), block.data(), *count) != 1) {
            return refused();
        }
        offset += *count;
    }
    ByteDigest result;
    result.bytes = offset;
    if (!finish(sha256.get(), result.sha256) || !finish(sha1.get(), result.sha1) ||
        !finish(md5.get(), result.md5)) {
        return refused();
    }
    return result;
}

Sha256 sha256_of(std::span<const std::byte> bytes) {
    Sha256 digest{};
    unsigned length = 0;
    REFRAIN_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(),
                             nullptr) == 1 &&
                  length == digest.size());
    return digest;
}

}  // namespace refrain::media
