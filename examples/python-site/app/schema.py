"""Makes the tables. It fails until the database answers, and is tried again."""

from database import connect

with connect() as db, db.cursor() as cursor:
    cursor.execute("CREATE TABLE IF NOT EXISTS notes (id INT AUTO_INCREMENT PRIMARY KEY, text TEXT NOT NULL, words INT)")
    cursor.execute(
        "CREATE TABLE IF NOT EXISTS jobs (id INT AUTO_INCREMENT PRIMARY KEY, note INT NOT NULL, due_at BIGINT NOT NULL, INDEX (due_at))"
    )
