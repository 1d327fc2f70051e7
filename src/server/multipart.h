#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace refrain::server {

/// What a part of a form calls itself.
struct PartHeader {
    std::string field;      ///< `name` of Content-Disposition
    std::string file_name;  ///< `filename`, without folders; may be empty
    bool has_file_name = false;
    std::string content_type;  ///< may be empty
};

/// Takes the parts of a form as they arrive. An answer that is not empty ends the parsing; it is
/// the parser's to hand on.
class PartTaker {
  public:
    PartTaker() = default;
    PartTaker(const PartTaker&) = delete;
    PartTaker& operator=(const PartTaker&) = delete;
    virtual ~PartTaker() = default;

    [[nodiscard]] virtual bool begin_part(const PartHeader& header) = 0;
    [[nodiscard]] virtual bool part_bytes(std::string_view bytes) = 0;
    [[nodiscard]] virtual bool end_part() = 0;
};

/// Reads multipart/form-data (RFC 7578) piece by piece, and holds no more of it than a header or a
/// boundary.
///
/// Thread safety: one thread at a time. Cost: one pass.
class MultipartParser {
  public:
    static constexpr std::size_t kMaxHeaderBytes = 8192;
    static constexpr std::size_t kMaxParts = 64;
    static constexpr std::size_t kMaxBoundary = 70;  ///< RFC 2046, section 5.1.1

    enum class State {
        kGoesOn,
        kDone,       ///< the last boundary was seen
        kMalformed,  ///< `problem` says how
        kRefused,    ///< the taker wants no more
    };

    /// @param boundary  1 to kMaxBoundary characters; else the parser is malformed from the start
    /// @param taker     borrowed; must outlive the parser
    MultipartParser(std::string_view boundary, PartTaker& taker);

    /// Takes the next piece of the body. What follows the last boundary is passed over.
    [[nodiscard]] State feed(std::string_view bytes);

    /// kMalformed unless the last boundary was seen.
    [[nodiscard]] State finish();

    [[nodiscard]] const std::string& problem() const { return problem_; }

  private:
    enum class Place { kPreamble, kAfterBoundary, kHeader, kData, kEpilogue };

    [[nodiscard]] State fail(std::string problem);
    /// Each does what it can with `pending_`. @return whether to go on at once
    [[nodiscard]] bool step(State& state);
    [[nodiscard]] bool step_preamble();
    [[nodiscard]] bool step_after_boundary(State& state);
    [[nodiscard]] bool step_header(State& state);
    [[nodiscard]] bool step_data(State& state);
    [[nodiscard]] bool read_header(std::string_view text, PartHeader& header);

    PartTaker& taker_;
    std::string delimiter_;  ///< CRLF, two dashes, boundary
    std::string pending_;    ///< bytes that are not yet known to be data or boundary
    Place place_ = Place::kPreamble;
    State state_ = State::kGoesOn;
    std::size_t parts_ = 0;
    std::string problem_;
};

}  // namespace refrain::server
