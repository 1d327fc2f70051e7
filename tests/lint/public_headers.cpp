#include "refrain/refrain.h"

int main() { return refrain::kDihedralViews == 8 ? 0 : 1; }
