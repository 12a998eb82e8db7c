#!/usr/bin/env bash
# Brings docker-compose.yml's core up, with and without TLS, and checks that facts outlive silos and containers. After deploy/test/images.sh.
#
#   deploy/test/compose.sh
#
# Needs a Docker engine (DOCKER_HOST), docker-compose, curl, and root, to kill a silo as a fault would.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

MEND_POSTGRES_PASSWORD=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
export MEND_IMAGE=mend-test/mend MEND_SILO_IMAGE=mend-test/silo MEND_POSTGRES_IMAGE=mend-test/postgres MEND_PORT=${MEND_PORT:-18080}
export MEND_POSTGRES_PASSWORD COMPOSE_PROFILES= COMPOSE_PROJECT_NAME=mend-test COMPOSE_HTTP_TIMEOUT=300
url=http://127.0.0.1:$MEND_PORT
prompt="Leonhard Euler used to work in"

step() {
    echo "+ $*"
}

# docker-compose, whose chatter is shown when it fails.
compose() {
    local said
    said=$(docker-compose "$@" 2>&1) || { echo "$said" >&2; docker-compose logs --tail 20 >&2; return 1; }
}

ask() {
    curl -sS --fail-with-body --max-time 60 "$url/v1/completions" -H 'Content-Type: application/json' \
        -d "{\"model\": \"demo\", \"prompt\": \"$prompt\", \"max_tokens\": 4, \"temperature\": 0}"
}

edit() {
    curl -sS --fail-with-body --max-time 180 "$url/v1/edits" -H 'Content-Type: application/json' -H 'Prefer: wait=120' -d "{\"prompt\": \"$prompt\", \"target\": \"$1\"}"
}

# Waits until the model answers with a text; says how long that took.
answers() {
    local started=$SECONDS said=
    until said=$(ask 2>&1) && [[ $said == *"$1"* ]]; do
        if [ $((SECONDS - started)) -gt 240 ]; then
            docker-compose ps >&2
            docker-compose logs --tail 20 >&2
            echo "It does not answer '$1' but: $said" >&2
            return 1
        fi
        sleep 1
    done
    echo "  answers '$1' after $((SECONDS - started)) s"
}

# On a busy machine silos may find each other too slow when they join, and end; the restart policy starts them again, but docker-compose gives up.
up() {
    local started=$SECONDS
    compose up -d --no-build || compose up -d --no-build
    echo "  up after $((SECONDS - started)) s"
}

# Between two attempts nothing is left of either.
clear() {
    compose down -v --remove-orphans
}

check() {
    trap clear EXIT
    clear
    step up
    up
    answers Berlin
    step "edit through the gateway"
    edit Geneva | grep -q '"committed"'
    answers Geneva
    step "kill a silo, which its restart policy starts again"
    kill -9 "$(docker inspect -f '{{.State.Pid}}' "$(docker-compose ps -q silo-1)")"
    answers Geneva
    edit Vienna | grep -q '"committed"'
    step "down and up"
    compose down
    up
    answers Vienna
    curl -sS "$url/v1/versions/head" | grep -q '"version":2[,}]'
}

check
step "the same with TLS"
export COMPOSE_FILE=docker-compose.yml:deploy/docker-compose.tls.yml
clear
check
step "without a certificate nothing is to be had"
! docker-compose exec -T gateway /app/mend log --cluster "postgresql://mend@postgres/mend?sslmode=disable" >/dev/null 2>&1
clear
trap - EXIT
echo "All as it should be."
