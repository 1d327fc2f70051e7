// A worker for tests: confined as the shipped one is, but a medium that begins with `ESCAPE name`
// has it attempt what an attacker would who had taken it over. Never installed.
//
// Called by a name that ends in `-no-seccomp`, `-no-landlock` or `-bare`, it leaves that layer out.
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <signal.h>

#include "refrain/fingerprint.h"

#include "fingerprint/fingerprint_bytes.h"
#include "media/byte_source.h"
#include "sandbox/answer_check.h"
#include "sandbox/protocol.h"
#include "sandbox/worker/serve.h"

namespace refrain::sandbox {
namespace {

const pid_t kParent = ::getppid();

void send(Kind kind, std::array<std::int64_t, 4> numbers, std::span<const std::byte> body) {
    Header header;
    header.kind = kind;
    header.numbers = numbers;
    static_cast<void>(send_message(kWorkerSocket, header, body, Waiting::kAllowed));
}

/// How an attempt ended that the process survived: the errno of the call, 0 for success.
void tell(std::int64_t outcome) {
    const std::string text =
        outcome == 0 ? "ESCAPED"
                     : "refused: " + std::string(strerrorname_np(static_cast<int>(outcome)));
    send(Kind::kError, {static_cast<std::int64_t>(ErrorCode::kCorrupt)},
         std::as_bytes(std::span(text)));
}

template <typename... Arguments>
std::int64_t call(std::int64_t number, Arguments... arguments) {
    return ::syscall(number, arguments...) < 0 ? errno : 0;
}

void send_raw(const void* bytes, std::size_t size) {
    iovec part{const_cast<void*>(bytes), size};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    static_cast<void>(::sendmsg(kWorkerSocket, &message, MSG_NOSIGNAL));
}

void send_header(Kind kind, std::uint64_t body_bytes, std::int64_t number = 0) {
    Header header;
    header.kind = kind;
    header.body_bytes = body_bytes;
    header.numbers[0] = number;
    send_raw(&header, sizeof header);
}

using SystemCall = std::function<std::int64_t()>;

std::int64_t open_path(const std::string& path, int flags) {
    return call(SYS_openat, AT_FDCWD, path.c_str(), flags, 0600);
}

std::int64_t read_parent_memory() {
    char byte = 0;
    iovec mine{&byte, 1};
    iovec theirs{&byte, 1};
    return call(SYS_process_vm_readv, kParent, &mine, 1UL, &theirs, 1UL, 0UL);
}

std::int64_t executable_memory() {
    return ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
                  -1, 0) == MAP_FAILED
               ? errno
               : 0;
}

std::int64_t memory_made_executable() {
    void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return ::mprotect(page, 4096, PROT_READ | PROT_EXEC) != 0 ? errno : 0;
}

std::int64_t raise_own_limit() {
    const rlimit more{RLIM_INFINITY, RLIM_INFINITY};
    return call(SYS_prlimit64, 0, RLIMIT_NOFILE, &more, nullptr);
}

std::int64_t connect_somewhere() {
    const int made = ::socket(AF_INET, SOCK_STREAM, 0);
    if (made < 0) {
        return errno;
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(9);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ? errno
                                                                                             : 0;
}

/// Attempts that end in a system call. `medium` is the descriptor that was handed in.
std::map<std::string, SystemCall, std::less<>> system_calls(int medium) {
    static char program[] = "/bin/true";
    static char* const words[] = {program, nullptr};
    return {
        {"open",
         [] {
             return open_path("/etc/passwd", O_RDONLY);
         }},
        {"create",
         [] {
             return open_path("/tmp/refrain-escaped", O_WRONLY | O_CREAT);
         }},
        {"stat",
         [] {
             char buffer[512];
             return call(SYS_newfstatat, AT_FDCWD, "/etc/passwd", buffer, 0);
         }},
        {"unlink",
         [] {
             return call(SYS_unlinkat, AT_FDCWD, "/nowhere", 0);
         }},
        {"parent_memory_file",
         [] {
             return open_path("/proc/" + std::to_string(kParent) + "/mem", O_RDONLY);
         }},
        {"parent_descriptors",
         [] {
             return open_path("/proc/" + std::to_string(kParent) + "/fd/0", O_RDONLY);
         }},
        {"parent_descriptor_copy",
         [] {
             return call(SYS_pidfd_open, kParent, 0);
         }},
        {"parent_memory", read_parent_memory},
        {"parent_trace",
         [] {
             return call(SYS_ptrace, PTRACE_ATTACH, kParent, 0, 0);
         }},
        {"parent_signal",
         [] {
             return call(SYS_kill, kParent, SIGUSR1);
         }},
        {"parent_limits",
         [] {
             const rlimit none{1, 1};
             return call(SYS_prlimit64, kParent, RLIMIT_NOFILE, &none, nullptr);
         }},
        {"group_signal",
         [] {
             return call(SYS_kill, -1, SIGUSR1);
         }},
        {"socket",
         [] {
             return call(SYS_socket, AF_INET, SOCK_STREAM, 0);
         }},
        {"unix_socket",
         [] {
             return call(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
         }},
        {"connect", connect_somewhere},
        {"fork",
         [] {
             return call(SYS_clone, SIGCHLD, 0, 0, 0, 0);
         }},
        {"vfork",
         [] {
             return call(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);
         }},
        {"fork_by_clone3",
         [] {
             std::array<std::uint64_t, 11> arguments{};
             arguments[4] = SIGCHLD;
             return call(SYS_clone3, arguments.data(), sizeof arguments);
         }},
        {"exec",
         [] {
             return call(SYS_execve, program, words, nullptr);
         }},
        {"exec_by_descriptor",
         [medium] {
             return call(SYS_execveat, medium, "", words, nullptr, AT_EMPTY_PATH);
         }},
        {"executable_memory", executable_memory},
        {"memory_made_executable", memory_made_executable},
        {"map_medium",
         [medium] {
             return ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, medium, 0) == MAP_FAILED ? errno
                                                                                          : 0;
         }},
        {"write_medium",
         [medium] {
             return call(SYS_write, medium, "x", 1UL);
         }},
        {"truncate_medium",
         [medium] {
             return call(SYS_ftruncate, medium, 0L);
         }},
        {"memory_file",
         [] {
             return call(SYS_memfd_create, "x", 0U);
         }},
        {"shared_memory",
         [] {
             return call(SYS_shmget, 0, 4096UL, 0600 | 01000);
         }},
        {"raise_own_limit", raise_own_limit},
        {"namespace",
         [] {
             return call(SYS_unshare, CLONE_NEWUSER);
         }},
        {"io_uring",
         [] {
             return call(SYS_io_uring_setup, 1U, nullptr);
         }},
        {"bpf",
         [] {
             return call(SYS_bpf, 0, nullptr, 0U);
         }},
        {"keyring",
         [] {
             return call(SYS_keyctl, 0, -3, 0, 0, 0);
         }},
        {"become_dumpable",
         [] {
             return call(SYS_prctl, 4 /* PR_SET_DUMPABLE */, 1, 0, 0, 0);
         }},
        {"outlive_parent",
         [] {
             return call(SYS_prctl, 1 /* PR_SET_PDEATHSIG */, 0, 0, 0, 0);
         }},
        {"new_session",
         [] {
             return call(SYS_setsid);
         }},
    };
}

/// The record that an honest worker would send for a picture, to be made a lie of.
Fingerprint plausible(const Request& request) {
    Fingerprint made;
    made.media.kind = MediaKind::kImage;
    made.media.width = 320;
    made.media.height = 240;
    made.media.digest = request.digest;
    made.media.container = "png";
    made.media.codec = "png";
    made.frames.resize(1);
    made.decode.decoded_frames = 1;
    return made;
}

void send_run(const Fingerprint& made, std::int64_t decode_us = 1) {
    send(Kind::kRun, {decode_us, 1}, *encode_fingerprint(made));
}

using Lie = std::function<void(const Request&)>;

template <typename Change>
Lie changed(Change change) {
    return [change](const Request& request) {
        Fingerprint made = plausible(request);
        change(made);
        send_run(made);
    };
}

void endless_progress(const Request& /*request*/) {
    for (;;) {
        send(Kind::kProgress, {1, 2, 0, 1}, {});
    }
}

std::map<std::string, Lie, std::less<>> lies() {
    return {
        {"honest", changed([](Fingerprint&) {})},
        {"other_medium", changed([](Fingerprint& made) { made.media.digest.sha256[0] ^= 1U; })},
        {"no_size", changed([](Fingerprint& made) { made.media.width = 0; })},
        {"absurd_size", changed([](Fingerprint& made) { made.media.height = INT32_MAX; })},
        {"absurd_time", changed([](Fingerprint& made) { made.frames[0].time.us = INT64_MAX; })},
        {"absurd_duration", changed([](Fingerprint& made) { made.media.duration.us = INT64_MAX; })},
        {"absurd_end",
         changed([](Fingerprint& made) { made.decode.decoded_until.us = INT64_MAX; })},
        {"absurd_count", changed([](Fingerprint& made) { made.frames.resize(5000); })},
        {"no_frames", changed([](Fingerprint& made) { made.decode.decoded_frames = 0; })},
        {"absurd_name", changed([](Fingerprint& made) { made.media.codec = "\x1b[2J"; })},
        {"unasked_shots", changed([](Fingerprint& made) { made.shots.resize(3); })},
        {"absurd_work",
         [](const Request& request) {
             send_run(plausible(request), INT64_MAX);
         }},
        {"torn_record",
         [](const Request& request) {
             std::vector<std::byte> record = *encode_fingerprint(plausible(request));
             record.resize(record.size() / 2);
             send(Kind::kRun, {1, 1}, record);
         }},
        {"flipped_record",
         [](const Request& request) {
             std::vector<std::byte> record = *encode_fingerprint(plausible(request));
             record[record.size() / 2] ^= std::byte{1};
             send(Kind::kRun, {1, 1}, record);
         }},
        {"claim_too_much",
         [](const Request&) {
             send_header(Kind::kRun, kMostRecordBytes + 1);
         }},
        {"claim_everything",
         [](const Request&) {
             send_header(Kind::kRun, UINT64_MAX);
         }},
        {"claim_and_hang_up",
         [](const Request&) {
             send_header(Kind::kRun, 1000);
             ::_exit(0);
         }},
        {"packet_too_long",
         [](const Request&) {
             const std::vector<char> much(2000);
             send_header(Kind::kRun, 1000);
             send_raw(much.data(), much.size());
         }},
        {"packet_too_short",
         [](const Request&) {
             const std::vector<char> little(10);
             send_header(Kind::kRun, 1000);
             send_raw(little.data(), little.size());
         }},
        {"short_header",
         [](const Request&) {
             send_raw("RFWA", 4);
         }},
        {"wrong_magic",
         [](const Request&) {
             const std::array<char, sizeof(Header)> zeros{};
             send_raw(zeros.data(), zeros.size());
         }},
        {"unknown_kind",
         [](const Request&) {
             send_header(static_cast<Kind>(999), 0);
         }},
        {"second_greeting",
         [](const Request&) {
             send_header(Kind::kHello, 0, kProtocolVersion);
         }},
        {"unasked_picture",
         [](const Request&) {
             send_header(Kind::kPicture, 0);
         }},
        {"unknown_error",
         [](const Request&) {
             send_header(Kind::kError, 0, 250);
         }},
        {"corpus_error",
         [](const Request&) {
             send_header(Kind::kError, 0, static_cast<std::int64_t>(ErrorCode::kDiskFull));
         }},
        {"endless_progress", endless_progress},
        {"progress_in_a_part",
         [](const Request& request) {
             send(Kind::kProgress, {1, 2, 3, 7}, {});
             send_run(plausible(request));
         }},
        {"progress_beyond_the_parts",
         [](const Request&) {
             send(Kind::kProgress, {1, 2, 7, 7}, {});
         }},
        {"progress_before_the_parts",
         [](const Request&) {
             send(Kind::kProgress, {1, 2, -1, 7}, {});
         }},
        {"answer_twice",
         [](const Request& request) {
             send_run(plausible(request));
             send_run(plausible(request));
         }},
        {"crash",
         [](const Request&) {
             ::raise(SIGSEGV);
         }},
        {"abort",
         [](const Request&) {
             std::abort();
         }},
        {"end",
         [](const Request&) {
             ::_exit(0);
         }},
        {"answer_and_end",
         [](const Request& request) {
             send_run(plausible(request));
             ::_exit(0);
         }},
        {"hang",
         [](const Request&) {
             for (;;) {
                 std::this_thread::sleep_for(std::chrono::seconds(1));
             }
         }},
        {"spin",
         [](const Request&) {
             for (volatile bool goes_on = true; goes_on;) {
             }
         }},
        {"take_all_memory",
         [](const Request&) {
             std::vector<std::vector<char>> blocks;
             for (;;) {
                 blocks.emplace_back(std::size_t{64} << 20U);
             }
         }},
        {"many_threads",
         [](const Request& request) {
             std::vector<std::thread> threads;
             for (int i = 0; i < 8; ++i) {
                 threads.emplace_back([] { std::vector<char>(1 << 20).back() = 1; });
             }
             for (std::thread& thread : threads) {
                 thread.join();
             }
             send_run(plausible(request));
         }},
    };
}

void serve(Kind kind, const Request& request, int descriptor) {
    std::array<char, 64> beginning{};
    const ssize_t got = ::pread(descriptor, beginning.data(), beginning.size(), 0);
    const std::string_view text(beginning.data(), got < 0 ? 0 : static_cast<std::size_t>(got));
    constexpr std::string_view kMark = "ESCAPE ";
    if (!text.starts_with(kMark)) {
        serve_medium(kind, request, descriptor);
        return;
    }
    const std::string_view name = text.substr(kMark.size(), text.find('\n') - kMark.size());
    const auto calls = system_calls(descriptor);
    if (const auto found = calls.find(name); found != calls.end()) {
        tell(found->second());
        return;
    }
    const auto all = lies();
    const auto found = all.find(name);
    if (found == all.end()) {
        ::_exit(99);
    }
    try {
        found->second(request);
    } catch (const std::bad_alloc&) {
        tell(ENOMEM);
    }
}

}  // namespace
}  // namespace refrain::sandbox

int main(int argc, char** argv) {
    using namespace refrain::sandbox;
    const auto words = read_words(argc, argv);
    if (!words) {
        return 2;
    }
    const std::string_view name = argv[0];
    ConfineOptions options;
    options.memory_bytes = words->memory_bytes;
    options.cpu_seconds = words->cpu_seconds;
    options.has_seccomp = !name.ends_with("-no-seccomp") && !name.ends_with("-bare");
    options.has_landlock = !name.ends_with("-no-landlock") && !name.ends_with("-bare");
    ::_exit(run_worker(options, serve));
}
