#!/bin/sh
# Looks files up with curl: find.sh URL FILE...    e.g. find.sh http://127.0.0.1:8080 upload.jpg
# REFRAIN_KEY holds the key, where the service wants one. Prints an answer a line.
# Exit code 0: every file was looked up; 1: one was not.
set -u
url=$1
shift
status=0
for file in "$@"; do
    # -T streams the file; a film is answered within the wait, or by a job (Location).
    curl --silent --show-error --fail-with-body --max-time 660 --request POST \
        ${REFRAIN_KEY:+--header "Authorization: Bearer $REFRAIN_KEY"} \
        --header 'Content-Type: application/octet-stream' \
        --upload-file "$file" "$url/v1/find?wait=600" || status=1
    echo
done
exit "$status"
