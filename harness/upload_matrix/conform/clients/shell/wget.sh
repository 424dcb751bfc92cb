# An image edit with wget, which posts a body but makes no form: it is written to a file beforehand.
set -euo pipefail
. ./_call.sh

case $UPLOAD_MATRIX_CONTAINER in
    path | "") ;;
    *) without "wget takes the path of a whole body, not a $UPLOAD_MATRIX_CONTAINER" ;;
esac

boundary=----$(date +%s%N)
field() {
    printf -- '--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' "$boundary" "$1" "$2"
}
file() {
    printf -- '--%s\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\nContent-Type: %s\r\n\r\n' \
        "$boundary" "$UPLOAD_MATRIX_FIELD" "$2" "$3"
    cat "$1"
    printf '\r\n'
}
body=$(mktemp)
trap 'rm -f "$body"' EXIT
{
    field model "$UPLOAD_MATRIX_MODEL"
    field prompt "$UPLOAD_MATRIX_PROMPT"
    for place in "${!paths[@]}"; do
        file "${paths[place]}" "${names[place]}" "${types[place]}"
    done
    printf -- '--%s--\r\n' "$boundary"
} > "$body"
wget --no-verbose --output-document=- --tries="$UPLOAD_MATRIX_TRIES" --retry-on-http-error=500 \
    --header="Authorization: Bearer $UPLOAD_MATRIX_API_KEY" \
    --header="Content-Type: multipart/form-data; boundary=$boundary" \
    --post-file="$body" "$UPLOAD_MATRIX_URL"
