#pragma once

#include <cstddef>
#include <string>

#include "refrain/error.h"
#include "refrain/fingerprint.h"

namespace refrain::fingerprint {

/// How messages name a part: `part 2 (a further track)`.
[[nodiscard]] std::string part_name(const PartInfo& part);

/// Collects what the parts of a medium lack, in one line for people.
///
/// Memory: bounded, however many parts there are.
class PartProblems {
  public:
    /// Empty text: no problem.
    void add(const std::string& problem);
    void add(const PartInfo& part, const std::string& problem);
    void add(const PartInfo& part, const Error& error);

    /// Puts them behind what the report of the main part says itself; makes it partial if there
    /// are any.
    void write_to(DecodeReport& report) const;

  private:
    std::string text_;
    std::size_t count_ = 0;
};

}  // namespace refrain::fingerprint
