#include <utility>

#include "refrain/json.h"

#include "json/json_parts.h"
#include "json/utf8.h"

namespace refrain {

std::string to_json(const ImportReport& report) {
    const ImportCounts& counts = report.counts;
    json::Object refused = json::Object::object();
    for (const auto& [reason, count] : counts.refused) {
        refused[json::to_utf8(reason)] = count;
    }
    const json::Object object{{"schema", "refrain.import/1"},
                              {"dry_run", report.is_dry_run},
                              {"lines", counts.lines},
                              {"added", counts.added},
                              {"exists", counts.exists},
                              {"deleted", counts.deleted},
                              {"kept", counts.kept},
                              {"stale", counts.stale},
                              {"passed_over", counts.passed_over},
                              {"unknown_fields", counts.unknown_fields},
                              {"refused", std::move(refused)},
                              {"error", json::error_json(counts.error)}};
    return json::one_line(object);
}

std::string to_json(const FingerprintReport& report) {
    json::Object line = json::start_input_line("refrain.fingerprint/1", report.input);
    line["status"] = report.error ? "failed" : report.is_partial ? "partial" : "written";
    line["name"] = json::to_utf8(report.name);
    line["media"] = report.media ? json::media_json(*report.media) : json::Object(nullptr);
    line["frames"] = report.frames;
    line["error"] = json::error_json(report.error);
    return json::one_line(line);
}

}  // namespace refrain
