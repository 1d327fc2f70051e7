#include <optional>
#include <string>

#include "refrain/pdq.h"

#include "hash/pdq_hash.h"

namespace refrain {

Result<PdqCode> pdq_of_pixels(const RgbPixels& picture) {
    if (picture.data == nullptr || picture.width < kMinPdqSide || picture.height < kMinPdqSide) {
        return Error{ErrorCode::kInvalidArgument, "a picture of " + std::to_string(picture.width) +
                                                      " x " + std::to_string(picture.height) +
                                                      " pixels has no PDQ code: each side needs " +
                                                      std::to_string(kMinPdqSide)};
    }
    const std::optional<hash::PdqHash> made =
        hash::pdq_hash({picture.data, picture.width, picture.height, picture.stride_bytes});
    if (!made) {
        return Error{ErrorCode::kInternal, "the picture has no PDQ code"};
    }
    return PdqCode{made->hash, made->quality};
}

}  // namespace refrain
