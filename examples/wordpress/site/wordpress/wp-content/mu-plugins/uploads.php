<?php
// Plugin Name: Uploads in the database
// Description: Every slice sees them, and they are in the backups. WordPress finds them at db://uploads, by PHP's stream wrappers.

final class UploadStream {
    const FOLDER = 'db://uploads';

    public $context;
    private string $name;
    private string $content = '';
    private int $at = 0;
    private bool $changed = false;
    private array $listed = [];

    public static function makeTable(): void {
        self::ask('CREATE TABLE IF NOT EXISTS uploads (
            name VARCHAR(255) COLLATE utf8mb4_bin PRIMARY KEY,
            changed TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
            content LONGBLOB NOT NULL)');
    }

    private static function ask(string $statement, array $values = []): mixed {
        global $wpdb;
        return mysqli_execute_query($wpdb->dbh, $statement, $values) ?: throw new RuntimeException(mysqli_error($wpdb->dbh));
    }

    private static function row(string $columns, string $path): ?array {
        return self::ask("SELECT $columns FROM uploads WHERE name = ?", [self::nameOf($path)])->fetch_assoc();
    }

    /** db://uploads/2026/11/a.png is the row 2026/11/a.png. */
    private static function nameOf(string $path): string {
        return trim(substr($path, strlen(self::FOLDER)), '/');
    }

    public function stream_open(string $path, string $mode): bool {
        $row = $mode[0] === 'w' ? null : self::row('content', $path);
        if ($row ? $mode[0] === 'x' : $mode[0] === 'r') return false;
        $this->name = self::nameOf($path);
        $this->content = $row['content'] ?? '';
        $this->changed = $row === null;
        if ($mode[0] === 'a') $this->at = strlen($this->content);
        return true;
    }

    public function stream_read(int $count): string {
        $read = substr($this->content, $this->at, $count);
        $this->at += strlen($read);
        return $read;
    }

    public function stream_write(string $data): int {
        $this->content = substr_replace($this->content, $data, $this->at, strlen($data));
        $this->at += strlen($data);
        $this->changed = true;
        return strlen($data);
    }

    public function stream_seek(int $offset, int $whence = SEEK_SET): bool {
        $this->at = $offset + [SEEK_SET => 0, SEEK_CUR => $this->at, SEEK_END => strlen($this->content)][$whence];
        return true;
    }

    public function stream_truncate(int $size): bool {
        $this->content = str_pad(substr($this->content, 0, $size), $size, "\0");
        return $this->changed = true;
    }

    public function stream_tell(): int {
        return $this->at;
    }

    public function stream_eof(): bool {
        return $this->at >= strlen($this->content);
    }

    public function stream_stat(): array {
        return ['mode' => 0100644, 'size' => strlen($this->content)];
    }

    public function stream_flush(): bool {
        if ($this->changed) self::ask('REPLACE uploads (name, content) VALUES (?, ?)', [$this->name, $this->content]);
        $this->changed = false;
        return true;
    }

    public function stream_metadata(): bool {
        return true;
    }

    public function stream_set_option(): bool {
        return false;
    }

    public function unlink(string $path): bool {
        return self::ask('DELETE FROM uploads WHERE name = ?', [self::nameOf($path)]);
    }

    public function rename(string $from, string $to): bool {
        return self::ask('UPDATE uploads SET name = ? WHERE name = ?', [self::nameOf($to), self::nameOf($from)]);
    }

    /** A name without an extension is a folder, which is always there. */
    public function url_stat(string $path): array|false {
        if (pathinfo($path, PATHINFO_EXTENSION) === '') return ['mode' => 040755, 'size' => 0, 'mtime' => 0];
        $row = self::row('LENGTH(content) AS size, UNIX_TIMESTAMP(changed) AS changed', $path);
        return $row ? ['mode' => 0100644, 'size' => (int) $row['size'], 'mtime' => (int) $row['changed']] : false;
    }

    public function mkdir(): bool {
        return true;
    }

    public function rmdir(): bool {
        return true;
    }

    public function dir_opendir(string $path): bool {
        $folder = self::nameOf($path) . '/';
        $rows = self::ask('SELECT name FROM uploads WHERE LEFT(name, CHAR_LENGTH(?)) = ?', [$folder, $folder]);
        $rest = array_map(fn($row) => substr($row[0], strlen($folder)), $rows->fetch_all());
        $this->listed = array_values(array_filter($rest, fn($name) => !str_contains($name, '/')));
        return true;
    }

    public function dir_readdir(): string|false {
        return array_shift($this->listed) ?? false;
    }

    public function dir_closedir(): bool {
        return true;
    }
}

stream_wrapper_register('db', UploadStream::class);

add_filter('upload_dir', function (array $uploads): array {
    $at = fn(string $base): array => [$base, $base . $uploads['subdir']];
    [$uploads['basedir'], $uploads['path']] = $at(UploadStream::FOLDER);
    [$uploads['baseurl'], $uploads['url']] = $at(WP_HOME . '/uploads.php');
    return $uploads;
});
