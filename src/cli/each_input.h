#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "refrain/fingerprinter.h"

#include "cli/command_session.h"
#include "cli/inputs.h"
#include "cli/ordered_pool.h"
#include "cli/text.h"

namespace refrain::cli {

/// How the threads of --threads are spent: on several inputs at once, one decoder thread each; the
/// last ones, and a single one, get more, so that a long video at the end keeps all of them at
/// work.
struct ThreadPlan {
    std::size_t inputs_at_once = 1;
    int threads = 1;

    /// Decoder threads of an input. Results do not depend on them.
    [[nodiscard]] int threads_for(const Input& input) const {
        const std::size_t left = std::max<std::size_t>(input.left, 1);
        return std::max(1, threads / static_cast<int>(std::min(left, inputs_at_once)));
    }
};

[[nodiscard]] inline ThreadPlan plan_threads(const InputSpec& spec, const CommonOptions& options) {
    const int threads = options.thread_count();
    return {is_single_file(spec) ? 1 : static_cast<std::size_t>(threads), threads};
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

/// What becomes of an input, and of its outcome.
template <typename Outcome>
struct InputStages {
    /// Called by several threads at once.
    std::function<Outcome(Input, const std::stop_token&)> work;
    /// Called on the thread of each_input, with all that are ready in input order, at most
    /// kBatchItems. Returns false to end.
    std::function<bool(std::vector<Outcome>&)> consume;
    /// How long to wait for a full batch while more is on its way.
    std::chrono::milliseconds patience{0};
    /// Bytes that an outcome takes while it waits; none: little.
    std::function<std::size_t(const Outcome&)> weigh = nullptr;
};

/// Finished outcomes wait behind an input that takes long, so that the other threads go on: so
/// many, or so many bytes of them.
inline constexpr std::size_t kMostWaiting = std::size_t{16} * 1024;
inline constexpr std::size_t kMostWaitingBytes = std::size_t{256} << 20U;

/// Runs every input through the stages, with several threads.
///
/// Memory: kMostWaiting outcomes or kMostWaitingBytes, whichever is reached first, one that each
/// thread works on, and a batch.
template <typename Outcome>
void each_input(Session& session,
                InputSource& source,
                const ThreadPlan& plan,
                InputStages<Outcome> stages) {
    using Pool = OrderedPool<Input, Outcome>;
    constexpr std::chrono::milliseconds kPatience{100};
    Pool pool(
        plan.inputs_at_once,
        {plan.inputs_at_once + kMostWaiting, kMostWaitingBytes, std::move(stages.weigh)},
        [&source](const std::stop_token& stop) { return source.next(stop); },
        std::move(stages.work), session.stop());
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
        if (stages.patience.count() > 0) {
            pool.wait_for_more(kBatchItems, stages.patience);
        }
        batch.clear();
        while (batch.size() < kBatchItems) {
            auto outcome = pool.take();
            if (!outcome) {
                break;
            }
            batch.push_back(std::move(*outcome));
        }
        if (!stages.consume(batch)) {
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
    const auto note = [is_quiet](const std::string& text) {
        if (!is_quiet) {
            write_to_stderr("refrain: " + printable(text) + "\n");
        }
    };
    auto source =
        InputSource::open(spec, note, static_cast<std::size_t>(session.options().thread_count()));
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
