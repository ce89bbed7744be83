<?php
// The guests are rows of a database, and their number is kept in a cache.
$db = new mysqli(getenv('DB_HOST'), getenv('DB_USER'), getenv('DB_PASSWORD'), getenv('DB_NAME'), (int) getenv('DB_PORT'));
$db->query('CREATE TABLE IF NOT EXISTS guests (name VARCHAR(64) PRIMARY KEY)');

function cache(string $command): string
{
    [$host, $port] = explode(':', getenv('MEMC_SERVERS'));
    $socket = fsockopen($host, (int) $port, $code, $message, 2);
    fwrite($socket, "$command\r\n");
    return trim(fgets($socket) . (str_starts_with($command, 'get') ? fgets($socket) : ''));
}

header('Content-Type: text/plain');
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $db->execute_query('INSERT IGNORE INTO guests VALUES (?)', [$_POST['name']]);
    $number = (string) $db->query('SELECT COUNT(*) FROM guests')->fetch_column();
    cache('set guests 0 60 ' . strlen($number) . "\r\n" . $number);
}
foreach ($db->query('SELECT name FROM guests ORDER BY name')->fetch_all() as [$name]) {
    echo "$name\n";
}
echo 'in the cache: ', preg_replace('/^VALUE.*\r?\n/', '', cache('get guests')), "\n";
