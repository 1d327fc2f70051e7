#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "refrain/api.h"
#include "refrain/corpus.h"
#include "refrain/feeds.h"
#include "refrain/result.h"

namespace refrain {

/// Takes the next bytes of a bundle.
using BundleSink = std::function<Result<void>(std::span<const std::byte>)>;

/// Writes a bundle: items with their fingerprints in one file, to be made known elsewhere without
/// the media. docs/bundle-format.md describes it. Bundles may be put together with `cat`.
///
/// Memory: one record, and eight bytes for each item. Thread safety: one thread at a time.
class REFRAIN_API BundleWriter {
  public:
    explicit BundleWriter(BundleSink sink);
    BundleWriter(BundleWriter&&) noexcept;
    BundleWriter& operator=(BundleWriter&&) noexcept;
    BundleWriter(const BundleWriter&) = delete;
    BundleWriter& operator=(const BundleWriter&) = delete;
    ~BundleWriter();

    /// Adds an item; its bank and id may be empty: who imports it chooses them. Views are left out.
    ///
    /// @error kInvalidArgument  as of `check_fingerprint`; kTooLarge: over 255 MiB; any that the
    /// sink gave
    [[nodiscard]] Result<void> add(const NewItem& item);
    /// Writes the index. A bundle without it is read as a truncated one.
    [[nodiscard]] Result<void> finish();

  private:
    struct REFRAIN_HIDDEN Impl;
    std::unique_ptr<Impl> impl_;
};

/// Something of a bundle that gave no item.
struct BundleRefusal {
    std::string_view
        reason;  ///< `bad_checksum`, `bad_record`, `bad_index`, `truncated`, `bad_header`
    std::uint64_t record = 0;  ///< counted from 1
    std::string detail;        ///< one line for people
};

/// Either returns false to end the reading.
struct BundleVisitor {
    std::function<bool(NewItem&&)> item;
    std::function<bool(const BundleRefusal&)> refused;  ///< none: refusals are counted only
};

/// What became of a bundle, or of several behind each other.
struct BundleCounts {
    std::uint64_t records = 0;                     ///< sound ones and others
    std::map<std::string, std::uint64_t> refused;  ///< by reason
};

/// Reads bundles to their end. The input is untrusted: a damaged record is refused and the next one
/// is read; what cannot be a bundle, or ends early, ends the reading.
///
/// @error kInvalidArgument (there is no `bytes` or no `visitor.item`); kCancelled; any that `bytes`
///        gave
///
/// Memory: one record, and eight bytes for each item. Thread safety: pure function.
[[nodiscard]] REFRAIN_API Result<BundleCounts> read_bundle(const FeedBytes& bytes,
                                                           const BundleVisitor& visitor,
                                                           const std::stop_token& stop = {});

/// A PDQ code, the frames of a video, or a digest, as an item that can be made known without the
/// medium. Its own digest has 0 bytes and a SHA-256 that stands for what is known, so the same
/// entry is kept once in a bank; no file has it. Its name is the label `name`, or else the
/// beginning of the code or digest.
///
/// Codes are exact PDQ, and are compared with that of a query: FingerprintOptions::exact_codes.
///
/// @error kInvalidArgument  a withdrawal, or an entry without any of these
[[nodiscard]] REFRAIN_API Result<NewItem> hash_only_item(const FeedEntry& entry);

/// Whether an item is one of those: nothing is known of it but its codes or digests.
[[nodiscard]] REFRAIN_API bool is_hash_only(const MediaInfo& media);

}  // namespace refrain
