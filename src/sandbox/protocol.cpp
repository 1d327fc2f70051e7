#include "sandbox/protocol.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cstring>

namespace refrain::sandbox {

namespace {

/// Room for one descriptor beside a packet.
struct alignas(cmsghdr) DescriptorSpace {
    std::array<char, CMSG_SPACE(sizeof(int))> bytes{};
};

int flags_of(Waiting waiting) {
    return MSG_NOSIGNAL | (waiting == Waiting::kRefused ? MSG_DONTWAIT : 0);
}

Transfer failed() {
    return errno == EAGAIN || errno == EWOULDBLOCK ? Transfer::kNotReady : Transfer::kGone;
}

Transfer send_packet(int socket, std::span<const std::byte> bytes, Waiting waiting, int passed) {
    // The kernel only reads from it. NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    DescriptorSpace space;
    if (passed >= 0) {
        message.msg_control = space.bytes.data();
        message.msg_controllen = space.bytes.size();
        cmsghdr* control = CMSG_FIRSTHDR(&message);
        control->cmsg_level = SOL_SOCKET;
        control->cmsg_type = SCM_RIGHTS;
        control->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(control), &passed, sizeof passed);
    }
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(socket, &message, flags_of(waiting));
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? failed() : Transfer::kDone;
}

void take_descriptor(msghdr& message, base::UniqueFd& descriptor) {
    const cmsghdr* control = CMSG_FIRSTHDR(&message);
    if (control != nullptr && control->cmsg_level == SOL_SOCKET &&
        control->cmsg_type == SCM_RIGHTS && control->cmsg_len == CMSG_LEN(sizeof(int))) {
        int received = -1;
        std::memcpy(&received, CMSG_DATA(control), sizeof received);
        descriptor = base::UniqueFd(received);
    }
}

Transfer receive_exactly(int socket,
                         std::span<std::byte> into,
                         Waiting waiting,
                         base::UniqueFd* descriptor) {
    iovec part{into.data(), into.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    DescriptorSpace space;
    if (descriptor != nullptr) {
        message.msg_control = space.bytes.data();
        message.msg_controllen = space.bytes.size();
    }
    ssize_t got = 0;
    do {
        got = ::recvmsg(socket, &message, flags_of(waiting) | MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return failed();
    }
    if (descriptor != nullptr) {
        take_descriptor(message, *descriptor);
    }
    if (got == 0) {
        return Transfer::kGone;
    }
    const bool is_whole =
        static_cast<std::size_t>(got) == into.size() && (message.msg_flags & MSG_TRUNC) == 0;
    return is_whole ? Transfer::kDone : Transfer::kMalformed;
}

}  // namespace

Transfer send_message(int socket,
                      Header header,
                      std::span<const std::byte> body,
                      Waiting waiting,
                      int descriptor) {
    header.body_bytes = body.size();
    Transfer sent = send_packet(socket, std::as_bytes(std::span(&header, 1)), waiting, descriptor);
    while (sent == Transfer::kDone && !body.empty()) {
        const std::size_t bytes = std::min(body.size(), kPacketBytes);
        sent = send_packet(socket, body.first(bytes), waiting, -1);
        body = body.subspan(bytes);
    }
    return sent;
}

Transfer receive_header(int socket, Header& header, Waiting waiting, base::UniqueFd* descriptor) {
    const Transfer got =
        receive_exactly(socket, std::as_writable_bytes(std::span(&header, 1)), waiting, descriptor);
    return got == Transfer::kDone && header.magic != kMagic ? Transfer::kMalformed : got;
}

Transfer receive_packet(int socket, std::span<std::byte> into, Waiting waiting) {
    return receive_exactly(socket, into, waiting, nullptr);
}

}  // namespace refrain::sandbox
