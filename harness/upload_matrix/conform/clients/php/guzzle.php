<?php
// An image edit with Guzzle: the request option `multipart`, and its retry middleware.

use GuzzleHttp\Client;
use GuzzleHttp\HandlerStack;
use GuzzleHttp\Middleware;
use GuzzleHttp\Psr7\Utils;

require_once 'GuzzleHttp/autoload.php';
require_once '_call.php';

function part(string $container, string $path, string $name, string $type): array {
    return match ($container) {
        'handle', '' => ['contents' => Utils::tryFopen($path, 'r')],
        'stream' => ['contents' => popen('cat ' . escapeshellarg($path), 'r')],
        'buffer' => ['contents' => file_get_contents($path)],
        'told' => [
            'contents' => Utils::tryFopen($path, 'r'),
            'filename' => $name,
            'headers' => ['Content-Type' => $type],
        ],
        default => without("Guzzle takes strings and streams, not a $container"),
    };
}

$parts = [
    ['name' => 'model', 'contents' => given('MODEL')],
    ['name' => 'prompt', 'contents' => given('PROMPT')],
];
foreach (files() as [$path, $name, $type]) {
    $parts[] = ['name' => given('FIELD')] + part(given('CONTAINER'), $path, $name, $type);
}
$stack = HandlerStack::create();
$stack->push(Middleware::retry(
    fn ($retries, $request, $response) =>
        $retries + 1 < (int) given('TRIES') && $response?->getStatusCode() >= 500,
    fn () => 0,
));
(new Client(['handler' => $stack]))->post(given('URL'), [
    'headers' => ['Authorization' => 'Bearer ' . given('API_KEY')],
    'multipart' => $parts,
]);
