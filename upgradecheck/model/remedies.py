"""What one may do about a verdict: ways that keep a container running, and what makes an answer another one, or surer."""

from __future__ import annotations

from enum import Enum

import msgspec


class Way(Enum):
    """What one may do about a verdict."""

    OVERRIDE = "override"
    DRAIN = "drain"
    SET_UID = "set-uid"
    CHANGE_MANIFEST = "change-manifest"
    CHANGE_SPEC = "change-spec"
    CHANGE_NODE = "change-node"
    OTHER_VERSION = "other-version"


class Help(msgspec.Struct, frozen=True, gc=False):
    """A way that keeps a container running wherever this is the reason that it does not, and how."""

    way: Way
    words: str


READ_RECORDS = "Read the hashes from the nodes: run `crictl ps -a -o json > NODE-crictl.json` on each, and add -f NODE-crictl.json."
GIVE_PODS = "Give the pods as the API server has them: `kubectl get pods -A -o json > pods.json`, and add -f pods.json."
GIVE_VERSION = "Say what runs now: add --from VERSION, or `kubectl get nodes -o json > nodes.json` and -f nodes.json."
CORRECT_CHECKPOINT = "Compare the checkpoint (`upgradecheck checkpoint show FILE`) with the kubelet's journal, and correct what is not so."
MEND_MANIFEST = "Change the manifest so that the new version takes it; findings say what is wrong with it."

SET_UID = Help(Way.SET_UID, "override pin writes the UID that the pod has into its manifest, which keeps it; any other recreates it")
CHANGE_MANIFEST = Help(Way.CHANGE_MANIFEST, "change the manifest so that the new version takes it; a change takes effect at once")
PUT_BACK = Help(Way.CHANGE_MANIFEST, "put the manifest back, if it is to run")
NO_DELETION = Help(Way.CHANGE_MANIFEST, "take metadata.deletionTimestamp out of the manifest, if the pod is to run on")
SAME_QOS = Help(Way.CHANGE_SPEC, "resources that give one QoS class under both versions keep the cgroup; changing them recreates the pod")
SAME_CGROUPS = Help(Way.CHANGE_NODE, "cgroupDriver, cgroupRoot and cgroupsPerQOS as they are now keep the cgroups where they are")
NO_RESTART_POLICY = Help(Way.CHANGE_SPEC, "without RestartContainer in its resizePolicy nothing is restarted for resources")
OTHER_SERVER = Help(Way.OTHER_VERSION, "an API server that does not set the field keeps it: with its gate off, or of another version")
AGREE = Help(Way.CHANGE_NODE, "make what is asked and what the node has agree before the upgrade, on either side")
