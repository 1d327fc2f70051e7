#include "service/find_answer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "access/secrets.h"

namespace refrain::service {

namespace {

double step_below(double score) {
    double step = 0;
    for (const double one : {kDefaultMinScore, 10.0, 20.0, 50.0}) {
        step = score >= one ? one : step;
    }
    return step;
}

/// SHA-256 of what was looked up, also where it could not be decoded.
std::optional<std::string> digest_of_input(const Context& context,
                                           const server::Request& request,
                                           const FindReport& report) {
    if (report.media) {
        return to_hex(report.media->digest.sha256);
    }
    if (request.files.empty()) {
        return request.body.empty() ? std::nullopt
                                    : std::optional(access::sha256_hex(request.body));
    }
    const auto digest = Fingerprinter(context.engine->options())
                            .digest_descriptor(request.files.front().file->descriptor());
    return digest ? std::optional(to_hex(digest->sha256)) : std::nullopt;
}

}  // namespace

FindReport as_seen_by(const server::Caller& caller, FindReport report) {
    if (!caller.sees_coarse || !report.answer) {
        return report;
    }
    for (Match& match : report.answer->matches) {
        match.score = step_below(match.score);
        match.agreement.reset();
        for (Segment& segment : match.segments) {
            segment.score = step_below(segment.score);
            segment.hits = 1;
        }
    }
    return report;
}

server::Response find_response(const server::Request& request, FindReport report) {
    if (report.error) {
        return server::problem(*report.error);
    }
    server::Response response;
    response.body = to_json(as_seen_by(request.caller, std::move(report)));
    return response;
}

std::string generation_of(const Context& context) {
    return std::to_string(context.engine->corpus().position().followed);
}

void count_look_up(Context& context, const std::string& kind, std::string_view status) {
    context.metrics.count("refrain_look_ups_total",
                          "kind=\"" + kind + "\",status=\"" + std::string(status) + "\"");
}

std::optional<server::Response> note_decision(Context& context,
                                              const server::Request& request,
                                              const FindReport& report,
                                              const Answered& answered) {
    const std::string kind = !report.media                             ? "code"
                             : report.media->kind == MediaKind::kVideo ? "video"
                                                                       : "image";
    const std::string kind_label = "kind=\"" + kind + "\"";
    const std::string status = answered.status.value_or(std::string(report.status()));
    count_look_up(context, kind, status);
    context.metrics.observe("refrain_stage_seconds", kind_label + ",stage=\"decode\"",
                            report.timing.decode.seconds());
    context.metrics.observe("refrain_stage_seconds", kind_label + ",stage=\"search\"",
                            report.timing.search.seconds());
    audit::Fields fields{{"event", "decision"},
                         {"status", status},
                         {"kind", kind},
                         {"algorithm", std::to_string(kAlgorithmVersion)},
                         {"generation", generation_of(context)}};
    if (const auto digest = digest_of_input(context, request, report)) {
        fields.emplace_back("sha256", *digest);
    }
    if (report.answer && report.answer->action) {
        fields.emplace_back("action", std::string(action_name(*report.answer->action)));
    }
    if (report.error) {
        fields.emplace_back("error", std::string(error_code_name(report.error->code)));
    }
    constexpr std::size_t kMostListed = 10;
    std::size_t listed = 0;
    for (const Match& match : report.answer ? report.answer->matches : std::vector<Match>()) {
        context.metrics.count("refrain_matches_total",
                              "bank=\"" + server::Metrics::escaped(match.bank) + "\",action=\"" +
                                  std::string(action_name(match.action)) + "\"");
        if (listed++ < kMostListed) {
            fields.emplace_back("item_" + std::to_string(listed),
                                match.id + " " + std::to_string(match.score));
        }
    }
    fields.insert(fields.end(), answered.fields.begin(), answered.fields.end());
    return context.note(request, std::move(fields));
}

Upload upload_of(const server::Request& request, std::size_t index) {
    const server::UploadedFile& file = request.files.at(index);
    const auto wished = index == 0 ? request.parameter("name") : std::nullopt;
    return {file.file, wished.value_or(file.name)};
}

double share_of(const MediumProgress& at) {
    const double part = at.duration.us > 0 ? std::min(1.0, static_cast<double>(at.position.us) /
                                                               static_cast<double>(at.duration.us))
                                           : 0.0;
    const auto parts = static_cast<double>(std::max<std::size_t>(at.parts, 1));
    return (static_cast<double>(at.part) + part) / parts;
}

}  // namespace refrain::service
