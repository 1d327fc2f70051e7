#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>
#include <utility>

#include "refrain/explain.h"

#include "access/roles.h"
#include "service/answer_folder.h"
#include "service/context.h"
#include "service/media_lane.h"
#include "service/query_input.h"

namespace refrain::service {

namespace {

using RequestPtr = std::shared_ptr<server::Request>;

/// The match that is meant: by its item's id, or its place in `matches` from 0 on.
std::optional<Match> wanted_match(const FindReport& report, const std::string& wanted) {
    if (!report.answer) {
        return std::nullopt;
    }
    const auto& matches = report.answer->matches;
    for (std::size_t at = 0; at < matches.size(); ++at) {
        if (matches[at].id == wanted || std::to_string(at) == wanted) {
            return matches[at];
        }
    }
    return std::nullopt;
}

/// Gives an open file a name.
std::error_code link_to(int descriptor, const std::filesystem::path& name) {
    std::error_code failed;
    std::filesystem::create_symlink("/proc/self/fd/" + std::to_string(descriptor), name, failed);
    return failed;
}

server::Response png(const std::filesystem::path& file) {
    std::ifstream picture(file, std::ios::binary);
    server::Response response;
    response.content_type = "image/png";
    response.body.assign(std::istreambuf_iterator<char>(picture), {});
    if (picture.bad() || response.body.empty()) {
        return server::problem(500, "internal", "the picture cannot be read back");
    }
    return response;
}

server::Response picture_of(Context& context,
                            const server::Request& request,
                            const JobView& job,
                            Match match) {
    const Result<AnswerFolder> folder = AnswerFolder::make(context.config.spool);
    if (!folder) {
        return server::retry_later(503, "disk_full", folder.error().message, 10);
    }
    FindReport report = *job.report;
    const std::string id = match.id;
    report.answer->matches.assign(1, std::move(match));
    // The upload has no name on disk, and the job holds its descriptor open meanwhile. The picture
    // shows the name of this link.
    const std::filesystem::path upload = folder->path() / "upload";
    if (const std::error_code failed = link_to(job.file->descriptor(), upload)) {
        return server::retry_later(503, "disk_full", "spool: " + failed.message(), 10);
    }
    report.input = upload.string();
    ExplainOptions options;
    options.folder = folder->path();
    options.is_revealed = (request.caller.rights & access::kMayReveal) != 0;
    options.limits = context.config.limits;
    options.stop = request.gone;
    options.sandbox = context.engine->options().sandbox;
    const auto written = write_explanations(report, options);
    if (!written) {
        return server::problem(written.error());
    }
    if (written->empty()) {
        return server::problem(404, "no_explanation", "this match has none");
    }
    server::Response response = png(written->front());
    if (response.status != 200) {
        return response;
    }
    auto unwritten = context.note(request, {{"event", "explain"},
                                            {"job", job.id},
                                            {"item", id},
                                            {"revealed", options.is_revealed ? "true" : "false"}});
    return unwritten ? std::move(*unwritten) : response;
}

void explain(Context& context, const RequestPtr& request, const server::Respond& respond) {
    if (request->caller.sees_coarse) {
        respond(server::problem(403, "forbidden", "the role of this key sees no exact numbers"));
        return;
    }
    const std::string id = request->parameter("job").value_or("");
    const auto job = visible_job(context, *request, id);
    if (!job) {
        respond(server::problem(404, "unknown_id", "there is no job " + id));
        return;
    }
    if (!job->is_over()) {
        respond(server::retry_later(409, "not_done", "the job is not over yet", 2));
        return;
    }
    if (!job->report || !job->file) {
        respond(server::problem(410, "gone", "the medium of this job is no longer kept"));
        return;
    }
    auto match = wanted_match(*job->report, request->parameter("match").value_or("0"));
    if (!match) {
        respond(server::problem(404, "unknown_id", "the job has no such match"));
        return;
    }
    on_lane(context, media_lane(job->file->descriptor()), request, respond,
            [&context, request, respond, job = *job, match = *match] {
                respond(picture_of(context, *request, job, match));
            });
}

}  // namespace

void add_explain_routes(Context& context, server::Router& router) {
    server::Route route;
    route.method = "GET";
    route.pattern = "/v1/explain";
    route.right = access::kMayMatch;
    route.summary =
        "Why a match of a job is one: both pictures side by side, blurred and grey unless the "
        "caller's role may see them as they are.";
    route.parameters = {
        {"job", "string", "id of the job", true},
        {"match", "string", "id of the item, or its place in `matches` (default 0)"}};
    route.success_type = "image/png";
    route.handler = [&context](const RequestPtr& request, const server::Respond& respond) {
        explain(context, request, respond);
    };
    router.add(route);
}

}  // namespace refrain::service
