"""Which kubelets ran on this node, kept safely."""

HELP = "The record of which kubelets ran on a node: it tells who created a container."

ORDER = ("record", "show", "verify", "seal", "restore", "import")

EPILOG = """\
Examples:
  On the node, as root: the systemd drop-in that records every start of the kubelet, and a first record now:
    upgradecheck checkpoint record --print-unit > /etc/systemd/system/kubelet.service.d/50-upgradecheck.conf
    upgradecheck checkpoint record
  What is recorded, whether it can be trusted, and a copy that a person can edit:
    upgradecheck checkpoint show
    upgradecheck checkpoint verify
    upgradecheck checkpoint show -o yaml > history.yaml
  Of all nodes, asked of their cluster now and then (by a timer), where nobody gets to the nodes:
    upgradecheck checkpoint record --cluster --checkpoint histories/
  A checkpoint out of a history written by hand, and a damaged one replaced by its backup or a copy:
    upgradecheck checkpoint seal history.yaml worker-1.checkpoint
    upgradecheck checkpoint restore
    upgradecheck checkpoint restore worker-1.checkpoint
  What happened before: the kubelet's journal, a saved answer of Prometheus:
    journalctl -u kubelet -o short-iso > kubelet.log
    upgradecheck checkpoint import kubelet.log

Exit codes: 0 done (verify: it can be trusted); 1 not (record: the new state is not safely saved); 64 usage error.
"""
