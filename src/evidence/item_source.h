#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "refrain/fingerprint.h"
#include "refrain/result.h"

#include "evidence/known_item.h"

namespace refrain::evidence {

/// An item that is known by a digest of its bytes alone, and that digest's algorithm.
struct DigestHit {
    KnownItemPtr item;
    DigestAlgorithm algorithm = DigestAlgorithm::kSha256;
};

/// Gives the items that codes name. Thread safety: safe to share.
class ItemSource {
  public:
    ItemSource() = default;
    ItemSource(const ItemSource&) = delete;
    ItemSource& operator=(const ItemSource&) = delete;
    virtual ~ItemSource() = default;

    /// Null: there is none, no more, none that can be believed, or it is hidden. @error kUnreadable
    [[nodiscard]] virtual Result<KnownItemPtr> find(std::int64_t key) = 0;
    /// The items that hold these bytes, in no order; one a bank.
    [[nodiscard]] virtual Result<std::vector<KnownItemPtr>> find_bytes(const Sha256& sha256) = 0;
    /// The items that lists know by one of these digests, each once, by its strongest one.
    [[nodiscard]] virtual Result<std::vector<DigestHit>> find_digests(
        const ByteDigest& /*digest*/) {
        return std::vector<DigestHit>();
    }
    /// Whether it is known, and is not to be found now.
    [[nodiscard]] virtual bool is_hidden(std::int64_t /*key*/) const { return false; }
    /// It is needed no more.
    virtual void forget(std::int64_t key) = 0;
};

/// Of some items those that may be found, in one of the banks that were asked for. Items are read
/// only where banks are asked for.
///
/// @param banks  none: in any
/// @error those of ItemSource::find
[[nodiscard]] Result<std::set<std::int64_t>> wanted_among(std::set<std::int64_t> keys,
                                                          ItemSource& items,
                                                          std::span<const std::string> banks);

}  // namespace refrain::evidence
