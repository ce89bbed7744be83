<?php
// Makes the tables and the first user; run again, it only brings the tables up to date. It fails until the database answers, and is tried again.

// WordPress exits with 0 where it does not reach the database.
mysqli_report(MYSQLI_REPORT_OFF);
$answers = @mysqli_connect(getenv('DB_HOST'), getenv('DB_USER'), getenv('DB_PASSWORD'), getenv('DB_NAME'), (int) getenv('DB_PORT'));
if (!$answers) {
    echo "the database does not answer yet\n";
    exit(1);
}

define('WP_INSTALLING', true);
require '/usr/src/wordpress/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

UploadStream::makeTable();

if (!is_blog_installed()) {
    wp_install('Blog', 'admin', 'admin@blog.example', true, '', getenv('WORDPRESS_ADMIN_PASSWORD'));
    echo "installed\n";
} else {
    wp_upgrade();
    echo "up to date\n";
}
