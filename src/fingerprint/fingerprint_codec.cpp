#include <limits>

#include <spdlog/fmt/fmt.h>

#include "refrain/fingerprint.h"

#include "fingerprint/byte_io.h"
#include "fingerprint/code_sections.h"
#include "fingerprint/crc64.h"
#include "fingerprint/hash_identity.h"
#include "fingerprint/local_section.h"
#include "fingerprint/parts_section.h"
#include "fingerprint/record_format.h"
#include "fingerprint/sample_sections.h"

namespace refrain {

namespace {

using fingerprint::ByteReader;
using fingerprint::ByteWriter;
using fingerprint::put_hash;
using fingerprint::read_hash;
using fingerprint::SectionType;

constexpr std::uint64_t kMaxTime = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kMaxSide = std::numeric_limits<std::int32_t>::max();

Error corrupt(std::string_view what) {
    return {ErrorCode::kCorrupt, fmt::format("fingerprint record: {}", what)};
}

Error unsupported(std::string what) {
    return {ErrorCode::kUnsupportedFormat, "fingerprint record: " + std::move(what)};
}

std::uint64_t unsigned_us(MediaTime time) { return static_cast<std::uint64_t>(time.us); }

template <typename Digest>
void read_digest(ByteReader& in, Digest& digest) {
    const std::span<const std::byte> bytes = in.take(digest.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        digest[i] = std::to_integer<std::uint8_t>(bytes[i]);
    }
}

void put_section(ByteWriter& out, SectionType type, std::uint16_t flags, const ByteWriter& body) {
    // Room for the checksum too: long sections are not to be copied as the buffer grows.
    out.reserve(out.bytes().size() + body.bytes().size() + 12 + fingerprint::kChecksumBytes);
    out.put_fixed(static_cast<std::uint16_t>(type), 2);
    out.put_fixed(flags, 2);
    out.put_fixed(body.bytes().size(), 8);
    out.put_bytes(body.bytes());
}

ByteWriter media_section(const MediaInfo& media) {
    ByteWriter body;
    body.put_fixed(static_cast<std::uint8_t>(media.kind), 1);
    body.put_varint(static_cast<std::uint64_t>(media.width));
    body.put_varint(static_cast<std::uint64_t>(media.height));
    body.put_varint(unsigned_us(media.duration));
    body.put_varint(media.digest.bytes);
    body.put_bytes(std::as_bytes(std::span(media.digest.sha256)));
    body.put_bytes(std::as_bytes(std::span(media.digest.md5)));
    body.put_text(media.container);
    body.put_text(media.codec);
    return body;
}

ByteWriter decode_section(const DecodeReport& report) {
    ByteWriter body;
    body.put_fixed(report.is_partial ? 1 : 0, 1);
    body.put_varint(report.decoded_frames);
    body.put_varint(report.skipped_packets);
    body.put_varint(unsigned_us(report.decoded_until));
    body.put_text(report.damage);
    return body;
}

ByteWriter frames_section(const std::vector<FrameHash>& frames) {
    ByteWriter body;
    body.reserve(frames.size() * (fingerprint::kMinFrameBytes + 4) + 10);
    body.put_varint(frames.size());
    MediaTime previous;
    for (const FrameHash& frame : frames) {
        body.put_varint(unsigned_us(frame.time - previous));
        body.put_fixed(frame.quality | (frame.is_keyframe ? fingerprint::kKeyframeMark : 0U), 1);
        put_hash(body, frame.hash);
        previous = frame.time;
    }
    return body;
}

ByteWriter views_section(const std::vector<DihedralHashes>& views) {
    ByteWriter body;
    body.reserve(views.size() * fingerprint::kStoredViews * fingerprint::kHashBytes);
    for (const DihedralHashes& hashes : views) {
        for (std::size_t view = 1; view < hashes.size(); ++view) {
            put_hash(body, hashes[view]);
        }
    }
    return body;
}

ByteWriter shots_section(const std::vector<MediaTime>& shots) {
    ByteWriter body;
    body.put_varint(shots.size());
    MediaTime previous;
    for (const MediaTime shot : shots) {
        body.put_varint(unsigned_us(shot - previous));
        previous = shot;
    }
    return body;
}

/// The numbers of the frames that show the inside of borders; empty where there is none.
ByteWriter insides_section(const std::vector<FrameHash>& frames) {
    ByteWriter body;
    std::uint64_t next = 0;
    for (std::size_t i = 0; i < frames.size(); ++i) {
        if (frames[i].is_inside_borders) {
            body.put_varint(i - next);
            next = i + 1;
        }
    }
    return body;
}

Result<void> read_media(ByteReader in, MediaInfo& media) {
    const std::uint64_t kind = in.fixed(1);
    const std::uint64_t width = in.varint();
    const std::uint64_t height = in.varint();
    const std::uint64_t duration = in.varint();
    media.digest.bytes = in.varint();
    read_digest(in, media.digest.sha256);
    read_digest(in, media.digest.md5);
    media.container = in.text();
    media.codec = in.text();
    if (!in.is_drained()) {
        return corrupt("the section of the medium is torn");
    }
    if (kind > static_cast<std::uint64_t>(MediaKind::kVideo)) {
        return corrupt(fmt::format("unknown kind {}", kind));
    }
    if (width > kMaxSide || height > kMaxSide || duration > kMaxTime) {
        return corrupt("size or duration out of range");
    }
    if (media.container.size() > fingerprint::kMaxTextBytes ||
        media.codec.size() > fingerprint::kMaxTextBytes) {
        return corrupt("the name of the container or codec is too long");
    }
    media.kind = static_cast<MediaKind>(kind);
    media.width = static_cast<std::int32_t>(width);
    media.height = static_cast<std::int32_t>(height);
    media.duration = MediaTime::from_us(static_cast<std::int64_t>(duration));
    return {};
}

Result<void> read_decode(ByteReader in, DecodeReport& report) {
    const std::uint64_t is_partial = in.fixed(1);
    report.decoded_frames = in.varint();
    report.skipped_packets = in.varint();
    const std::uint64_t until = in.varint();
    report.damage = in.text();
    if (!in.is_drained()) {
        return corrupt("the section of the decode report is torn");
    }
    if (is_partial > 1 || until > kMaxTime || report.damage.size() > fingerprint::kMaxTextBytes) {
        return corrupt("decode report out of range");
    }
    report.is_partial = is_partial == 1;
    report.decoded_until = MediaTime::from_us(static_cast<std::int64_t>(until));
    return {};
}

Result<void> read_frames(ByteReader in, std::vector<FrameHash>& frames) {
    const std::uint64_t count = in.varint();
    // The claim is believed only as far as the bytes can hold it: this bounds the allocation.
    if (in.has_failed() || count > in.remaining() / fingerprint::kMinFrameBytes) {
        return corrupt("more frames are claimed than the record can hold");
    }
    frames.reserve(static_cast<std::size_t>(count));
    std::uint64_t time = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t delta = in.varint();
        const std::uint64_t marks = in.fixed(1);
        FrameHash frame;
        frame.hash = read_hash(in);
        if (in.has_failed()) {
            return corrupt(fmt::format("frame {} is torn", i));
        }
        if (delta > kMaxTime - time) {
            return corrupt(fmt::format("frame {}: time out of range", i));
        }
        time += delta;
        frame.time = MediaTime::from_us(static_cast<std::int64_t>(time));
        frame.is_keyframe = (marks & fingerprint::kKeyframeMark) != 0;
        frame.quality =
            static_cast<std::uint8_t>(marks & ~std::uint64_t{fingerprint::kKeyframeMark});
        if (frame.quality > fingerprint::kMaxQuality) {
            return corrupt(fmt::format("frame {}: quality {}", i, frame.quality));
        }
        frames.push_back(frame);
    }
    if (!in.is_drained()) {
        return corrupt("bytes after the last frame");
    }
    return {};
}

Result<void> read_views(ByteReader in, Fingerprint& result) {
    constexpr std::size_t kBytesPerFrame = fingerprint::kStoredViews * fingerprint::kHashBytes;
    if (in.remaining() == 0 || in.remaining() % kBytesPerFrame != 0 ||
        in.remaining() / kBytesPerFrame != result.frames.size()) {
        return corrupt("the views do not fit the frames");
    }
    result.views.resize(result.frames.size());
    for (std::size_t i = 0; i < result.frames.size(); ++i) {
        result.views[i][0] = result.frames[i].hash;
        for (std::size_t view = 1; view < kDihedralViews; ++view) {
            result.views[i][view] = read_hash(in);
        }
    }
    return {};
}

Result<void> read_shots(ByteReader in, std::vector<MediaTime>& shots) {
    const std::uint64_t count = in.varint();
    // Each takes at least a byte, so a lying count cannot make us take memory.
    if (in.has_failed() || count == 0 || count > in.remaining()) {
        return corrupt("the number of shots does not fit");
    }
    shots.reserve(static_cast<std::size_t>(count));
    std::uint64_t time = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t step = in.varint();
        if (step > kMaxTime - time) {
            return corrupt("a shot begins out of range");
        }
        time += step;
        shots.push_back(MediaTime::from_us(static_cast<std::int64_t>(time)));
    }
    if (!in.is_drained()) {
        return corrupt("the section of shots is torn");
    }
    return {};
}

