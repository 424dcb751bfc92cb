# An image edit with HTTPie: a form, with files behind @.
set -euo pipefail
. ./_call.sh

[ "$UPLOAD_MATRIX_TRIES" = 1 ] || without "HTTPie has no retries"
files=()
for place in "${!paths[@]}"; do
    case $UPLOAD_MATRIX_CONTAINER in
        path | "") files+=("$UPLOAD_MATRIX_FIELD@${paths[place]}") ;;
        told) # A type can be given; the name is the file's own.
            [ "${paths[place]##*/}" = "${names[place]}" ] || without "HTTPie sends a file by its own name"
            files+=("$UPLOAD_MATRIX_FIELD@${paths[place]};type=${types[place]}")
            ;;
        stream)
            [ ${#paths[@]} = 1 ] || without "a program has one standard input"
            files+=("$UPLOAD_MATRIX_FIELD@/dev/stdin")
            exec < <(cat "${paths[place]}")
            ;;
        *) without "HTTPie takes a path, not a $UPLOAD_MATRIX_CONTAINER" ;;
    esac
done
http --ignore-stdin --check-status --form POST "$UPLOAD_MATRIX_URL" \
    "Authorization: Bearer $UPLOAD_MATRIX_API_KEY" \
    "model=$UPLOAD_MATRIX_MODEL" "prompt=$UPLOAD_MATRIX_PROMPT" "${files[@]}"
