#!/usr/bin/env bash
# Builds the images and checks that they start as they are meant to be started: by their user, with a read-only root, healthy, soon.
#
#   deploy/test/images.sh [local]
#
# With `local`, nothing is pulled: a base is made with debootstrap, and this machine's SDK, NuGet.Config and trusted certificates stand in
# for the SDK's image. Needs root, a Docker engine (DOCKER_HOST), and for `local` Debian's debootstrap. Leaves the images mend-test/mend, mend-test/silo and mend-test/postgres.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

name=mend-test
work=$(mktemp -d)
container=
trap '[ -z "$container" ] || docker rm -f "$container" >/dev/null; rm -rf "$work"' EXIT

# Debian 13 with some packages, as an image.
debian() {
    local mirror packages=$1 image=$2
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Label: Debian' 'Component: main' | head -1)
    debootstrap --variant=minbase --include="$packages" trixie "$work/root" "${mirror:-http://deb.debian.org/debian}" >"$work/log" || { tail "$work/log" >&2; return 1; }
    rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/* "$work"/root/usr/share/{doc,man,locale}
    tar -C "$work/root" -c . | docker import - "$image" >/dev/null
    rm -rf "$work/root"
}

exists() {
    docker image inspect "$1" >/dev/null 2>&1
}

arguments=(--build-arg "REVISION=$(git rev-parse HEAD)")
if [ "${1:-}" = local ]; then
    exists $name/base || debian ca-certificates,libstdc++6,libgcc-s1,libssl3t64,zlib1g $name/base
    exists $name/postgres || {
        debian postgresql-17 $name/debian-postgres
        docker build -q -t $name/postgres --build-arg BASE=$name/debian-postgres deploy/test/postgres
    }
    exists $name/sdk || {
        mkdir "$work/sdk"
        cp -a "$(dirname "$(dotnet --list-sdks | sed -n '$s/.*\[\(.*\)\]/\1/p')")" "$work/sdk/dotnet"
        cp ~/.nuget/NuGet/NuGet.Config /etc/ssl/certs/ca-certificates.crt "$work/sdk/"
        printf 'FROM %s/base\nCOPY dotnet /usr/share/dotnet\nCOPY NuGet.Config /root/.nuget/NuGet/\nCOPY ca-certificates.crt /etc/ssl/certs/\nENV PATH=/usr/share/dotnet:/usr/bin:/bin HOME=/root DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 NUGET_CERT_REVOCATION_MODE=offline\n' $name >"$work/sdk/Dockerfile"
        docker build -q -t $name/sdk "$work/sdk"
        rm -rf "$work/sdk"
    }
    arguments+=(--network host --build-arg BASE=$name/base --build-arg SDK=$name/sdk)
fi

docker build -q -f deploy/mend.Dockerfile -t $name/mend "${arguments[@]}" .
docker build -q -f deploy/mend-silo.Dockerfile -t $name/silo "${arguments[@]}" .

locked=(--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges)

# Waits for a container to be healthy, and for its port to answer; says how long each took.
check() {
    local image=$1 port=$2 answers= status= started now
    shift 2
    started=$(date +%s%3N)
    container=$(docker run -d "${locked[@]}" "$@")
    until [ "$status" = healthy ]; do
        now=$(($(date +%s%3N) - started))
        if [ -z "$answers" ] && docker exec "$container" /app/healthy "$port" healthz 2>/dev/null; then
            answers=$now
        fi
        if [ "$now" -gt 60000 ] || [ "$(docker inspect -f '{{.State.Running}}' "$container")" != true ]; then
            docker logs "$container" >&2
            echo "$image did not become healthy." >&2
            return 1
        fi
        status=$(docker inspect -f '{{.State.Health.Status}}' "$container")
    done
    [ "$(docker exec "$container" id -u)" = 10001 ]
    ! docker exec "$container" touch /app/x 2>/dev/null
    docker exec "$container" test -s /app/sbom.cdx.json
    docker stop -t 40 "$container" >/dev/null
    echo "$image: $(($(docker image inspect -f '{{.Size}}' "$image") / 1000000)) MB, answers after $answers ms, healthy after $now ms, exit code $(docker inspect -f '{{.State.ExitCode}}' "$container")"
    [ "$(docker inspect -f '{{.State.ExitCode}}' "$container")" = 0 ]
    docker rm "$container" >/dev/null
    container=
}

check $name/mend 8080 $name/mend serve --demo --urls http://127.0.0.1:8080
check $name/silo 8081 -v "$PWD/src/Mend.Cli/Demo:/demo:ro" $name/silo \
    --Model:ModelFolder /demo/model --Model:EditorFile /demo/editor.safetensors --Model:Ledger /tmp/ledger
