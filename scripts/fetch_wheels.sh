#!/bin/sh
# Fetch what the image installs into a folder: the locked packages as wheels, and their hashed lists.
# Runs in the image's build, or before it where only this machine's pip settings reach an index.
set -eu
folder=$1
poetry=${POETRY:-}
mkdir -p "$folder"
if [ -z "$poetry" ]; then
    python3 -m venv "$folder/poetry"
    "$folder/poetry/bin/pip" install --quiet 'poetry>=2.1,<3' poetry-plugin-export
    poetry=$folder/poetry/bin/poetry
fi
pip="$(dirname "$poetry")/pip"

rm -rf "$folder/wheels" "$folder/locked"
"$poetry" export --quiet --without-urls --output "$folder/requirements.txt"
"$poetry" export --quiet --without-urls --extras sandbox --output "$folder/requirements-sandbox.txt"
# Wheels only: the image has no compilers, and a source package would run code of its own here.
"$pip" download -qq --only-binary :all: --dest "$folder/wheels" \
    --no-deps --require-hashes --requirement "$folder/requirements-sandbox.txt"
"$pip" download -qq --only-binary :all: --dest "$folder/wheels" 'poetry-core>=2.0,<3'
rm -rf "$folder/poetry"
cp poetry.lock "$folder/locked"
