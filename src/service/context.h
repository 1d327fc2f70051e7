#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "refrain/sandbox.h"

#include "access/key_ring.h"
#include "audit/audit_log.h"
#include "server/lanes.h"
#include "server/metrics.h"
#include "server/router.h"
#include "server/spool.h"
#include "server/timers.h"
#include "server/url_fetcher.h"
#include "service/config.h"
#include "service/engine.h"
#include "service/feedback.h"
#include "service/idempotency.h"
#include "service/jobs.h"
#include "service/retro.h"
#include "service/webhooks.h"

namespace refrain::service {

/// What the endpoints work with. All of it is safe to share, and outlives every request.
struct Context {
    explicit Context(const Config& chosen) : config(chosen), keys(chosen.keys_file) {}

    Config config;
    LogSink* log = nullptr;
    server::Metrics metrics;
    access::KeyRing keys;
    std::unique_ptr<audit::AuditLog> audit;
    std::unique_ptr<JobTable> jobs;
    std::unique_ptr<FeedbackBook> feedback;
    Idempotency idempotency;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<server::Timers> timers;
    std::unique_ptr<Webhooks> webhooks;
    std::unique_ptr<server::Lanes> lanes;
    std::shared_ptr<server::Spool> spool;
    std::unique_ptr<server::UrlFetcher> fetcher;  ///< none: no URL is fetched
    std::unique_ptr<Retro> retro;                 ///< none: uploads are not kept
    std::atomic<bool> is_exporting = false;       ///< one export at a time, or they take every desk
    std::atomic<bool> is_leaving = false;         ///< about to drain: not ready for new clients
    std::atomic<bool> is_index_good = true;

    /// Writes an entry; where that fails the answer that says so.
    [[nodiscard]] std::optional<server::Response> note(const server::Request& request,
                                                       audit::Fields fields);
};

/// Answers on a thread of the lane, or that the lane is full.
void on_lane(Context& context,
             server::Lane lane,
             const std::shared_ptr<server::Request>& request,
             const server::Respond& respond,
             std::function<void()> run);

/// A handler for what needs no decoding.
[[nodiscard]] server::Handler at_desk(
    Context& context,
    std::function<server::Response(const std::shared_ptr<server::Request>&)> answer);

/// The job of that id, if it is the caller's or the caller may see all of them.
[[nodiscard]] std::optional<JobView> visible_job(const Context& context,
                                                 const server::Request& request,
                                                 const std::string& id);

/// Microseconds since 1970-01-01 UTC.
[[nodiscard]] std::int64_t now_us();

/// The routes of each group of endpoints.
void add_look_up_routes(Context& context, server::Router& router);
void add_fingerprint_routes(Context& context, server::Router& router);
void add_job_routes(Context& context, server::Router& router);
void add_catalogue_routes(Context& context, server::Router& router);
void add_explain_routes(Context& context, server::Router& router);
void add_export_route(Context& context, server::Router& router);
void add_feedback_routes(Context& context, server::Router& router);
void add_import_route(Context& context, server::Router& router);
void add_item_routes(Context& context, server::Router& router);
void add_retro_route(Context& context, server::Router& router);
void add_state_routes(Context& context, server::Router& router);

}  // namespace refrain::service
