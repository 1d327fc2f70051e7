# Shared by scripts/demo and scripts/test: installs what is missing and builds into build/.
# To be sourced by a POSIX shell; sets `root` to the source tree.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit 1
build="$root/build"

say() { printf '%s\n' "$*" >&2; }

packages() { sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$root/scripts/packages.txt"; }

# Prints the packages that are not installed.
missing_packages() {
    for package in $(packages); do
        state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)
        [ "$state" = installed ] || printf '%s\n' "$package"
    done
}

install_packages() {
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1; then
        as_root=sudo
    else
        say "These packages are missing, and there is neither root nor sudo to install them:"
        say "$*"
        return 1
    fi
    say "Installing:" "$@"
    $as_root apt-get update >&2 &&
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y --no-install-recommends "$@" >&2
}

# Nothing to do, and quick, when all is there.
ensure_packages() {
    if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
        say "Not Debian or Ubuntu. refrain needs what these Debian packages hold:"
        say "$(packages | tr '\n' ' ')"
        say "Going on with what is there."
        return 0
    fi
    missing=$(missing_packages)
    [ -z "$missing" ] && return 0
    # Unquoted on purpose: one word a package.
    # shellcheck disable=SC2086
    install_packages $missing || say "Not all packages could be installed; going on."
}

# Configures once, then builds what changed.
build_refrain() {
    if [ ! -f "$build/build.ninja" ]; then
        meson setup --buildtype=release "$build" "$root" >&2 || return 1
    fi
    ninja -C "$build" "$@" >&2
}
