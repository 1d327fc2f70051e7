#include "service/service.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "server/http_server.h"
#include "service/answer_folder.h"
#include "service/context.h"
#include "service/doors/doors.h"
#include "service/gate.h"
#include "service/hma/hma.h"
#include "service/notify.h"
#include "service/retro_json.h"

namespace refrain::service {

namespace {

void log_line(Context& context, LogLevel level, const std::string& line) {
    if (context.log != nullptr && level >= context.log->level()) {
        context.log->write(level, line);
    }
}

server::ServerHooks hooks_for(Context& context, Gate& gate) {
    server::ServerHooks hooks;
    hooks.gate = [&gate](server::Request& request, const server::Route& route) {
        return gate(request, route);
    };
    hooks.warn = [&context](const std::string& line) {
        log_line(context, LogLevel::kError, line);
    };
    hooks.done = [&context](const server::Request& request, const std::string& pattern, int status,
                            double seconds) {
        const std::string route = pattern.empty() ? "none" : pattern;
        context.metrics.count("refrain_http_requests_total",
                              "route=\"" + route + "\",status=\"" + std::to_string(status) + "\"");
        context.metrics.observe("refrain_http_request_seconds", "route=\"" + route + "\"", seconds);
        if (context.log != nullptr && context.log->level() <= LogLevel::kInfo) {
            context.log->write(LogLevel::kInfo,
                               "request=" + request.id + " method=" + request.method +
                                   " route=" + route + " status=" + std::to_string(status) +
                                   " key=" + request.caller.key_id + " client=" + request.client +
                                   " ms=" + std::to_string(static_cast<int>(seconds * 1000)));
        }
    };
    return hooks;
}

void add_sandbox_gauges(Context& context) {
    const auto gauge = [&](const char* name, const std::string& labels, auto read) {
        context.metrics.gauge(name, labels, [&context, read] {
            const auto& sandbox = context.engine->options().sandbox;
            return static_cast<double>(read(sandbox ? sandbox->counts() : SandboxCounts()));
        });
    };
    gauge("refrain_sandbox_workers", "", [](const SandboxCounts& all) { return all.running; });
    gauge("refrain_sandbox_started", "", [](const SandboxCounts& all) { return all.started; });
    const char* deaths = "refrain_sandbox_deaths";
    gauge(deaths, "cause=\"crashed\"", [](const SandboxCounts& all) { return all.crashed; });
    gauge(deaths, "cause=\"timed_out\"", [](const SandboxCounts& all) { return all.timed_out; });
    gauge(deaths, "cause=\"cancelled\"", [](const SandboxCounts& all) { return all.cancelled; });
}

void add_gauges(Context& context, const std::shared_ptr<server::Spool>& spool) {
    const auto gauge = [&](const char* name, const std::string& labels,
                           std::function<double()> read) {
        context.metrics.gauge(name, labels, std::move(read));
    };
    const std::pair<const char*, server::Lane> lanes[] = {{"desk", server::Lane::kDesk},
                                                          {"image", server::Lane::kImage},
                                                          {"video", server::Lane::kVideo}};
    for (const auto& [name, lane] : lanes) {
        const std::string label = "lane=\"" + std::string(name) + "\"";
        gauge("refrain_queue_waiting", label, [&context, lane = lane] {
            return static_cast<double>(context.lanes->waiting(lane));
        });
        gauge("refrain_queue_running", label, [&context, lane = lane] {
            return static_cast<double>(context.lanes->running(lane));
        });
    }
    gauge("refrain_work_dropped", "",
          [&context] { return static_cast<double>(context.lanes->dropped()); });
    gauge("refrain_spool_bytes", "", [spool] { return static_cast<double>(spool->used_bytes()); });
    gauge("refrain_commits_waiting", "",
          [&context] { return static_cast<double>(context.engine->waiting_commits()); });
    gauge("refrain_jobs_waiting", "",
          [&context] { return static_cast<double>(context.jobs->count(JobStatus::kQueued)); });
    gauge("refrain_webhooks_waiting", "",
          [&context] { return static_cast<double>(context.webhooks->waiting()); });
    gauge("refrain_audit_entries", "", [&context] {
        return context.audit ? static_cast<double>(context.audit->entries()) : 0.0;
    });
    gauge("refrain_index_generation", "",
          [&context] { return static_cast<double>(context.engine->corpus().position().followed); });
    gauge("refrain_index_lag", "", [&context] {
        const IndexPosition at = context.engine->corpus().position();
        return static_cast<double>(at.newest - at.followed);
    });
    add_sandbox_gauges(context);
    const std::pair<const char*, const char*> about[] = {
        {"refrain_http_requests_total", "Requests by route and status."},
        {"refrain_http_request_seconds", "Time from a request's first byte to its answer."},
        {"refrain_stage_seconds", "Time of a look-up by kind of medium and stage."},
        {"refrain_queue_waiting", "Work that waits, by lane."},
        {"refrain_queue_running", "Work that is being done, by lane."},
        {"refrain_work_dropped", "Work that was dropped since its client had gone."},
        {"refrain_matches_total", "Matches by bank and action."},
        {"refrain_index_generation", "The last change of the corpus that look-ups see."},
        {"refrain_index_lag", "Changes that were made and are not seen yet."},
        {"refrain_sandbox_workers", "Decoding processes that run, idle ones included."},
        {"refrain_sandbox_started", "Decoding processes that were started."},
        {"refrain_sandbox_deaths", "Decoding processes that ended before their time, by cause."},
        {"refrain_retro_failed_rounds",
         "Rounds of comparing uploads that memory was too short for."},
        {"refrain_url_fetches_total", "Files that HMA's paths were to fetch, by outcome."},
    };
    for (const auto& [name, text] : about) {
        context.metrics.describe(name, text);
    }
}

/// Tells the manager, while indexes are made anew for minutes, that the start goes on.
CountProgress tell_manager_of_records() {
    return [last = std::chrono::steady_clock::time_point()](std::uint64_t done,
                                                            std::uint64_t total) mutable {
        constexpr std::chrono::seconds kPause{5};
        const auto now = std::chrono::steady_clock::now();
        if (now - last >= kPause) {
            last = now;
            notify_manager("EXTEND_TIMEOUT_USEC=60000000\nSTATUS=indexing " + std::to_string(done) +
                           " of " + std::to_string(total) + " records");
        }
    };
}

/// Opens what lies on disk. The context is complete but for lanes and timers.
Result<void> open_all(Context& context, const ServiceStart& start, const std::stop_token& stop) {
    CorpusOptions options;
    options.log = start.log;
    options.flood_guard = context.config.flood;
    auto corpus = Corpus::open(context.config.corpus, CorpusMode::kCreate, options);
    if (!corpus) {
        return corpus.error();
    }
    if (auto prepared = corpus->prepare(stop, tell_manager_of_records()); !prepared) {
        return prepared;
    }
    context.engine =
        std::make_unique<Engine>(std::move(corpus).value(), start.fingerprint, start.log);
    if (context.config.has_audit) {
        auto log = audit::AuditLog::open(
            context.config.audit,
            {.file_bytes = 64ULL << 20, .keep_seconds = context.config.audit_keep_seconds},
            now_us());
        if (!log) {
            return log.error();
        }
        context.audit = std::move(log).value();
    }
    auto jobs = JobTable::open(context.config.corpus / "jobs.jsonl",
                               {context.config.keep_jobs, context.config.max_jobs});
    if (!jobs) {
        return jobs.error();
    }
    context.jobs = std::move(jobs).value();
    auto feedback = FeedbackBook::open(context.config.corpus / "feedback.jsonl");
    if (!feedback) {
        return feedback.error();
    }
    context.feedback = std::move(feedback).value();
    return {};
}

void start_upkeep(Context& context) {
    context.timers->every(std::chrono::seconds(1), [&context] {
        if (context.audit) {
            context.audit->sync();
        }
        context.jobs->expire();
    });
    constexpr std::chrono::seconds kLook{5};
    context.timers->every(kLook, [&context] {
        static_cast<void>(context.lanes->submit(
            server::Lane::kDesk,
            {[&context] { context.is_index_good = context.engine->corpus().banks().ok(); }, {}}));
    });
}

/// Begins to keep uploads, if they are to be kept.
Result<void> start_retro(Context& context) {
    constexpr std::int64_t kHour = 3'600'000'000;
    const RetroOptions& options = context.config.retro;
    if (options.keep_hours == 0) {
        return {};
    }
    auto book = UploadBook::open(context.config.corpus / "retro",
                                 {options.keep_hours * kHour, options.bytes});
    if (!book) {
        return book.error();
    }
    const auto told = [&context](const std::string& item, const RetroAnswer& answer) {
        const std::string& url = context.config.retro.webhook;
        context.metrics.count("refrain_retro_items_total");
        if (!url.empty() && !context.webhooks->send(url, one_line(retro_json(item, answer, {})))) {
            context.metrics.count("refrain_webhooks_total", "outcome=\"refused\"");
        }
    };
    context.retro =
        std::make_unique<Retro>(context.engine->corpus(), std::move(book).value(), told);
    context.engine->keep_uploads([&context](const Upload& upload, const Fingerprint& query) {
        context.retro->keep(upload.name, query);
    });
    context.metrics.gauge("refrain_retro_bytes", "", [&context] {
        return context.retro ? static_cast<double>(context.retro->bytes()) : 0.0;
    });
    context.metrics.gauge("refrain_retro_lost", "", [&context] {
        return context.retro ? static_cast<double>(context.retro->lost()) : 0.0;
    });
    context.metrics.gauge("refrain_retro_failed_rounds", "", [&context] {
        return context.retro ? static_cast<double>(context.retro->failed_rounds()) : 0.0;
    });
    context.metrics.gauge("refrain_retro_left_out", "", [&context] {
        return context.retro ? static_cast<double>(context.retro->left_out()) : 0.0;
    });
    return {};
}

std::string place_of(const std::string& host, std::uint16_t port) {
    return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" +
           std::to_string(port);
}

/// Waits until the service is to end; reloads meanwhile when asked to.
void wait_for_end(Context& context,
                  server::HttpServer& http,
                  const ServiceStart& start,
                  const std::stop_token& stop) {
    constexpr std::chrono::milliseconds kLook{200};
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any ended;
    while (!stop.stop_requested()) {
        ended.wait_for(lock, stop, kLook, [] { return false; });
        if (start.wants_reload && start.wants_reload()) {
            const auto reloaded = http.reload_certificate();
            log_line(context, reloaded ? LogLevel::kInfo : LogLevel::kError,
                     reloaded ? std::string("reloaded=certificate")
                              : "reload_failed=" + reloaded.error().message);
        }
    }
}

}  // namespace

Result<bool> run_service(Config config, const ServiceStart& start, const std::stop_token& stop) {
    config.complete();
    Context context(config);
    context.log = start.log;
    if (auto opened = open_all(context, start, stop); !opened) {
        // Told to stop before it listened: no request was left without an answer.
        return stop.stop_requested() && opened.error().code == ErrorCode::kCancelled
                   ? Result<bool>(true)
                   : opened.error();
    }
    auto spool = server::Spool::open(config.spool, config.spool_bytes);
    if (!spool) {
        return spool.error();
    }
    context.spool = *spool;
    if (!config.fetch.hosts.empty()) {
        context.fetcher =
            std::make_unique<server::UrlFetcher>(config.fetch, start.network, context.spool);
    }
    if (const std::size_t removed = remove_abandoned_answers(config.spool); removed > 0) {
        log_line(context, LogLevel::kWarn,
                 "spool: answers=" + std::to_string(removed) + " of a killed service removed");
    }
    server::Router router;
    add_look_up_routes(context, router);
    add_fingerprint_routes(context, router);
    add_job_routes(context, router);
    add_catalogue_routes(context, router);
    add_import_route(context, router);
    add_export_route(context, router);
    add_explain_routes(context, router);
    add_feedback_routes(context, router);
    add_item_routes(context, router);
    add_retro_route(context, router);
    add_state_routes(context, router);
    std::unique_ptr<hma::Hma> hma;
    if (config.has_hma) {
        auto opened = hma::Hma::open(context, config.corpus / "hma.jsonl");
        if (!opened) {
            return opened.error();
        }
        hma = std::move(opened).value();
        hma->add_routes(router);
    }
    if (config.doors.has_validate) {
        doors::add_validate_route(context, router);
    }
    if (config.doors.has_scan_blob) {
        doors::add_scan_blob_route(context, router);
    }
    Gate gate(context);
    add_gauges(context, *spool);
    context.lanes = std::make_unique<server::Lanes>(config.lanes);
    context.timers = std::make_unique<server::Timers>();
    context.webhooks = std::make_unique<Webhooks>(
        config.webhooks, [&context](const std::string& url, const std::string& problem) {
            context.metrics.count("refrain_webhooks_total",
                                  problem.empty() ? "outcome=\"sent\"" : "outcome=\"given_up\"");
            if (!problem.empty()) {
                log_line(context, LogLevel::kWarn, "webhook_given_up=" + url + " " + problem);
            }
        });
    start_upkeep(context);
    if (auto kept = start_retro(context); !kept) {
        return kept.error();
    }
    auto http = server::HttpServer::start(config.server, router, *spool, hooks_for(context, gate));
    if (!http) {
        return http.error();
    }
    std::unique_ptr<server::ClamdServer> clamd;
    if (!config.doors.clamd_host.empty()) {
        auto started = doors::start_clamd(context, *spool);
        if (!started) {
            return started.error();
        }
        clamd = std::move(started).value();
        log_line(context, LogLevel::kInfo,
                 "clamd=" + place_of(config.doors.clamd_host, clamd->port()));
    }
    if (start.listening) {
        start.listening(place_of(config.server.host, (*http)->port()));
    }
    notify_manager("READY=1");
    wait_for_end(context, **http, start, stop);
    notify_manager("STOPPING=1");
    context.is_leaving = true;
    std::this_thread::sleep_for(config.announce);
    if (clamd) {
        clamd->drain();
    }
    const bool all_answered = (*http)->drain();
    // What no connection waits for any more ends before what it uses goes away.
    context.fetcher.reset();
    context.lanes->close();
    context.timers.reset();
    context.retro.reset();
    context.webhooks.reset();
    return all_answered;
}

}  // namespace refrain::service
