#!/bin/sh
# Builds the C and C++ libraries of vcpkg.json, statically, for the wheels that
# cibuildwheel makes. Runs once in each build image, or on each macOS machine.
#
#   scripts/build_wheel_dependencies.sh PREFIX
#
# PREFIX then holds vcpkg/ and installed/, and toolchain.cmake, which pyesi's
# build is pointed at by CMAKE_TOOLCHAIN_FILE.

set -eu

prefix=$1
repository=$(cd "$(dirname "$0")/.." && pwd)
baseline=$(sed -n 's/.*"builtin-baseline": "\([0-9a-f]*\)".*/\1/p' "$repository/vcpkg.json")

# What vcpkg and OpenSSL's build ask of the image.
if command -v dnf >/dev/null; then
    dnf install -y curl git zip unzip tar ninja-build pkgconf-pkg-config perl-IPC-Cmd perl-Time-Piece kernel-headers
elif command -v apk >/dev/null; then
    apk add --no-cache bash curl git zip unzip tar samurai cmake perl linux-headers pkgconf
    export VCPKG_FORCE_SYSTEM_BINARIES=1
fi

case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) triplet=pyesi-x64-linux ;;
    Linux-aarch64) triplet=pyesi-arm64-linux ;;
    Darwin-x86_64) triplet=pyesi-x64-osx ;;
    Darwin-arm64) triplet=pyesi-arm64-osx ;;
    *)
        echo "$0: no triplet for $(uname -s) on $(uname -m)" >&2
        exit 1
        ;;
esac

mkdir -p "$prefix"
if [ ! -d "$prefix/vcpkg" ]; then
    git clone --filter=blob:none --no-checkout \
        https://github.com/microsoft/vcpkg.git "$prefix/vcpkg"
fi
git -C "$prefix/vcpkg" checkout --quiet "$baseline"
"$prefix/vcpkg/bootstrap-vcpkg.sh" -disableMetrics
"$prefix/vcpkg/vcpkg" install \
    --triplet "$triplet" \
    --host-triplet "$triplet" \
    --overlay-triplets "$repository/cmake/triplets" \
    --x-manifest-root "$repository" \
    --x-install-root "$prefix/installed" \
    --clean-after-build

cat >"$prefix/toolchain.cmake" <<EOF
set(VCPKG_TARGET_TRIPLET "$triplet" CACHE STRING "")
set(VCPKG_HOST_TRIPLET "$triplet" CACHE STRING "")
set(VCPKG_OVERLAY_TRIPLETS "$repository/cmake/triplets" CACHE STRING "")
set(VCPKG_INSTALLED_DIR "$prefix/installed" CACHE STRING "")
set(VCPKG_MANIFEST_INSTALL OFF CACHE BOOL "")
include("$prefix/vcpkg/scripts/buildsystems/vcpkg.cmake")
EOF
