<?php
// The tables, as Laravel's migrations make them.
require __DIR__ . '/queue.php';

$tables = [
    'jobs' => 'id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, queue VARCHAR(255) NOT NULL, payload LONGTEXT NOT NULL,
        attempts TINYINT UNSIGNED NOT NULL, reserved_at INT UNSIGNED, available_at INT UNSIGNED NOT NULL,
        created_at INT UNSIGNED NOT NULL, INDEX (queue)',
    'failed_jobs' => 'id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, queue TEXT NOT NULL, payload LONGTEXT NOT NULL,
        exception LONGTEXT NOT NULL, failed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP',
    'sent' => 'id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, name VARCHAR(64) NOT NULL',
];
foreach ($tables as $table => $columns) {
    $container['db']->statement("CREATE TABLE IF NOT EXISTS $table ($columns)");
}
