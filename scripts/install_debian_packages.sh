#!/bin/sh
# Installs the Debian packages that pyesi needs. Nothing that is there is installed
# again: a second run asks no network.
#
#   scripts/install_debian_packages.sh [build] [test] [bench] [wheel]     (default: build)

set -eu

# pyesi needs Boost 1.81; what Debian 12 calls libboost-dev is older.
boost=libboost-dev
if grep -q 'VERSION_CODENAME=bookworm' /etc/os-release 2>/dev/null; then
    boost=libboost1.81-dev
fi

# Ubuntu's chromium is a snap: there the tests take the google-chrome that CI's image has.
browser=chromium
if grep -q '^ID=ubuntu' /etc/os-release 2>/dev/null; then
    browser=""
fi

build="g++ cmake ninja-build ccache pkg-config python3-dev python3-venv
    libcurl4-openssl-dev $boost nlohmann-json3-dev libsimdjson-dev
    libdeflate-dev libbrotli-dev libzstd-dev libsqlite3-dev libhiredis-dev"
test="libgtest-dev libbenchmark-dev nginx-light openssl redis-server prometheus
    $browser"
bench="libbenchmark-dev nginx-light wrk nghttp2-client valgrind openssl redis-server"
wheel="debootstrap"

wanted=""
for group in "${@:-build}"; do
    case "$group" in
        build) wanted="$wanted $build" ;;
        test) wanted="$wanted $test" ;;
        bench) wanted="$wanted $bench" ;;
        wheel) wanted="$wanted $wheel" ;;
        *)
            echo "$0: no group '$group'; there are build, test, bench and wheel" >&2
            exit 2
            ;;
    esac
done

if ! command -v dpkg-query >/dev/null; then
    echo "$0: this is not a Debian system; install by hand what these hold:" $wanted >&2
    exit 1
fi

missing=""
for package in $wanted; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif command -v sudo >/dev/null; then
    as_root="sudo"
else
    echo "$0: neither root nor sudo; ask an administrator to run:" >&2
    echo "    apt-get install$missing" >&2
    exit 1
fi

echo "Installing$missing"
$as_root apt-get update -q
$as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends $missing

# The tests start a prometheus of their own; Debian's package starts one for the machine.
case " $missing " in
    *" prometheus "*)
        if [ -d /run/systemd/system ]; then
            $as_root systemctl disable --now prometheus
        fi
        ;;
esac
