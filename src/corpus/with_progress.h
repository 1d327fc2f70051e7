#pragma once

#include <functional>

#include "refrain/corpus.h"
#include "refrain/result.h"

namespace refrain::corpus {

/// Does some work in another thread and calls `progress` in this one, so that no lock that the work
/// holds is held while a caller's function runs.
///
/// The work waits for each call of `progress` to return. If one takes longer than a second, as when
/// it uses what the work holds, the work goes on beside it, and counts that come meanwhile are left
/// out, but never the last one.
///
/// @param work      gets a function that takes counts; what it throws is thrown here
/// @param progress  none: the work is done in this thread
/// @error kInternal  no thread can be started; and those of `work`
///
/// Cost: one thread for as long as the work takes, and two switches of threads for each count.
[[nodiscard]] Result<void> with_progress(
    const std::function<Result<void>(const CountProgress&)>& work,
    const CountProgress& progress);

}  // namespace refrain::corpus
