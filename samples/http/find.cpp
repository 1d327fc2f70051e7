// Looks files up over HTTP with Boost.Beast:
//
//     http_find HOST PORT FILE...
//
// REFRAIN_KEY holds the key, where the service wants one. Prints an answer a line. Exit code 0:
// every file was looked up; 1: one was not.

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

/// Sends one file, in pieces, and prints the answer. @return whether it was looked up
bool find(const std::string& host, const std::string& port, const char* path) {
    boost::asio::io_context io;
    beast::tcp_stream stream(io);
    stream.expires_after(std::chrono::minutes(11));
    stream.connect(boost::asio::ip::tcp::resolver(io).resolve(host, port));

    http::request<http::file_body> request(http::verb::post, "/v1/find?wait=600", 11);
    request.set(http::field::host, host + ":" + port);
    request.set(http::field::content_type, "application/octet-stream");
    if (const char* key = std::getenv("REFRAIN_KEY")) {
        request.set(http::field::authorization, std::string("Bearer ") + key);
    }
    request.keep_alive(false);
    beast::error_code failed;
    request.body().open(path, beast::file_mode::scan, failed);
    if (failed) {
        std::cerr << path << ": " << failed.message() << '\n';
        return false;
    }
    request.prepare_payload();
    http::write(stream, request);

    beast::flat_buffer buffer;
    http::response<http::string_body> answer;
    http::read(stream, buffer, answer);
    std::cout << answer.body() << '\n';
    return answer.result() == http::status::ok;
}

}  // namespace

int main(int argc, char** argv) {
    bool all_done = argc > 3;
    for (int i = 3; i < argc; ++i) {
        try {
            all_done = find(argv[1], argv[2], argv[i]) && all_done;
        } catch (const std::exception& problem) {
            std::cerr << argv[i] << ": " << problem.what() << '\n';
            all_done = false;
        }
    }
    return all_done ? 0 : 1;
}
