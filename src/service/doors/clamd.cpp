#include <array>
#include <ctime>
#include <exception>
#include <utility>

#include "refrain/version.h"

#include "service/doors/door.h"
#include "service/doors/doors.h"
#include "service/find_answer.h"
#include "service/media_lane.h"

namespace refrain::service::doors {

namespace {

/// As in a signature's name: no blanks, nothing that a log would stumble over.
std::string as_word(const std::string& text) {
    std::string word;
    for (const char c : text) {
        const bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                              (c >= 'a' && c <= 'z') || c == '-' || c == '_';
        word += is_plain ? c : '_';
    }
    return word;
}

std::string answer(const Decision& decision) {
    switch (decision.verdict) {
        case Verdict::kClean:
            return "OK";
        case Verdict::kMatch:
            return "refrain." + as_word(decision.bank) + "." + as_word(decision.item) + " FOUND";
        case Verdict::kUnexamined:
            break;
    }
    return "not examined: " + decision.code + " ERROR";
}

std::string scanned(Context& context, const server::ClamdStream& stream) {
    // Decisions are written down for requests; this one came by another way.
    server::Request request;
    request.id = "clamd";
    request.client = stream.client;
    request.caller.name = "clamd";
    request.files.push_back({{}, "stream", {}, stream.file});
    RunControl control;
    control.stop = stream.gone;
    const FindReport report = context.engine->find({stream.file, "stream"}, {}, control);
    if (note_decision(context, request, report)) {
        return "the decision could not be written down ERROR";
    }
    return answer(decide(report, context.config.doors));
}

/// `PROGRAM/DATA/DATE`: clients split it at the slashes and read the date.
std::string version_line() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 32> date{};
    std::strftime(date.data(), date.size(), "%a %b %e %H:%M:%S %Y", &parts);
    return std::string("refrain ") + versions().refrain + "/" + std::to_string(kAlgorithmVersion) +
           "/" + date.data();
}

}  // namespace

Result<std::unique_ptr<server::ClamdServer>> start_clamd(
    Context& context,
    const std::shared_ptr<server::Spool>& spool) {
    server::ClamdOptions options;
    options.host = context.config.doors.clamd_host;
    options.port = context.config.doors.clamd_port;
    options.max_bytes = context.config.server.body.max_upload_bytes;
    options.drain_deadline = context.config.server.drain_deadline;
    options.version = version_line();
    const auto scan = [&context](const server::ClamdStream& stream,
                                 const server::ClamdReply& reply) {
        const auto work = [&context, stream, reply] {
            try {
                reply(scanned(context, stream));
            } catch (const std::exception&) {
                reply("not examined: internal ERROR");
            }
        };
        if (!context.lanes->submit(media_lane(stream.file->descriptor()), {work, stream.gone})) {
            context.metrics.count("refrain_refused_total", "reason=\"queue_full\"");
            reply("too much work is waiting already ERROR");
        }
    };
    return server::ClamdServer::start(options, spool, scan);
}

}  // namespace refrain::service::doors
