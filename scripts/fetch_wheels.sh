#!/bin/sh
# Fetch what the images install into a folder: the locked packages as wheels, and their hashed lists.
# Runs in the image's build, or before it where only this machine's pip settings reach an index.
# PYTHON is a Python that has pip.
set -eu
folder=$1
python=${PYTHON:-python3}
mkdir -p "$folder"
rm -rf "$folder/wheels" "$folder/locked"
for set in command sandbox build; do
    "$python" scripts/requirements.py $set >"$folder/requirements-$set.txt"
    # Wheels only: the image has no compilers, and a source package would run code of its own here.
    "$python" -m pip download --quiet --quiet --only-binary :all: --dest "$folder/wheels" \
        --no-deps --require-hashes --requirement "$folder/requirements-$set.txt"
done
cp poetry.lock "$folder/locked"
