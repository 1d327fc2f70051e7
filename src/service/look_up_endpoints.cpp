#include <atomic>
#include <new>
#include <utility>

#include "access/roles.h"
#include "service/context.h"
#include "service/find_answer.h"
#include "service/media_lane.h"
#include "service/query_input.h"

namespace refrain::service {

namespace {

using RequestPtr = std::shared_ptr<server::Request>;

constexpr long kMostWait = 600;

std::vector<server::Parameter> with(std::vector<server::Parameter> parameters,
                                    std::vector<server::Parameter> more) {
    parameters.insert(parameters.end(), more.begin(), more.end());
    return parameters;
}

server::Response accepted(const std::string& id, const JobView& view) {
    server::Response response;
    response.status = 202;
    response.headers.emplace_back("Location", "/v1/jobs/" + id);
    response.body = view.json();
    return response;
}

/// What a job finds. What is thrown is an error of the job, since nobody else would catch it.
FindReport found_by_job(Context& context,
                        const server::Request& request,
                        const Upload& upload,
                        const FindOptions& options,
                        const RunControl& control) {
    FindReport report;
    try {
        report = context.engine->find(upload, options, control);
        if (note_decision(context, request, report)) {
            report.answer.reset();
            report.error = Error{ErrorCode::kCorpusReadOnly,
                                 "the decision cannot be written into the audit log"};
        }
    } catch (const std::bad_alloc&) {
        report = {};
        report.error = Error{ErrorCode::kInternal, "the service is short of memory"};
    }
    return report;
}

/// Begins a job that looks an upload up. @return its id, or why there is none
std::optional<server::Response> begin_job(Context& context,
                                          const RequestPtr& request,
                                          FindOptions options,
                                          std::string& id) {
    const Upload upload = upload_of(*request);
    auto created = context.jobs->create(request->caller.key_id, upload.file);
    if (!created) {
        return server::problem(created.error());
    }
    id = *created;
    if (const auto url = request->parameter("webhook")) {
        context.jobs->when_over(id, [&context, url = *url](const JobView& view) {
            if (!context.webhooks->send(url, view.json())) {
                context.metrics.count("refrain_webhooks_total", "outcome=\"refused\"");
            }
        });
    }
    options.wants_explanation = true;
    const auto run = [&context, request, upload, options, id] {
        context.jobs->start(id);
        RunControl control;
        control.stop = context.jobs->stop_token(id);
        control.progress = [&](const MediumProgress& at) {
            context.jobs->progress(id, share_of(at));
        };
        FindReport report = found_by_job(context, *request, upload, options, control);
        context.jobs->finish(id, as_seen_by(request->caller, std::move(report)));
    };
    const server::Lane lane = media_lane(upload.file->descriptor());
    if (context.lanes->submit(lane, {run, context.jobs->stop_token(id)})) {
        return std::nullopt;
    }
    context.jobs->forget(id);
    context.metrics.count("refrain_refused_total", "reason=\"queue_full\"");
    return server::retry_later(503, "queue_full", "too much work is waiting already", 30);
}

/// Answers once the job is over, or with 202 after so many seconds.
void answer_job(Context& context,
                const RequestPtr& request,
                const std::string& id,
                long wait,
                const std::function<server::Response(const JobView&)>& over,
                const server::Respond& respond) {
    const auto now = [&context, id, over, respond, request] {
        const auto view = context.jobs->get(id);
        respond(view ? view->is_over() ? over(*view) : accepted(id, *view)
                     : server::problem(404, "unknown_id", "there is no job " + id));
    };
    if (wait <= 0) {
        now();
        return;
    }
    context.jobs->when_over(id, [over, respond](const JobView& view) { respond(over(view)); });
    context.timers->after(std::chrono::seconds(wait), now);
}

/// The answer of a job that is over; its report is as its owner may see it.
server::Response job_result(const JobView& view) {
    if (view.report) {
        return find_response({}, *view.report);
    }
    return server::problem(409, "cancelled", "the job was cancelled");
}

void find(Context& context, const RequestPtr& request, const server::Respond& respond) {
    FindOptions options;
    long wait = 0;
    auto refusal = check_upload(*request);
    refusal = refusal ? refusal : read_look_up(*request, options);
    refusal = refusal ? refusal : read_whole(*request, "wait", {0, kMostWait}, wait);
    if (refusal) {
        respond(std::move(*refusal));
        return;
    }
    if (media_lane(request->files.front().file->descriptor()) == server::Lane::kImage) {
        on_lane(context, server::Lane::kImage, request, respond,
                [&context, request, respond, options] {
                    if (const auto known = context.engine->corpus().check_banks(options.banks);
                        !known) {
                        respond(server::problem(known.error()));
                        return;
                    }
                    RunControl control;
                    control.stop = request->gone;
                    const FindReport report =
                        context.engine->find(upload_of(*request), options, control);
                    const auto unwritten = note_decision(context, *request, report);
                    respond(unwritten ? *unwritten : find_response(*request, report));
                });
        return;
    }
    on_lane(context, server::Lane::kDesk, request, respond,
            [&context, request, respond, options, wait] {
                if (const auto known = context.engine->corpus().check_banks(options.banks);
                    !known) {
                    respond(server::problem(known.error()));
                    return;
                }
                std::string id;
                if (auto refused = begin_job(context, request, options, id)) {
                    respond(std::move(*refused));
                    return;
                }
                answer_job(context, request, id, wait, job_result, respond);
            });
}

/// The refusal of an address that must not be told of a job.
std::optional<server::Response> check_webhook(const Context& context,
                                              const server::Request& request) {
    const auto url = request.parameter("webhook");
    const auto refused = url ? context.webhooks->refusal(*url) : std::nullopt;
    return refused ? std::optional(server::problem(400, "invalid_argument", "webhook: " + *refused))
                   : std::nullopt;
}

void begin(Context& context, const RequestPtr& request, const server::Respond& respond) {
    FindOptions options;
    long wait = 0;
    auto refusal = check_upload(*request);
    refusal = refusal ? refusal : read_look_up(*request, options);
    refusal = refusal ? refusal : check_webhook(context, *request);
    refusal = refusal ? refusal : read_whole(*request, "wait", {0, kMostWait}, wait);
    refusal = refusal ? refusal : context.idempotency.begin(*request);
    if (refusal) {
        respond(std::move(*refusal));
        return;
    }
    const server::Respond kept = [&context, request, respond](server::Response response) {
        context.idempotency.finish(*request, response);
        respond(std::move(response));
    };
    on_lane(context, server::Lane::kDesk, request, kept, [&context, request, kept, options, wait] {
        std::string id;
        const auto known = context.engine->corpus().check_banks(options.banks);
        auto refused = known ? begin_job(context, request, options, id)
                             : std::optional(server::problem(known.error()));
        if (refused) {
            kept(std::move(*refused));
            return;
        }
        answer_job(
            context, request, id, wait,
            [id](const JobView& view) {
                server::Response response = accepted(id, view);
                response.status = 200;
                return response;
            },
            kept);
    });
}

/// The job of a path.
std::optional<JobView> job_of(const Context& context, const server::Request& request) {
    return visible_job(context, request, request.path_value("id"));
}

server::Response unknown_job(const server::Request& request) {
    return server::problem(404, "unknown_id", "there is no job " + request.path_value("id"));
}

void compare(Context& context, const RequestPtr& request, const server::Respond& respond) {
    FindOptions options;
    auto refusal = check_upload(*request, 2);
    refusal = refusal ? refusal : read_look_up(*request, options);
    if (refusal) {
        respond(std::move(*refusal));
        return;
    }
    server::Lane lane = server::Lane::kImage;
    for (const server::UploadedFile& file : request->files) {
        if (media_lane(file.file->descriptor()) == server::Lane::kVideo) {
            lane = server::Lane::kVideo;
        }
    }
    on_lane(context, lane, request, respond, [&context, request, respond, options] {
        const FindReport report = context.engine->compare(
            upload_of(*request, 0), upload_of(*request, 1), options, request->gone);
        respond(find_response(*request, report));
    });
}

}  // namespace

void add_look_up_routes(Context& context, server::Router& router) {
    const server::Parameter wait{"wait", "integer", "seconds to wait for a video (default 0)"};
    const server::Parameter name{"name", "string", "what the medium is called in the answer"};
    server::Route route;
    route.method = "POST";
    route.pattern = "/v1/find";
    route.body = server::BodyKind::kUpload;
    route.right = access::kMayMatch;
    route.summary = "Looks a medium up: at once for an image, by a job for a video.";
    route.parameters = with(look_up_parameters(), {wait, name});
    route.request_types = {"application/octet-stream", "multipart/form-data"};
    route.success_schema = "Find";
    route.other_successes = {{202, "a job looks it up: Location names it", "Job"}};
    route.handler = [&context](const RequestPtr& request, const server::Respond& respond) {
        find(context, request, respond);
    };
    router.add(route);

    route.pattern = "/v1/compare";
    route.summary = "Looks the first file of a form up as if the second were all that is known.";
    route.parameters = look_up_parameters();
    route.request_types = {"multipart/form-data"};
    route.form_schema = "TwoFiles";
    route.other_successes.clear();
    route.handler = [&context](const RequestPtr& request, const server::Respond& respond) {
        compare(context, request, respond);
    };
    router.add(route);
}

void add_job_routes(Context& context, server::Router& router) {
    server::Route route;
    route.method = "POST";
    route.pattern = "/v1/jobs";
    route.body = server::BodyKind::kUpload;
    route.right = access::kMayMatch;
    route.summary = "Looks a medium up by a job of its own.";
    route.parameters =
        with(look_up_parameters(),
             {{"wait", "integer", "seconds to wait for the job to be over (default 0)"},
              {"name", "string", "what the medium is called in the answer"},
              {"webhook", "string", "where the job is sent once it is over, signed"}});
    route.request_types = {"application/octet-stream", "multipart/form-data"};
    route.success = 202;
    route.success_schema = "Job";
    route.other_successes = {{200, "it was over within `wait`", "Job"}};
    route.handler = [&context](const RequestPtr& request, const server::Respond& respond) {
        begin(context, request, respond);
    };
    router.add(route);

    server::Route one;
    one.pattern = "/v1/jobs/{id}";
    one.right = access::kMayMatch;
    one.success_schema = "Job";
    one.method = "GET";
    one.summary = "How far a job is, and its result.";
    one.parameters = {{"wait", "integer", "seconds to wait for the job to be over (default 0)"}};
    one.handler = [&context](const RequestPtr& request, const server::Respond& respond) {
        long wait = 0;
        if (auto refusal = read_whole(*request, "wait", {0, kMostWait}, wait)) {
            respond(std::move(*refusal));
            return;
        }
        if (!job_of(context, *request)) {
            respond(unknown_job(*request));
            return;
        }
        const auto shown = [](const JobView& view) {
            server::Response response;
            response.body = view.json();
            return response;
        };
        const server::Respond as_200 = [respond](server::Response response) {
            response.status = response.status == 202 ? 200 : response.status;
            respond(std::move(response));
        };
        answer_job(context, request, request->path_value("id"), wait, shown, as_200);
    };
    router.add(one);

    one.method = "DELETE";
    one.summary = "Cancels a job.";
    one.parameters.clear();
    one.handler = at_desk(context, [&context](const RequestPtr& request) {
        if (!job_of(context, *request)) {
            return unknown_job(*request);
        }
        static_cast<void>(context.jobs->cancel(request->path_value("id")));
        const auto view = context.jobs->get(request->path_value("id"));
        if (!view) {
            return unknown_job(*request);
        }
        server::Response response;
        response.body = view->json();
        return response;
    });
    router.add(one);
}

}  // namespace refrain::service
