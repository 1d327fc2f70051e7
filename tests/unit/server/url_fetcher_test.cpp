#include "server/url_fetcher.h"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "server/public_address.h"

namespace refrain::server {
namespace {

using std::chrono::milliseconds;

/// A web server on loopback that answers every connection with the same bytes.
class Remote {
  public:
    /// @param stays_open  the connection is kept when the answer is out
    explicit Remote(std::string answer, bool stays_open = false)
        : answer_(std::move(answer)), stays_open_(stays_open) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in place{};
        place.sin_family = AF_INET;
        place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof place;
        // The socket functions take every kind of address as this one.
        auto* address = reinterpret_cast<sockaddr*>(&place);
        EXPECT_EQ(::bind(listener_, address, size), 0);
        EXPECT_EQ(::listen(listener_, 16), 0);
        EXPECT_EQ(::getsockname(listener_, address, &size), 0);
        port_ = ntohs(place.sin_port);
        thread_ = std::jthread([this] { serve(); });
    }
    Remote(const Remote&) = delete;
    Remote& operator=(const Remote&) = delete;
    Remote(Remote&&) = delete;
    Remote& operator=(Remote&&) = delete;
    ~Remote() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        for (const int kept : kept_) {
            ::close(kept);
        }
        ::close(listener_);
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] int connections() const { return connections_; }
    [[nodiscard]] std::string request() const { return request_; }

  private:
    void serve() {
        for (int one = accept(); one >= 0; one = accept()) {
            ++connections_;
            std::string head;
            std::array<char, 4096> piece{};
            while (head.find("\r\n\r\n") == std::string::npos) {
                const ssize_t count = ::recv(one, piece.data(), piece.size(), 0);
                if (count <= 0) {
                    break;
                }
                head.append(piece.data(), static_cast<std::size_t>(count));
                if (head.front() != 'G') {
                    break;  // speaks no HTTP: the beginning of TLS
                }
            }
            request_ = head;
            ::send(one, answer_.data(), answer_.size(), MSG_NOSIGNAL);
            if (stays_open_) {
                kept_.push_back(one);
            } else {
                ::close(one);
            }
        }
    }
    int accept() const { return ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC); }

    std::string answer_;
    bool stays_open_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_ = 0;
    std::string request_;  ///< the last one; to be read when its answer has arrived
    std::vector<int> kept_;
    std::jthread thread_;
};

std::string answer(const std::string& head, const std::string& body) {
    return "HTTP/1.1 " + head + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
}