Result<void> read_insides(ByteReader in, std::vector<FrameHash>& frames) {
    std::uint64_t next = 0;
    if (in.remaining() == 0) {
        return corrupt("the section of insides is empty");
    }
    while (in.remaining() > 0) {
        const std::uint64_t step = in.varint();
        if (in.has_failed() || next >= frames.size() || step >= frames.size() - next) {
            return corrupt("an inside of no frame");
        }
        next += step;
        frames[static_cast<std::size_t>(next)].is_inside_borders = true;
        ++next;
    }
    return {};
}

struct Section {
    std::uint64_t type = 0;
    std::uint64_t flags = 0;
    std::span<const std::byte> body;
};

Result<void> read_note(ByteReader in, std::string& note) {
    note = in.text();
    if (!in.is_drained() || note.empty() || note.size() > fingerprint::kMaxTextBytes) {
        return corrupt("the section of the note is torn");
    }
    return {};
}

enum class Depth { kMain, kFurther };

Result<Fingerprint> read_sections(std::span<const std::byte> bytes, bool has_views, Depth depth);

Result<void> read_parts(ByteReader in, Depth depth, Fingerprint& result) {
    const Result<fingerprint::PackedParts> parts = fingerprint::read_parts(in);
    if (!parts) {
        return parts.error();
    }
    if (depth == Depth::kFurther && !parts->further.empty()) {
        return corrupt("a part has parts of its own");
    }
    result.part = parts->part;
    result.more_parts.reserve(parts->further.size());
    for (const fingerprint::PackedPart& packed : parts->further) {
        Result<Fingerprint> part =
            read_sections(packed.sections, packed.has_views, Depth::kFurther);
        if (!part) {
            return part.error();
        }
        result.more_parts.push_back(std::move(*part));
    }
    return {};
}

