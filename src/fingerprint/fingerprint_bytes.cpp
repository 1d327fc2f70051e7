#include "fingerprint/fingerprint_bytes.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "fingerprint/part_budget.h"
#include "fingerprint/part_run.h"
#include "fingerprint/part_words.h"
#include "fingerprint/stopwatch.h"
#include "media/medium_parts.h"

namespace refrain::fingerprint {

namespace {

/// What several decoder threads make of damage depends on their timing.
bool may_depend_on_threads(const Error& error) {
    return error.code == ErrorCode::kCorrupt || error.code == ErrorCode::kInternal;
}

bool may_depend_on_threads(const PartOutcome& outcome) {
    return outcome.run ? outcome.decode.is_partial || outcome.decode.skipped_packets > 0
                       : may_depend_on_threads(outcome.run.error());
}

/// Less effort looks at fewer frames, and may so miss those that can be decoded.
bool has_missed_all(const PartOutcome& outcome) {
    return outcome.has_left_out_frames &&
           (outcome.run ? outcome.decode.decoded_frames == 0
                        : outcome.run.error().code == ErrorCode::kCorrupt);
}

/// A track that turned out to hold a lone picture does not stand before a film beside it, whatever
/// the container calls its default.
void let_film_lead(std::vector<Fingerprint>& parts) {
    const auto is_film = [](const Fingerprint& part) {
        return part.part.role == PartRole::kTrack && part.media.kind == MediaKind::kVideo;
    };
    Fingerprint& first = parts.front();
    const auto film = std::find_if(parts.begin(), parts.end(), is_film);
    if (first.part.role == PartRole::kMain && first.media.kind == MediaKind::kImage &&
        film != parts.end()) {
        first.part.role = PartRole::kAttached;
        film->part.role = PartRole::kMain;
        std::iter_swap(parts.begin(), film);
    }
}

/// Says on the main part that there are frames which players do not show.
void note_unshown(Fingerprint& main, const std::vector<Fingerprint>& others) {
    for (const Fingerprint& part : others) {
        if (part.part.role == PartRole::kUnshown) {
            main.decode.note += (main.decode.note.empty() ? "" : "; ") +
                                fmt::format("part {} holds {} frames that players do not show",
                                            part.part.index, part.decode.decoded_frames);
        }
    }
}

/// The work on one medium: every part of the plan in turn, within what the limits leave.
class MediumRun {
  public:
    MediumRun(const media::ByteSource& source,
              const ByteDigest& digest,
              const FingerprintOptions& options,
              const RunControl& control)
        : source_(source),
          digest_(digest),
          options_(options),
          control_(control),
          budget_(options) {}

    Result<FingerprintRun> run();

  private:
    [[nodiscard]] Result<media::MediumPlan> plan();
    [[nodiscard]] Result<void> run_with_twin(const media::PartPlan& part,
                                             std::unique_ptr<media::FrameReader> opened);
    [[nodiscard]] PartOutcome run_one(const media::PartPlan& part,
                                      std::unique_ptr<media::FrameReader> opened);
    [[nodiscard]] PartOutcome attempt(const media::PartPlan& part,
                                      const FingerprintOptions& options,
                                      media::Clock clock,
                                      std::unique_ptr<media::FrameReader> opened);
    [[nodiscard]] RunControl control_of_part() const;
    void take(const media::PartPlan& part, PartOutcome outcome);
    [[nodiscard]] Result<FingerprintRun> put_together();

