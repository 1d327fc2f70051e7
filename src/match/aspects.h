#pragma once

#include <vector>

#include "evidence/known_item.h"
#include "evidence/sighting.h"
#include "match/match_item.h"

namespace refrain::match {

/// Adds the ways to look at an item that its sightings suggest: each view in which places show a
/// part of it, and each view in which frames look like it, together with the places that agree.
///
/// What places say of a view stands for what its whole frames say alone.
/// @param item, sightings, context  outlive the aspects
void add_aspects(const evidence::KnownItem& item,
                 const evidence::Sightings& sightings,
                 const LookUpContext& context,
                 std::vector<Aspect>& aspects);

}  // namespace refrain::match
