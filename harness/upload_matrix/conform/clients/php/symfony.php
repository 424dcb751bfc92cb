<?php
// An image edit with Symfony: FormDataPart of its Mime component, sent by its HttpClient: piece by piece as its
// documentation has it, or with the argument `whole` as one string.

use Symfony\Component\HttpClient\HttpClient;
use Symfony\Component\HttpClient\Retry\GenericRetryStrategy;
use Symfony\Component\HttpClient\RetryableHttpClient;
use Symfony\Component\Mime\Part\DataPart;
use Symfony\Component\Mime\Part\Multipart\FormDataPart;

require_once 'Symfony/Component/HttpClient/autoload.php';
require_once 'Symfony/Component/Mime/autoload.php';
require_once '_call.php';

function part(string $container, string $path, string $name, string $type): DataPart {
    return match ($container) {
        'path', '' => DataPart::fromPath($path),
        'handle' => new DataPart(fopen($path, 'r')),
        'stream' => new DataPart(popen('cat ' . escapeshellarg($path), 'r')),
        'buffer' => new DataPart(file_get_contents($path)),
        'told' => DataPart::fromPath($path, $name, $type),
        default => without("Symfony's DataPart takes a path, a stream or a string, not a $container"),
    };
}

$parts = array_map(fn ($file) => part(given('CONTAINER'), ...$file), files());
$form = new FormDataPart([
    'model' => given('MODEL'),
    'prompt' => given('PROMPT'),
    given('FIELD') => count($parts) > 1 ? $parts : $parts[0],
]);
// Its own strategy would not repeat a POST for a 500.
$strategy = new GenericRetryStrategy([500], 0);
$client = new RetryableHttpClient(HttpClient::create(), $strategy, (int) given('TRIES') - 1);
$client->request('POST', given('URL'), [
    'auth_bearer' => given('API_KEY'),
    'headers' => $form->getPreparedHeaders()->toArray(),
    'body' => $argc > 1 ? $form->bodyToString() : $form->bodyToIterable(),
])->getContent();
