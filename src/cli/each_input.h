#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "refrain/fingerprinter.h"

#include "cli/inputs.h"
#include "cli/ordered_pool.h"
#include "cli/session.h"
#include "cli/text.h"

namespace refrain::cli {

/// How the threads of --threads are spent: several inputs at once with one decoder thread each,
/// or all of them on a single input.
struct ThreadPlan {
    std::size_t inputs_at_once = 1;
    int threads_per_input = 1;
};

[[nodiscard]] inline ThreadPlan plan_threads(const InputSpec& spec, const CommonOptions& options) {
    const int threads = options.thread_count();
    if (is_single_file(spec)) {
        return {1, threads};
    }
    return {static_cast<std::size_t>(threads), 1};
}

/// Stop and progress of the work on one input.
[[nodiscard]] inline RunControl control_for(Session& session,
                                            const std::string& path,
                                            const std::stop_token& stop) {
    RunControl control;
    control.stop = stop;
    if (session.progress().is_drawn()) {
        control.progress = [&session, path](const MediumProgress& at) {
            session.progress().follow(path, at);
        };
    }
    return control;
}

/// At most so many outcomes are handed over at once.
inline constexpr std::size_t kBatchItems = 64;

/// Runs `work` on every input with several threads, and gives the outcomes to `consume` on the
/// calling thread: in input order, all that are ready, at most kBatchItems. `consume` returns
/// false to end.
///
/// Memory: at most inputs_at_once + kBatchItems outcomes wait.
template <typename Outcome>
void each_input(Session& session,
                InputSource& source,
                const ThreadPlan& plan,
                std::function<Outcome(Input, const std::stop_token&)> work,
                const std::function<bool(std::vector<Outcome>&)>& consume) {
    using Pool = OrderedPool<Input, Outcome>;
    constexpr std::chrono::milliseconds kPatience{100};
    Pool pool(
        plan.inputs_at_once, plan.inputs_at_once + kBatchItems,
        [&source](const std::stop_token& stop) { return source.next(stop); }, std::move(work),
        session.stop());
    std::vector<Outcome> batch;
    for (;;) {
        const auto state = pool.wait(kPatience);
        if (state == Pool::State::kEnd) {
            return;
        }
        if (state == Pool::State::kWaiting) {
            session.progress().draw();
            continue;
        }
        batch.clear();
        while (batch.size() < kBatchItems) {
            auto outcome = pool.take();
            if (!outcome) {
                break;
            }
            batch.push_back(std::move(*outcome));
        }
        if (!consume(batch)) {
            return;
        }
        session.progress().draw();
    }
}

/// Opens the lists and tells the progress how much there is. Says why when a list cannot be
/// opened.
[[nodiscard]] inline std::optional<InputSource> open_inputs(Session& session,
                                                            const InputSpec& spec) {
    // Called by whichever worker pulls: straight to stderr, past the progress line's state.
    const bool is_quiet = session.options().is_quiet;
    auto source = InputSource::open(spec, [is_quiet](const std::string& text) {
        if (!is_quiet) {
            write_to_stderr("refrain: " + printable(text) + "\n");
        }
    });
    if (!source) {
        session.complain(source.error().message);
        return std::nullopt;
    }
    if (session.progress().is_drawn()) {
        session.progress().set_total(count_inputs(spec, session.stop()));
    }
    return std::move(source).value();
}

}  // namespace refrain::cli
