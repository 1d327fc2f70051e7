#include "sandbox/job_request.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <gtest/gtest.h>

namespace refrain::sandbox {
namespace {

/// The bytes of a request with another number where it says which part is meant.
std::vector<std::byte> request_for_part(std::int64_t part) {
    Request request;
    request.part = 0x7a5b3c1d;
    std::vector<std::byte> bytes = encode_request(request);
    const std::int64_t written = *request.part;
    const auto pattern = std::as_bytes(std::span(&written, 1));
    const auto at = std::search(bytes.begin(), bytes.end(), pattern.begin(), pattern.end());
    EXPECT_NE(at, bytes.end());
    std::memcpy(&*at, &part, sizeof part);
    return bytes;
}

TEST(JobRequest, CarriesItsPartAndTimes) {
    Request request;
    request.part = 3;
    request.times = {MediaTime::from_ms(5), MediaTime::from_ms(7)};
    const Result<Request> read = decode_request(encode_request(request));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->part, request.part);
    EXPECT_EQ(read->times, request.times);
}

TEST(JobRequest, IsOfThePartOfAMediumOrOfTheMainOne) {
    EXPECT_EQ(decode_request(request_for_part(UINT32_MAX))->part, UINT32_MAX);
    EXPECT_FALSE(decode_request(request_for_part(-1))->part) << "the main part";
    EXPECT_FALSE(decode_request(request_for_part(-2)));
    EXPECT_FALSE(decode_request(request_for_part(std::int64_t{UINT32_MAX} + 1)));
}

TEST(JobRequest, IsRefusedWhereItIsTorn) {
    std::vector<std::byte> bytes = encode_request(Request{});
    bytes.pop_back();
    EXPECT_FALSE(decode_request(bytes));
    EXPECT_FALSE(decode_request({}));
    bytes.resize(most_request_bytes() + sizeof(std::int64_t));
    EXPECT_FALSE(decode_request(bytes));
}

}  // namespace
}  // namespace refrain::sandbox
