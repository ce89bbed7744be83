"""What a program of a site does with its files: everything that it knows comes by its environment."""

import os
import sys

import boto3
from botocore.config import Config

PREFIX = sys.argv[1]
files = boto3.client(
    "s3",
    endpoint_url=os.environ[f"{PREFIX}_S3_ENDPOINT"],
    region_name=os.environ[f"{PREFIX}_S3_REGION"],
    aws_access_key_id=os.environ[f"{PREFIX}_ACCESS_KEY"],
    aws_secret_access_key=os.environ[f"{PREFIX}_SECRET_KEY"],
    config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
)
bucket = os.environ[f"{PREFIX}_BUCKET"]
action, name, *rest = sys.argv[2:]
if action == "put":
    files.put_object(Bucket=bucket, Key=name, Body=rest[0].encode(), ContentType="text/plain")
elif action == "get":
    print(files.get_object(Bucket=bucket, Key=name)["Body"].read().decode(), end="")
elif action == "list":
    print(*(each["Key"] for each in files.list_objects_v2(Bucket=bucket, Prefix=name)["Contents"]), sep="\n", end="")
elif action == "sign":
    print(files.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": name}, ExpiresIn=60), end="")
else:
    sys.exit(f"it does not know {action}")
