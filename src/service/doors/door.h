#pragma once

#include <string>
#include <vector>

#include "refrain/json.h"

#include "service/config.h"

namespace refrain::service::doors {

/// What a scanner that knows only "take it" and "do not" is told.
enum class Verdict {
    kClean,       ///< examined, and nothing matches
    kMatch,       ///< it shows what is known
    kUnexamined,  ///< it, or a part of it, could not be examined
};

/// A decision and what it rests on.
struct Decision {
    Verdict verdict = Verdict::kUnexamined;
    std::string bank;  ///< of the best match
    std::string item;  ///< its id
    std::string code;  ///< why it was not examined, as the command line has it, or `partial`
};

/// The matches that are to be acted upon, in falling score.
[[nodiscard]] std::vector<Match> enforced(const FindReport& report);

/// What a look-up means for a door: a match is what a bank enforces. Files that are no media, and
/// media that could not be examined, are refused unless the settings say otherwise: nothing passes
/// in silence.
[[nodiscard]] Decision decide(const FindReport& report, const DoorOptions& options);

}  // namespace refrain::service::doors
