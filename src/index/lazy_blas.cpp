#include "index/lazy_blas.h"

#include <cstdlib>

#include <dlfcn.h>

namespace refrain::index {

namespace {

struct Libraries {
    void* blas = nullptr;
    void* lapack = nullptr;
    std::string problem;
};

void* opened(const char* name, std::string& problem) {
    // Never closed: routines are called until the process ends.
    void* library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        // Since glibc 2.34 it is kept for each thread. NOLINTNEXTLINE(concurrency-mt-unsafe)
        const char* why = ::dlerror();
        problem = why == nullptr ? std::string("cannot load ") + name : why;
    }
    return library;
}

const Libraries& libraries() {
    static const Libraries loaded = [] {
        Libraries made;
        made.blas = opened("libblas.so.3", made.problem);
        made.lapack = opened("liblapack.so.3", made.problem);
        return made;
    }();
    return loaded;
}

using Routine = void (*)();

/// A routine of either. Both have all that FAISS calls, and `blas_problem` was asked before.
Routine routine(const char* name) {
    const Libraries& loaded = libraries();
    void* found = loaded.blas == nullptr ? nullptr : ::dlsym(loaded.blas, name);
    if (found == nullptr && loaded.lapack != nullptr) {
        found = ::dlsym(loaded.lapack, name);
    }
    if (found == nullptr) {
        std::abort();
    }
    return reinterpret_cast<Routine>(found);
}

/// Fortran passes addresses alone, so the numbers of arguments tell routines apart, not their
/// types.
template <typename... Addresses>
int call(Routine routine, Addresses... addresses) {
    return reinterpret_cast<int (*)(Addresses...)>(routine)(addresses...);
}

using At = void*;

}  // namespace

const std::string& blas_problem() { return libraries().problem; }

}  // namespace refrain::index

using refrain::index::At;
using refrain::index::call;
using refrain::index::routine;
using refrain::index::Routine;

// NOLINTBEGIN(readability-identifier-naming,readability-function-size): Fortran's names and numbers
// of arguments
extern "C" {

int sgemm_(At a, At b, At c, At d, At e, At f, At g, At h, At i, At j, At k, At l, At m) {
    static const Routine kTo = routine("sgemm_");
    return call(kTo, a, b, c, d, e, f, g, h, i, j, k, l, m);
}

int dgemm_(At a, At b, At c, At d, At e, At f, At g, At h, At i, At j, At k, At l, At m) {
    static const Routine kTo = routine("dgemm_");
    return call(kTo, a, b, c, d, e, f, g, h, i, j, k, l, m);
}

int ssyrk_(At a, At b, At c, At d, At e, At f, At g, At h, At i, At j) {
    static const Routine kTo = routine("ssyrk_");
    return call(kTo, a, b, c, d, e, f, g, h, i, j);
}

int dsyev_(At a, At b, At c, At d, At e, At f, At g, At h, At i) {
    static const Routine kTo = routine("dsyev_");
    return call(kTo, a, b, c, d, e, f, g, h, i);
}

int dgesvd_(At a, At b, At c, At d, At e, At f, At g, At h, At i, At j, At k, At l, At m, At n) {
    static const Routine kTo = routine("dgesvd_");
    return call(kTo, a, b, c, d, e, f, g, h, i, j, k, l, m, n);
}

int sgesvd_(At a, At b, At c, At d, At e, At f, At g, At h, At i, At j, At k, At l, At m, At n) {
    static const Routine kTo = routine("sgesvd_");
    return call(kTo, a, b, c, d, e, f, g, h, i, j, k, l, m, n);
}

int sgelsd_(At a, At b, At c, At d, At e, At f, At g, At h, At i, At j, At k, At l, At m, At n) {
    static const Routine kTo = routine("sgelsd_");
    return call(kTo, a, b, c, d, e, f, g, h, i, j, k, l, m, n);
}

int dgetrf_(At a, At b, At c, At d, At e, At f) {
    static const Routine kTo = routine("dgetrf_");
    return call(kTo, a, b, c, d, e, f);
}

int sgetrf_(At a, At b, At c, At d, At e, At f) {
    static const Routine kTo = routine("sgetrf_");
    return call(kTo, a, b, c, d, e, f);
}

int dgetri_(At a, At b, At c, At d, At e, At f, At g) {
    static const Routine kTo = routine("dgetri_");
    return call(kTo, a, b, c, d, e, f, g);
}

int sgetri_(At a, At b, At c, At d, At e, At f, At g) {
    static const Routine kTo = routine("sgetri_");
    return call(kTo, a, b, c, d, e, f, g);
}

int sgeqrf_(At a, At b, At c, At d, At e, At f, At g, At h) {
    static const Routine kTo = routine("sgeqrf_");
    return call(kTo, a, b, c, d, e, f, g, h);
}

int sorgqr_(At a, At b, At c, At d, At e, At f, At g, At h, At i) {
    static const Routine kTo = routine("sorgqr_");
    return call(kTo, a, b, c, d, e, f, g, h, i);
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming,readability-function-size)