Result<void> read_section(const Section& section, Depth depth, Fingerprint& result) {
    switch (section.type) {
        case static_cast<std::uint64_t>(SectionType::kMedia):
            return read_media(ByteReader(section.body), result.media);
        case static_cast<std::uint64_t>(SectionType::kDecode):
            return read_decode(ByteReader(section.body), result.decode);
        case static_cast<std::uint64_t>(SectionType::kFrames):
            return read_frames(ByteReader(section.body), result.frames);
        case static_cast<std::uint64_t>(SectionType::kViews):
            return read_views(ByteReader(section.body), result);
        case static_cast<std::uint64_t>(SectionType::kShots):
            return read_shots(ByteReader(section.body), result.shots);
        case static_cast<std::uint64_t>(SectionType::kInsides):
            return read_insides(ByteReader(section.body), result.frames);
        case static_cast<std::uint64_t>(SectionType::kLocal):
            return fingerprint::read_local(ByteReader(section.body), result.local);
        case static_cast<std::uint64_t>(SectionType::kParts):
            return read_parts(ByteReader(section.body), depth, result);
        case static_cast<std::uint64_t>(SectionType::kNote):
            return read_note(ByteReader(section.body), result.decode.note);
        case static_cast<std::uint64_t>(SectionType::kCells):
            return fingerprint::read_cells(ByteReader(section.body), result.local);
        case static_cast<std::uint64_t>(SectionType::kLuma):
            return fingerprint::read_luma(ByteReader(section.body), result.local);
        case static_cast<std::uint64_t>(SectionType::kCodes):
            return fingerprint::read_codes(ByteReader(section.body), result.codes);
        case static_cast<std::uint64_t>(SectionType::kExact):
            return fingerprint::read_exact(ByteReader(section.body), result.frames.size(),
                                           result.exact);
        case static_cast<std::uint64_t>(SectionType::kSha1):
            return fingerprint::read_sha1(ByteReader(section.body), result.media.digest.sha1);
        case static_cast<std::uint64_t>(SectionType::kDigests):
            return fingerprint::read_digests(ByteReader(section.body), result.digests);
        case static_cast<std::uint64_t>(SectionType::kEdges):
            return fingerprint::read_edges(ByteReader(section.body), result.local);
        default:
            break;
    }
    if ((section.flags & fingerprint::kSectionMandatory) != 0) {
        return unsupported(
            fmt::format("it needs section {}, which this build does not know", section.type));
    }
    return {};
}

