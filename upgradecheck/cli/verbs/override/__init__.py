"""On a node: keep unchanged containers running over an upgrade."""

HELP = "Keeps containers whose spec did not change running over an upgrade, as a plan made with --override says."

ORDER = ("apply", "status", "undo", "proxy", "hold", "pin", "unpin", "patch")

EPILOG = """\
Examples:
  On the node, as root, with a plan made by "upgradecheck plan --override -o json=plan.json":
    upgradecheck override apply plan.json                          # shows what it would do, and the hash to confirm
    systemctl stop kubelet
    upgradecheck override apply plan.json --confirm HASH --restart-runtime
    upgradecheck override status plan.json                         # may the new kubelet start?
    systemctl start kubelet                                        # the new one
  And back, again with the kubelet stopped; without --confirm it only shows what it would do:
    upgradecheck override undo 0001-3f2a9c81d04e.journal --confirm HASH --restart-runtime
  Static pods whose UID would change, while the old kubelet runs; a later unpin takes it out again:
    upgradecheck override pin plan.json                            # shows what it would do, and the hash to confirm

Exit codes: 0 done (status: all is in effect, and the new kubelet may start); 1 not, or not all; 64 usage error.
"""
