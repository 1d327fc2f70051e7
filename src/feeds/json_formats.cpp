#include "feeds/json_formats.h"

#include <limits>
#include <string>
#include <utility>

#include "feeds/feed_text.h"
#include "feeds/json_fields.h"
#include "feeds/json_records.h"
#include "feeds/line_formats.h"

namespace refrain::feeds {

namespace {

using Json = nlohmann::json;

/// Refuses what is no object. @return whether it is one
bool is_entry(const Json& record, std::uint64_t line, FeedSink& sink) {
    if (!record.is_object()) {
        sink.refuse("bad_entry", line, "an entry that is no object");
        return false;
    }
    return true;
}

/// What a feed calls a kind of hash that can be looked up here; kNone: it cannot.
SignalKind kind_of(std::string_view name) {
    constexpr std::pair<std::string_view, SignalKind> kNames[] = {
        {"PDQ", SignalKind::kPdq},
        {"ImagePDQ", SignalKind::kPdq},
        {"HASH_PDQ", SignalKind::kPdq},
        {"MD5", SignalKind::kMd5},
        {"VideoMD5", SignalKind::kMd5},
        {"HASH_MD5", SignalKind::kMd5},
        {"HASH_VIDEO_MD5", SignalKind::kMd5},
        {"SHA1", SignalKind::kSha1},
        {"HASH_SHA1", SignalKind::kSha1},
        {"SHA256", SignalKind::kSha256},
        {"HASH_SHA256", SignalKind::kSha256},
    };
    for (const auto& [known, kind] : kNames) {
        if (known == name) {
            return kind;
        }
    }
    return SignalKind::kNone;
}

Refused read_signal(SignalKind kind, std::string_view hex, FeedEntry& entry) {
    if (kind == SignalKind::kNone) {
        return "unsupported_signal";
    }
    hex = trimmed(hex);
    if (kind != SignalKind::kPdq) {
        return read_digest(hex, kind, entry);
    }
    entry.kind = kind;
    return read_pdq(hex, false, entry.pdq);
}

/// Hands the entry over, or refuses it. A withdrawal needs no hash where it has an id.
void finish(FeedEntry&& entry, Refused why, std::string_view hash, FeedSink& sink) {
    if (entry.action == FeedAction::kWithdraw && why.data() != nullptr &&
        !entry.source_id.empty()) {
        entry.kind = SignalKind::kNone;
        why = {};
    }
    if (why.data() != nullptr) {
        sink.refuse(why, entry.line, excerpt(hash));
    } else {
        sink.entry(std::move(entry));
    }
}

void take_stopncii(const Json& record, std::uint64_t line, FeedSink& sink) {
    if (!is_entry(record, line, sink)) {
        return;
    }
    FeedEntry entry;
    entry.line = line;
    const std::string hash = text_of(record, "hashValue");
    const std::string signal = text_of(record, "signalType");
    const std::string status = text_of(record, "hashStatus");
    // The feed has no ids: what names an entry is its hash.
    entry.source_id = signal.empty() || hash.empty() ? std::string() : signal + ":" + hash;
    entry.at_us = time_of(record, "lastModtimestamp");
    Refused why = read_signal(kind_of(signal), hash, entry);
    if (status == "Withdrawn" || status == "Deleted") {
        entry.action = FeedAction::kWithdraw;
    } else if (status != "Received" && status != "Active") {
        why = "unknown_status";
    }
    add_label(entry, "case_numbers", joined(record, "caseNumbers"));
    if (const Json* const feedbacks = member(record, "CSPFeedbacks");
        feedbacks != nullptr && feedbacks->is_array()) {
        std::size_t number = 0;
        for (const Json& feedback : *feedbacks) {
            const std::string value = text_of(feedback, "feedbackValue");
            entry.opinions +=
                (number++ == 0 ? "" : ",") + text_of(feedback, "source") + "=" + value;
        }
        entry.opinions.resize(std::min(entry.opinions.size(), FeedLimits::kMaxLabel));
    }
    count_unknown(record,
                  {"lastModtimestamp", "hashValue", "hashStatus", "caseNumbers", "signalType",
                   "CSPFeedbacks"},
                  sink);
    finish(std::move(entry), why, hash, sink);
}

void take_tcap(const Json& record, std::uint64_t line, FeedSink& sink) {
    if (!is_entry(record, line, sink)) {
        return;
    }
    FeedEntry entry;
    entry.line = line;
    entry.source_id = text_of(record, "id");
    entry.at_us = time_of(record, "updated_on");
    if (!entry.at_us) {
        entry.at_us = time_of(record, "created_on");
    }
    if (is_true(record, "deleted")) {
        entry.action = FeedAction::kWithdraw;
    }
    add_label(entry, "ideology", joined(record, "ideology"));
    add_label(entry, "file_type", joined(record, "file_type"));
    const std::string hash = text_of(record, "hash_digest");
    const Refused why = read_signal(kind_of(text_of(record, "algorithm")), hash, entry);
    count_unknown(record,
                  {"hash_digest", "algorithm", "ideology", "file_type", "deleted", "updated_on",
                   "created_on", "id"},
                  sink);
    finish(std::move(entry), why, hash, sink);
}

/// Several owners may hold opinions of one indicator.
void read_descriptors(const Json& record, FeedEntry& entry) {
    const Json* const descriptors = member(record, "descriptors");
    const Json* const all = descriptors != nullptr ? member(*descriptors, "data") : nullptr;
    if (all == nullptr || !all->is_array()) {
        return;
    }
    std::size_t harmless = 0;
    std::size_t others = 0;
    std::string tags;
    for (const Json& descriptor : *all) {
        const std::string status = text_of(descriptor, "status");
        const Json* const owner = member(descriptor, "owner");
        const std::string name = owner != nullptr ? text_of(*owner, "id") : std::string();
        // Who has not looked at it holds no opinion.
        harmless += status == "NON_MALICIOUS" ? 1U : 0U;
        others += status == "MALICIOUS" || status == "SUSPICIOUS" ? 1U : 0U;
        entry.opinions += (entry.opinions.empty() ? "" : ",") + name + "=" + status;
        const std::string own = joined(descriptor, "tags");
        tags += (tags.empty() || own.empty() ? "" : ",") + own;
        if (entry.opinions.size() > FeedLimits::kMaxLabel) {
            break;
        }
    }
    entry.opinions.resize(std::min(entry.opinions.size(), FeedLimits::kMaxLabel));
    if (harmless > 0) {
        entry.opinion = others == 0 ? FeedOpinion::kHarmless : FeedOpinion::kDisputed;
    }
    add_label(entry, "tags", tags);
}

void take_threatexchange(const Json& record, std::uint64_t line, FeedSink& sink) {
    if (!is_entry(record, line, sink)) {
        return;
    }
    FeedEntry entry;
    entry.line = line;
    entry.source_id = text_of(record, "id");
    entry.at_us = time_of(record, "last_updated");
    if (is_true(record, "should_delete")) {
        entry.action = FeedAction::kWithdraw;
    }
    read_descriptors(record, entry);
    const std::string hash = text_of(record, "indicator");
    const std::string type = text_of(record, "type");
    if (type == "HASH_VIDEO_MD5") {
        add_label(entry, "file_type", "video");
    }
    const Refused why = read_signal(kind_of(type), hash, entry);
    count_unknown(
        record, {"id", "indicator", "type", "last_updated", "should_delete", "descriptors"}, sink);
    finish(std::move(entry), why, hash, sink);
}

/// `hex,quality,seconds`, what vPDQ keeps of a frame.
Refused read_frame_text(std::string_view text, bool is_word_reversed, FeedFrame& frame) {
    const std::size_t first = text.find(',');
    const std::size_t second = first == text.npos ? text.npos : text.find(',', first + 1);
    if (second == text.npos) {
        return "bad_field";
    }
    const auto quality = read_quality(text.substr(first + 1, second - first - 1));
    // Three significant digits, so 100.5 s is written as 1e+02: one second above 100 s, ten above
    // 1000 s.
    const auto time = read_seconds(text.substr(second + 1));
    if (!quality || !time) {
        return quality ? "bad_time" : "bad_quality";
    }
    frame.quality = *quality;
    frame.time = *time;
    return read_pdq(trimmed(text.substr(0, first)), is_word_reversed, frame.hash);
}

Refused read_frame(const Json& record, bool is_word_reversed, FeedFrame& frame) {
    if (record.is_string()) {
        return read_frame_text(record.get_ref<const std::string&>(), is_word_reversed, frame);
    }
    // A member of the older form: {"0": {...}}.
    if (!record.is_object() || record.empty() || !record.begin()->is_object()) {
        return "bad_entry";
    }
    const Json& fields = *record.begin();
    return read_frame_text(text_of(fields, "hash") + "," + text_of(fields, "quality") + "," +
                               text_of(fields, "timestamp"),
                           is_word_reversed, frame);
}

/// Each document is a video.
void read_vpdq(ByteFeed& bytes,
               const RecordShape& shape,
               bool is_word_reversed,
               FeedSink& sink,
               const FeedEntry& entry) {
    FeedEntry video = entry;
    const auto take = [&](const Json& record, std::uint64_t line) {
        FeedFrame frame;
        video.line = line;
        if (const Refused why = read_frame(record, is_word_reversed, frame);
            why.data() != nullptr) {
            sink.refuse(why, line, {});
        } else if (video.frames.size() == FeedLimits::kMaxFrames) {
            sink.refuse("too_many_frames", line, {});
        } else {
            video.frames.push_back(frame);
        }
    };
    const auto finish_one = [&] {
        finish_video(std::exchange(video, entry), sink);
    };
    read_json_records(bytes, shape, sink, take, finish_one);
    finish_one();  // of a document that is cut off
}

/// A signal that is itself a JSON document in a text.
void read_nested_vpdq(const std::string& text, const FeedEntry& entry, FeedSink& sink) {
    bool is_given = false;
    const FeedBytes once = [&](std::span<char> into) -> Result<std::size_t> {
        if (std::exchange(is_given, true) || text.size() > into.size()) {
            return std::size_t{0};
        }
        std::copy(text.begin(), text.end(), into.begin());
        return text.size();
    };
    const std::stop_token never;
    ByteFeed nested(once, never);
    read_vpdq(nested, {RecordPlace::kElements}, false, sink, entry);
}

void take_hma(const Json& record, std::uint64_t line, FeedSink& sink) {
    if (!is_entry(record, line, sink)) {
        return;
    }
    FeedEntry entry;
    entry.line = line;
    const Json* const bank = member(record, "bank");
    const std::string bank_name = bank == nullptr     ? std::string()
                                  : bank->is_object() ? text_of(*bank, "name")
                                                      : text_of(record, "bank");
    const std::string id = text_of(record, "id");
    entry.source_id = bank_name.empty() || id.empty() ? id : bank_name + "/" + id;
    add_label(entry, "hma_bank", bank_name);
    add_label(entry, "note", text_of(record, "note"));
    add_label(entry, "media_uri", text_of(record, "original_media_uri"));
    if (const Json* const metadata = member(record, "metadata"); metadata != nullptr) {
        add_label(entry, "content_id", text_of(*metadata, "content_id"));
        add_label(entry, "content_uri", text_of(*metadata, "content_uri"));
    }
    // 0: disabled for ever; 1, a moment long past: enabled; else until then.
    if (const auto until = time_of(record, "disable_until_ts"); until && *until != 1'000'000) {
        entry.disabled_until_us = *until == 0 ? std::numeric_limits<std::int64_t>::max() : *until;
    }
    const Json* const signals = member(record, "signals");
    if (signals == nullptr || !signals->is_object() || signals->empty()) {
        sink.refuse("no_signals", line, id);
        return;
    }
    count_unknown(
        record,
        {"id", "bank", "note", "original_media_uri", "metadata", "disable_until_ts", "signals"},
        sink);
    for (const auto& [name, value] : signals->items()) {
        const std::string text = text_of(*signals, name.c_str());
        if (name == "vpdq") {
            read_nested_vpdq(text, entry, sink);
            continue;
        }
        FeedEntry one = entry;
        const SignalKind kind = name == "pdq"         ? SignalKind::kPdq
                                : name == "video_md5" ? SignalKind::kMd5
                                                      : SignalKind::kNone;
        const Refused why = read_signal(kind, text, one);
        finish(std::move(one), why, text, sink);
    }
}

}  // namespace

void read_stopncii(ByteFeed& bytes, FeedSink& sink) {
    read_json_records(
        bytes, {RecordPlace::kArrayUnderKey, "hashRecords"}, sink,
        [&](const Json& record, std::uint64_t line) { take_stopncii(record, line, sink); });
}

void read_tcap(ByteFeed& bytes, FeedSink& sink) {
    read_json_records(
        bytes, {RecordPlace::kArrayUnderKey, "results"}, sink,
        [&](const Json& record, std::uint64_t line) { take_tcap(record, line, sink); });
}

void read_threatexchange(ByteFeed& bytes, FeedSink& sink) {
    read_json_records(
        bytes, {RecordPlace::kArrayUnderKey, "data"}, sink,
        [&](const Json& record, std::uint64_t line) { take_threatexchange(record, line, sink); });
}

void read_hma(ByteFeed& bytes, FeedSink& sink) {
    read_json_records(
        bytes, {RecordPlace::kDocument}, sink,
        [&](const Json& record, std::uint64_t line) { take_hma(record, line, sink); });
}

void read_vpdq_json(ByteFeed& bytes, VpdqJson form, bool is_word_reversed, FeedSink& sink) {
    const RecordShape shape{form == VpdqJson::kStrings ? RecordPlace::kElements
                                                       : RecordPlace::kMembers};
    read_vpdq(bytes, shape, is_word_reversed, sink, {});
}

}  // namespace refrain::feeds
