#!/usr/bin/env bash
# Builds, shows, tests and measures FastBond on Debian 12. Run it without arguments for the list.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

readonly BUILD_PACKAGES=(gcc make clang libc6-dev linux-libc-dev libxdp-dev libbpf-dev libnl-route-3-dev pkg-config)
readonly LAB_PACKAGES=(iproute2 iputils-ping iperf3 tcpdump ethtool procps)
readonly DEMO_PACKAGES=(gnuplot-nox)
readonly DPDK_PACKAGES=(libdpdk-dev)
readonly PACKAGE_PACKAGES=(dpkg gzip xz-utils)
readonly TEST_PACKAGES=(python3-minimal)
readonly TEST_PROJECTS=(FastBond.Core.Tests FastBond.Simulation FastBond.Dataplane.Tests FastBond.Program.Tests FastBond.Lab.Tests)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

usage() {
  cat <<'TXT'
usage: ./build.sh COMMAND

  build                 libfastbond.so and the program, into out/
  deb                   a Debian package of it, into out/
  demo [MODE]           two hosts, two links, cuts and repairs, in network namespaces
                        MODE: balance-rr (default), active-backup, balance-xor
  test [unit|lab]       every test, or only those that need no root, or only those in namespaces
  simulate --seeds N | --minutes M
                        networks of bonds in virtual time, each drawn from its seed; --seed S runs one again
  bench [hash|bond|afxdp|host|tail|failover|scale|all] [--quick]
                        measures, beside DPDK's bond, plain C and the kernel; into out/bench/
                        all --record: into docs/performance.md too
  clean                 removes what was built

Missing Debian packages are installed by this script itself; the .NET 10 SDK must be there.
TXT
}

say() { printf '==> %s\n' "$*"; }
die() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

need_root() { [ "$(id -u)" = 0 ] || die "$1 needs root: it makes network namespaces and AF_XDP sockets"; }

need_sdk() {
  command -v dotnet >/dev/null || die "the .NET 10 SDK is missing ('dotnet' is not on the PATH)"
  dotnet --list-sdks | grep -q '^10\.' || die "the .NET 10 SDK is missing; there is: $(dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' ')"
}

need_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || die "these Debian packages are missing, and only root can install them: ${missing[*]}"
  say "installing Debian packages: ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

build_native() {
  need_packages "${BUILD_PACKAGES[@]}"
  say "building native/build/libfastbond.so"
  make --no-print-directory -s -C native
}

runtime_id() {
  case "$(uname -m)" in
    x86_64) echo linux-x64 ;;
    aarch64) echo linux-arm64 ;;
    *) die "no .NET runtime is published for $(uname -m)" ;;
  esac
}

build_program() {
  need_sdk
  build_native
  say "publishing out/fastbond (self-contained, one file)"
  dotnet publish src/FastBond -c Release -r "$(runtime_id)" -o out -v quiet
  install -m 0755 native/build/libfastbond.so out/libfastbond.so
}

# Lays the package out under out/deb, with the times of the last commit, and packs it.
build_deb() {
  need_packages "${PACKAGE_PACKAGES[@]}"
  build_program
  local root=$PWD/out/deb packaging=$PWD/src/FastBond/packaging package
  package=$PWD/out/fastbond_$(version)_$(dpkg --print-architecture).deb
  say "packing ${package##*/}"
  rm -rf "$root" out/fastbond_*.deb
  install -D -m 0755 -t "$root/usr/lib/fastbond" out/fastbond
  install -D -m 0644 -t "$root/usr/lib/fastbond" out/libfastbond.so
  ln -s fastbond "$root/usr/lib/fastbond/ifenslave"
  install -d "$root/usr/bin"
  ln -s ../lib/fastbond/fastbond "$root/usr/bin/fastbond"
  install -D -m 0644 -t "$root/usr/lib/systemd/system" "$packaging/fastbond.service"
  install -D -m 0644 "$packaging/completions/fastbond.bash" "$root/usr/share/bash-completion/completions/fastbond"
  install -D -m 0644 "$packaging/completions/fastbond.zsh" "$root/usr/share/zsh/vendor-completions/_fastbond"
  install -D -m 0644 "$packaging/completions/fastbond.fish" "$root/usr/share/fish/vendor_completions.d/fastbond.fish"
  install -D -m 0644 -t "$root/usr/share/doc/fastbond/examples" "$packaging/fastbond.yaml"
  install -D -m 0644 -t "$root/usr/share/doc/fastbond" "$packaging/deb/copyright"
  install -d "$root/usr/share/man/man8"
  out/fastbond manual | gzip -9n > "$root/usr/share/man/man8/fastbond.8.gz"
  ln -s fastbond.8.gz "$root/usr/share/man/man8/ifenslave.fastbond.8.gz"
  install -D -m 0755 -t "$root/DEBIAN" "$packaging"/deb/{postinst,prerm,postrm}
  sed -e "s/@VERSION@/$(version)/" -e "s/@ARCHITECTURE@/$(dpkg --print-architecture)/" -e "s/@SIZE@/$(du -sk "$root" | cut -f1)/" \
    "$packaging/deb/control.in" > "$root/DEBIAN/control"
  (cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum > DEBIAN/md5sums)
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 0) dpkg-deb --root-owner-group -Zxz -z1 --build "$root" "$package" >/dev/null
  rm -rf "$root"
}

