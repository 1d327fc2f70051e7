#include "media/ffmpeg_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <spdlog/fmt/fmt.h>

extern "C" {
#include <libavutil/display.h>
}

#include "media/edit_list.h"
#include "media/ffmpeg_decoder.h"
#include "media/ffmpeg_input.h"
#include "media/luma_plane.h"
#include "media/packet_clock.h"
#include "media/packet_picker.h"
#include "media/picture_converter.h"
#include "media/still_reader.h"
#include "media/timeline.h"

namespace refrain::media {
namespace {

// A demuxer that fails this often in a row is not getting anywhere.
constexpr int kMaxReadFailures = 1000;
// Where neither container nor codec knows how long a frame lasts: 25 a second.
constexpr MediaTime kUsualFrameDuration = MediaTime::from_ms(40);
// Clocks beyond these are not believed, on average over all frames: slide shows and slow motion
// lie between (docs/decisions/0008-clocks-that-lie.md).
constexpr double kSlowestFrameSeconds = 1;
constexpr double kFastestFrameSeconds = 0.001;
constexpr double kFewestClockedFrames = 25;
// Far beyond any limit, and far from overflow when added.
constexpr std::int64_t kMaxStampUs = std::int64_t{1} << 53;

MediaTime to_time(std::int64_t stamp, AVRational base) {
    const std::int64_t us =
        av_rescale_q_rnd(stamp, base, AVRational{1, AV_TIME_BASE}, AV_ROUND_NEAR_INF);
    return MediaTime::from_us(std::clamp(us, -kMaxStampUs, kMaxStampUs));
}

/// Containers for broadcasting, whose clock starts anywhere and may start anew.
bool is_broadcast(const AVInputFormat& demuxer) {
    const std::string_view name = demuxer.name;
    return name == "mpegts" || name == "mpeg" || name == "wtv";
}

/// The stamp that is time 0: the container's own zero, unless that means nothing. Without a value,
/// the first one.
std::optional<MediaTime> origin_of(const AVFormatContext& format, const AVStream& stream) {
    if (is_broadcast(*format.iformat)) {
        if (format.start_time == AV_NOPTS_VALUE) {
            return std::nullopt;
        }
        return MediaTime::from_us(std::clamp(format.start_time, -kMaxStampUs, kMaxStampUs));
    }
    if (stream.start_time != AV_NOPTS_VALUE && stream.start_time < 0) {
        return to_time(stream.start_time, stream.time_base);
    }
    return MediaTime{};
}

frame::Dihedral matrix_orientation(const std::uint8_t* data, std::size_t size) {
    std::array<std::int32_t, 9> matrix{};
    if (data == nullptr || size < sizeof(matrix)) {
        return {};
    }
    std::memcpy(matrix.data(), data, sizeof(matrix));
    return orientation_from_matrix(matrix);
}

frame::Dihedral orientation_of(const AVFrame& frame, const AVStream& stream) {
    const AVFrameSideData* own = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX);
    if (own != nullptr) {
        return matrix_orientation(own->data, own->size);
    }
    std::size_t size = 0;
    const std::uint8_t* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    return matrix_orientation(data, size);
}

class FfmpegReader final : public FrameReader {
  public:
    FfmpegReader(std::unique_ptr<FfmpegInput> input,
                 FfmpegDecoder decoder,
                 const ReaderOptions& options,
                 std::string truncation,
                 const FfmpegTrack& track);

    /// Frames at these places in the file are passed over. Sorted.
    void pass_over(std::vector<std::int64_t> positions) { passed_over_ = std::move(positions); }

    /// Decodes the first frame, so that `info` is true. @error as next
    [[nodiscard]] Result<void> prime();

    [[nodiscard]] const StreamInfo& info() const override { return info_; }
    Result<std::optional<frame::FrameHeader>> next() override;
    Result<frame::RgbView> picture() override;
    std::optional<frame::LumaView> luma() override;
    std::shared_ptr<const void> hold_luma() override;
    [[nodiscard]] const DecodeReport& report() const override { return report_; }
    [[nodiscard]] bool shows_ground() const override { return converter_.shows_ground(); }
    [[nodiscard]] bool has_left_out_frames() const override;
    [[nodiscard]] bool has_implausible_clock() const override { return has_implausible_clock_; }

