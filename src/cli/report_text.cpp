#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "refrain/json.h"

#include "cli/text.h"

namespace refrain::cli {

namespace {

/// Widths that fit most names; longer ones push the rest of their own line only.
constexpr int kStatusWidth = 12;
constexpr int kNameWidth = 20;
constexpr int kIdWidth = 26;
constexpr int kBankWidth = 10;

std::string error_text(const Error& error) {
    return std::string(error_code_name(error.code)) + ": " + printable(error.message);
}

std::string media_text(const MediaInfo& media) {
    std::string text = formatted("%s %dx%d", media.kind == MediaKind::kVideo ? "video" : "image",
                                 media.width, media.height);
    if (media.kind == MediaKind::kVideo) {
        text += " ";
        text += clock_text(media.duration);
    }
    return text;
}

std::string damage_text(const std::optional<DecodeReport>& decode) {
    std::string text;
    if (decode && decode->is_partial) {
        text = formatted("\n%*s decoded in part, %llu frames: ", kStatusWidth, "",
                         static_cast<unsigned long long>(decode->decoded_frames)) +
               printable(decode->damage);
    }
    if (decode && !decode->note.empty()) {
        text += formatted("\n%*s note: ", kStatusWidth, "") + printable(decode->note);
    }
    return text;
}

/// `part 1, a further track: video 640x360 0:12.000`
std::string part_text(const PartSummary& part) {
    return formatted("\n%*s part %u, %s%s: ", kStatusWidth, "", part.part.index,
                     std::string(part_role_words(part.part.role)).c_str(),
                     part.part.is_on_white ? ", on white" : "") +
           media_text(part.media);
}

/// A line for each part of a medium with several; of very many the first.
std::string listed_parts_text(std::vector<PartSummary> parts) {
    constexpr std::size_t kMostShown = 16;
    std::erase_if(parts, [](const PartSummary& part) { return part.part.is_on_white; });
    std::string text;
    for (std::size_t i = 0; parts.size() > 1 && i < std::min(parts.size(), kMostShown); ++i) {
        text += part_text(parts[i]);
    }
    if (parts.size() > kMostShown) {
        text += formatted("\n%*s and %zu more parts", kStatusWidth, "", parts.size() - kMostShown);
    }
    return text;
}

std::string frames_text(const Fingerprint& part) {
    std::string text;
    for (const FrameHash& frame : part.frames) {
        text +=
            formatted("\n%*s %s  quality %3d", kStatusWidth,
                      part.media.kind == MediaKind::kVideo ? clock_text(frame.time).c_str() : "",
                      to_hex(frame.hash).c_str(), frame.quality);
    }
    return text;
}

std::string line_start(const char* status, const std::string& input) {
    return formatted("%-*s ", kStatusWidth, status) + printable(input);
}

const char* status_word(const FindReport& report) {
    switch (report.answer->status) {
        case FindStatus::kMatch:
            return "match";
        case FindStatus::kNoMatch:
            return "no match";
        case FindStatus::kLowQuality:
            return "low quality";
        case FindStatus::kPartial:
            return "partial";
    }
    return "";
}

std::string evidence_text(const std::vector<Evidence>& evidence) {
    std::string text;
    for (const Evidence one : evidence) {
        text += text.empty() ? "" : "+";
        switch (one) {
            case Evidence::kExact:
                text += "exact";
                break;
            case Evidence::kFrames:
                text += "frames";
                break;
            case Evidence::kLocal:
                text += "local";
                break;
            case Evidence::kAudio:
                text += "audio";
                break;
        }
    }
    return text;
}

std::string span_text(const TimeSpan& span) {
    return clock_text(span.begin) + "-" + clock_text(span.end);
}

std::string transform_text(const std::optional<Transform>& transform) {
    if (!transform) {
        return {};
    }
    std::string text = transform->is_mirrored ? "mirrored " : "";
    text += transform->is_negative ? "negative " : "";
    const double turn = std::remainder(transform->rotation_deg, 360);
    if (std::abs(turn) >= 0.5) {
        text += formatted("rotated %.0f ", turn < 0 ? turn + 360 : turn);
    }
    return text;
}

/// Which part of the query, and of the known item.
std::string parts_text(const std::optional<MatchedPart>& query,
                       const std::optional<MatchedPart>& reference) {
    std::string text = query ? formatted("part %u ", query->index) : "";
    if (reference) {
        text += formatted("%sknown part %u ", query ? "= " : "", reference->index);
    }
    return text;
}

std::string segment_text(const Segment& segment) {
    std::string text =
        parts_text(segment.part, segment.reference_part) + transform_text(segment.transform);
    if (segment.transform && text.empty()) {
        text = "elsewhere ";  // upright beside others, or at another place in the picture
    }
    if (segment.query) {
        text += span_text(*segment.query);
    }
    if (segment.reference) {
        text += (segment.query ? " = known " : "known ") + span_text(*segment.reference);
    }
    if (std::abs(segment.speed - 1.0) > 0.005) {
        text += formatted(" speed %.2f", segment.speed);
    }
    return text;
}

std::string where_text(const Match& match) {
    std::string text =
        parts_text(match.part, match.reference_part) + transform_text(match.transform);
    for (std::size_t i = 0; i < match.segments.size() && i < 3; ++i) {
        text += (i == 0 ? "" : ", ") + segment_text(match.segments[i]);
    }
    if (match.segments.size() > 3) {
        text += formatted(" and %zu more", match.segments.size() - 3);
    }
    return text;
}

std::string labels_text(const std::map<std::string, std::string>& labels) {
    std::string text;
    for (const auto& [key, value] : labels) {
        text += "  " + printable(key) + "=" + printable(value);
    }
    return text;
}

std::string match_text(const Match& match) {
    std::string text = formatted("\n%*s %7.1f  %-13s ", kStatusWidth, "", match.score,
                                 evidence_text(match.evidence).c_str());
    text += formatted("%-*s ", kNameWidth, printable(match.name).c_str());
    text += formatted("%-*s ", kIdWidth, printable(match.id).c_str());
    text += formatted("%-*s ", kBankWidth, printable(match.bank).c_str());
    if (match.action == Action::kShadow || match.action == Action::kAllowed) {
        text += std::string(action_name(match.action)) + " ";
    }
    text += where_text(match);
    text.erase(text.find_last_not_of(' ') + 1);
    return text + labels_text(match.labels);
}

}  // namespace

std::string hash_text(const HashReport& report) {
    if (!report.fingerprint) {
        return line_start("failed", report.input) + ": " + error_text(*report.error);
    }
    const Fingerprint& fingerprint = *report.fingerprint;
    std::string text = line_start(is_partial(fingerprint) ? "partial" : "hashed", report.input) +
                       ": " + media_text(fingerprint.media) +
                       formatted(", frames hashed %zu", fingerprint.frames.size()) +
                       damage_text(fingerprint.decode);
    const std::vector<PartSummary> parts = summarize_parts(fingerprint);
    text += (parts.size() > 1 ? part_text(parts[0]) : "") + frames_text(fingerprint);
    for (std::size_t i = 1; i < parts.size(); ++i) {
        text += part_text(parts[i]) + frames_text(fingerprint.more_parts[i - 1]);
    }
    return text;
}

namespace {

std::string outcome_text(const AddReport& report) {
    std::string text;
    if (report.known) {
        text += formatted("\n%*s known as ", kStatusWidth, "") + printable(report.known->name) +
                " in bank " + printable(report.known->bank) + labels_text(report.known->labels);
    }
    if (report.outcome->has_new_labels) {
        text += formatted("\n%*s its labels were changed", kStatusWidth, "");
    }
    if (report.outcome->is_healed) {
        text += formatted("\n%*s its record was damaged and is replaced", kStatusWidth, "");
    }
    if (!report.outcome->is_searchable) {
        text += formatted(
            "\n%*s not searchable: nothing in it carries enough detail (flat, black, too small); "
            "only the same bytes will be found",
            kStatusWidth, "");
    }
    return text;
}

}  // namespace

std::string add_text(const AddReport& report) {
    if (report.error || !report.outcome) {
        return line_start("failed", report.input) + ": " +
               error_text(report.error.value_or(Error{ErrorCode::kInternal, "no outcome"}));
    }
    const bool is_partial = report.decode && report.decode->is_partial;
    const bool is_old = report.outcome->status == AddStatus::kExists;
    std::string text =
        line_start(is_old ? "exists" : (is_partial ? "partial" : "added"), report.input);
    text += "  " + printable(report.outcome->id);
    if (report.media) {
        text += "  " + media_text(*report.media);
    }
    text += formatted(", frames %llu", static_cast<unsigned long long>(report.outcome->frames));
    return text + outcome_text(report) + damage_text(report.decode) +
           listed_parts_text(report.parts);
}

std::string find_text(const FindReport& report) {
    if (report.error || !report.answer) {
        return line_start("not scanned", report.input) + ": " +
               error_text(report.error.value_or(Error{ErrorCode::kInternal, "no answer"}));
    }
    std::string text = line_start(status_word(report), report.input);
    text += formatted("  (decode %lld ms, hash %lld ms, search %lld ms)",
                      static_cast<long long>(report.timing.decode.ms()),
                      static_cast<long long>(report.timing.hash.ms()),
                      static_cast<long long>(report.timing.search.ms()));
    text += damage_text(report.decode) + listed_parts_text(report.parts);
    if (!report.answer->bounded.empty()) {
        text += formatted("\n%*s searched in part: ", kStatusWidth, "") +
                printable(report.answer->bounded);
    }
    for (const Match& match : report.answer->matches) {
        text += match_text(match);
    }
    return text;
}

std::string item_text(const ItemSummary& item) {
    std::string text = formatted("%-*s ", kIdWidth, printable(item.id).c_str());
    text += formatted("%-*s ", kBankWidth, printable(item.bank).c_str());
    text += formatted("%-*s ", kNameWidth, printable(item.name).c_str());
    text += media_text(item.media);
    text += formatted(", frames %llu", static_cast<unsigned long long>(item.frames));
    text += item.is_partial ? ", partial" : "";
    if (item.state.disabled_until_us) {
        text += ", disabled";
    }
    text += item.state.is_shadow ? ", shadow" : "";
    return text + labels_text(item.labels);
}

std::string stats_text(const CorpusStats& stats) {
    const auto number = [](const char* name, std::uint64_t value) {
        return formatted("%-18s %llu\n", name, static_cast<unsigned long long>(value));
    };
    const auto words = [](const char* name, const std::string& value) {
        return formatted("%-18s %s\n", name, value.c_str());
    };
    std::string text =
        number("items", stats.items) + number("images", stats.images) +
        number("videos", stats.videos) +
        words("video duration",
              clock_text(stats.video_duration) + formatted(" (%.2f hours)", stats.video_hours())) +
        number("frame hashes", stats.frames) + number("searchable", stats.searchable_codes) +
        words("records", bytes_text(stats.record_bytes)) +
        words("an hour of video",
              bytes_text(static_cast<std::uint64_t>(stats.bytes_per_video_hour()))) +
        words("store on disk", bytes_text(stats.store_bytes)) +
        words("snapshots on disk", bytes_text(stats.snapshot_bytes)) +
        words("index in memory", bytes_text(stats.index_bytes)) +
        words("  local features", bytes_text(stats.local_index_bytes)) +
        words("index", stats.index + (stats.is_index_exact ? "" : " (approximate)")) +
        number("index generation", stats.generation) +
        number("index segments", stats.index_segments) +
        number("tombstones", stats.index_tombstones) +
        number("schema version", stats.schema_version);
    text += words("damaged items",
                  std::to_string(stats.damaged_items) +
                      (stats.has_read_records ? "" : " met so far; refrain verify reads all"));
    for (const BankStats& bank : stats.banks) {
        text += words(
            "bank", printable(bank.bank) + formatted(": items %llu, frame hashes %llu",
                                                     static_cast<unsigned long long>(bank.items),
                                                     static_cast<unsigned long long>(bank.frames)));
    }
    text.pop_back();
    return text;
}

namespace {

std::string damage_list(const std::vector<Damage>& damaged) {
    std::string text;
    for (const Damage& damage : damaged) {
        text += formatted("\n%*s ", kStatusWidth, "");
        text += damage.id.empty() ? "" : printable(damage.id) + ": ";
        text += printable(damage.problem);
        if (!damage.remedy.empty()) {
            text += formatted("\n%*s   to heal: ", kStatusWidth, "") + printable(damage.remedy);
        }
    }
    return text;
}

}  // namespace

std::string copied_text(const CopiedCorpus& copy, const char* done) {
    return formatted("%-*s items %llu, generation %llu, %s: ", kStatusWidth, done,
                     static_cast<unsigned long long>(copy.items),
                     static_cast<unsigned long long>(copy.generation),
                     bytes_text(copy.bytes).c_str()) +
           printable(copy.folder);
}

std::string repair_text(const RepairReport& report) {
    std::string text =
        formatted("%-*s items %llu", kStatusWidth, report.was_damaged ? "repaired" : "ok",
                  static_cast<unsigned long long>(report.items));
    if (report.was_damaged) {
        text += formatted(", lost %llu", static_cast<unsigned long long>(report.lost));
        text += formatted("\n%*s the old database is in ", kStatusWidth, "") +
                printable(report.set_aside);
    }
    return text + damage_list(report.damage);
}

std::string verify_text(const VerifyReport& report) {
    std::string text = formatted(
        "%-*s items %llu, records %s", kStatusWidth, report.damaged == 0 ? "ok" : "damaged",
        static_cast<unsigned long long>(report.items), bytes_text(report.record_bytes).c_str());
    if (report.damaged > 0) {
        text += formatted(", damaged %llu", static_cast<unsigned long long>(report.damaged));
    }
    return text + damage_list(report.damage);
}

}  // namespace refrain::cli
