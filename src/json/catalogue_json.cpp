#include <string>

#include "refrain/json.h"

#include "json/json_parts.h"
#include "json/utf8.h"

namespace refrain {

using json::Object;

namespace {

std::string_view opinion_name(FeedOpinion opinion) {
    return opinion == FeedOpinion::kListed     ? "listed"
           : opinion == FeedOpinion::kDisputed ? "disputed"
                                               : "harmless";
}

std::string_view algorithm_name(DigestAlgorithm algorithm) {
    return algorithm == DigestAlgorithm::kMd5    ? "md5"
           : algorithm == DigestAlgorithm::kSha1 ? "sha1"
                                                 : "sha256";
}

std::string hex_of(const std::vector<std::uint8_t>& bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 15U];
    }
    return text;
}

std::optional<Error> edit_error(const EditReport& report) {
    switch (report.outcome.status) {
        case EditStatus::kUnknown:
            return Error{ErrorCode::kUnknownId, "no item has the id " + report.id};
        case EditStatus::kStale:
            return Error{ErrorCode::kInvalidArgument, "the item has another revision"};
        case EditStatus::kTaken:
            return Error{ErrorCode::kIdTaken, "the other bank holds the same bytes"};
        case EditStatus::kChanged:
        case EditStatus::kUnchanged:
            break;
    }
    return std::nullopt;
}

}  // namespace

Object json::until_json(std::int64_t microseconds) {
    return microseconds == kForever ? Object("forever") : Object(utc_text(microseconds));
}

std::string to_json(const ItemDetails& details) {
    Object line = json::item_json(details.item);
    line["sources"] = Object::array();
    for (const SourceClaim& claim : details.claims) {
        Object source = {
            {"source", json::to_utf8(claim.source)},
            {"entry", json::to_utf8(claim.entry)},
            {"status", claim.is_withdrawn ? "withdrawn" : "asserted"},
            {"opinion", opinion_name(claim.opinion)},
            {"opinions", json::to_utf8(claim.opinions)},
            {"stated_at",
             claim.stated_at_us ? Object(json::utc_text(*claim.stated_at_us)) : Object(nullptr)},
            {"first_seen", json::utc_text(claim.first_seen_us)},
            {"last_changed", json::utc_text(claim.last_changed_us)}};
        line["sources"].push_back(std::move(source));
    }
    line["digests"] = Object::array();
    for (const FileDigest& digest : details.digests) {
        line["digests"].push_back(
            {{"algorithm", algorithm_name(digest.algorithm)}, {"hex", hex_of(digest.bytes)}});
    }
    return json::one_line(line);
}

std::string to_check_json(const FindReport& report, std::string_view verdict) {
    Object line = json::start_input_line("refrain.check/1", report.input);
    line["verdict"] = verdict;
    line["match"] = nullptr;
    if (report.answer && !report.error) {
        line["action"] = action_name(report.answer->action.value_or(Action::kNone));
        // The one that the verdict is about.
        for (const Match& match : report.answer->matches) {
            if (match.action == report.answer->action && match.action != Action::kNone) {
                line["match"] = json::match_json(match, true);
                break;
            }
        }
    }
    line["error"] = json::error_json(report.error);
    return json::one_line(line);
}

std::string to_json(const EditReport& report) {
    Object line = {{"schema", "refrain.edit/1"},
                   {"id", json::to_utf8(report.id)},
                   {"status", edit_status_name(report.outcome.status)},
                   {"revision", report.outcome.revision}};
    line["error"] = json::error_json(edit_error(report));
    return json::one_line(line);
}

std::string to_json(const BankSettings& bank) {
    const Object line = {{"schema", "refrain.bank/1"},
                         {"bank", json::to_utf8(bank.name)},
                         {"mode", bank_mode_name(bank.mode)},
                         {"kind", bank_kind_name(bank.kind)},
                         {"min_score", bank.min_score ? Object(*bank.min_score) : Object(nullptr)},
                         {"note", json::to_utf8(bank.note)}};
    return json::one_line(line);
}

std::string to_json(const LogEntry& entry) {
    const Object line = {{"schema", "refrain.log/1"},
                         {"sequence", entry.sequence},
                         {"at", json::utc_text(entry.at_us)},
                         {"change", change_kind_name(entry.kind)},
                         {"id", json::to_utf8(entry.id)},
                         {"by", json::to_utf8(entry.author.by)},
                         {"reason", json::to_utf8(entry.author.reason)},
                         {"detail", json::to_utf8(entry.detail)}};
    return json::one_line(line);
}

std::string to_json(const DuplicatePair& pair) {
    const Object line = {{"schema", "refrain.dups/1"},
                         {"first", json::to_utf8(pair.first)},
                         {"second", json::to_utf8(pair.second)},
                         {"score", json::rounded(pair.score, 3)}};
    return json::one_line(line);
}

std::string to_json(const DuplicateGroup& group) {
    Object line = {{"schema", "refrain.dup_group/1"},
                   {"least_score", json::rounded(group.least_score, 3)}};
    line["ids"] = Object::array();
    for (const std::string& id : group.ids) {
        line["ids"].push_back(json::to_utf8(id));
    }
    return json::one_line(line);
}

}  // namespace refrain
