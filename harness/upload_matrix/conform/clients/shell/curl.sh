# An image edit with the command curl: a form of -F options.
set -euo pipefail
. ./_call.sh

field=$UPLOAD_MATRIX_FIELD
files=()
for place in "${!paths[@]}"; do
    path=${paths[place]}
    case $UPLOAD_MATRIX_CONTAINER in
        path | "") files+=(-F "$field=@$path") ;;
        stream)
            [ ${#paths[@]} = 1 ] || without "curl has one standard input"
            files+=(-F "$field=@-")
            exec < <(cat "$path")
            ;;
        told)
            name=${names[place]//\\/\\\\}
            files+=(-F "$field=@$path;filename=\"${name//\"/\\\"}\";type=${types[place]}")
            ;;
        *) without "curl takes a path or its standard input, not a $UPLOAD_MATRIX_CONTAINER" ;;
    esac
done
curl --fail-with-body --silent --show-error --retry $((UPLOAD_MATRIX_TRIES - 1)) --retry-delay 1 \
    -H "Authorization: Bearer $UPLOAD_MATRIX_API_KEY" \
    -F "model=$UPLOAD_MATRIX_MODEL" -F "prompt=$UPLOAD_MATRIX_PROMPT" "${files[@]}" \
    "$UPLOAD_MATRIX_URL"