  private:
    using Header = std::optional<frame::FrameHeader>;
    enum class Feeding { kPackets, kDraining };

    Result<Header> decode_next();
    Result<void> feed();
    Result<void> pick_packet();
    Result<void> read_packet();
    void note_end(const AVPacket& packet);
    Result<Header> accept_frame();
    Result<void> note_damage(int error);
    void finish();
    [[nodiscard]] double frames_until_now() const;
    void judge_clock();
    void judge_torn_packets();
    [[nodiscard]] MediaTime frame_duration() const;

    ReaderOptions options_;
    std::unique_ptr<FfmpegInput> input_;
    FfmpegDecoder decoder_;
    PacketPicker picker_;
    PacketHandle packet_;
    FrameHandle frame_;
    PictureConverter converter_;
    Presentation presentation_;
    std::optional<PacketClock> clock_;  ///< of broadcast streams
    Timeline timeline_;
    StreamInfo info_;
    DecodeReport report_;
    std::string truncation_;
    std::string first_damage_;
    std::string torn_packet_;  ///< where the first incomplete packet is, in words
    FfmpegTrack track_;
    std::vector<std::int64_t> passed_over_;
    int streams_at_open_;
    MediaTime first_time_;
    bool has_implausible_clock_ = false;
    MediaTime left_out_until_;
    std::uint64_t damaged_frames_ = 0;
    std::uint64_t damaged_reads_ = 0;
    std::optional<Result<Header>> primed_;
    std::optional<Error> failure_;
    Feeding feeding_ = Feeding::kPackets;
    bool has_picture_ = false;
    bool is_done_ = false;
};

MediaTime claimed_duration(const FfmpegInput& input) {
    const std::int64_t claimed = input.format->duration;
    return MediaTime::from_us(std::clamp<std::int64_t>(claimed, 0, kMaxStampUs));
}

Timeline::Options timeline_options(const FfmpegInput& input) {
    Timeline::Options options;
    options.origin = origin_of(*input.format, *input.stream);
    // Where the clock starts anew, the claim is made from stamps of several clocks.
    if (!is_broadcast(*input.format->iformat)) {
        options.claimed_end = claimed_duration(input);
    }
    return options;
}

FfmpegReader::FfmpegReader(std::unique_ptr<FfmpegInput> input,
                           FfmpegDecoder decoder,
                           const ReaderOptions& options,
                           std::string truncation,
                           const FfmpegTrack& track)
    : options_(options),
      input_(std::move(input)),
      decoder_(std::move(decoder)),
      picker_(options.decoding, input_->stream->time_base),
      packet_(av_packet_alloc()),
      frame_(av_frame_alloc()),
      timeline_(timeline_options(*input_)),
      truncation_(std::move(truncation)),
      track_(track),
      streams_at_open_(static_cast<int>(input_->format->nb_streams)) {
    presentation_.ground = options_.ground;
    presentation_.limits = options.limits;
    info_.container = input_->format->iformat->name;
    info_.codec = decoder_.name();
    info_.width = input_->stream->codecpar->width;
    info_.height = input_->stream->codecpar->height;
    info_.is_still_container = input_->is_picture_format;
    info_.duration = claimed_duration(*input_);
    if (is_broadcast(*input_->format->iformat)) {
        clock_.emplace(input_->stream->time_base);
    }
}

Result<void> FfmpegReader::prime() {
    if (!packet_ || !frame_) {
        return Error{ErrorCode::kInternal, "out of memory for a frame"};
    }
    Result<Header> first = decode_next();
    if (!first) {
        return first.error();
    }
    primed_ = std::move(first);
    return {};
}

Result<FfmpegReader::Header> FfmpegReader::next() {
    if (primed_) {
        Result<Header> first = std::move(*primed_);
        primed_.reset();
        return first;
    }
    if (failure_) {
        return *failure_;
    }
    Result<Header> result = decode_next();
    if (!result) {
        failure_ = result.error();
    }
    return result;
}

Result<FfmpegReader::Header> FfmpegReader::decode_next() {
    has_picture_ = false;
    while (!is_done_) {
        const int outcome = decoder_.receive(*frame_);
        if (outcome >= 0) {
            if (std::binary_search(passed_over_.begin(), passed_over_.end(), frame_->pkt_pos)) {
                continue;
            }
            return accept_frame();
        }
        Result<void> step;
        if (outcome == AVERROR_EOF) {
            finish();
        } else if (outcome == AVERROR(EAGAIN)) {
            step = feed();
        } else {
            step = note_damage(outcome);
        }
        if (!step) {
            return step.error();
        }
    }
    return Header();
}

Result<void> FfmpegReader::feed() {
    Result<void> alive = input_->check();
    if (!alive) {
        return alive;
    }
    if (feeding_ == Feeding::kDraining) {
        // A decoder that asks for more after the end has nothing more to give.
        finish();
        return {};
    }
    Result<void> picked = pick_packet();
    if (!picked) {
        return picked;
    }
    const bool is_end = feeding_ == Feeding::kDraining;
    const int sent = decoder_.send(is_end ? nullptr : packet_.get());
    av_packet_unref(packet_.get());
    return sent < 0 && sent != AVERROR_EOF ? note_damage(sent) : Result<void>();
}

/// Leaves the next packet to decode in `packet_`, or starts draining.
Result<void> FfmpegReader::pick_packet() {
    while (!picker_.take(*packet_)) {
        Result<void> read = read_packet();
        if (!read || feeding_ == Feeding::kDraining) {
            return read;
        }
        note_end(*packet_);
        if (!picker_.offer(*packet_)) {
            return Error{ErrorCode::kInternal, "out of memory for a packet"};
        }
    }
    return {};
}

/// Keeps the end of what may not be decoded, so that the medium does not seem shorter than it is.
void FfmpegReader::note_end(const AVPacket& packet) {
    if (options_.decoding == Decoding::kEveryFrame || packet.pts == AV_NOPTS_VALUE ||
        std::binary_search(passed_over_.begin(), passed_over_.end(), packet.pos)) {
        return;
    }
    const AVRational base = input_->stream->time_base;
    const MediaTime begin = to_time(packet.pts, base) - timeline_.origin();
    left_out_until_ = std::max(left_out_until_, begin + to_time(packet.duration, base));
}

Result<void> FfmpegReader::read_packet() {
    for (int failures = 0; failures < kMaxReadFailures;) {
        const int outcome = av_read_frame(input_->format.get(), packet_.get());
        Result<void> alive = input_->check();
        if (!alive) {
            return alive;
        }
        if (outcome == AVERROR_EOF) {
            break;
        }
        if (outcome < 0) {
            ++failures;
            ++damaged_reads_;
            if (first_damage_.empty()) {
                first_damage_ = fmt::format("the container is damaged after {:.3f} s: {}",
                                            timeline_.end().seconds(), ffmpeg_message(outcome));
            }
            continue;
        }
        failures = 0;
        if (packet_->stream_index == input_->stream->index) {
            if ((packet_->flags & AV_PKT_FLAG_CORRUPT) != 0 && torn_packet_.empty()) {
                torn_packet_ =
                    fmt::format("a packet after {:.3f} s is incomplete", timeline_.end().seconds());
            }
            if (clock_) {
                clock_->set_right(*packet_);
            }
            return {};
        }
        if (packet_->stream_index >= streams_at_open_ && !track_.is_further &&
            first_damage_.empty() &&
            input_->format->streams[packet_->stream_index]->codecpar->codec_type ==
                AVMEDIA_TYPE_VIDEO) {
            first_damage_ = fmt::format("a further track begins after {:.3f} s and is left out",
                                        timeline_.end().seconds());
        }
        av_packet_unref(packet_.get());
    }
    feeding_ = Feeding::kDraining;
    return {};
}

Result<void> FfmpegReader::note_damage(int error) {
    Result<void> refused = decoder_.check_refused();
    if (!refused) {
        return refused;
    }
    if (error == AVERROR(ENOMEM)) {
        return Error{ErrorCode::kInternal, "out of memory while decoding"};
    }
    ++report_.skipped_packets;
    if (first_damage_.empty()) {
        first_damage_ = fmt::format("a packet after {:.3f} s cannot be decoded: {}",
                                    timeline_.end().seconds(), ffmpeg_message(error));
    }
    return {};
}

MediaTime FfmpegReader::frame_duration() const {
    const AVStream& stream = *input_->stream;
    if (frame_->pkt_duration > 0) {
        return std::max(to_time(frame_->pkt_duration, stream.time_base), MediaTime{});
    }
    const AVRational rate = av_guess_frame_rate(input_->format.get(), input_->stream, frame_.get());
    if (rate.num > 0 && rate.den > 0) {
        return std::min(to_time(1, av_inv_q(rate)), Timeline::kMaxLeap);
    }
    return kUsualFrameDuration;
}

Result<FfmpegReader::Header> FfmpegReader::accept_frame() {
    if (report_.decoded_frames >= options_.limits.max_frames) {
        return Error{ErrorCode::kTooManyFrames,
                     fmt::format("more than {} frames", options_.limits.max_frames)};
    }
    presentation_.orientation = orientation_of(*frame_, *input_->stream);
    presentation_.sample_aspect =
        input_->is_picture_format
            ? AVRational{0, 1}
            : av_guess_sample_aspect_ratio(input_->format.get(), input_->stream, frame_.get());
    const Result<frame::RgbView> size = shown_size(*frame_, presentation_);
    if (!size) {
        return size.error();
    }
    if (report_.decoded_frames == 0) {
        info_.width = size->width;
        info_.height = size->height;
    }
    std::optional<MediaTime> stamp;
    const bool counts_frames = options_.clock == Clock::kFrameCount;
    if (!counts_frames && frame_->best_effort_timestamp != AV_NOPTS_VALUE) {
        stamp = to_time(frame_->best_effort_timestamp, input_->stream->time_base);
    }
    const MediaTime time =
        timeline_.place(stamp, counts_frames ? kUsualFrameDuration : frame_duration());
    if (report_.decoded_frames == 0) {
        first_time_ = time;
    }
    if (time > options_.limits.max_duration) {
        has_implausible_clock_ =
            !counts_frames && time.seconds() > kSlowestFrameSeconds * frames_until_now();
        return Error{ErrorCode::kTooLarge, fmt::format("longer than the limit of {} s",
                                                       options_.limits.max_duration.seconds())};
    }
    if ((frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame_->decode_error_flags != 0) {
        ++damaged_frames_;
        if (first_damage_.empty()) {
            first_damage_ = fmt::format("the frame at {:.3f} s has errors", time.seconds());
        }
    }
    frame::FrameHeader header{time, report_.decoded_frames, frame_->key_frame != 0};
    ++report_.decoded_frames;
    report_.decoded_until = timeline_.end();
    has_picture_ = true;
    return Header(header);
}

/// With those that the effort leaves out, so that the clock is judged alike with every effort.
double FfmpegReader::frames_until_now() const {
    return static_cast<double>(std::max(report_.decoded_frames, picker_.seen()));
}

void FfmpegReader::judge_clock() {
    if (options_.clock == Clock::kFrameCount) {
        report_.note = "the clock of the file cannot be believed: times are counted by frames";
        return;
    }
    const double seconds = (std::max(timeline_.end(), left_out_until_) - first_time_).seconds();
    const double frames = frames_until_now();
    has_implausible_clock_ = report_.decoded_frames > 0 && frames >= kFewestClockedFrames &&
                             seconds < frames * kFastestFrameSeconds;
}

/// Where streams were joined, the last packet before the joint counts as incomplete. It is damage
/// only if the decoder missed something.
void FfmpegReader::judge_torn_packets() {
    const bool is_all_there = damaged_frames_ == 0 && report_.skipped_packets == 0 &&
                              decoder_.complaints() == 0 && report_.decoded_frames > 0;
    if (first_damage_.empty() && !is_all_there) {
        first_damage_ = torn_packet_;
    }
}

void FfmpegReader::finish() {
    is_done_ = true;
    judge_clock();
    if (track_.is_further && picker_.seen() == 0) {
        return;  // announced, but not in the file
    }
    judge_torn_packets();
    if (first_damage_.empty() && input_->is_picture_format && decoder_.complaints() > 0) {
        first_damage_ = "the decoder reports errors in a picture";
    }
    if (first_damage_.empty()) {
        first_damage_ = truncation_;
    } else if (!truncation_.empty()) {
        first_damage_ = truncation_ + "; " + first_damage_;
    }
    if (first_damage_.empty() && report_.decoded_frames == 0) {
        first_damage_ = "the stream holds no frame";
    }
    if (left_out_until_ <= report_.decoded_until + kMaxKeyframeGap + kMaxKeyframeGap) {
        report_.decoded_until = std::max(report_.decoded_until, left_out_until_);
    }
    report_.is_partial = !first_damage_.empty();
    report_.damage = first_damage_;
}

Result<frame::RgbView> FfmpegReader::picture() {
    if (!has_picture_) {
        return Error{ErrorCode::kInternal, "asked for a picture before a frame"};
    }
    return converter_.convert(*frame_, presentation_);
}

std::optional<frame::LumaView> FfmpegReader::luma() {
    if (!has_picture_) {
        return std::nullopt;
    }
    return luma_plane(*frame_, presentation_.orientation);
}

std::shared_ptr<const void> FfmpegReader::hold_luma() {
    // The decoder keeps to copy-on-write: a frame that others refer to is not written again.
    return has_picture_ ? std::shared_ptr<const void>(av_frame_clone(frame_.get()), FrameDeleter{})
                        : nullptr;
}

bool FfmpegReader::has_left_out_frames() const {
    // The only packet of a picture is decoded in any case.
    const bool is_lone_picture = input_->is_picture_format && picker_.seen() == 1;
    return options_.decoding != Decoding::kEveryFrame && !is_lone_picture &&
           picker_.seen() > report_.decoded_frames;
}

/// The cover of a sound file, as a picture of its own.
Result<std::unique_ptr<FrameReader>> open_cover(const FfmpegInput& input,
                                                const ReaderOptions& options) {
    const AVPacket& cover = input.stream->attached_pic;
    StillPacket packet;
    if (cover.data != nullptr && cover.size > 0) {
        const auto bytes =
            std::as_bytes(std::span(cover.data, static_cast<std::size_t>(cover.size)));
        packet.bytes.assign(bytes.begin(), bytes.end());
    }
    packet.bytes.resize(packet.bytes.size() + kPaddingBytes);
    packet.codec = input.stream->codecpar->codec_id;
    packet.container = input.format->iformat->name;
    return open_still(packet, options);
}

}  // namespace

Result<std::unique_ptr<FrameReader>> read_input(std::unique_ptr<FfmpegInput> input,
                                                const ReaderOptions& options,
                                                const std::string& truncation,
                                                const FfmpegTrack& track,
                                                std::vector<std::int64_t> passed_over) {
    const FfmpegInput& opened = *input;
    if (opened.is_attached_picture && opened.stream->attached_pic.size > 0) {
        return open_cover(opened, options);
    }
    Result<FfmpegDecoder> decoder =
        FfmpegDecoder::open(*opened.stream->codecpar, opened.stream->time_base,
                            {.limits = options.limits,
                             .threads = options.decoder_threads,
                             .decoding = options.decoding});
    if (!decoder) {
        return decoder.error();
    }
    auto reader = std::make_unique<FfmpegReader>(std::move(input), std::move(decoder).value(),
                                                 options, truncation, track);
    reader->pass_over(std::move(passed_over));
    const Result<void> primed = reader->prime();
    if (!primed) {
        return primed.error();
    }
    return std::unique_ptr<FrameReader>(std::move(reader));
}

Result<std::unique_ptr<FrameReader>> open_ffmpeg(const ByteSource& source,
                                                 const ReaderOptions& options,
                                                 const std::string& truncation,
                                                 const FfmpegTrack& track) {
    Result<std::unique_ptr<FfmpegInput>> input =
        open_input(source, options, {.stream = track.stream});
    if (!input) {
        return input.error();
    }
    if (!track.is_unshown) {
        return read_input(std::move(input).value(), options, truncation, track, {});
    }
    std::vector<std::int64_t> shown = shown_positions(*(*input)->stream);
    input = open_input(source, options, {.stream = track.stream, .ignores_edit_list = true});
    if (!input) {
        return input.error();
    }
    return read_input(std::move(input).value(), options, truncation, track, std::move(shown));
}

}  // namespace refrain::media
