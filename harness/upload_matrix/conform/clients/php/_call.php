<?php
// The call to make, as the environment has it.

function given(string $name): string {
    return getenv("UPLOAD_MATRIX_$name");
}

function without(string $sentence): never {
    fwrite(STDERR, $sentence . "\n");
    exit(77);
}

/** The files in order, each as path, name and type. */
function files(): array {
    $paths = explode("\n", given('FILES'));
    $names = array_map('basename', $paths);
    $names[0] = given('FILENAME');
    return array_map(null, $paths, $names, explode("\n", given('TYPES')));
}

set_exception_handler(function (Throwable $error): void {
    fwrite(STDERR, get_class($error) . ': ' . $error->getMessage() . "\n");
    exit(1);
});
