#!/bin/sh
# Make a base image from Debian packages alone, for machines that reach no image registry.
# Needs root, debootstrap and a running docker. DEBIAN_MIRROR names another mirror than debootstrap's own.
set -eu
tag=${1:-destination-clientes-base:local}
docker=${DOCKER:-docker}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

command -v debootstrap >/dev/null || { echo "debootstrap is missing: apt-get install debootstrap" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "debootstrap needs root" >&2; exit 1; }

debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates,tzdata bookworm "$root" ${DEBIAN_MIRROR:-}
# mktemp's folder is root's alone; where the image keeps its mode (vfs does, overlay2 does not), user 1000 would not get in.
chmod 755 "$root"
chroot "$root" useradd --create-home --uid 1000 airbyte
# Only what runs: the package manager's caches and the manuals are half of the size.
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/* "$root"/usr/share/doc/* \
    "$root"/usr/share/man/* "$root"/usr/share/locale/* "$root"/usr/share/info/*
find "$root" -xdev -name __pycache__ -prune -exec rm -rf {} +
tar --create --numeric-owner --one-file-system --directory "$root" . \
    | "$docker" import --change 'ENV TZ=Etc/UTC LANG=C.UTF-8' --change 'CMD ["python3"]' - "$tag"
