#include "service/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace refrain::service {

void notify_manager(std::string_view state) {
    // Nothing in this program writes the environment. NOLINTNEXTLINE(concurrency-mt-unsafe)
    const char* place = std::getenv("NOTIFY_SOCKET");
    if (place == nullptr || (place[0] != '/' && place[0] != '@')) {
        return;
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::size_t length = std::strlen(place);
    if (length >= sizeof address.sun_path) {
        return;
    }
    std::memcpy(static_cast<char*>(address.sun_path), place, length);
    if (place[0] == '@') {
        address.sun_path[0] = '\0';  // a name that is in no folder
    }
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) {
        return;
    }
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as sendto(2) wants it
    static_cast<void>(!::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), size));
    ::close(socket);
}

}  // namespace refrain::service