/// A fetcher for which `media.example` is a server on loopback.
class UrlFetcherTest : public testing::Test {
  protected:
    UrlFetcherTest()
        : folder_(std::filesystem::temp_directory_path() /
                  ("refrain-fetch-" + std::to_string(::getpid()))) {
        options_.hosts = {"media.example"};
        options_.deadline = milliseconds(120'000);
        network_.may_reach = [](const std::string&) {
            return true;
        };
    }
    ~UrlFetcherTest() override { std::filesystem::remove_all(folder_); }

    /// Has every name stand for this server.
    void lead_to(const Remote& remote) {
        network_.resolve = [this, port = remote.port()](const std::string& host,
                                                        const std::string&) {
            ++resolved_[host];
            return std::vector<HostAddress>{{"127.0.0.1", port}};
        };
    }

    std::unique_ptr<UrlFetcher> fetcher() {
        auto spool = Spool::open(folder_, quota_);
        EXPECT_TRUE(spool);
        return std::make_unique<UrlFetcher>(options_, network_, *spool);
    }

    static Fetched fetch(UrlFetcher& fetcher, const std::string& url) {
        std::promise<Fetched> outcome;
        fetcher.fetch(url, {}, [&](Fetched fetched) { outcome.set_value(std::move(fetched)); });
        return outcome.get_future().get();
    }
    int status_of(const std::string& url) { return fetch(*fetcher(), url).status; }

    std::filesystem::path folder_;
    FetchOptions options_;
    FetchNetwork network_;
    std::uint64_t quota_ = 1 << 20;
    std::map<std::string, int> resolved_;
};

TEST(PublicAddress, OnlyAddressesOfSingleHostsOfTheInternetAre) {
    for (const char* address :
         {"1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0",
          "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450::1"}) {
        EXPECT_TRUE(is_public_address(address)) << address;
    }
    for (const char* address :
         {"0.0.0.0",        "10.1.2.3",        "100.64.0.1",  "100.127.255.255", "127.0.0.1",
          "127.255.0.1",    "169.254.169.254", "172.16.0.1",  "172.31.255.255",  "192.0.0.8",
          "192.0.2.1",      "192.88.99.1",     "192.168.1.1", "198.18.0.1",      "198.19.255.255",
          "198.51.100.1",   "203.0.113.1",     "224.0.0.1",   "239.1.1.1",       "240.0.0.1",
          "255.255.255.255"}) {
        EXPECT_FALSE(is_public_address(address)) << address;
    }
    for (const char* address :
         {"::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:1.1.1.1", "64:ff9b::7f00:1",
          "100::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "2001::1",
          "2001:db8::1", "2001:1ff::1", "2002:7f00:1::", "3fff::1", "4000::1"}) {
        EXPECT_FALSE(is_public_address(address)) << address;
    }
    for (const char* text : {"", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "1.1.1.1 ",
                             "fe80::1%lo", "[2606:4700::1111]"}) {
        EXPECT_FALSE(is_public_address(text)) << text;
    }
}

TEST(HostEntry, IsAHostWithOrWithoutAPort) {
    EXPECT_EQ(parse_host_entry("Media.Example"), "media.example");
    EXPECT_EQ(parse_host_entry("media.example:8443"), "media.example:8443");
    EXPECT_EQ(parse_host_entry("media.example:80"), "media.example:80");
    EXPECT_EQ(parse_host_entry("[2606:4700::80]"), "[2606:4700::80]");
    for (const char* text : {"", "http://a", "a/", "a?", "a#b", "a@b", "a:x", "a b", "*.a:"}) {
        EXPECT_EQ(parse_host_entry(text), std::nullopt) << text;
    }
}

TEST_F(UrlFetcherTest, AFileOfAListedHostIsSpooled) {
    const Remote remote(answer("200 OK", "the file"));
    lead_to(remote);
    const auto fetched = fetch(*fetcher(), "http://media.example/a/b.jpg?c=d#e");
    ASSERT_EQ(fetched.status, 200) << fetched.problem;
    std::string bytes(fetched.file->size(), '\0');
    EXPECT_EQ(fetched.file->read(0, bytes), bytes.size());
    EXPECT_EQ(bytes, "the file");
    EXPECT_TRUE(
        remote.request().starts_with("GET /a/b.jpg?c=d HTTP/1.1\r\nHost: media.example\r\n"));
}

TEST_F(UrlFetcherTest, WhatIsNotListedLetterByLetterIsNotEvenResolved) {
    const Remote remote(answer("200 OK", "the file"));
    lead_to(remote);
    options_.hosts = {"media.example", "other.example:8443"};
    for (const char* url :
         {"http://evil.example/", "http://media.example.evil.example/", "http://media.example./",
          "http://a.media.example/", "http://media.example:81/", "http://media.example:443/",
          "https://media.example:80/", "http://other.example/", "https://other.example:8444/"}) {
        EXPECT_EQ(status_of(url), 403) << url;
    }
    for (const char* url : {"", "media.example", "ftp://media.example/", "file:///etc/passwd",
                            "gopher://media.example/", "http://user@media.example/",
                            "http://media.example@evil.example/", "http://media.example/\r\nX: y",
                            "http://evil.example\\@media.example/"}) {
        EXPECT_EQ(status_of(url), 400) << url;
    }
    EXPECT_TRUE(resolved_.empty());
    EXPECT_EQ(remote.connections(), 0);
}

TEST_F(UrlFetcherTest, AnAddressThatIsNotPublicIsNotConnectedTo) {
    const Remote remote(answer("200 OK", "the file"));
    const std::string place = "127.0.0.1:" + std::to_string(remote.port());
    options_.hosts = {place, "localhost:" + std::to_string(remote.port()), "media.example"};
    network_ = {};  // the system's resolver and the rule as shipped
    EXPECT_EQ(status_of("http://" + place + "/"), 403);
    EXPECT_EQ(status_of("http://localhost:" + std::to_string(remote.port()) + "/"), 403);
    EXPECT_EQ(remote.connections(), 0);
}

TEST_F(UrlFetcherTest, OneAddressThatIsNotPublicRefusesTheHost) {
    const Remote remote(answer("200 OK", "the file"));
    network_.resolve = [&](const std::string&, const std::string&) {
        return std::vector<HostAddress>{{"127.0.0.1", remote.port()}, {"10.0.0.1", 80}};
    };
    network_.may_reach = [](const std::string& address) {
        return address == "127.0.0.1";  // stands for a public one here
    };
    EXPECT_EQ(status_of("http://media.example/"), 403);
    EXPECT_EQ(remote.connections(), 0);
}

TEST_F(UrlFetcherTest, ANameIsResolvedOnceSoThatItCannotChangeItsAddress) {
    const Remote remote(answer("200 OK", "public"));
    const Remote inner(answer("200 OK", "private"));
    int asked = 0;
    network_.resolve = [&](const std::string&, const std::string&) {
        return std::vector<HostAddress>{{"127.0.0.1", asked++ == 0 ? remote.port() : inner.port()}};
    };
    EXPECT_EQ(status_of("http://media.example/"), 200);
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(inner.connections(), 0);
}

TEST_F(UrlFetcherTest, ARedirectIsNotFollowed) {
    const Remote inner(answer("200 OK", "private"));
    for (const char* status : {"301 Moved", "302 Found", "303 See Other", "307 T", "308 P"}) {
        const Remote remote(answer(std::string(status) + "\r\nLocation: http://127.0.0.1:" +
                                       std::to_string(inner.port()) + "/",
                                   "elsewhere"));
        lead_to(remote);
        EXPECT_EQ(status_of("http://media.example/"), 403) << status;
    }
    EXPECT_EQ(inner.connections(), 0);
}

TEST_F(UrlFetcherTest, AFileOverTheLimitIsNotTaken) {
    options_.max_bytes = 8;
    const Remote exact(answer("200 OK", "12345678"));
    lead_to(exact);
    EXPECT_EQ(status_of("http://media.example/"), 200);
    const Remote announced(answer("200 OK", "123456789"));
    lead_to(announced);
    EXPECT_EQ(status_of("http://media.example/"), 413);
    const Remote chunked(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n5\r\n12345\r\n0\r\n\r\n");
    lead_to(chunked);
    EXPECT_EQ(status_of("http://media.example/"), 413);
    const Remote unannounced("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n123456789");
    lead_to(unannounced);
    EXPECT_EQ(status_of("http://media.example/"), 413);
}

TEST_F(UrlFetcherTest, WhatIsNoWholeFileIsNoFile) {
    for (const std::string& sent :
         {answer("404 Not Found", "no"), answer("500 Oh", "no"), answer("204 No", ""),
          answer("206 Partial Content", "part"), answer("200 OK\r\nContent-Encoding: gzip", "zip"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ntorn"),
          std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
          std::string("220 mail.example ESMTP\r\n"), std::string(),
          "HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'y') + "\r\n\r\n"}) {
        const Remote remote(sent);
        lead_to(remote);
        EXPECT_EQ(status_of("http://media.example/"), 422) << sent.substr(0, 60);
    }
    network_.resolve = [](const std::string&, const std::string&) {
        return std::vector<HostAddress>();
    };
    EXPECT_EQ(status_of("http://media.example/"), 422);
    network_.resolve = [](const std::string&, const std::string&) {
        return std::vector<HostAddress>{{"127.0.0.1", 1}};
    };
    EXPECT_EQ(status_of("http://media.example/"), 422);
}

TEST_F(UrlFetcherTest, AServerThatSpeaksNoTlsIsNoneForHttps) {
    const Remote remote(answer("200 OK", "the file"));
    lead_to(remote);
    EXPECT_EQ(status_of("https://media.example/"), 422);
}

TEST_F(UrlFetcherTest, AServerThatStallsIsLeftAtTheDeadline) {
    options_.deadline = milliseconds(50);
    for (const char* sent : {"", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome"}) {
        const Remote remote(sent, true);
        lead_to(remote);
        const auto fetched = fetch(*fetcher(), "http://media.example/");
        EXPECT_EQ(fetched.status, 422);
        EXPECT_NE(fetched.problem.find("took longer"), std::string::npos) << fetched.problem;
    }
}

TEST_F(UrlFetcherTest, MoreThanMayBeFetchedAtOnceAreRefusedUntilNobodyWaits) {
    const Remote stalls("", true);
    const Remote remote(answer("200 OK", "the file"));
    network_.resolve = [&](const std::string& host, const std::string&) {
        return std::vector<HostAddress>{
            {"127.0.0.1", host == "slow.example" ? stalls.port() : remote.port()}};
    };
    options_.hosts.emplace_back("slow.example");
    options_.max_at_once = 1;
    const auto fetching = fetcher();
    std::stop_source gone;
    std::atomic<bool> was_told = false;
    fetching->fetch("http://slow.example/", gone.get_token(),
                    [&](const Fetched&) { was_told = true; });
    EXPECT_EQ(fetch(*fetching, "http://media.example/").status, 503);
    gone.request_stop();
    int status = 503;
    while (status == 503) {  // ends when the first has been given up
        status = fetch(*fetching, "http://media.example/").status;
        std::this_thread::yield();
    }
    EXPECT_EQ(status, 200);
    EXPECT_FALSE(was_told);
}

TEST_F(UrlFetcherTest, AFullSpoolIsToldAsBusy) {
    quota_ = 4;
    const Remote remote(answer("200 OK", "the file"));
    lead_to(remote);
    EXPECT_EQ(status_of("http://media.example/"), 503);
}

TEST_F(UrlFetcherTest, AFetcherThatEndsLeavesWhatItWasFetching) {
    const Remote stalls("", true);
    lead_to(stalls);
    auto told = std::make_shared<std::atomic<int>>(0);
    {
        const auto fetching = fetcher();
        fetching->fetch("http://media.example/", {}, [told](const Fetched&) { ++*told; });
    }
    EXPECT_EQ(*told, 0);
    EXPECT_EQ(told.use_count(), 1);
}

}  // namespace
}  // namespace refrain::server
