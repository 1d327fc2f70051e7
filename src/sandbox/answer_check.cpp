#include "sandbox/answer_check.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <spdlog/fmt/fmt.h>

namespace refrain::sandbox {

namespace {

constexpr std::size_t kMostLineBytes = 2048;
constexpr std::size_t kMostNameBytes = 255;

// Beyond this, sums of times downstream could overflow. An honest end may lie far behind the last
// frame, since the container says how long that one lasts.
constexpr MediaTime kLatestEnd = MediaTime::from_us(INT64_MAX / 4);
constexpr int kMostShownSide = 1 << 30;

// Codes that say something about a medium, kInternal included: a fault of a library.
constexpr std::array kHonestCodes{ErrorCode::kUnreadable,        ErrorCode::kEmpty,
                                  ErrorCode::kUnsupportedFormat, ErrorCode::kNoVisualStream,
                                  ErrorCode::kCorrupt,           ErrorCode::kTooLarge,
                                  ErrorCode::kTooManyFrames,     ErrorCode::kTimeout,
                                  ErrorCode::kInternal,          ErrorCode::kInvalidArgument};

bool is_name(const std::string& text) {
    return text.size() <= kMostNameBytes &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// @return what does not fit; empty: all does
std::string objection_to_media(const Fingerprint& made, const Request& request) {
    const Limits& limits = request.options.limits;
    const MediaInfo& media = made.media;
    if (media.digest != request.digest) {
        return "the fingerprint of another medium";
    }
    if (media.width < 1 || media.height < 1 || media.width > kMostShownSide ||
        media.height > kMostShownSide) {
        return fmt::format("a picture of {}x{}", media.width, media.height);
    }
    if (media.duration > kLatestEnd || made.decode.decoded_until > kLatestEnd) {
        return "an end that no medium has";
    }
    if (!is_name(media.container) || !is_name(media.codec)) {
        return "names that no format has";
    }
    if (made.decode.decoded_frames == 0 || made.decode.decoded_frames > limits.max_frames ||
        made.frames.size() > 2 * made.decode.decoded_frames) {
        return fmt::format("{} hashes of {} frames", made.frames.size(),
                           made.decode.decoded_frames);
    }
    return {};
}

/// Times rise, so that the last one is the latest.
template <typename Parts, typename TimeOf>
bool ends_in_time(const Parts& parts, const TimeOf& time_of, const Limits& limits) {
    return parts.empty() ||
           (time_of(parts.front()) >= MediaTime{} && time_of(parts.back()) <= limits.max_duration);
}

std::string objection_to_times(const Fingerprint& made, const Limits& limits) {
    const auto time = [](const auto& part) {
        return part.time;
    };
    const auto itself = [](MediaTime shot) {
        return shot;
    };
    return ends_in_time(made.frames, time, limits) && ends_in_time(made.local, time, limits) &&
                   ends_in_time(made.shots, itself, limits)
               ? std::string()
               : "times over the limit of duration";
}

std::string objection_to_parts(const Fingerprint& made, const FingerprintOptions& options) {
    if (made.views.empty() != (options.views == Views::kUpright || made.frames.empty())) {
        return "views that were not asked for, or none that were";
    }
    const bool wants_exact = options.sampling == Sampling::kQuery && options.exact_codes;
    if (made.exact.empty() != (!wants_exact || made.frames.empty())) {
        return "exact codes that were not asked for, or none that were";
    }
    if (!made.digests.empty()) {
        return "digests of a medium that nobody had";
    }
    if ((made.codes == CodeKind::kExactPdq) != (options.sampling == Sampling::kInterval)) {
        return "hashes of another kind";
    }
    if (options.sampling == Sampling::kInterval && !made.local.empty()) {
        return "local features that were not asked for";
    }
    if (options.sampling != Sampling::kKnown && !made.shots.empty()) {
        return "shots that were not asked for";
    }
    return {};
}

/// @return what no honest worker would send; empty: nothing
std::string objection(const Fingerprint& made, const Request& request) {
    for (std::string found :
         {objection_to_media(made, request), objection_to_times(made, request.options.limits),
          objection_to_parts(made, request.options)}) {
        if (!found.empty()) {
            return found;
        }
    }
    return {};
}

}  // namespace

std::string one_line(std::string text) {
    if (text.size() > kMostLineBytes) {
        text.resize(kMostLineBytes);
    }
    std::replace_if(
        text.begin(), text.end(),
        [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
    return text;
}

Result<FingerprintRun> read_run(const Message& message, const Request& request) {
    const std::int64_t decode_us = message.header.numbers[0];
    const std::int64_t hash_us = message.header.numbers[1];
    if (decode_us < 0 || hash_us < 0 || decode_us > kLatestEnd.us || hash_us > kLatestEnd.us) {
        return dishonest("a working time that cannot be");
    }
    Result<Fingerprint> made = decode_fingerprint(message.body);
    if (!made) {
        return dishonest("a record that is none: " + made.error().message);
    }
    if (Result<void> sound = check_fingerprint(*made); !sound) {
        return dishonest("a record that lies: " + sound.error().message);
    }
    if (const std::string found = objection(*made, request); !found.empty()) {
        return dishonest(found);
    }
    for (Fingerprint& part : made->more_parts) {
        if (const std::string found = objection(part, request); !found.empty()) {
            return dishonest("a further part: " + found);
        }
        part.decode.damage = one_line(std::move(part.decode.damage));
    }
    made->decode.damage = one_line(std::move(made->decode.damage));
    FingerprintRun run;
    run.fingerprint = std::move(made).value();
    run.decode_time = MediaTime::from_us(decode_us);
    run.hash_time = MediaTime::from_us(hash_us);
    return run;
}

Error read_error(const Message& message) {
    const std::int64_t number = message.header.numbers[0];
    for (const ErrorCode code : kHonestCodes) {
        if (number == static_cast<std::int64_t>(code)) {
            return {code, one_line(message.text())};
        }
    }
    return dishonest(fmt::format("error code {}", number));
}

}  // namespace refrain::sandbox
