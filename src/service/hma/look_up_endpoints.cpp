#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "access/roles.h"
#include "access/secrets.h"
#include "service/code_query.h"
#include "service/find_answer.h"
#include "service/hma/hma.h"
#include "service/media_lane.h"

namespace refrain::service::hma {

namespace {

/// Content that matched, and how far its code lies from that of the query.
using Hits = std::map<std::int64_t, int>;

constexpr int kMostMatches = 1000;
constexpr std::size_t kMostNoted = 10;  // of an entry of the audit log

/// Banks of `banks=A,B`; empty: all.
std::set<std::string> banks_of(const server::Request& request) {
    std::set<std::string> names;
    const auto text = request.field("banks") ? request.field("banks") : request.parameter("banks");
    std::string name;
    for (const char c : text.value_or("") + ",") {
        if (c != ',') {
            name += c;
        } else if (!name.empty()) {
            names.insert(std::exchange(name, {}));
        }
    }
    return names;
}

/// A distance as the caller may see it: who sees coarse numbers gets none or the greatest.
std::string shown_distance(const server::Request& request, int distance) {
    const bool is_coarse = request.caller.sees_coarse && distance > 0;
    return std::to_string(is_coarse ? std::max(distance, PdqTable::kMaxDistance) : distance);
}

/// Content that an answer names.
struct Shown {
    std::int64_t id = 0;
    std::string bank;
    int distance = 0;
};

enum class Disabled { kLeftOut, kShown };

/// Of the hits what is in the banks that the request names, by number.
std::vector<Shown> shown_of(Hma& hma,
                            const server::Request& request,
                            const Hits& hits,
                            Disabled disabled = Disabled::kLeftOut) {
    const std::set<std::string> wanted = banks_of(request);
    std::vector<Shown> shown;
    for (const auto& [id, distance] : hits) {
        const auto content = hma.records().content(id);
        if (content && (wanted.empty() || wanted.contains(content->bank)) &&
            (disabled == Disabled::kShown || hma.is_matched(*content))) {
            shown.push_back({id, content->bank, distance});
        }
    }
    return shown;
}

/// `{BANK:[{bank_content_id, distance}]}`
Json by_bank(const server::Request& request, const std::vector<Shown>& shown) {
    Json banks = Json::object();
    for (const Shown& one : shown) {
        banks[one.bank].push_back(
            {{"bank_content_id", one.id}, {"distance", shown_distance(request, one.distance)}});
    }
    return banks;
}

/// The answer's content as the audit log has it.
audit::Fields named_content(const std::vector<Shown>& shown) {
    audit::Fields fields;
    for (const Shown& one : shown) {
        if (fields.size() < kMostNoted) {
            fields.emplace_back("content_" + std::to_string(fields.size() + 1),
                                std::to_string(one.id) + " " + std::to_string(one.distance));
        }
    }
    return fields;
}

const char* status_of(const std::vector<Shown>& shown) {
    return shown.empty() ? "no_match" : "match";
}

/// The engine's, such as `partial`, unless content is shown, or the engine's match is not.
std::string status_of(const FindReport& report, const std::vector<Shown>& shown) {
    const std::string found(report.status());
    return !shown.empty() || found == "match" ? status_of(shown) : found;
}

/// Bits between two codes of content; where one is not known, none for the same bytes and the
/// greatest that HMA takes for a match otherwise.
int distance_of(const ContentRecord& content, const Signal& signals, bool is_exact) {
    const auto known = hash256_from_hex(content.signal);
    const auto asked = hash256_from_hex(signals.value);
    if (content.signal_type == "pdq" && signals.type == "pdq" && known && asked) {
        return hamming_distance(*known, *asked);
    }
    return is_exact ? 0 : PdqTable::kMaxDistance;
}

/// The code by which an item of a hash list is known; empty for all others.
std::string listed_code(Hma& hma, const std::string& item) {
    const auto known = hma.context().engine->corpus().known_fingerprint(item);
    const bool is_listed = known && known->has_value() && (*known)->codes == CodeKind::kExactPdq &&
                           (*known)->frames.size() == 1;
    return is_listed ? to_hex((*known)->frames.front().hash) : std::string();
}

/// Content of an item, which gets a number when it has none: items may have come another way. The
/// code of such an item is not kept with its number, since the item may go another way, too.
std::vector<ContentRecord> contents_of(Hma& hma, const Match& match) {
    auto contents = hma.records().contents_of(match.id);
    if (contents.empty()) {
        ContentRecord content;
        content.bank = match.bank;
        content.item = match.id;
        content.signal_type = "pdq";
        if (const auto id = hma.records().put_content(content)) {
            content.id = *id;
            contents.push_back(content);
        }
    }
    for (ContentRecord& content : contents) {
        if (content.signal.empty()) {
            content.signal = listed_code(hma, match.id);
        }
    }
    return contents;
}

bool is_exact(const Match& match) {
    return std::ranges::find(match.evidence, Evidence::kExact) != match.evidence.end();
}

/// Adds what the engine found.
void add_matches(Hma& hma, const Signal& signals, const FindAnswer& answer, Hits& hits) {
    for (const Match& match : answer.matches) {
        for (const ContentRecord& content : contents_of(hma, match)) {
            hits[content.id] = distance_of(content, signals, is_exact(match));
        }
    }
}

/// Of a request that has its file.
void hash(Hma& hma, const RequestPtr& request, const server::Respond& respond) {
    std::set<std::string> types;
    if (auto refusal = read_types(*request, types)) {
        respond(std::move(*refusal));
        return;
    }
    const server::Lane lane = media_lane(request->files.front().file->descriptor());
    on_lane(hma.context(), lane, request, respond, [&hma, request, respond, types] {
        const auto signals = signals_of(hma.context(), upload_of(*request), request->gone);
        if (!signals) {
            respond(message(signals.error()));
            return;
        }
        Json all = Json::object();
        for (const Signal& signal : *signals) {
            if (types.contains(signal.type)) {
                all[signal.type] = signal.value;
            }
        }
        respond(json_response(200, all));
    });
}

/// Of a request that has its file.
void look_up_file(Hma& hma, const RequestPtr& request, const server::Respond& respond) {
    std::set<std::string> types;
    if (auto refusal = read_types(*request, types)) {
        respond(std::move(*refusal));
        return;
    }
    const server::Lane lane = media_lane(request->files.front().file->descriptor());
    on_lane(hma.context(), lane, request, respond, [&hma, request, respond, types] {
        Context& context = hma.context();
        const auto signals = signals_of(context, upload_of(*request), request->gone);
        if (!signals) {
            respond(message(signals.error()));
            return;
        }
        FindOptions options;
        options.max_matches = kMostMatches;
        RunControl control;
        control.stop = request->gone;
        const FindReport report = context.engine->find(upload_of(*request), options, control);
        if (report.error) {
            respond(message(*report.error));
            return;
        }
        Hits hits;
        const Signal& first = signals->front();
        add_matches(hma, first, *report.answer, hits);
        const auto code = hash256_from_hex(first.value);
        if (first.type == "pdq" && code) {
            for (const auto& [id, distance] : hma.records().near(*code)) {
                hits[id] = distance;
            }
        }
        const std::vector<Shown> shown = shown_of(hma, *request, hits);
        const Answered answered{status_of(report, shown), named_content(shown)};
        if (note_decision(context, *request, report, answered)) {
            respond(message(503, "the audit log cannot be written"));
            return;
        }
        // The engine's answer is one for all kinds, so that a client finds it under each.
        Json all = Json::object();
        for (const Signal& signal : *signals) {
            if (types.contains(signal.type)) {
                all[signal.type] = by_bank(*request, shown);
            }
        }
        server::Response response = json_response(200, all);
        // HMA's bodies have no place for it: each of their keys counts as a bank that matched.
        response.headers.emplace_back("Refrain-Status", *answered.status);
        respond(std::move(response));
    });
}

/// A video to ask with, from a list of `"HEX,QUALITY,SECONDS"`.
Result<Fingerprint> vpdq_of(const std::string& text) {
    return code_query({{"vpdq", read_json(text).value}});
}

/// The code of `signal_type` and `signal`, or the refusal.
std::optional<server::Response> read_signal(const server::Request& request, Signal& signals) {
    const auto type = request.parameter("signal_type");
    const auto signal = request.parameter("signal");
    if (!type || !signal) {
        return message(400, "Both signal_type and signal are required");
    }
    if (std::ranges::find(kSignalTypes, *type) == kSignalTypes.end()) {
        return message(400, "Unknown signal type '" + *type + "'");
    }
    if (*type == "vpdq") {
        signals = {*type, *signal};
        return vpdq_of(*signal) ? std::nullopt : std::optional(message(400, "Invalid vpdq signal"));
    }
    const bool is_md5 = signal->size() == 32 &&
                        signal->find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (*type == "pdq" ? !hash256_from_hex(*signal) : !is_md5) {
        return message(400, "Invalid " + *type + " signal");
    }
    signals = {*type, *signal};
    return std::nullopt;
}

/// Adds what came to the corpus another way than by HMA's paths: entries of hash lists within the
/// distance that HMA takes for a match, and what has the same bytes.
Result<void> add_listed(Hma& hma, const Signal& signals, const std::stop_token& stop, Hits& hits) {
    const Engine& engine = *hma.context().engine;
    const bool is_code = signals.type == "pdq";
    const auto has_lists = engine.corpus().has_hash_lists();
    if (!has_lists) {
        return has_lists.error();
    }
    if (is_code && !*has_lists) {
        return {};
    }
    FindOptions options;
    options.max_matches = kMostMatches;
    options.min_score = 0;
    options.overrides_bank_scores = true;
    const FindReport report =
        engine.find(is_code ? pdq_query(*hash256_from_hex(signals.value))
                            : digest_query(signals.value).value_or(Fingerprint()),
                    options, stop);
    if (report.error) {
        return *report.error;
    }
    FindAnswer near = *report.answer;
    if (is_code) {
        const Hash256 asked = *hash256_from_hex(signals.value);
        std::erase_if(near.matches, [&](const Match& match) {
            const auto known = hash256_from_hex(listed_code(hma, match.id));
            return !known || hamming_distance(*known, asked) > PdqTable::kMaxDistance;
        });
    }
    add_matches(hma, signals, near, hits);
    return {};
}

/// What the engine finds by the frames of a video.
Result<Hits> near_video(Hma& hma, const Signal& signals, const std::stop_token& stop) {
    FindOptions options;
    options.max_matches = kMostMatches;
    const FindReport report = hma.context().engine->find(*vpdq_of(signals.value), options, stop);
    if (report.error) {
        return *report.error;
    }
    Hits hits;
    add_matches(hma, signals, *report.answer, hits);
    return hits;
}

Result<Hits> near(Hma& hma, const Signal& signals, const std::stop_token& stop) {
    if (signals.type == "vpdq") {
        return near_video(hma, signals, stop);
    }
    Hits hits;
    if (signals.type == "pdq") {
        for (const auto& [id, distance] : hma.records().near(*hash256_from_hex(signals.value))) {
            hits[id] = distance;
        }
    } else {
        for (const std::int64_t id : hma.records().with_md5(signals.value)) {
            hits[id] = 0;
        }
    }
    if (const auto added = add_listed(hma, signals, stop, hits); !added) {
        return added.error();
    }
    return hits;
}

/// Counts a look-up by a signal, and writes down what it came to. @return the refusal where it
/// cannot be
std::optional<server::Response> note_shown(Hma& hma,
                                           const server::Request& request,
                                           const Signal& signals,
                                           const std::vector<Shown>& shown) {
    count_look_up(hma.context(), "code", status_of(shown));
    audit::Fields fields{{"event", "decision"},
                         {"status", status_of(shown)},
                         {"kind", signals.type},
                         {"algorithm", std::to_string(kAlgorithmVersion)},
                         {"generation", generation_of(hma.context())},
                         {"sha256", access::sha256_hex(signals.value)}};
    std::ranges::move(named_content(shown), std::back_inserter(fields));
    return noted(hma, request, std::move(fields));
}

/// Looks a signal up and writes down what came of it. @error the answer to give instead
std::optional<server::Response> looked_up(Hma& hma,
                                          const server::Request& request,
                                          Disabled disabled,
                                          std::vector<Shown>& shown) {
    Signal signals;
    if (auto refusal = read_signal(request, signals)) {
        return refusal;
    }
    const auto found = near(hma, signals, request.gone);
    if (!found) {
        return message(found.error());
    }
    shown = shown_of(hma, request, *found, disabled);
    return note_shown(hma, request, signals, shown);
}

server::Response look_up_signal(Hma& hma, const server::Request& request) {
    std::vector<Shown> shown;
    auto refusal = looked_up(hma, request, Disabled::kLeftOut, shown);
    return refusal ? std::move(*refusal) : json_response(200, by_bank(request, shown));
}

server::Response look_up_raw(Hma& hma, const server::Request& request) {
    std::vector<Shown> shown;
    if (auto refusal = looked_up(hma, request, Disabled::kShown, shown)) {
        return std::move(*refusal);
    }
    const bool has_distance = request.parameter("include_distance").value_or("") == "true";
    Json matches = Json::array();
    for (auto one = shown.rbegin(); one != shown.rend(); ++one) {
        matches.push_back(has_distance ? Json{{"bank_content_id", one->id},
                                              {"distance", shown_distance(request, one->distance)}}
                                       : Json(one->id));
    }
    return json_response(200, {{"matches", std::move(matches)}});
}

server::Response compare(const server::Request& request) {
    const JsonInput input = read_json(request.body);
    if (!input.value.is_object() || input.value.empty()) {
        return message(400, "expected an object of pairs of signals");
    }
    Json answer = Json::object();
    for (const auto& [type, pair] : input.value.items()) {
        if (type != "pdq" || !pair.is_array() || pair.size() != 2 || !pair[0].is_string() ||
            !pair[1].is_string()) {
            return message(400, "expected two pdq signals");
        }
        const auto a = hash256_from_hex(pair[0].get<std::string>());
        const auto b = hash256_from_hex(pair[1].get<std::string>());
        if (!a || !b) {
            return message(400, "Invalid pdq signal");
        }
        const int distance = hamming_distance(*a, *b);
        answer[type] = Json::array({distance <= PdqTable::kMaxDistance, {{"distance", distance}}});
    }
    return json_response(200, answer);
}

}  // namespace

void add_match_routes(Hma& hma, server::Router& router) {
    Context& context = hma.context();
    auto hashed = hma.route("POST", "/h/hash", access::kMayHash, "the signals of an upload");
    hashed.body = server::BodyKind::kUpload;
    hashed.request_types = {"multipart/form-data"};
    hashed.form_schema = "HmaFile";
    hashed.handler = [&hma](const RequestPtr& request, const server::Respond& respond) {
        with_medium(hma, request, respond,
                    [&hma, request, respond] { hash(hma, request, respond); });
    };
    router.add(hashed);
    auto fetched = hma.route("GET", "/h/hash", access::kMayHash, "the signals of what a URL names");
    fetched.parameters = parameters({"url", "content_type", "types"});
    fetched.handler = hashed.handler;
    router.add(fetched);
    auto file = hma.route("POST", "/m/lookup", access::kMayMatch, "looks an upload up");
    file.body = server::BodyKind::kUpload;
    file.request_types = {"multipart/form-data"};
    file.form_schema = "HmaFile";
    file.parameters = parameters({"banks", "types"});
    file.handler = [&hma](const RequestPtr& request, const server::Respond& respond) {
        with_medium(hma, request, respond,
                    [&hma, request, respond] { look_up_file(hma, request, respond); });
    };
    router.add(file);
    auto signal =
        hma.route("GET", "/m/lookup", access::kMayMatch, "looks up a signal, or what a URL names");
    signal.parameters =
        parameters({"signal_type", "signal", "banks", "url", "content_type", "types"});
    signal.handler =
        [by_signal = at_desk(
             context, [&hma](const RequestPtr& request) { return look_up_signal(hma, *request); }),
         by_file = file.handler](const RequestPtr& request, const server::Respond& respond) {
            request->parameter("url") ? by_file(request, respond) : by_signal(request, respond);
        };
    router.add(signal);
    auto raw =
        hma.route("GET", "/m/raw_lookup", access::kMayMatch, "also content that is disabled");
    raw.parameters = parameters({"signal_type", "signal", "banks", "include_distance"});
    raw.handler =
        at_desk(context, [&hma](const RequestPtr& request) { return look_up_raw(hma, *request); });
    router.add(raw);
    auto compared = hma.route("POST", "/m/compare", access::kMayMatch, "compares two signals");
    compared.body = server::BodyKind::kText;
    compared.request_types = {"application/json"};
    compared.json_schema = "HmaPair";
    compared.handler =
        at_desk(context, [](const RequestPtr& request) { return compare(*request); });
    router.add(compared);
}

}  // namespace refrain::service::hma
