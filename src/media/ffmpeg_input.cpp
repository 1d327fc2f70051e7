#include "media/ffmpeg_input.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "media/limits_check.h"

namespace refrain::media {
namespace {

using namespace std::string_view_literals;

// Demuxers of containers with video, or with sound alone so that the answer can say so. Left out on
// purpose: whatever follows other files (concat, hls, dash, image2, sdp, ...), text and subtitles
// (tty, ass, srt, ...), devices, raw formats without a signature, and games' formats. Also left out
// are JPEG-LS and PCX, of which FFmpeg shows damage as if it were the picture.
constexpr std::array kDemuxers = {
    // video
    "mov,mp4,m4a,3gp,3g2,mj2"sv, "matroska,webm"sv, "avi"sv, "mpegts"sv, "mpeg"sv, "flv"sv, "ogg"sv,
    "asf"sv, "asf_o"sv, "mxf"sv, "rm"sv, "nut"sv, "dv"sv, "wtv"sv, "swf"sv, "gxf"sv, "ivf"sv,
    "yuv4mpegpipe"sv, "h264"sv, "hevc"sv, "m4v"sv, "mpegvideo"sv, "h261"sv, "h263"sv, "vc1"sv,
    "vc1test"sv, "obu"sv, "av1"sv, "mjpeg"sv, "cavsvideo"sv, "dirac"sv, "dnxhd"sv, "nsv"sv,
    // pictures
    "gif"sv, "apng"sv, "png_pipe"sv, "jpeg_pipe"sv, "bmp_pipe"sv, "tiff_pipe"sv, "webp_pipe"sv,
    "jpegxl_pipe"sv, "j2k_pipe"sv, "qoi_pipe"sv, "pam_pipe"sv, "pbm_pipe"sv, "pgm_pipe"sv,
    "ppm_pipe"sv, "pfm_pipe"sv, "psd_pipe"sv, "sgi_pipe"sv, "dds_pipe"sv, "exr_pipe"sv,
    "dpx_pipe"sv, "sunrast_pipe"sv, "gif_pipe"sv, "ico"sv,
    // sound
    "mp3"sv, "wav"sv, "flac"sv, "aac"sv, "ac3"sv, "eac3"sv, "amr"sv, "aiff"sv, "au"sv, "caf"sv,
    "w64"sv, "ape"sv, "wv"sv, "tta"sv, "mpc"sv, "mpc8"sv, "dts"sv, "oma"sv, "tak"sv};

constexpr std::uint64_t kFirstProbeBytes = 4096;
constexpr std::uint64_t kLastProbeBytes = 1 << 20;
constexpr std::int64_t kAnalyseBytes = 5'000'000;
// Of the first seconds only: stream parameters stand at the start.
constexpr std::int64_t kAnalyseDurationUs = 10'000'000;
constexpr const char* kMaxStreams = "200";
// Weaker guesses take noise for sound; FFmpeg itself takes this for "perhaps".
constexpr int kMinProbeScore = AVPROBE_SCORE_RETRY;

int refuse_open(AVFormatContext* /*format*/,
                AVIOContext** /*io*/,
                const char* /*url*/,
                int /*flags*/,
                AVDictionary** /*options*/) {
    return AVERROR(EPERM);
}

int is_interrupted(void* input) {
    return static_cast<const FfmpegInput*>(input)->deadline.check().ok() ? 0 : 1;
}

bool is_allowed(const AVInputFormat& demuxer) {
    return std::find(kDemuxers.begin(), kDemuxers.end(), std::string_view(demuxer.name)) !=
           kDemuxers.end();
}

/// The demuxer for these bytes. @error kUnsupportedFormat, kUnreadable
Result<const AVInputFormat*> probe(const ByteSource& source) {
    std::vector<std::byte> head;
    for (std::uint64_t wanted = kFirstProbeBytes;; wanted *= 4) {
        const std::uint64_t size = std::min(wanted, source.size());
        head.assign(static_cast<std::size_t>(size) + AVPROBE_PADDING_SIZE, std::byte{0});
        const Result<std::size_t> count =
            source.read_at(0, std::span(head).first(static_cast<std::size_t>(size)));
        if (!count) {
            return count.error();
        }
        const AVProbeData data{.filename = "",
                               .buf = reinterpret_cast<unsigned char*>(head.data()),
                               .buf_size = static_cast<int>(size),
                               .mime_type = nullptr};
        int score = 0;
        const AVInputFormat* demuxer = av_probe_input_format3(&data, 1, &score);
        const bool is_last = size == source.size() || wanted >= kLastProbeBytes;
        if (demuxer != nullptr &&
            (score > kMinProbeScore || (is_last && score == kMinProbeScore))) {
            if (!is_allowed(*demuxer)) {
                return Error{ErrorCode::kUnsupportedFormat,
                             fmt::format("format {} is not decoded", demuxer->name)};
            }
            return demuxer;
        }
        if (is_last) {
            return Error{ErrorCode::kUnsupportedFormat, "not a known media format"};
        }
    }
}

/// Opens the container with `demuxer` and reads its header.
Result<void> open_container(FfmpegInput& input,
                            const AVInputFormat& demuxer,
                            const StreamChoice& choice) {
    AVFormatContext* format = avformat_alloc_context();
    if (format == nullptr || input.io.context() == nullptr) {
        avformat_free_context(format);
        return Error{ErrorCode::kInternal, "out of memory for a container"};
    }
    format->pb = input.io.context();
    format->flags |= AVFMT_FLAG_CUSTOM_IO;
    format->io_open = &refuse_open;
    format->interrupt_callback = {&is_interrupted, &input};
    format->probesize = kAnalyseBytes;
    format->max_analyze_duration = kAnalyseDurationUs;
    AVDictionary* options = nullptr;
    // An empty list would mean "all": no protocol has this name.
    av_dict_set(&options, "protocol_whitelist", "none", 0);
    av_dict_set(&options, "format_whitelist", demuxer.name, 0);
    av_dict_set(&options, "max_streams", kMaxStreams, 0);
    if (choice.ignores_edit_list) {
        av_dict_set(&options, "ignore_editlist", "1", 0);
    }
    const int opened = avformat_open_input(&format, nullptr, &demuxer, &options);
    av_dict_free(&options);
    if (opened < 0) {  // which has freed `format`
        const Result<void> stopped = input.check();
        if (!stopped) {
            return stopped.error();
        }
        return Error{ErrorCode::kCorrupt,
                     fmt::format("damaged {} header: {}", demuxer.name, ffmpeg_message(opened))};
    }
    input.format.reset(format);
    return {};
}

/// Whether the header alone tells all that is needed, so that nothing has to be decoded to open.
bool is_single_picture(const AVInputFormat& demuxer) {
    return std::string_view(demuxer.name).ends_with("_pipe");
}

Result<void> analyse(FfmpegInput& input, const Limits& limits) {
    AVFormatContext* format = input.format.get();
    // Analysing decodes a little: it must keep to the same size of pictures.
    std::vector<AVDictionary*> options(format->nb_streams, nullptr);
    for (AVDictionary*& option : options) {
        av_dict_set_int(
            &option, "max_pixels",
            static_cast<std::int64_t>(std::min<std::uint64_t>(limits.max_pixels, INT64_MAX)), 0);
        av_dict_set(&option, "threads", "1", 0);
    }
    const int found = avformat_find_stream_info(format, options.empty() ? nullptr : options.data());
    for (AVDictionary*& option : options) {
        av_dict_free(&option);
    }
    const Result<void> stopped = input.check();
    if (!stopped) {
        return stopped.error();
    }
    if (found < 0) {
        return Error{
            ErrorCode::kCorrupt,
            fmt::format("damaged {} stream: {}", format->iformat->name, ffmpeg_message(found))};
    }
    return {};
}

/// How much a stream is the one that people see: moving before cover, default before not, large
/// before small.
std::array<std::int64_t, 4> rank(const AVStream& stream) {
    const AVCodecParameters& parameters = *stream.codecpar;
    return {is_cover(stream) ? 0 : 1, avcodec_find_decoder(parameters.codec_id) != nullptr ? 1 : 0,
            (stream.disposition & AV_DISPOSITION_DEFAULT) != 0 ? 1 : 0,
            static_cast<std::int64_t>(parameters.width) * parameters.height};
}

/// The stream that is meant, which is the only one to be read. @error kNoVisualStream
Result<AVStream*> choose_stream(const FfmpegInput& input, const StreamChoice& choice) {
    const AVFormatContext& format = *input.format;
    for (AVStream* stream : std::span(format.streams, format.nb_streams)) {
        stream->discard = AVDISCARD_ALL;
    }
    const std::vector<int> ranked = ranked_streams(input);
    const auto best =
        choice.stream < 0 ? ranked.begin() : std::find(ranked.begin(), ranked.end(), choice.stream);
    if (best == ranked.end()) {
        return Error{ErrorCode::kNoVisualStream,
                     fmt::format("{} file without pictures", format.iformat->name)};
    }
    AVStream* stream = format.streams[*best];
    stream->discard = AVDISCARD_DEFAULT;
    return stream;
}

}  // namespace

bool is_cover(const AVStream& stream) {
    return (stream.disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)) !=
           0;
}

