#include <array>
#include <utility>

#include "refrain/feeds.h"

#include "feeds/byte_feed.h"
#include "feeds/detect.h"
#include "feeds/feed_sink.h"
#include "feeds/json_formats.h"
#include "feeds/line_formats.h"
#include "feeds/ncmec_xml.h"

namespace refrain {

namespace {

constexpr std::array<std::pair<FeedFormat, std::string_view>, 10> kFormatNames{{
    {FeedFormat::kAuto, "auto"},
    {FeedFormat::kPdq, "pdq"},
    {FeedFormat::kVpdq, "vpdq"},
    {FeedFormat::kDigests, "digests"},
    {FeedFormat::kRecords, "records"},
    {FeedFormat::kNcmec, "ncmec"},
    {FeedFormat::kStopNcii, "stopncii"},
    {FeedFormat::kTcap, "tcap"},
    {FeedFormat::kThreatExchange, "threatexchange"},
    {FeedFormat::kHma, "hma"},
}};

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

void read_vpdq(feeds::ByteFeed& bytes,
               feeds::VpdqForm form,
               bool is_word_reversed,
               feeds::FeedSink& sink) {
    if (form == feeds::VpdqForm::kText) {
        feeds::read_vpdq_lines(bytes, is_word_reversed, sink);
        return;
    }
    const auto json =
        form == feeds::VpdqForm::kStrings ? feeds::VpdqJson::kStrings : feeds::VpdqJson::kObjects;
    feeds::read_vpdq_json(bytes, json, is_word_reversed, sink);
}

Error unreadable_here(std::string message) {
    return {ErrorCode::kUnsupportedFormat, std::move(message)};
}

}  // namespace

std::string_view feed_format_name(FeedFormat format) {
    for (const auto& [known, name] : kFormatNames) {
        if (known == format) {
            return name;
        }
    }
    return {};
}

std::optional<FeedFormat> feed_format_named(std::string_view name) {
    for (const auto& [format, known] : kFormatNames) {
        if (known == name) {
            return format;
        }
    }
    return std::nullopt;
}

std::string_view signal_kind_name(SignalKind kind) {
    switch (kind) {
        case SignalKind::kNone:
            return {};
        case SignalKind::kPdq:
            return "pdq";
        case SignalKind::kVpdq:
            return "vpdq";
        case SignalKind::kMd5:
            return "md5";
        case SignalKind::kSha1:
            return "sha1";
        case SignalKind::kSha256:
            return "sha256";
    }
    return {};
}

std::optional<FeedFormat> detect_feed(std::string_view beginning) {
    if (beginning.starts_with(kByteOrderMark)) {
        beginning.remove_prefix(kByteOrderMark.size());
    }
    const auto found = feeds::detect_format(beginning);
    return found ? std::optional(found->format) : std::nullopt;
}

Result<FeedCounts> read_feed(const FeedBytes& source,
                             const FeedOptions& options,
                             const FeedVisitor& visitor,
                             const std::stop_token& stop) {
    if (!source) {
        return Error{ErrorCode::kInvalidArgument, "reading a feed needs its bytes"};
    }
    feeds::ByteFeed bytes(source, stop);
    if (bytes.peek().starts_with(kByteOrderMark)) {
        bytes.skip(kByteOrderMark.size());
    }
    feeds::Detected detected{options.format, feeds::detect_vpdq(bytes.peek())};
    if (options.format == FeedFormat::kAuto) {
        const auto found = feeds::detect_format(bytes.peek());
        if (!found && !bytes.failure()) {
            return unreadable_here("no list or feed of a known format; --format names one");
        }
        detected = found.value_or(detected);
    }
    FeedCounts counts;
    counts.format = detected.format;
    feeds::FeedSink sink(visitor, counts);
    switch (detected.format) {
        case FeedFormat::kAuto:
            break;
        case FeedFormat::kPdq:
            feeds::read_pdq_lines(bytes, options.is_word_reversed, sink);
            break;
        case FeedFormat::kVpdq:
            read_vpdq(bytes, detected.vpdq, options.is_word_reversed, sink);
            break;
        case FeedFormat::kDigests:
            feeds::read_digest_lines(bytes, sink);
            break;
        case FeedFormat::kRecords:
            return unreadable_here("a bundle of fingerprints is not a list of hashes");
        case FeedFormat::kNcmec:
            feeds::read_ncmec_xml(bytes, sink);
            break;
        case FeedFormat::kStopNcii:
            feeds::read_stopncii(bytes, sink);
            break;
        case FeedFormat::kTcap:
            feeds::read_tcap(bytes, sink);
            break;
        case FeedFormat::kThreatExchange:
            feeds::read_threatexchange(bytes, sink);
            break;
        case FeedFormat::kHma:
            feeds::read_hma(bytes, sink);
            break;
    }
    if (bytes.failure()) {
        return *bytes.failure();
    }
    counts.lines = bytes.lines();
    return counts;
}

}  // namespace refrain
