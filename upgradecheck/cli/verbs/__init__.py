"""The commands, one file each; see menu and verb for how they are found and what they declare."""

from upgradecheck.model.exit_codes import exit_codes

ORDER = (
    "plan", "show", "explain", "hash", "matrix", "path", "diff", "versions", "collect", "verify", "doctor", "rules", "config", "schema",
)  # fmt: skip
"""The order of the help; what is not named comes after these."""

EPILOG = f"""\
Examples:
  upgradecheck plan --example
  upgradecheck plan --from 1.22.17 --to 1.30.14 -f pods.json -f nodes.json
  upgradecheck explain --example default/cache
  upgradecheck hash -f pod.json --kubelet 1.30,1.31
  upgradecheck matrix --minors 1.16..1.31
  upgradecheck diff 1.30 1.31
  upgradecheck versions v1.28.5+k3s1

Exit codes of plan:
{exit_codes()}
  64 usage error, no command included; 130, 143 interrupted

Every option of a command can also be set in the environment: --max-restarts
is UPGRADECHECK_MAX_RESTARTS; and in a configuration file (upgradecheck config
shows what is in force). The option wins, then the environment, then the file.
"""
