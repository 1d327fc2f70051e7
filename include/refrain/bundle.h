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

/// Takes the next bytes of a bundle, e.g. by writing them to a file. An error of it ends the
/// writing.
using BundleSink = std::function<Result<void>(std::span<const std::byte>)>;

/// Writes a bundle: items with their fingerprints in one file, to be made known elsewhere without
/// the media. docs/bundle-format.md describes it. Bundles may be put together with `cat`.
///
/// Lifetime: what the sink refers to must outlive the writer. Memory: one record, and eight bytes
/// for each item. Thread safety: one thread at a time.
///
///     std::ofstream file("known.bundle", std::ios::binary);
///     BundleWriter bundle([&](std::span<const std::byte> bytes) -> Result<void> {
///         file.write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
///         return file ? Result<void>() : Error{ErrorCode::kDiskFull, "known.bundle: cannot
///         write"};
///     });
///     bundle.add(item);
///     bundle.finish();
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
    /// `bad_checksum`, `bad_record`, `bad_index`, `truncated` or `bad_header`. Never freed.
    std::string_view reason;
    std::uint64_t record = 0;  ///< number of the record, counted from 1
    std::string detail;        ///< one line for people
};

/// Receives what is read, in the thread that reads. Each function returns false to end the reading.
struct BundleVisitor {
    std::function<bool(NewItem&&)> item;
    std::function<bool(const BundleRefusal&)> refused;  ///< may be empty: refusals are only counted
};

/// What became of a bundle, or of several, one behind the other.
struct BundleCounts {
    std::uint64_t records = 0;                     ///< records that were read, sound or not
    std::map<std::string, std::uint64_t> refused;  ///< BundleRefusals, by reason
};

/// Reads a bundle, or several put together, to the end.
///
/// The input is untrusted. A damaged record is refused, and reading goes on with the next one. What
/// is no bundle, or is cut off, is refused as well and ends the reading.
///
/// @error kCancelled; any error of `bytes`
///
/// Cost: one pass over the input. Memory: one record, and eight bytes for each item. Thread safety:
/// pure function.
[[nodiscard]] REFRAIN_API Result<BundleCounts> read_bundle(const FeedBytes& bytes,
                                                           const BundleVisitor& visitor,
                                                           const std::stop_token& stop = {});

/// Makes an item of a PDQ code, or of the frames of a video, that can be made known without the
/// medium.
///
/// The item is named by its label `name`, or else by the beginning of the code. Its digest has 0
/// bytes and a SHA-256 that is made of the code. So a bank keeps the same code only once, and no
/// file has this digest.
///
/// The codes of a corpus differ from exact PDQ by a few bits (docs/decisions/0020-luma-hash.md),
/// and so distances differ a little from those that Meta's matcher finds.
///
/// @error kInvalidArgument  the entry is of another kind than kPdq and kVpdq
///
/// Thread safety: pure function.
[[nodiscard]] REFRAIN_API Result<NewItem> hash_only_item(const FeedEntry& entry);

/// Whether an item was made by `hash_only_item`: nothing is known of it but its codes.
[[nodiscard]] REFRAIN_API bool is_hash_only(const MediaInfo& media);

}  // namespace refrain
