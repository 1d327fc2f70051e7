#include "media/lone_picture.h"

#include <utility>

namespace refrain::media {
namespace {

class LonePictureReader final : public FrameReader {
  public:
    explicit LonePictureReader(LonePicture picture) : made_(std::move(picture)) {
        if (!made_.picture.pixels.empty()) {
            made_.info.width = made_.picture.width;
            made_.info.height = made_.picture.height;
        }
        report_.is_partial = !made_.damage.empty();
        report_.damage = made_.damage;
        report_.skipped_packets = made_.picture.pixels.empty() ? 1 : 0;
    }

    [[nodiscard]] const StreamInfo& info() const override { return made_.info; }

    Result<std::optional<frame::FrameHeader>> next() override {
        if (made_.picture.pixels.empty() || report_.decoded_frames > 0) {
            return std::optional<frame::FrameHeader>();
        }
        report_.decoded_frames = 1;
        return std::optional(frame::FrameHeader{.time = {}, .index = 0, .is_keyframe = true});
    }

    Result<frame::RgbView> picture() override {
        if (report_.decoded_frames == 0) {
            return Error{ErrorCode::kInternal, "asked for a picture before a frame"};
        }
        return made_.picture.view();
    }

    [[nodiscard]] const DecodeReport& report() const override { return report_; }
    [[nodiscard]] bool shows_ground() const override { return made_.shows_ground; }

  private:
    LonePicture made_;
    DecodeReport report_;
};

}  // namespace

std::unique_ptr<FrameReader> read_lone_picture(LonePicture picture) {
    return std::make_unique<LonePictureReader>(std::move(picture));
}

}  // namespace refrain::media
