// Loads a service over loopback and prints one JSON object.
//
//     service_load PORT TARGET TYPE CLIENTS REQUESTS RATE PID FILE...
//
// Each of CLIENTS connections is kept and has a thread. The bodies are the files, by turns; a file
// `codes:SEED` stands for random PDQ codes as JSON. RATE 0: each client asks again when it has its
// answer. Otherwise requests are due at even times, RATE a second in all, and a latency is counted
// from the time when the request was due. PID is the service's: its processor time is given for
// each request, together with that of its helper programs.

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "timing.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Load {
    std::uint16_t port = 0;
    std::string target;
    std::string type;
    int clients = 1;
    int requests = 1;
    double rate = 0;
    std::vector<std::string> bodies;
};

/// One connection that is kept.
class Client {
  public:
    explicit Client(std::uint16_t port)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in place{};
        place.sin_family = AF_INET;
        place.sin_port = htons(port);
        place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int yes = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (::connect(socket_, reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0) {
            throw std::runtime_error("cannot connect");
        }
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    Client(Client&&) = delete;
    Client& operator=(Client&&) = delete;
    ~Client() { ::close(socket_); }

    /// @return the status
    int ask(const std::string& request) {
        for (std::size_t sent = 0; sent < request.size();) {
            const ssize_t count =
                ::send(socket_, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
            if (count <= 0) {
                throw std::runtime_error("the service hung up");
            }
            sent += static_cast<std::size_t>(count);
        }
        return read_answer();
    }

  private:
    int read_answer() {
        constexpr std::string_view kEnd = "\r\n\r\n";
        constexpr std::string_view kLength = "Content-Length: ";
        std::size_t head = std::string::npos;
        while ((head = read_.find(kEnd)) == std::string::npos) {
            more();
        }
        const std::size_t at = read_.find(kLength);
        if (at > head) {
            throw std::runtime_error("an answer without a length");
        }
        const std::size_t size =
            head + kEnd.size() + std::stoul(read_.substr(at + kLength.size(), 20));
        while (read_.size() < size) {
            more();
        }
        const int status = std::stoi(read_.substr(9, 3));
        read_.erase(0, size);
        return status;
    }

    void more() {
        std::array<char, 16384> piece{};
        const ssize_t count = ::recv(socket_, piece.data(), piece.size(), 0);
        if (count <= 0) {
            throw std::runtime_error("the service hung up");
        }
        read_.append(piece.data(), static_cast<std::size_t>(count));
    }

    int socket_;
    std::string read_;
};

/// What all clients saw.
struct Seen {
    std::mutex mutex;
    std::map<int, int> statuses;
    std::vector<double> milliseconds;
};

std::string request_for(const Load& load, std::size_t number) {
    const std::string& body = load.bodies[number % load.bodies.size()];
    return "POST " + load.target + " HTTP/1.1\r\nHost: a\r\nContent-Type: " + load.type +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

void run_client(const Load& load, std::atomic<int>& next, Clock::time_point began, Seen& seen) {
    Client client(load.port);
    std::map<int, int> statuses;
    std::vector<double> milliseconds;
    for (int number = next++; number < load.requests; number = next++) {
        const std::string request = request_for(load, static_cast<std::size_t>(number));
        auto due = Clock::now();
        if (load.rate > 0) {
            due = began + std::chrono::duration_cast<Clock::duration>(
                              std::chrono::duration<double>(number / load.rate));
            std::this_thread::sleep_until(due);
        }
        ++statuses[client.ask(request)];
        milliseconds.push_back(
            std::chrono::duration<double, std::milli>(Clock::now() - due).count());
    }
    const std::scoped_lock lock(seen.mutex);
    for (const auto& [status, count] : statuses) {
        seen.statuses[status] += count;
    }
    seen.milliseconds.insert(seen.milliseconds.end(), milliseconds.begin(), milliseconds.end());
}

/// Processor seconds of a process, and of its children that run.
double processor_seconds(const std::string& pid) {
    double ticks = 0;
    std::ifstream stat("/proc/" + pid + "/stat");
    std::string text((std::istreambuf_iterator<char>(stat)), {});
    const std::size_t begin = text.rfind(')');
    if (begin != std::string::npos) {
        std::istringstream fields(text.substr(begin + 1));
        const std::vector<std::string> words{std::istream_iterator<std::string>(fields), {}};
        for (std::size_t i = 11; i < 15; ++i) {  // utime, stime, and those of children that ended
            ticks += std::stod(words.at(i));
        }
    }
    std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
    for (std::string child; children >> child;) {
        ticks += processor_seconds(child) * static_cast<double>(::sysconf(_SC_CLK_TCK));
    }
    return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

std::vector<std::string> bodies_of(int argc, char** argv, int first) {
    std::vector<std::string> bodies;
    for (int i = first; i < argc; ++i) {
        const std::string name = argv[i];
        if (name.starts_with("codes:")) {
            std::mt19937_64 random(std::stoull(name.substr(6)));
            for (int k = 0; k < 1000; ++k) {
                std::array<char, 80> text{};
                std::snprintf(text.data(), text.size(), "{\"pdq\":\"%016lx%016lx%016lx%016lx\"}",
                              random(), random(), random(), random());
                bodies.emplace_back(text.data());
            }
            continue;
        }
        std::ifstream file(name, std::ios::binary);
        bodies.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return bodies;
}

void run(const Load& load, const std::string& pid) {
    Seen seen;
    std::atomic<int> next = 0;
    const double before = processor_seconds(pid);
    const auto began = Clock::now();
    {
        std::vector<std::jthread> clients;
        for (int i = 0; i < load.clients; ++i) {
            clients.emplace_back([&] { run_client(load, next, began, seen); });
        }
    }
    const double passed = std::chrono::duration<double>(Clock::now() - began).count();
    const double used = processor_seconds(pid) - before;
    std::printf("{\"requests\": %zu", seen.milliseconds.size());
    for (const auto& [status, count] : seen.statuses) {
        std::printf(", \"status_%d\": %d", status, count);
    }
    const auto count = static_cast<double>(seen.milliseconds.size());
    std::printf(
        ", \"per_second\": %.1f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"service_cpu_us\": %.1f}\n",
        count / passed, refrain::bench::percentile(seen.milliseconds, 0.5),
        refrain::bench::percentile(seen.milliseconds, 0.99), used / count * 1e6);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 9) {
        std::fprintf(stderr,
                     "usage: service_load PORT TARGET TYPE CLIENTS REQUESTS RATE PID FILE...\n");
        return 2;
    }
    Load load;
    load.port = static_cast<std::uint16_t>(std::stoi(argv[1]));
    load.target = argv[2];
    load.type = argv[3];
    load.clients = std::stoi(argv[4]);
    load.requests = std::stoi(argv[5]);
    load.rate = std::stod(argv[6]);
    load.bodies = bodies_of(argc, argv, 8);
    if (load.bodies.empty() || load.requests < 1) {
        return 2;
    }
    try {
        run(load, argv[7]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