version() { grep -o '<Version>[^<]*' Directory.Build.props | cut -d'>' -f2; }

# Runs one test program and adds its counts, which it writes as CTRF, to the sums.
passed=0 failed=0 skipped=0
run_tests() {
  local project=$1 report program
  shift
  program=tests/$project/bin/Release/net10.0/$project
  report=$PWD/out/test/$project.ctrf.json
  say "building and running tests/$project"
  dotnet build "tests/$project" -c Release -v quiet
  mkdir -p out/test
  rm -f "$report"
  local status=0
  "$program" -ctrf "$report" "$@" || status=$?
  [ -s "$report" ] || { printf '%s wrote no report (exit %s)\n' "$project" "$status" >&2; failed=$((failed + 1)); return; }
  local p f s
  p=$(count passed "$report") f=$(count failed "$report") s=$(count skipped "$report")
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  if [ $((p + f + s)) -eq 0 ]; then
    printf '%s found no test\n' "$project" >&2
    failed=$((failed + 1))
  elif [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then
    printf '%s ended with exit %s though no test failed\n' "$project" "$status" >&2
    failed=$((failed + 1))
  fi
}

# The first number of that name in a CTRF report is the one of its summary.
count() { grep -o "\"$1\": *[0-9]*" "$2" | head -n 1 | grep -o '[0-9]*$' || echo 0; }

test_all() {
  local which=${1:-all} project
  case "$which" in all | unit | lab) ;; *) die "test what? unit, lab, or nothing for both" ;; esac
  [ "$which" = unit ] || need_root "the lab"
  need_packages "${TEST_PACKAGES[@]}" "${LAB_PACKAGES[@]}"
  build_deb
  [ "$which" = unit ] || build_bench
  for project in "${TEST_PROJECTS[@]}"; do
    case "$which:$project" in unit:*Lab*) continue ;; lab:*Lab*) ;; lab:*) continue ;; esac
    run_tests "$project"
  done
  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" -eq 0 ]
}

demo() {
  need_root "the demo"
  need_packages "${LAB_PACKAGES[@]}" "${DEMO_PACKAGES[@]}"
  build_program
  dotnet build tests/FastBond.Lab -c Release -v quiet
  tests/FastBond.Lab/bin/Release/net10.0/fastbond-lab demo "$@" --out out/demo
}

simulate() {
  need_sdk
  dotnet build tests/FastBond.Simulation -c Release -v quiet
  tests/FastBond.Simulation/bin/Release/net10.0/FastBond.Simulation simulate "$@"
}

# The benchmarks, and the programs they are measured beside: DPDK's only where DPDK is.
build_bench() {
  say "building bench/peers and bench/FastBond.Benchmarks"
  make --no-print-directory -s -C bench/peers build/xsk_loop build/spin
  ! pkg-config --exists libdpdk || make --no-print-directory -s -C bench/peers build/dpdk_bond
  dotnet build bench/FastBond.Benchmarks -c Release -v quiet
}

bench() {
  local verb=${1:-all} record=
  case "$verb" in --*) verb=all ;; *) [ $# -eq 0 ] || shift ;; esac
  [ "$verb ${1:-}" != "all --record" ] || { record=1; shift; }
  need_root "the benchmark over veth"
  need_packages "${LAB_PACKAGES[@]}" "${DEMO_PACKAGES[@]}"
  build_program
  case "$verb" in
    # Half a minute and 140 MB, so for nothing else.
    bond | all) (need_packages "${DPDK_PACKAGES[@]}") || say "without DPDK's bond: ${DPDK_PACKAGES[*]} can't be installed" ;;
  esac
  build_bench
  FASTBOND_NATIVE=$PWD/out/libfastbond.so FASTBOND_PEERS=$PWD/bench/peers/build \
    bench/FastBond.Benchmarks/bin/Release/net10.0/FastBond.Benchmarks "$verb" "$@"
  [ -z "$record" ] || record_result
}

# Puts the last whole result in the place of the one in the documentation.
record_result() {
  local document=docs/performance.md
  { sed '/^<!-- result/q' "$document"; printf '\n'; cat out/bench/all.md; } > out/bench/performance.md
  mv out/bench/performance.md "$document"
  say "$document holds this result now"
}

clean() {
  say "removing out/, native/build and every bin/ and obj/"
  rm -rf out native/build
  find src tests bench -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
}

case "${1:-}" in
  build) build_program ;;
  deb) build_deb ;;
  demo) shift; demo "$@" ;;
  test) shift; test_all "$@" ;;
  simulate) shift; simulate "$@" ;;
  bench) shift; bench "$@" ;;
  clean) clean ;;
  *) usage; [ "${1:-help}" = help ] || [ "${1:-}" = --help ] || exit 2 ;;
esac
