#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "refrain/feeds.h"

namespace refrain::feeds {

/// How vPDQ is written.
enum class VpdqForm : std::uint8_t { kText, kStrings, kObjects };

struct Detected {
    FeedFormat format = FeedFormat::kAuto;
    VpdqForm vpdq = VpdqForm::kText;
};

/// What the first bytes of an input look like. Nothing: like none of the formats.
///
/// 64 hex digits alone are a PDQ code; followed by blanks and a name they are a SHA-256.
[[nodiscard]] std::optional<Detected> detect_format(std::string_view beginning);

/// As above, among the ways to write vPDQ.
[[nodiscard]] VpdqForm detect_vpdq(std::string_view beginning);

/// Begins every bundle of fingerprints.
inline constexpr std::string_view kBundleMagic = "RFRNPACK";

}  // namespace refrain::feeds
