#pragma once

#include <memory>
#include <string>

#include "frame/picture.h"
#include "media/frame_reader.h"

namespace refrain::media {

/// What a decoder made of one still picture.
struct LonePicture {
    StreamInfo info;          ///< its size is taken from `picture` where there is one
    frame::RgbImage picture;  ///< upright and on the ground; empty: nothing could be decoded
    std::string damage;       ///< in words; empty: none
    bool shows_ground = false;
};

/// Hands out a picture that has been decoded already, as a medium of one frame; none if it is
/// empty.
[[nodiscard]] std::unique_ptr<FrameReader> read_lone_picture(LonePicture picture);

}  // namespace refrain::media