    const media::ByteSource& source_;
    const ByteDigest& digest_;
    const FingerprintOptions& options_;
    const RunControl& control_;
    PartBudget budget_;
    media::MediumPlan plan_;
    std::size_t number_ = 0;         ///< of the part that is being worked on
    std::vector<Fingerprint> made_;  ///< in the order of the plan
    PartProblems problems_;
    std::optional<Error> failure_;  ///< of the first part that failed
    MediaTime decode_time_;
    MediaTime hash_time_;
};

Result<media::MediumPlan> MediumRun::plan() {
    Result<media::MediumPlan> plan = media::plan_parts(source_, reader_options(options_, control_));
    if (!plan && options_.decoder_threads > 1 && may_depend_on_threads(plan.error())) {
        FingerprintOptions one_thread = options_;
        one_thread.decoder_threads = 1;
        plan = media::plan_parts(source_, reader_options(one_thread, control_));
    }
    return plan;
}

RunControl MediumRun::control_of_part() const {
    RunControl control = control_;
    if (control_.progress && plan_.parts.size() > 1) {
        control.progress = [this](MediumProgress at) {
            at.part = number_;
            at.parts = plan_.parts.size();
            control_.progress(at);
        };
    }
    return control;
}

PartOutcome MediumRun::attempt(const media::PartPlan& part,
                               const FingerprintOptions& options,
                               media::Clock clock,
                               std::unique_ptr<media::FrameReader> opened) {
    const RunControl control = control_of_part();
    if (!opened) {
        Stopwatch watch;
        Result<std::unique_ptr<media::FrameReader>> reader =
            media::open_part(source_, part, reader_options(options, control, clock));
        decode_time_ = decode_time_ + watch.lap();
        if (!reader) {
            return {.run = std::move(reader).error()};
        }
        opened = std::move(*reader);
    }
    return run_part(*opened, options, control, budget_.query_points(plan_.parts.size()));
}

PartOutcome MediumRun::run_one(const media::PartPlan& part,
                               std::unique_ptr<media::FrameReader> opened) {
    const bool is_twin = part.part.is_on_white;
    const Result<FingerprintOptions> left = budget_.options_for(plan_.parts.size(), is_twin);
    if (!left) {
        return {.run = left.error()};
    }
    FingerprintOptions options = *left;
    media::Clock clock = media::Clock::kContainer;
    PartOutcome outcome = attempt(part, options, clock, std::move(opened));
    if (outcome.has_implausible_clock) {
        // Counting needs every frame.
        clock = media::Clock::kFrameCount;
        options.effort = Effort::kThorough;
        outcome = attempt(part, options, clock, nullptr);
    }
    if (options.decoder_threads > 1 && may_depend_on_threads(outcome)) {
        options.decoder_threads = 1;
        outcome = attempt(part, options, clock, nullptr);
    }
    if (options.sampling == Sampling::kQuery && options.effort != Effort::kThorough &&
        has_missed_all(outcome)) {
        options.effort = Effort::kThorough;
        outcome = attempt(part, options, clock, nullptr);
    }
    return outcome;
}

/// A part, and once more on white where that makes another picture of it.
Result<void> MediumRun::run_with_twin(const media::PartPlan& part,
                                      std::unique_ptr<media::FrameReader> opened) {
    PartOutcome outcome = run_one(part, std::move(opened));
    const bool has_twin = outcome.run && outcome.shows_ground;
    if (!outcome.run && media::ends_medium(outcome.run.error().code)) {
        return outcome.run.error();
    }
    take(part, std::move(outcome));
    if (!has_twin) {
        return {};
    }
    media::PartPlan twin = part;
    twin.part.is_on_white = true;
    PartOutcome on_white = run_one(twin, nullptr);
    if (!on_white.run && media::ends_medium(on_white.run.error().code)) {
        return on_white.run.error();
    }
    take(twin, std::move(on_white));
    return {};
}

void MediumRun::take(const media::PartPlan& part, PartOutcome outcome) {
    budget_.spend(outcome);
    if (!outcome.run) {
        if (!failure_) {
            failure_ = outcome.run.error();
        }
        problems_.add(part.part, outcome.run.error());
        return;
    }
    decode_time_ = decode_time_ + outcome.run->decode_time;
    hash_time_ = hash_time_ + outcome.run->hash_time;
    if (outcome.decode.decoded_frames == 0) {
        return;  // no part after all
    }
    Fingerprint& made = outcome.run->fingerprint;
    made.media.digest = digest_;
    made.part = part.part;
    made_.push_back(std::move(made));
}

Result<FingerprintRun> MediumRun::put_together() {
    if (made_.empty()) {
        return failure_.value_or(Error{ErrorCode::kCorrupt, "no picture could be decoded"});
    }
    FingerprintRun run;
    run.decode_time = decode_time_;
    run.hash_time = hash_time_;
    let_film_lead(made_);
    run.fingerprint = std::move(made_.front());
    made_.erase(made_.begin());
    note_unshown(run.fingerprint, made_);
    std::sort(made_.begin(), made_.end(), [](const Fingerprint& a, const Fingerprint& b) {
        return std::pair(a.part.index, a.part.is_on_white) <
               std::pair(b.part.index, b.part.is_on_white);
    });
    for (const Fingerprint& part : made_) {
        if (part.decode.is_partial) {
            problems_.add(part.part, part.decode.damage);
        }
    }
    problems_.add(plan_.left_out);
    run.fingerprint.more_parts = std::move(made_);
    problems_.write_to(run.fingerprint.decode);
    return run;
}

Result<FingerprintRun> MediumRun::run() {
    Stopwatch watch;
    Result<media::MediumPlan> planned = plan();
    decode_time_ = watch.lap();
    if (!planned) {
        return std::move(planned).error();
    }
    plan_ = std::move(*planned);
    for (number_ = 0; number_ < plan_.parts.size(); ++number_) {
        const Result<void> done = run_with_twin(plan_.parts[number_], std::move(plan_.opened));
        if (!done) {
            return done.error();
        }
    }
    return put_together();
}

}  // namespace

Result<FingerprintRun> fingerprint_bytes(const media::ByteSource& source,
                                         const ByteDigest& digest,
                                         const FingerprintOptions& options,
                                         const RunControl& control) {
    return MediumRun(source, digest, options, control).run();
}

}  // namespace refrain::fingerprint
