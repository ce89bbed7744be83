<?php
// Makes the tables and the first user; run again, it only brings the tables up to date. It fails until the database answers, and is tried again.
define('WP_INSTALLING', true);
require '/usr/src/wordpress/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

// WordPress says nothing to the caller where the database is not there yet.
if (!$wpdb->check_connection(false)) exit(1);
if (!is_blog_installed()) {
    wp_install('Blog', 'admin', 'admin@blog.example', true, '', getenv('WORDPRESS_ADMIN_PASSWORD'));
    echo "installed\n";
} else {
    wp_upgrade();
    echo "up to date\n";
}
