#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "service/doors/door.h"
#include "service/doors/doors.h"

namespace refrain::service::doors {

namespace {

using Json = nlohmann::ordered_json;

/// The content identifier of raw bytes with that digest: version 1, codec raw, in base 32.
/// Source: the specifications of CID and multibase.
std::string content_id(const Sha256& sha256) {
    constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
    constexpr std::array<std::uint8_t, 4> kHead{0x01, 0x55, 0x12, 0x20};
    std::string text = "b";
    std::uint32_t bits = 0;
    unsigned count = 0;
    const auto put = [&](std::uint8_t byte) {
        bits = (bits << 8U) | byte;
        count += 8;
        while (count >= 5) {
            count -= 5;
            text += kAlphabet[(bits >> count) & 31U];
        }
    };
    for (const std::uint8_t byte : kHead) {
        put(byte);
    }
    for (const auto byte : sha256) {
        put(static_cast<std::uint8_t>(byte));
    }
    if (count > 0) {
        text += kAlphabet[(bits << (5 - count)) & 31U];
    }
    return text;
}

/// What the client looks for in a hit: the item's label of the configured name, or its bank.
std::string label_of(const Match& match, const std::string& name) {
    const auto found = match.labels.find(name);
    return found == match.labels.end() ? match.bank : found->second;
}

server::Response answer(const Context& context,
                        const server::Request& request,
                        const FindReport& report) {
    const Decision decision = decide(report, context.config.doors);
    if (decision.verdict == Verdict::kUnexamined) {
        // The client takes any other status than 200 for a failure, and does not pass it over.
        return server::problem(422, decision.code, "it could not be examined");
    }
    Json hits = Json::array();
    for (const Match& match : enforced(report)) {
        hits.push_back({{"hashType", "refrain"},
                        {"hashValue", match.id},
                        {"label", label_of(match, context.config.doors.scan_blob_label)}});
    }
    Json blob = nullptr;
    if (report.media) {
        blob = {{"$type", "blob"},
                {"ref", {{"$link", content_id(report.media->digest.sha256)}}},
                {"mimeType", request.files.front().content_type},
                {"size", request.files.front().file->size()}};
    }
    const Json body{{"blob", blob}, {"match", {{"status", "success"}, {"hits", hits}}}};
    server::Response response;
    response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    return response;
}

}  // namespace

void add_scan_blob_route(Context& context, server::Router& router) {
    server::Route route;
    route.pattern = "/xrpc/com.atproto.unspecced.scanBlob";
    route.summary = "For Bluesky's hepa: what a blob matches.";
    route.request_types = {"application/octet-stream"};
    route.success_schema = "ScannedBlob";
    add_door(context, router, std::move(route), answer);
}

}  // namespace refrain::service::doors
