<?php
// An image edit with PHP's curl extension: CURLFile for a file that curl reads, CURLStringFile for bytes.

require_once '_call.php';

function file_part(string $container, string $path, string $name, string $type): object {
    return match ($container) {
        'path', '' => new CURLFile($path),
        'buffer' => new CURLStringFile(file_get_contents($path), $name),
        'told' => new CURLFile($path, $type, $name),
        default => without("PHP's curl takes a path or bytes, not a $container"),
    };
}

if (given('TRIES') !== '1') {
    without("PHP's curl has no retries");
}
$fields = ['model' => given('MODEL'), 'prompt' => given('PROMPT')];
$files = files();
foreach ($files as $index => [$path, $name, $type]) {
    // A key can stand in an array once, so several files are numbered.
    $key = given('FIELD') . (count($files) > 1 ? "[$index]" : '');
    $fields[$key] = file_part(given('CONTAINER'), $path, $name, $type);
}
$call = curl_init(given('URL'));
curl_setopt_array($call, [
    CURLOPT_POSTFIELDS => $fields,
    CURLOPT_HTTPHEADER => ['Authorization: Bearer ' . given('API_KEY')],
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_FAILONERROR => true,
]);
if (curl_exec($call) === false) {
    throw new RuntimeException(curl_error($call));
}
