#include "service/context.h"

#include <chrono>
#include <exception>
#include <new>
#include <utility>

#include "access/roles.h"

namespace refrain::service {

std::int64_t now_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::optional<server::Response> Context::note(const server::Request& request,
                                              audit::Fields fields) {
    if (!audit) {
        return std::nullopt;
    }
    audit::Fields all{{"who", request.caller.name},
                      {"key", request.caller.key_id},
                      {"client", request.client},
                      {"request", request.id}};
    all.insert(all.end(), std::make_move_iterator(fields.begin()),
               std::make_move_iterator(fields.end()));
    const auto noted = audit->append(all, now_us());
    if (noted) {
        return std::nullopt;
    }
    metrics.count("refrain_audit_failures_total");
    return server::retry_later(503, error_code_name(noted.error().code), noted.error().message, 10);
}

void on_lane(Context& context,
             server::Lane lane,
             const std::shared_ptr<server::Request>& request,
             const server::Respond& respond,
             std::function<void()> run) {
    const auto guarded = [request, respond, work = std::move(run), &context] {
        try {
            work();
        } catch (const std::bad_alloc&) {
            respond(server::retry_later(503, "out_of_memory", "the service is short of memory", 5));
        } catch (const std::exception& error) {
            if (context.log != nullptr && context.log->level() <= LogLevel::kError) {
                context.log->write(LogLevel::kError,
                                   "request=" + request->id + " internal_error=" + error.what());
            }
            respond(
                server::problem(500, "internal", "a fault of the service; request " + request->id));
        }
    };
    if (!context.lanes->submit(lane, {guarded, request->gone})) {
        context.metrics.count("refrain_refused_total", "reason=\"queue_full\"");
        respond(server::retry_later(503, "queue_full", "too much work is waiting already",
                                    lane == server::Lane::kVideo ? 30 : 2));
    }
}

server::Handler at_desk(
    Context& context,
    std::function<server::Response(const std::shared_ptr<server::Request>&)> answer) {
    return [&context, answer = std::move(answer)](const std::shared_ptr<server::Request>& request,
                                                  const server::Respond& respond) {
        on_lane(context, server::Lane::kDesk, request, respond,
                [request, respond, answer] { respond(answer(request)); });
    };
}

std::optional<JobView> visible_job(const Context& context,
                                   const server::Request& request,
                                   const std::string& id) {
    auto view = context.jobs->get(id);
    const bool may_see = view && (view->owner == request.caller.key_id ||
                                  (request.caller.rights & access::kMayAdminister) != 0);
    return may_see ? view : std::nullopt;
}

}  // namespace refrain::service
