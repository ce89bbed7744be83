"""Takes jobs from their table, one at a time. On TERM it finishes the one in hand."""

import signal
import time

import pymysql

from database import connect

stopped = False


def stop(*_):
    global stopped
    stopped = True


def work(db):
    """Does one job, and says whether there was one. A worker that dies leaves the job to another, as its transaction ends."""
    with db.cursor() as cursor:
        db.begin()
        cursor.execute(
            "SELECT jobs.id, notes.id, notes.text FROM jobs JOIN notes ON notes.id = jobs.note"
            " WHERE due_at <= UNIX_TIMESTAMP() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED"
        )
        found = cursor.fetchone()
        if found:
            job, note, text = found
            cursor.execute("UPDATE notes SET words = %s WHERE id = %s", [len(text.split()), note])
            cursor.execute("DELETE FROM jobs WHERE id = %s", [job])
            print(f"job {job}: note {note}")
        db.commit()
    return found is not None


signal.signal(signal.SIGTERM, stop)
while not stopped:
    try:
        with connect() as db:
            while not stopped:
                if not work(db):
                    time.sleep(0.5)
    except pymysql.MySQLError as error:
        print(f"the database: {error}")
        time.sleep(1)
