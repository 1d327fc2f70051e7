#include "fingerprint/kept_frame.h"

namespace refrain::fingerprint {

hash::PdqViews upright(const hash::PdqHash& hashed) {
    hash::PdqViews views;
    views.views[0] = hashed.hash;
    views.quality = hashed.quality;
    return views;
}

void keep_frame(const FrameHash& frame,
                const hash::PdqViews& hashed,
                Views views,
                Fingerprint& fingerprint) {
    fingerprint.frames.push_back(frame);
    fingerprint.frames.back().hash = hashed.views[0];
    fingerprint.frames.back().quality = hashed.quality;
    if (views == Views::kDihedral) {
        fingerprint.views.push_back(hashed.views);
    }
}

}  // namespace refrain::fingerprint
