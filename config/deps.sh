#!/bin/sh
# usage: deps.sh run|test|fuzz|bench    Debian packages that building and running, testing, fuzzing need: says which are missing
# and installs them when root (or by a sudo that asks no password); otherwise prints the line to type and exits 2.
# Prints nothing and takes a few milliseconds when nothing is missing.
set -eu
export LC_ALL=C

RUN="gcc make pkg-config libevent-dev libpq-dev libjansson-dev libsodium-dev libinih-dev libcmark-gfm-dev \
libcmark-gfm-extensions-dev libmd4c-dev zlib1g-dev libbrotli-dev libzstd-dev libicu-dev libcurl4-openssl-dev \
postgresql-15"
TEST="libcmocka-dev libhttp-parser-dev python3-pytest python3-requests python3-hypothesis curl nginx haproxy varnish"
BENCH="wrk nginx varnish postgresql-client-15 python3"
FUZZ="clang libclang-rt-14-dev"

CREATECLUSTER=/etc/postgresql-common/createcluster.conf
POLICY=/usr/sbin/policy-rc.d
MARK="# written by quoin's config/deps.sh while it installs; may be deleted"

# The packages of "$@" that are not installed.
missing() {
    have=" $(dpkg-query -W -f '${Package}:${db:Status-Status} ' "$@" 2>/dev/null || true)"
    out=""
    for p in "$@"; do
        case "$have" in
        *" $p:installed "*) ;;
        *) out="$out $p" ;;
        esac
    done
    echo "${out# }"
}

# Debian makes and starts a cluster on port 5432 as it installs the server. Nobody asked for one: Quoin keeps its own.
no_main_cluster() {
    mkdir -p "${CREATECLUSTER%/*}"
    if grep -q '^[[:space:]]*create_main_cluster[[:space:]]*=[[:space:]]*false' "$CREATECLUSTER" 2>/dev/null; then return; fi
    echo "deps: writing 'create_main_cluster = false' into $CREATECLUSTER"
    if [ -e "$CREATECLUSTER" ]; then
        sed -i 's/^[[:space:]]*create_main_cluster[[:space:]]*=/#&/' "$CREATECLUSTER"
    fi
    echo "create_main_cluster = false" >> "$CREATECLUSTER"
}

# While packages are installed no service of theirs starts, stops or restarts, a running PostgreSQL's included.
policy_off() {
    if [ -e "$POLICY" ] && grep -qF "$MARK" "$POLICY"; then rm -f "$POLICY"; fi
    if [ -e "$POLICY.quoin-saved" ] && [ ! -e "$POLICY" ]; then mv "$POLICY.quoin-saved" "$POLICY"; fi
}
policy_on() {
    policy_off # what a killed run left behind
    if [ -e "$POLICY" ]; then mv "$POLICY" "$POLICY.quoin-saved"; fi
    trap policy_off EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    printf '#!/bin/sh\n%s\nexit 101\n' "$MARK" > "$POLICY"
    chmod 755 "$POLICY"
}

line_for() {
    echo "apt-get install --no-upgrade --no-install-recommends $*"
}

refuse() {
    echo "deps: $1. As root:" >&2
    case " $2 " in
    *" postgresql-15 "*)
        echo "    mkdir -p ${CREATECLUSTER%/*} && echo 'create_main_cluster = false' >> $CREATECLUSTER" >&2 ;;
    esac
    echo "    apt-get update && $(line_for $2)" >&2
    exit 2
}

apt() {
    DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 NEEDRESTART_SUSPEND=1 \
        apt-get -q -y -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

install() {
    echo "deps: $(line_for "$*")"
    case " $* " in
    *" postgresql-15 "*) no_main_cluster ;;
    esac
    policy_on
    updated=no
    if ! apt-get -s -qq install --no-upgrade --no-install-recommends "$@" >/dev/null 2>&1; then
        apt update || refuse "apt-get update failed" "$*"
        updated=yes
    fi
    if ! apt install --no-upgrade --no-install-recommends "$@"; then
        # Lists that are too old name files that are gone.
        if [ $updated = yes ] || ! apt update || ! apt install --no-upgrade --no-install-recommends "$@"; then
            refuse "apt-get could not install what is missing" "$*"
        fi
    fi
    policy_off
    trap - EXIT INT TERM HUP
}

case "${1:-}" in
run) want=$RUN ;;
test) want="$RUN $TEST" ;;
fuzz) want="$RUN $TEST $FUZZ" ;;
bench) want="$RUN $BENCH" ;;
install) # itself, by sudo
    shift
    install "$@"
    exit 0 ;;
*)
    echo "usage: $0 run|test|fuzz|bench" >&2
    exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
    echo "deps: this is no Debian: install what stands for these by hand: $want" >&2
else
    need=$(missing $want)
    if [ -n "$need" ]; then
        echo "deps: missing: $need"
        if [ "$(id -u)" = 0 ]; then
            install $need
        elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            sudo -n sh "$0" install $need
        else
            refuse "these packages are missing, and installing them takes root" "$need"
        fi
        still=$(missing $want)
        if [ -n "$still" ]; then refuse "still missing after the installation: $still" "$still"; fi
    fi
fi

# As root, everything but the master runs as this user.
if [ "$1" = run ] && [ "$(id -u)" = 0 ] && ! getent passwd quoin >/dev/null; then
    echo "deps: creating the system user quoin, as whom the server runs"
    useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin quoin
fi
