<?php
// Writes letters into the queue, and says which were sent.
require __DIR__ . '/queue.php';

header('Content-Type: text/plain');
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $queue->getConnection()->push('Letter', $_POST, $_POST['queue'] ?? 'default');
}
echo 'sent: ', $container['db']->table('sent')->orderBy('id')->pluck('name')->join(', '), "\n";
