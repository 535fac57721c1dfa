# What the scripts share: messages, system packages, the toolchain. To be sourced.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

say() { printf '\n==> %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$1" >&2; shift; for hint in "$@"; do printf 'hint: %s\n' "$hint" >&2; done; exit 1; }

# What building and running need, as Debian names it.
packages=(libgit2-dev libreadline-dev libsqlite3-dev libc6-dev gcc pkg-config git python3 python3-pip binutils procps)

# Installs the system packages that are missing; does nothing, quickly, if none is.
install_packages() {
    local missing=() package
    for package in "${packages[@]}" "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    # A Python with pip that did not come from the system is as good.
    if python3 -m pip --version >/dev/null 2>&1; then
        local kept=()
        for package in "${missing[@]}"; do [[ $package == python3* ]] || kept+=("$package"); done
        missing=("${kept[@]}")
    fi
    [ ${#missing[@]} -eq 0 ] && return 0
    say "installing system packages: ${missing[*]}"
    command -v apt-get >/dev/null || fail "this machine has no apt-get" "Install what these Debian packages hold: ${missing[*]}"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "system packages are missing" "Run as root: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

require_swift() {
    command -v swift >/dev/null || fail "there is no 'swift' in PATH" "Install Swift 6.3 or later: https://www.swift.org/install/linux/"
}