/// Magic, length and checksum: the part that is the same in every version of the format.
Result<void> check_envelope(std::span<const std::byte> record) {
    if (record.size() < fingerprint::kHeaderBytes + fingerprint::kChecksumBytes) {
        return corrupt(fmt::format("only {} bytes long", record.size()));
    }
    ByteReader in(record);
    for (const std::uint8_t expected : fingerprint::kMagic) {
        if (in.fixed(1) != expected) {
            return corrupt("it does not begin like one");
        }
    }
    static_cast<void>(in.take(8));
    const std::uint64_t length = in.fixed(8);
    if (length != record.size()) {
        return corrupt(fmt::format("{} bytes long instead of {}", record.size(), length));
    }
    const std::size_t covered = record.size() - fingerprint::kChecksumBytes;
    if (ByteReader(record.subspan(covered)).fixed(8) !=
        fingerprint::crc64_xz(record.first(covered))) {
        return corrupt("the checksum does not fit");
    }
    return {};
}

/// Whether this is an entry of a hash list from before records said so.
bool is_early_hash_list(const Fingerprint& medium) {
    return medium.codes == CodeKind::kAreaMeans && medium.media.digest.bytes == 0 &&
           !medium.frames.empty() && medium.media.digest.sha256 == fingerprint::identity_of(medium);
}

/// @return whether the record says that it carries views
Result<bool> check_header(std::span<const std::byte> header) {
    ByteReader in(header.subspan(fingerprint::kMagic.size()));
    const std::uint64_t format = in.fixed(2);
    const std::uint64_t algorithm = in.fixed(2);
    const std::uint64_t flags = in.fixed(4);
    if (format != fingerprint::kFormatVersion) {
        return unsupported(fmt::format("format version {}, this build reads {}", format,
                                       fingerprint::kFormatVersion));
    }
    if (algorithm != kAlgorithmVersion) {
        return unsupported(fmt::format("hashed by algorithm version {}, this build compares {}",
                                       algorithm, kAlgorithmVersion));
    }
    if ((flags & ~std::uint64_t{fingerprint::kRecordHasViews}) != 0) {
        return unsupported(fmt::format("unknown flags {:#x}", flags));
    }
    return flags != 0;
}

Result<Section> next_section(ByteReader& in) {
    Section section;
    section.type = in.fixed(2);
    section.flags = in.fixed(2);
    section.body = in.take(in.fixed(8));
    if (in.has_failed()) {
        return corrupt("a section is longer than the record");
    }
    return section;
}

Result<Fingerprint> read_sections(std::span<const std::byte> bytes, bool has_views, Depth depth) {
    Fingerprint result;
    ByteReader in(bytes);
    std::uint64_t last_type = 0;
    std::uint64_t known = 0;
    while (!in.is_drained()) {
        const Result<Section> section = next_section(in);
        if (!section) {
            return section.error();
        }
        if (section->type <= last_type) {
            return corrupt("sections out of order");
        }
        last_type = section->type;
        if ((section->flags & ~std::uint64_t{fingerprint::kSectionMandatory}) != 0) {
            return unsupported(
                fmt::format("section {}: unknown flags {:#x}", section->type, section->flags));
        }
        if (const Result<void> read = read_section(*section, depth, result); !read) {
            return read.error();
        }
        if (section->type <= static_cast<std::uint64_t>(SectionType::kViews)) {
            known |= std::uint64_t{1} << section->type;
        }
    }
    constexpr std::uint64_t kAlways = 0b01110;
    constexpr std::uint64_t kWithViews = 0b11110;
    if (known != (has_views ? kWithViews : kAlways)) {
        return corrupt("a section is missing, or there is one too many");
    }
    for (const std::string& misfit :
         {fingerprint::misfit_of_codes(result), fingerprint::misfit_of_parts(result)}) {
        if (!misfit.empty()) {
            return corrupt(misfit);
        }
    }
    return result;
}

ByteWriter sections_of(const Fingerprint& medium);

/// The body of the section of parts; of most media there is none.
ByteWriter packed_parts(const Fingerprint& medium) {
    if (medium.more_parts.empty() && medium.part == PartInfo{}) {
        return {};
    }
    std::vector<ByteWriter> bodies;
    bodies.reserve(medium.more_parts.size());
    fingerprint::PackedParts parts;
    parts.part = medium.part;
    for (const Fingerprint& part : medium.more_parts) {
        bodies.push_back(sections_of(part));
        parts.further.push_back({!part.views.empty(), bodies.back().bytes()});
    }
    return fingerprint::parts_section(parts);
}

