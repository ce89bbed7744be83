"""An S3 store for tests: moto's, in front of which AWS' own library checks each signature.

Its key is in STORE_ACCESS_KEY and STORE_SECRET_KEY, and its bucket's name in STORE_BUCKET. It prints its port once it listens.
"""

import os
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.s3.models import s3_backends
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

KEY = Credentials(os.environ["STORE_ACCESS_KEY"], os.environ["STORE_SECRET_KEY"])
s3_backends["123456789012"]["aws"].create_bucket(os.environ["STORE_BUCKET"], "us-east-1")
MOTO = DomainDispatcherApplication(create_backend_app)


def signed_of(environ):
    """Scope, names of the signed headers, time, signature, and the hash of the body, of a request or of its URL."""
    query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    if "X-Amz-Signature" in query:
        until = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        if datetime.now(timezone.utc) > until + timedelta(seconds=int(query["X-Amz-Expires"])):
            return None
        names = query["X-Amz-SignedHeaders"]
        return query["X-Amz-Credential"], names, query["X-Amz-Date"], query["X-Amz-Signature"], "UNSIGNED-PAYLOAD"
    scheme, _, rest = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme != "AWS4-HMAC-SHA256":
        return None
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    date, body = environ["HTTP_X_AMZ_DATE"], environ["HTTP_X_AMZ_CONTENT_SHA256"]
    return parts["Credential"], parts["SignedHeaders"], date, parts["Signature"], body


def is_right(environ):
    """Whether the key of the store signed this method, host, path, query and these headers, as they came."""
    signed = signed_of(environ)
    if signed is None:
        return False
    credential, names, date, signature, body = signed
    access_key, _, region, service, _ = credential.split("/")
    path, _, query = environ["RAW_URI"].partition("?")
    rest = "&".join(each for each in query.split("&") if not each.startswith("X-Amz-Signature="))
    request = AWSRequest(environ["REQUEST_METHOD"], f"http://{environ['HTTP_HOST']}{path}?{rest}")
    for name in names.split(";"):
        variable = name.upper().replace("-", "_")
        found = environ.get(variable) if name.startswith("content-") else None
        request.headers[name] = found or environ.get(f"HTTP_{variable}", "")
    request.context["timestamp"] = date
    auth = S3SigV4Auth(KEY, service, region)
    auth.payload = lambda _: body
    text = auth.string_to_sign(request, auth.canonical_request(request))
    return access_key == KEY.access_key and auth.signature(text, request) == signature


def store(environ, start_response):
    if environ["PATH_INFO"].startswith("/moto-api") or not is_right(environ):
        start_response("403 Forbidden", [("Content-Type", "application/xml")])
        return [b"<Error><Code>SignatureDoesNotMatch</Code><Message>not signed by its key</Message></Error>"]
    return MOTO(environ, start_response)


server = make_server("127.0.0.1", 0, store, threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
