"""Visitors leave notes. A worker counts the words of each."""

import os
import time

from flask import Flask, request

from database import connect

app = Flask(__name__)


@app.get("/healthy")
def healthy():
    return "ok\n"


@app.get("/slow")
def slow():
    # A page that takes its time shows that a release waits for it.
    time.sleep(10)
    return "slow\n"


@app.get("/")
def notes():
    with connect() as db, db.cursor() as cursor:
        cursor.execute("SELECT text, words FROM notes ORDER BY id DESC LIMIT 20")
        lines = [f"{text} ({words} words)\n" for text, words in cursor.fetchall()]
    return f"release {os.environ['RELEASE']}\n" + "".join(lines), {"content-type": "text/plain"}


@app.post("/")
def leave():
    with connect() as db, db.cursor() as cursor:
        db.begin()
        cursor.execute("INSERT INTO notes (text) VALUES (%s)", [request.form["text"]])
        cursor.execute("INSERT INTO jobs (note, due_at) VALUES (LAST_INSERT_ID(), UNIX_TIMESTAMP())")
        db.commit()
    return "thank you\n", 201
