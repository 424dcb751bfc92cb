# The call to make, as the environment has it; read by the programs beside it.

without() {
    echo "$1" >&2
    exit 77
}

mapfile -t paths <<< "$UPLOAD_MATRIX_FILES"
mapfile -t types <<< "$UPLOAD_MATRIX_TYPES"
names=("${paths[@]##*/}")
names[0]=$UPLOAD_MATRIX_FILENAME
