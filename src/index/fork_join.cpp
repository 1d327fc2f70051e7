#include "index/fork_join.h"

#include <algorithm>
#include <exception>
#include <system_error>
#include <thread>
#include <vector>

namespace refrain::index {

// Threads of their own rather than OpenMP's: those spin at the end of a loop, and cost tens of
// milliseconds where other programs want the cores.
void fork_join(std::size_t workers, const std::function<void(std::size_t)>& work) {
    std::vector<std::exception_ptr> failures(workers);
    const auto guarded = [&](std::size_t worker) {
        try {
            work(worker);
        } catch (...) {  // passed on below
            failures[worker] = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> threads;
        threads.reserve(workers);
        std::size_t worker = 1;
        try {
            for (; worker < workers; ++worker) {
                threads.emplace_back(guarded, worker);
            }
        } catch (const std::system_error&) {  // no more threads: this one does the rest
        }
        guarded(0);
        for (; worker < workers; ++worker) {
            guarded(worker);
        }
    }
    for (const std::exception_ptr& failure : failures) {
        if (failure != nullptr) {
            std::rethrow_exception(failure);
        }
    }
}

std::size_t workers_for(std::size_t pieces, std::size_t least, int threads) {
    return std::clamp<std::size_t>(pieces / least, 1, static_cast<std::size_t>(threads));
}

}  // namespace refrain::index
