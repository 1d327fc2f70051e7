#include "sandbox/worker/serve.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include <malloc.h>
#include <signal.h>

#include "fingerprint/fingerprint_bytes.h"
#include "media/byte_source.h"
#include "media/shown_pictures.h"
#include "media/warm_up.h"
#include "sandbox/answer_check.h"
#include "sandbox/greeting.h"
#include "sandbox/job.h"
#include "sandbox/protocol.h"

namespace refrain::sandbox {

namespace {

constexpr std::chrono::milliseconds kProgressPause{40};

/// The program went away, or does not keep to the protocol: there is nobody to work for.
[[noreturn]] void give_up() { ::_exit(1); }

void send(Kind kind, std::array<std::int64_t, 4> numbers, std::span<const std::byte> body) {
    Header header;
    header.kind = kind;
    header.numbers = numbers;
    if (send_message(kWorkerSocket, header, body, Waiting::kAllowed) != Transfer::kDone) {
        give_up();
    }
}

void send_text(Kind kind, std::int64_t number, const std::string& text) {
    send(kind, {number}, std::as_bytes(std::span(text)));
}

void send_error(const Error& error) {
    send_text(Kind::kError, static_cast<std::int64_t>(error.code), one_line(error.message));
}

/// Tells of progress: of each part, but not at every frame.
class ProgressReporter {
  public:
    void operator()(const MediumProgress& at) {
        const auto now = std::chrono::steady_clock::now();
        if (now - last_ >= kProgressPause || at.part != part_) {
            last_ = now;
            part_ = at.part;
            send(Kind::kProgress,
                 {at.position.us, at.duration.us, static_cast<std::int64_t>(at.part),
                  static_cast<std::int64_t>(at.parts)},
                 {});
        }
    }

  private:
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
    std::size_t part_ = 0;
};

void serve_fingerprint(const media::ByteSource& source, const Request& request) {
    RunControl control;
    if (request.wants_progress) {
        control.progress = ProgressReporter();
    }
    const Result<FingerprintRun> run =
        fingerprint::fingerprint_bytes(source, request.digest, request.options, control);
    if (!run) {
        send_error(run.error());
        return;
    }
    const Result<std::vector<std::byte>> record = encode_fingerprint(run->fingerprint);
    if (!record) {
        send_error({ErrorCode::kInternal, record.error().message});
        return;
    }
    if (record->size() > kMostRecordBytes) {
        send_error({ErrorCode::kTooLarge, "the fingerprint is too large"});
        return;
    }
    send(Kind::kRun, {run->decode_time.us, run->hash_time.us}, *record);
}

void serve_pictures(const media::ByteSource& source, const Request& request) {
    media::ReaderOptions reading;
    reading.limits = request.options.limits;
    reading.decoder_threads = request.options.decoder_threads;
    const std::string problem = media::read_shown_pictures(
        source, request.part, request.times, kMostPictureSide, reading,
        [](MediaTime time, const frame::RgbImage& picture) {
            send(Kind::kPicture, {time.us, picture.width, picture.height},
                 std::as_bytes(std::span(picture.pixels)));
        });
    send_text(Kind::kPicturesEnd, 0, one_line(problem));
}

/// The next request; nothing once the program has closed its end.
bool receive_request(Kind& kind, Request& request, base::UniqueFd& descriptor) {
    Header header;
    if (receive_header(kWorkerSocket, header, Waiting::kAllowed, &descriptor) != Transfer::kDone) {
        return false;
    }
    if (header.body_bytes > most_request_bytes()) {
        give_up();
    }
    std::vector<std::byte> body(static_cast<std::size_t>(header.body_bytes));
    std::span<std::byte> rest = body;
    while (!rest.empty()) {
        const std::size_t bytes = std::min(rest.size(), kPacketBytes);
        if (receive_packet(kWorkerSocket, rest.first(bytes), Waiting::kAllowed) !=
            Transfer::kDone) {
            return false;
        }
        rest = rest.subspan(bytes);
    }
    Result<Request> read = decode_request(body);
    if (!read || !descriptor.is_open()) {
        give_up();
    }
    kind = header.kind;
    request = std::move(read).value();
    return true;
}

/// Keeps memory that one medium gave back for the next one: a picture needs some megabytes, and
/// the kernel takes and clears each page that is asked for anew. What a worker may have in all is
/// bounded as before.
void keep_memory() {
    constexpr int kKeptBytes = 64 << 20U;
    constexpr int kLargestKept = 16 << 20U;  // larger blocks go back at once
    ::mallopt(M_TRIM_THRESHOLD, kKeptBytes);
    ::mallopt(M_MMAP_THRESHOLD, kLargestKept);
}

bool read_number(std::string_view word, std::uint64_t& number) {
    const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), number);
    return failed == std::errc() && end == word.data() + word.size();
}

}  // namespace

Result<WorkerOptions> read_words(int argc, char** argv) {
    constexpr int kWords = 4;
    WorkerOptions options;
    std::uint64_t version = 0;
    if (argc != kWords || !read_number(argv[1], version) ||
        version != static_cast<std::uint64_t>(kProtocolVersion) ||
        !read_number(argv[2], options.memory_bytes) || !read_number(argv[3], options.cpu_seconds)) {
        return Error{ErrorCode::kInvalidArgument,
                     "this program is started by refrain, of the same version"};
    }
    return options;
}

void serve_medium(Kind kind, const Request& request, int descriptor) {
    try {
        const Result<media::ByteSource> source =
            media::ByteSource::from_descriptor(descriptor, request.options.limits);
        if (!source) {
            send_error(source.error());
        } else if (kind == Kind::kPictures) {
            serve_pictures(*source, request);
        } else {
            serve_fingerprint(*source, request);
        }
    } catch (const std::bad_alloc&) {
        send_error({ErrorCode::kTooLarge, "the medium needs more memory than a worker may have"});
    } catch (const std::exception& error) {
        send_error({ErrorCode::kInternal, error.what()});
    }
}

int run_worker(const ConfineOptions& options, const ServeMedium& serve) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    keep_memory();
    media::warm_up();
    const std::vector<SandboxLayer> layers = confine(options);
    send_text(Kind::kHello, kProtocolVersion, encode_layers(layers));
    Kind kind = Kind::kFingerprint;
    for (;;) {
        Request request;
        base::UniqueFd descriptor;
        if (!receive_request(kind, request, descriptor)) {
            return 0;
        }
        send(Kind::kBegun, {}, {});
        serve(kind, request, descriptor.get());
    }
}

}  // namespace refrain::sandbox