/// All that stands in a record between header and checksum.
ByteWriter sections_of(const Fingerprint& medium) {
    ByteWriter sections;
    put_section(sections, SectionType::kMedia, fingerprint::kSectionMandatory,
                media_section(medium.media));
    put_section(sections, SectionType::kDecode, fingerprint::kSectionMandatory,
                decode_section(medium.decode));
    put_section(sections, SectionType::kFrames, fingerprint::kSectionMandatory,
                frames_section(medium.frames));
    if (!medium.views.empty()) {
        put_section(sections, SectionType::kViews, 0, views_section(medium.views));
    }
    if (!medium.shots.empty()) {
        put_section(sections, SectionType::kShots, 0, shots_section(medium.shots));
    }
    if (const ByteWriter insides = insides_section(medium.frames); !insides.bytes().empty()) {
        put_section(sections, SectionType::kInsides, 0, insides);
    }
    if (!medium.local.empty()) {
        put_section(sections, SectionType::kLocal, 0, fingerprint::local_section(medium.local));
    }
    // A build that knows no parts must not take the main one for the whole.
    if (const ByteWriter parts = packed_parts(medium); !parts.bytes().empty()) {
        put_section(sections, SectionType::kParts, fingerprint::kSectionMandatory, parts);
    }
    if (!medium.decode.note.empty()) {
        ByteWriter note;
        note.put_text(medium.decode.note);
        put_section(sections, SectionType::kNote, 0, note);
    }
    if (const ByteWriter cells = fingerprint::cells_section(medium.local); !cells.bytes().empty()) {
        put_section(sections, SectionType::kCells, 0, cells);
    }
    if (const ByteWriter luma = fingerprint::luma_section(medium.local); !luma.bytes().empty()) {
        put_section(sections, SectionType::kLuma, 0, luma);
    }
    // A build that does not know of exact codes must not compare them with others.
    if (const ByteWriter codes = fingerprint::codes_section(medium.codes); !codes.bytes().empty()) {
        put_section(sections, SectionType::kCodes, fingerprint::kSectionMandatory, codes);
    }
    if (const ByteWriter exact = fingerprint::exact_section(medium.exact); !exact.bytes().empty()) {
        put_section(sections, SectionType::kExact, 0, exact);
    }
    if (const ByteWriter sha1 = fingerprint::sha1_section(medium.media.digest.sha1);
        !sha1.bytes().empty()) {
        put_section(sections, SectionType::kSha1, 0, sha1);
    }
    // A build that does not know it would take the item for one that nothing finds.
    if (const ByteWriter digests = fingerprint::digests_section(medium.digests);
        !digests.bytes().empty()) {
        put_section(sections, SectionType::kDigests, fingerprint::kSectionMandatory, digests);
    }
    if (const ByteWriter edges = fingerprint::edges_section(medium.local); !edges.bytes().empty()) {
        put_section(sections, SectionType::kEdges, 0, edges);
    }
    return sections;
}

}  // namespace

Result<std::vector<std::byte>> encode_fingerprint(const Fingerprint& medium) {
    if (Result<void> sound = check_fingerprint(medium); !sound) {
        return sound.error();
    }
    const ByteWriter sections = sections_of(medium);

    const std::size_t length =
        fingerprint::kHeaderBytes + sections.bytes().size() + fingerprint::kChecksumBytes;
    ByteWriter out;
    out.reserve(length);
    out.put_bytes(std::as_bytes(std::span(fingerprint::kMagic)));
    out.put_fixed(fingerprint::kFormatVersion, 2);
    out.put_fixed(kAlgorithmVersion, 2);
    out.put_fixed(medium.views.empty() ? 0 : fingerprint::kRecordHasViews, 4);
    out.put_fixed(length, 8);
    out.put_bytes(sections.bytes());
    out.put_fixed(fingerprint::crc64_xz(out.bytes()), 8);
    return out.take();
}

Result<Fingerprint> decode_fingerprint(std::span<const std::byte> record) {
    if (const Result<void> envelope = check_envelope(record); !envelope) {
        return envelope.error();
    }
    const Result<bool> has_views = check_header(record.first(fingerprint::kHeaderBytes));
    if (!has_views) {
        return has_views.error();
    }
    const std::size_t sections =
        record.size() - fingerprint::kHeaderBytes - fingerprint::kChecksumBytes;
    Result<Fingerprint> medium = read_sections(record.subspan(fingerprint::kHeaderBytes, sections),
                                               *has_views, Depth::kMain);
    if (medium && is_early_hash_list(*medium)) {
        medium->codes = CodeKind::kExactPdq;
    }
    return medium;
}

}  // namespace refrain
