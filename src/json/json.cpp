#include "refrain/json.h"

#include <cmath>
#include <utility>
#include <vector>

#include "json/json_parts.h"
#include "json/utf8.h"

namespace refrain {

using json::Object;

namespace {

std::string_view add_status(const AddReport& report) {
    if (report.error || !report.outcome) {
        return "failed";
    }
    if (report.outcome->status == AddStatus::kExists) {
        return "exists";
    }
    return report.decode && report.decode->is_partial ? "partial" : "added";
}

Object media_or_null(const std::optional<MediaInfo>& media, const std::vector<PartSummary>& parts) {
    return media ? json::media_json(*media, parts) : Object(nullptr);
}

Object frame_json(const FrameHash& frame) {
    return {{"time_ms", frame.time.ms()},
            {"hash", to_hex(frame.hash)},
            {"quality", frame.quality},
            {"keyframe", frame.is_keyframe}};
}

Object frames_json(const std::vector<FrameHash>& frames) {
    Object array = Object::array();
    for (const FrameHash& frame : frames) {
        array.push_back(frame_json(frame));
    }
    return array;
}

}  // namespace

std::string to_json(const HashReport& report) {
    Object line = json::start_input_line("refrain.hash/1", report.input);
    if (!report.fingerprint) {
        line["status"] = "failed";
        line["media"] = nullptr;
        line["frames"] = Object::array();
        line["error"] = json::error_json(report.error);
        return json::one_line(line);
    }
    const Fingerprint& fingerprint = *report.fingerprint;
    line["status"] = is_partial(fingerprint) ? "partial" : "hashed";
    const std::vector<PartSummary> parts = summarize_parts(fingerprint);
    line["media"] = json::media_json(fingerprint.media, parts);
    json::append_decode(line, fingerprint.decode, fingerprint.media.kind);
    line["algorithm"] = "pdq/" + std::to_string(kAlgorithmVersion);
    line["frames"] = frames_json(fingerprint.frames);
    for (std::size_t i = 1; i < parts.size(); ++i) {
        Object part = json::part_json(parts[i]);
        part["frames"] = frames_json(fingerprint.more_parts[i - 1].frames);
        line["more_parts"].push_back(std::move(part));
    }
    line["error"] = json::error_json(report.error);
    return json::one_line(line);
}

std::string to_json(const AddReport& report) {
    Object line = json::start_input_line("refrain.add/1", report.input);
    const bool is_known = !report.error && report.outcome;
    line["status"] = add_status(report);
    line["id"] = is_known ? Object(json::to_utf8(report.outcome->id)) : Object(nullptr);
    line["name"] = json::to_utf8(report.name);
    line["bank"] = json::to_utf8(report.bank);
    line["media"] = media_or_null(report.media, report.parts);
    if (is_known) {
        line["fingerprint"] = {{"frames", report.outcome->frames},
                               {"bytes", report.outcome->record_bytes}};
    } else {
        line["fingerprint"] = nullptr;
    }
    if (is_known) {
        json::append_outcome(line, *report.outcome, report.known);
    }
    if (report.decode && report.media) {
        json::append_decode(line, *report.decode, report.media->kind);
    }
    line["error"] = json::error_json(report.error);
    return json::one_line(line);
}

std::string to_json(const FindReport& report) {
    Object line = json::start_input_line("refrain.find/1", report.input);
    line["status"] = report.status();
    line["media"] = media_or_null(report.media, report.parts);
    if (report.decode && report.media) {
        json::append_decode(line, *report.decode, report.media->kind);
    }
    line["matches"] = Object::array();
    if (report.answer && !report.error) {
        const bool is_judged = report.answer->action.has_value();
        if (is_judged) {
            line["action"] = action_name(*report.answer->action);
        }
        for (const Match& match : report.answer->matches) {
            line["matches"].push_back(json::match_json(match, is_judged));
        }
    }
    if (report.answer && !report.answer->bounded.empty()) {
        line["bounded"] = report.answer->bounded;
    }
    line["default_min_score"] = kDefaultMinScore;
    if (report.answer && report.answer->damaged_items > 0) {
        line["damaged_items"] = report.answer->damaged_items;
    }
    line["timing_ms"] = {{"decode", report.timing.decode.ms()},
                         {"hash", report.timing.hash.ms()},
                         {"search", report.timing.search.ms()},
                         {"total", report.timing.total.ms()}};
    line["error"] = json::error_json(report.error);
    return json::one_line(line);
}

std::string to_json(const RemoveReport& report) {
    Object line = {{"schema", "refrain.remove/1"},
                   {"id", json::to_utf8(report.id)},
                   {"status", report.was_known ? "removed" : "unknown"}};
    std::optional<Error> error;
    if (!report.was_known) {
        error = Error{ErrorCode::kUnknownId, "no item has the id " + report.id};
    }
    line["error"] = json::error_json(error);
    return json::one_line(line);
}

std::string to_json(const ItemSummary& item) { return json::one_line(json::item_json(item)); }

namespace json {

Object item_json(const ItemSummary& item) {
    Object line = {{"schema", "refrain.item/1"},
                   {"id", json::to_utf8(item.id)},
                   {"name", json::to_utf8(item.name)},
                   {"bank", json::to_utf8(item.bank)},
                   {"labels", json::labels_json(item.labels)},
                   {"media", json::media_json(item.media)},
                   {"fingerprint", {{"frames", item.frames}, {"bytes", item.record_bytes}}},
                   {"partial", item.is_partial},
                   {"added_at", json::utc_text(item.added_at_us)},
                   {"source", json::to_utf8(item.source)},
                   {"knowledge", knowledge_name(item.knowledge())},
                   {"revision", item.state.revision}};
    if (item.state.disabled_until_us) {
        line["disabled_until"] = until_json(*item.state.disabled_until_us);
    }
    if (item.state.is_shadow) {
        line["shadow"] = true;
    }
    if (!item.state.reason.empty()) {
        line["reason"] = to_utf8(item.state.reason);
    }
    return line;
}

}  // namespace json

std::string to_json(const CorpusStats& stats) {
    Object line = {{"schema", "refrain.stats/1"},
                   {"items", stats.items},
                   {"images", stats.images},
                   {"videos", stats.videos},
                   {"frames", stats.frames},
                   {"searchable_codes", stats.searchable_codes},
                   {"video_duration_ms", stats.video_duration.ms()},
                   {"video_hours", json::rounded(stats.video_hours(), 4)},
                   {"bytes_per_video_hour",
                    static_cast<std::uint64_t>(std::llround(stats.bytes_per_video_hour()))},
                   {"record_bytes", stats.record_bytes},
                   {"store_bytes", stats.store_bytes},
                   {"snapshot_bytes", stats.snapshot_bytes},
                   {"index_bytes", stats.index_bytes},
                   {"local_codes", stats.local_codes},
                   {"local_index_bytes", stats.local_index_bytes},
                   {"index", json::to_utf8(stats.index)},
                   {"index_exact", stats.is_index_exact},
                   {"generation", stats.generation},
                   {"segments", stats.index_segments},
                   {"tombstones", stats.index_tombstones},
                   {"schema_version", stats.schema_version},
                   {"with_source", stats.with_source},
                   {"damaged_items", stats.damaged_items},
                   {"records_read", stats.has_read_records}};
    if (!stats.damaged.empty()) {
        line["damage"] = json::damage_json(stats.damaged);
    }
    line["banks"] = Object::array();
    for (const BankStats& bank : stats.banks) {
        line["banks"].push_back(
            {{"bank", json::to_utf8(bank.bank)}, {"items", bank.items}, {"frames", bank.frames}});
    }
    return json::one_line(line);
}

std::string to_json(const VerifyReport& report) {
    Object line = {{"schema", "refrain.verify/1"},
                   {"status", report.damaged == 0 ? "ok" : "damaged"},
                   {"items", report.items},
                   {"record_bytes", report.record_bytes},
                   {"damaged", report.damaged}};
    line["damage"] = json::damage_json(report.damage);
    return json::one_line(line);
}

std::string to_json(const CopiedCorpus& copy, std::string_view status) {
    const Object line = {{"schema", "refrain.backup/1"},         {"status", status},
                         {"folder", json::to_utf8(copy.folder)}, {"items", copy.items},
                         {"generation", copy.generation},        {"bytes", copy.bytes}};
    return json::one_line(line);
}

std::string to_json(const RepairReport& report) {
    const Object line = {{"schema", "refrain.repair/1"},
                         {"status", report.was_damaged ? "repaired" : "ok"},
                         {"items", report.items},
                         {"lost", report.lost},
                         {"set_aside", json::to_utf8(report.set_aside)},
                         {"damage", json::damage_json(report.damage)}};
    return json::one_line(line);
}

}  // namespace refrain
