<?php
// Sends a file of the uploads: uploads.php/2026/11/picture.png.
define('SHORTINIT', true);
require __DIR__ . '/wp-load.php';
require __DIR__ . '/wp-content/mu-plugins/uploads.php';

$path = UploadStream::FOLDER . ($_SERVER['PATH_INFO'] ?? '');
$found = is_file($path) ? stat($path) : null;
if (!$found) {
    http_response_code(404);
    exit("there is no such upload\n");
}
$tag = '"' . $found['mtime'] . '-' . $found['size'] . '"';
header('Cache-Control: public, max-age=86400');
header("ETag: $tag");
if (($_SERVER['HTTP_IF_NONE_MATCH'] ?? '') === $tag) {
    http_response_code(304);
    exit();
}
$content = file_get_contents($path);
header('Content-Type: ' . (new finfo(FILEINFO_MIME_TYPE))->buffer($content));
header('X-Content-Type-Options: nosniff');
header('Content-Length: ' . strlen($content));
if ($_SERVER['REQUEST_METHOD'] !== 'HEAD') echo $content;
