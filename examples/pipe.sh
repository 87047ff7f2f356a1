#!/bin/sh
# source | destination, as Airbyte does it, in plain shell.
#
#   examples/pipe.sh SOURCE SOURCE_CONFIG CONFIG STREAM [WORK_FOLDER]
#
# SOURCE is the command of any Airbyte source, CONFIG the config of destination-clientes. The catalog is what the source
# discovers for STREAM. A state that comes out covers records that are settled, also in a run that fails later: the last one of
# each stream goes into WORK_FOLDER/state.json, and the next run continues from there.
set -eu
if [ $# -lt 4 ]; then
    sed -n '3,9s/^# \{0,1\}//p' "$0"
    exit 2
fi
source=$1 source_config=$2 config=$3 stream=$4 work=${5:-pipe}
python=${PYTHON:-python3} destination=${DESTINATION:-destination-clientes}
mkdir -p "$work"

# A check that fails says so in its message, not by its exit code.
"$destination" check --config "$config" | tee "$work/check.jsonl"
grep -q '"status":"SUCCEEDED"' "$work/check.jsonl"

# A source that cannot read its file says so in a message of its own.
"$source" discover --config "$source_config" > "$work/discover.jsonl" || true
"$python" -c '
import json, sys
found, said = {}, []
for line in sys.stdin:
    try:
        message = json.loads(line)
    except ValueError:
        said.append(line.strip())
        continue
    if message["type"] == "CATALOG":
        found = {stream["name"]: stream for stream in message["catalog"]["streams"]}
    elif message["type"] == "TRACE" and message["trace"]["type"] == "ERROR":
        said.append(message["trace"]["error"]["message"])
    elif message["type"] == "LOG" and message["log"]["level"] in ("ERROR", "FATAL"):
        said.append(message["log"]["message"])
if sys.argv[1] not in found:
    names = ", ".join(found) or "none"
    sys.exit("\n".join([*said, f"The source has no stream {sys.argv[1]}; it has {names}."]))
stream = found[sys.argv[1]]
incremental = "incremental" in stream["supported_sync_modes"]
json.dump({"streams": [{
    "stream": stream,
    "sync_mode": "incremental" if incremental else "full_refresh",
    "destination_sync_mode": "append_dedup",
    "cursor_field": stream.get("default_cursor_field") or [],
    "primary_key": stream.get("source_defined_primary_key") or [],
}]}, sys.stdout)
' "$stream" < "$work/discover.jsonl" > "$work/catalog.json"

set -- --config "$source_config" --catalog "$work/catalog.json"
if [ -s "$work/state.json" ]; then
    set -- "$@" --state "$work/state.json"
fi
# What fails on the left of a pipe is not seen on its right: the source leaves its own word.
rm -f "$work/source-failed"
status=0
{ "$source" read "$@" || touch "$work/source-failed"; } |
    "$destination" write --config "$config" --catalog "$work/catalog.json" > "$work/messages.jsonl" || status=$?

"$python" -c '
import json, sys
states = {}
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "LOG":
        print(message["log"]["message"])
    elif message["type"] == "TRACE" and message["trace"]["type"] == "ERROR":
        print(message["trace"]["error"]["message"], file=sys.stderr)
    elif message["type"] == "STATE":
        state = message["state"]
        states[json.dumps(state.get("stream", {}).get("stream_descriptor"))] = state
if states:
    with open(sys.argv[1], "w") as file:
        json.dump(list(states.values()), file)
' "$work/state.json" < "$work/messages.jsonl"
test "$status" -eq 0 && test ! -e "$work/source-failed"
