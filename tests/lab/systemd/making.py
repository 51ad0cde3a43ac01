"""On the node: creates the pods that are kept back for the API server, and prints their names."""

import time
from pathlib import Path

import yaml

from tests.lab.apiserver import ApiServer
from tests.lab.creating import as_created
from tests.lab.running import NODE
from tests.lab.systemd.inside import LATER


def main() -> None:
    """Waits for the server and the Node, and makes them."""
    server = ApiServer(Path("/etc/kubernetes/admin.conf"))
    for _ in range(120):
        try:
            server.get(f"/api/v1/nodes/{NODE}")
            break
        except (OSError, RuntimeError):
            time.sleep(0.5)
    for path in sorted(LATER.iterdir()):
        for pod in yaml.safe_load_all(path.read_text()):
            spec = {**pod["spec"], "tolerations": [{"operator": "Exists"}], "automountServiceAccountToken": False}
            made = as_created({**pod, "spec": spec})
            server.create(f"/api/v1/namespaces/{made['metadata'].setdefault('namespace', 'default')}/pods", made)
            print(made["metadata"]["name"])


if __name__ == "__main__":
    main()
