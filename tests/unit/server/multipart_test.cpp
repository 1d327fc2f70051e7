#include "server/multipart.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace refrain::server {
namespace {

using State = MultipartParser::State;

struct Part {
    std::string field;
    std::string file_name;
    std::string bytes;
    bool operator==(const Part&) const = default;
};

class Parts : public PartTaker {
  public:
    bool begin_part(const PartHeader& header) override {
        parts.push_back({header.field, header.file_name, {}});
        return true;
    }
    bool part_bytes(std::string_view bytes) override {
        parts.back().bytes += bytes;
        return true;
    }
    bool end_part() override {
        ++ended;
        return true;
    }

    std::vector<Part> parts;
    std::size_t ended = 0;
};

// What looks like a boundary and is none stands in the data.
const std::string kForm =
    "passed over\r\n"
    "--edge\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\ntext\r\n"
    "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a b.jpg\"\r\n"
    "Content-Type: image/jpeg\r\n\r\n\r\n--edg\r\n--edgx\r\n-\r\n\r\n"
    "--edge--\r\npassed over";
const std::vector<Part> kParts{{"note", "", "text"},
                               {"file", "a b.jpg", "\r\n--edg\r\n--edgx\r\n-\r\n"}};

TEST(Multipart, ReadsTheSameInWhateverPiecesItComes) {
    for (std::size_t first = 0; first <= kForm.size(); ++first) {
        for (const std::size_t size : {std::size_t{1}, std::size_t{7}, kForm.size()}) {
            Parts taker;
            MultipartParser parser("edge", taker);
            State state = parser.feed(std::string_view(kForm).substr(0, first));
            for (std::size_t at = first; at < kForm.size(); at += size) {
                state = parser.feed(std::string_view(kForm).substr(at, size));
            }
            ASSERT_EQ(state, State::kDone) << first << ' ' << size << ' ' << parser.problem();
            ASSERT_EQ(parser.finish(), State::kDone);
            ASSERT_EQ(taker.parts, kParts) << first << ' ' << size;
            ASSERT_EQ(taker.ended, kParts.size());
        }
    }
}

TEST(Multipart, IsMalformedWhereverItIsCut) {
    const std::size_t end = kForm.find("--edge--") + std::string("--edge--").size();
    for (std::size_t size = 0; size < end; ++size) {
        Parts taker;
        MultipartParser parser("edge", taker);
        static_cast<void>(parser.feed(std::string_view(kForm).substr(0, size)));
        ASSERT_EQ(parser.finish(), State::kMalformed) << size;
    }
}

}  // namespace
}  // namespace refrain::server
