#!/bin/sh
# Print the base image to build on: the Dockerfile's own where it can be had, else one made here of Debian packages.
set -eu
own=$(sed -n 's/^ARG BASE_IMAGE=//p' Dockerfile)
here=destination-clientes-base:local
docker=${DOCKER:-docker}

if "$docker" image inspect "$own" >/dev/null 2>&1 || "$docker" pull --quiet "$own" >/dev/null 2>&1; then
    echo "$own"
    exit
fi
echo "$own cannot be had; building on $here instead." >&2
"$docker" image inspect "$here" >/dev/null 2>&1 || sh scripts/make_base_image.sh "$here" >&2
echo "$here"
