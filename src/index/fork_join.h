#pragma once

#include <cstddef>
#include <functional>

namespace refrain::index {

/// Runs work(0) to work(workers - 1) at the same time, work(0) in the calling thread, and returns
/// once all have ended. Passes on what they threw; of several the one with the lowest number.
///
/// Cost: starting a thread for each but the first, as much as some ten look-ups.
/// Thread safety: safe to share.
void fork_join(std::size_t workers, const std::function<void(std::size_t)>& work);

/// Into how many parts to cut so many pieces of work that none of them has less than `least`.
/// @return 1..threads
[[nodiscard]] std::size_t workers_for(std::size_t pieces, std::size_t least, int threads);

}  // namespace refrain::index
