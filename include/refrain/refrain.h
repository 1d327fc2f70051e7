#pragma once

/// The whole public API in one header.
///
/// - fingerprinter.h turns media into fingerprints (fingerprint.h); pdq.h hashes pixels.
/// - corpus.h makes fingerprints known and looks others up; verdict.h is what it answers.
/// - catalogue.h says what can be changed of items and banks, and who did; feeds.h and import.h
///   read hash lists, export.h writes them.
/// - upkeep.h copies a corpus that is in use, and repairs a damaged one.
/// - explain.h draws why a match is one; json.h writes answers as JSON.
/// - sandbox.h decodes media in processes of their own.
///
/// These rules hold for all of it:
/// - An argument that is passed by reference, pointer, span or view is used during the call only,
///   unless its comment says that it must live longer.
/// - Results are values; nothing has to be freed.
/// - A failure is returned as an Error (result.h). The only exception that leaves a function is
///   std::bad_alloc.
/// - Each type says whether threads may share it. Functions that are not members of a class keep no
///   state and may be called from any thread.
/// - Paths are given to the operating system as they are; no name of a file reaches a shell.
///
/// Compile with -std=c++20 or later, and link with what `pkg-config --cflags --libs refrain` says.

#include "refrain/api.h"
#include "refrain/bundle.h"
#include "refrain/catalogue.h"
#include "refrain/corpus.h"
#include "refrain/duplicates.h"
#include "refrain/error.h"
#include "refrain/explain.h"
#include "refrain/export.h"
#include "refrain/feeds.h"
#include "refrain/fingerprint.h"
#include "refrain/fingerprinter.h"
#include "refrain/hash256.h"
#include "refrain/import.h"
#include "refrain/json.h"
#include "refrain/limits.h"
#include "refrain/log.h"
#include "refrain/media_time.h"
#include "refrain/pdq.h"
#include "refrain/result.h"
#include "refrain/sandbox.h"
#include "refrain/upkeep.h"
#include "refrain/verdict.h"
#include "refrain/version.h"
