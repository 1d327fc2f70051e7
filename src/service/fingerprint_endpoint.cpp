#include <optional>
#include <span>
#include <utility>

#include "access/roles.h"
#include "access/secrets.h"
#include "service/context.h"
#include "service/find_answer.h"
#include "service/json_input.h"
#include "service/query_input.h"

namespace refrain::service {

namespace {

using RequestPtr = std::shared_ptr<server::Request>;

constexpr std::size_t kMostFrames = 200'000;

/// A fingerprint to ask with, or why there is none.
struct Asked {
    Fingerprint fingerprint;
    std::optional<server::Response> refusal;
};

Asked refused(const std::string& detail) {
    return {{}, server::problem(400, "invalid_argument", detail)};
}

std::optional<Sha256> sha256_of(const std::string& text) {
    // Two codes of 256 bits: the text form is the same.
    const auto bits = hash256_from_hex(text);
    if (!bits) {
        return std::nullopt;
    }
    Sha256 digest{};
    for (std::size_t i = 0; i < digest.size(); ++i) {
        digest[i] = static_cast<std::uint8_t>(std::stoul(text.substr(2 * i, 2), nullptr, 16));
    }
    return digest;
}

/// A digest of its own for what has none, so that it is equal to no item's by chance.
Sha256 digest_of_codes(const std::string& text) {
    return sha256_of(access::sha256_hex("codes:" + text)).value_or(Sha256{});
}

Asked from_vpdq(const Json& frames) {
    constexpr int kBestQuality = 100;
    if (!frames.is_array() || frames.empty() || frames.size() > kMostFrames) {
        return refused("vpdq: expected a list of frames");
    }
    Asked asked;
    asked.fingerprint.media.kind = MediaKind::kVideo;
    for (const Json& frame : frames) {
        if (!frame.is_object() || !frame.contains("hash") || !frame["hash"].is_string()) {
            return refused("vpdq: a frame needs a hash");
        }
        if (const auto name = unknown_field(frame, {"hash", "quality", "timestamp", "frame"})) {
            return refused("vpdq: there is no field " + *name);
        }
        const auto hash = hash256_from_hex(frame["hash"].get<std::string>());
        const double quality = frame.contains("quality") && frame["quality"].is_number()
                                   ? frame["quality"].get<double>()
                                   : kBestQuality;
        const double seconds = frame.contains("timestamp") && frame["timestamp"].is_number()
                                   ? frame["timestamp"].get<double>()
                                   : static_cast<double>(asked.fingerprint.frames.size());
        if (!hash || !(quality >= 0 && quality <= kBestQuality) ||
            !(seconds >= 0 && seconds < 1e8)) {
            return refused(
                "vpdq: a frame has a hash of 64 hex digits, a quality from 0 to 100 "
                "and a timestamp in seconds");
        }
        FrameHash made;
        made.time = MediaTime::from_us(static_cast<std::int64_t>(seconds * 1e6));
        made.hash = *hash;
        made.quality = static_cast<std::uint8_t>(quality);
        if (!asked.fingerprint.frames.empty() && made.time < asked.fingerprint.frames.back().time) {
            return refused("vpdq: timestamps are to rise");
        }
        asked.fingerprint.frames.push_back(made);
        asked.fingerprint.media.duration = made.time;
    }
    asked.fingerprint.codes = CodeKind::kExactPdq;
    asked.fingerprint.media.digest.sha256 = digest_of_codes(one_line(frames));
    return asked;
}

Asked from_json(const Json& object) {
    constexpr int kBestQuality = 100;
    if (!object.is_object() || object.size() != 1) {
        return refused("expected an object with one of pdq, vpdq, sha256");
    }
    if (const auto name = unknown_field(object, {"pdq", "vpdq", "sha256"})) {
        return refused("there is no field " + *name);
    }
    if (object.contains("vpdq")) {
        return from_vpdq(object["vpdq"]);
    }
    const Json& value = object.begin().value();
    if (!value.is_string() || !hash256_from_hex(value.get<std::string>())) {
        return refused(object.begin().key() + ": expected 64 hex digits");
    }
    const auto text = value.get<std::string>();
    Asked asked;
    asked.fingerprint.media.kind = MediaKind::kImage;
    if (object.contains("sha256")) {
        asked.fingerprint.media.digest.sha256 = *sha256_of(text);
        return asked;
    }
    FrameHash frame;
    frame.hash = *hash256_from_hex(text);
    frame.quality = kBestQuality;
    asked.fingerprint.frames.push_back(frame);
    asked.fingerprint.codes = CodeKind::kExactPdq;
    asked.fingerprint.media.digest.sha256 = digest_of_codes(text);
    return asked;
}

Asked read_query(const server::Request& request) {
    const std::string type = server::media_type(request.headers.get("Content-Type"));
    if (type == "application/vnd.refrain.record") {
        auto decoded = decode_fingerprint(std::as_bytes(std::span(request.body)));
        if (!decoded) {
            return {{}, server::problem(decoded.error())};
        }
        return {std::move(decoded).value(), std::nullopt};
    }
    if (type != "application/json") {
        return {{},
                server::problem(415, "unsupported_format",
                                "expected application/vnd.refrain.record or application/json")};
    }
    const JsonInput input = read_json(request.body);
    return input.problem.empty() ? from_json(input.value) : refused(input.problem);
}

}  // namespace

void add_fingerprint_routes(Context& context, server::Router& router) {
    server::Route route;
    route.method = "POST";
    route.pattern = "/v1/find/fingerprint";
    route.body = server::BodyKind::kText;
    route.right = access::kMayMatch;
    route.summary =
        "Looks up what was fingerprinted elsewhere: a record, PDQ or vPDQ codes, or a "
        "SHA-256 digest.";
    route.parameters = look_up_parameters();
    route.request_types = {"application/json", "application/vnd.refrain.record"};
    route.success_schema = "Find";
    route.handler = at_desk(context, [&context](const RequestPtr& request) {
        FindOptions options;
        if (auto refusal = read_look_up(*request, options)) {
            return *refusal;
        }
        const Asked asked = read_query(*request);
        if (asked.refusal) {
            return *asked.refusal;
        }
        if (const auto known = context.engine->corpus().check_banks(options.banks); !known) {
            return server::problem(known.error());
        }
        const FindReport report = context.engine->find(asked.fingerprint, options, request->gone);
        const auto unwritten = note_decision(context, *request, report);
        return unwritten ? *unwritten : find_response(*request, report);
    });
    router.add(route);
}

}  // namespace refrain::service
