<?php
// What PHP made of one request, as a part list in JSON. Run by php-cgi, so that PHP's own parser has read the body.

function fields($name, $value) {
    if (!is_array($value)) {
        return [["field", $name, null, null, base64_encode($value)]];
    }
    $parts = [];
    foreach ($value as $key => $inner) {
        $parts = array_merge($parts, fields("$name → $key", $inner));
    }
    return $parts;
}

function files($name, $file) {
    if (!is_array($file["name"])) {
        if ($file["error"] === UPLOAD_ERR_NO_FILE) {
            return [];
        }
        if ($file["error"] !== UPLOAD_ERR_OK) {
            throw new Exception($file["error"] === UPLOAD_ERR_PARTIAL ? "UPLOAD_ERR_PARTIAL" : "error " . $file["error"]);
        }
        return [["file", $name, $file["name"], $file["type"], base64_encode(file_get_contents($file["tmp_name"]))]];
    }
    $parts = [];
    foreach (array_keys($file["name"]) as $key) {
        $inner = array_map(fn($values) => $values[$key], array_intersect_key($file, array_flip(["name", "type", "tmp_name", "error"])));
        $parts = array_merge($parts, files("$name → $key", $inner));
    }
    return $parts;
}

$parts = [];
foreach ($_POST as $name => $value) {
    $parts = array_merge($parts, fields((string) $name, $value));
}
try {
    foreach ($_FILES as $name => $file) {
        $parts = array_merge($parts, files((string) $name, $file));
    }
    $answer = ["parts" => $parts];
} catch (Exception $error) {
    $answer = ["error" => $error->getMessage()];
}
header("Content-Type: application/json");
echo json_encode($answer, JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE);
