<?php
define('DB_NAME', getenv('DB_NAME'));
define('DB_USER', getenv('DB_USER'));
define('DB_PASSWORD', getenv('DB_PASSWORD'));
define('DB_HOST', getenv('DB_HOST') . ':' . getenv('DB_PORT'));
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
$table_prefix = 'wp_';

// One secret for all of them: each is a hash of it with its own name.
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $name) {
    define("{$name}_KEY", hash('sha256', "$name key " . getenv('WORDPRESS_KEY')));
    define("{$name}_SALT", hash('sha256', "$name salt " . getenv('WORDPRESS_KEY')));
}

// Slices have nothing that stays: plug-ins and updates come with an image.
define('DISALLOW_FILE_MODS', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISABLE_WP_CRON', true);

// Whatever host the balancer was asked for.
$scheme = ($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? 'http') === 'https' ? 'https' : 'http';
if ($scheme === 'https') $_SERVER['HTTPS'] = 'on';
define('WP_HOME', $scheme . '://' . ($_SERVER['HTTP_HOST'] ?? 'blog.example'));
define('WP_SITEURL', WP_HOME);

if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
