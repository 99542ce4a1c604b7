"""Prints what the API schemas of Kubernetes 1.36 and 1.37 find wrong with the documents on stdin."""

import sys

import kubernetes_validate
import yaml

for document in yaml.safe_load_all(sys.stdin):
    for version in ("1.36", "1.37"):
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            print(f"{version}: {document['kind']} {document['metadata']['name']}: {error.message}")
