"""The site's database, by the variables that the slices have."""

import os

import pymysql


def connect():
    env = os.environ
    return pymysql.connect(
        host=env["DB_HOST"],
        port=int(env["DB_PORT"]),
        user=env["DB_USER"],
        password=env["DB_PASSWORD"],
        database=env["DB_NAME"],
        connect_timeout=2,
        read_timeout=10,
        autocommit=True,
    )