std::vector<int> ranked_streams(const FfmpegInput& input) {
    const std::span streams(input.format->streams, input.format->nb_streams);
    std::vector<int> ranked;
    for (const AVStream* stream : streams) {
        if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO) {
            ranked.push_back(stream->index);
        }
    }
    std::stable_sort(ranked.begin(), ranked.end(), [&streams](int a, int b) {
        return rank(*streams[static_cast<std::size_t>(a)]) >
               rank(*streams[static_cast<std::size_t>(b)]);
    });
    return ranked;
}

Result<void> FfmpegInput::check() const {
    if (io.failure()) {
        return *io.failure();
    }
    return deadline.check();
}

Result<std::unique_ptr<FfmpegInput>> open_input(const ByteSource& source,
                                                const ReaderOptions& options,
                                                const StreamChoice& choice) {
    silence_ffmpeg();
    const Result<const AVInputFormat*> demuxer = probe(source);
    if (!demuxer) {
        return demuxer.error();
    }
    auto input = std::make_unique<FfmpegInput>(source, options);
    const Result<void> opened = open_container(*input, **demuxer, choice);
    if (!opened) {
        return opened.error();
    }
    const bool is_single = is_single_picture(**demuxer);
    const std::string_view name = (*demuxer)->name;
    input->is_picture_format = is_single || name == "gif" || name == "apng";
    if (!is_single) {
        const Result<void> analysed = analyse(*input, options.limits);
        if (!analysed) {
            return analysed.error();
        }
    }
    const Result<AVStream*> stream = choose_stream(*input, choice);
    if (!stream) {
        return stream.error();
    }
    input->stream = *stream;
    input->is_attached_picture = is_cover(**stream);
    const AVCodecParameters& parameters = *input->stream->codecpar;
    if (parameters.width > 0 && parameters.height > 0) {
        const Result<void> size =
            check_picture_size(parameters.width, parameters.height, 1, options.limits);
        if (!size) {
            return size.error();
        }
    }
    return input;
}

}  // namespace refrain::media
