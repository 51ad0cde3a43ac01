"""Why a verdict is what it is: the closed list of reasons, each with all that is said of it, in one entry.

A reason comes from one step of a kubelet's decision, and belongs to a family: what kind of thing is the matter, so what can be done about
it. Its sentence says what happens or what is missing, not which function said so: who reads it may be tired and may never have heard of a
container hash. Codes are those of the JSON contract.
"""

from __future__ import annotations

import msgspec

from upgradecheck.model.remedies import (
    AGREE,
    CHANGE_MANIFEST,
    CORRECT_CHECKPOINT,
    GIVE_PODS,
    GIVE_VERSION,
    MEND_MANIFEST,
    NO_DELETION,
    NO_RESTART_POLICY,
    OTHER_SERVER,
    PUT_BACK,
    READ_RECORDS,
    SAME_CGROUPS,
    SAME_QOS,
    SET_UID,
    Help,
)
from upgradecheck.model.steps import StepName
from upgradecheck.model.words import Word


class Family(Word):
    """What kind of thing a reason is about."""

    HASH = "hash"
    RESIZE = "resize"
    NOT_LOOKED_AT = "not-looked-at"
    AT_REST = "at-rest"
    CGROUP = "cgroup"
    SANDBOX = "sandbox"
    POD_END = "pod-end"
    STATIC_UID = "static-uid"
    MANIFEST = "manifest"
    ADMISSION = "admission"
    HISTORY = "history"
    EVIDENCE = "evidence"
    VERSION = "version"
    RUNTIME = "runtime"


class Told(msgspec.Struct, frozen=True, gc=False):
    """What is said of a reason. step is None where the reason can come from several, so that who decides says which.

    next_step: what to do so that the answer is another one, or surer. finding: what the hazard rule on its family says is so, the end of
    a sentence. unseen: whether what is ``unknown`` for this reason is so for want of evidence, which no ignore entry accepts; False where
    all was seen, and what the kubelet will do hangs on what comes; None where no verdict for it is ``unknown``.
    """

    step: StepName | None
    family: Family
    sentence: str
    next_step: str | None = None
    help: Help | None = None
    finding: str | None = None
    unseen: bool | None = None


def _admission(sentence: str) -> Told:
    """A ground for refusing a pod when the new kubelet admits again what it finds."""
    return Told(StepName.ADMISSION, Family.ADMISSION, f"admission: {sentence}", help=AGREE)


def _history(sentence: str, next_step: str = READ_RECORDS) -> Told:
    """What leaves open who created a container, though the node has a checkpoint."""
    return Told(StepName.CREATOR, Family.HISTORY, sentence, next_step, unseen=True)


class Reason(Word):
    """Why a verdict is what it is."""

    _value_: str

    def __new__(cls, code: str, told: Told | None = None) -> Reason:
        """The code alone is the value; told is given where the list is written, not where a reason is looked up by its code."""
        reason = object.__new__(cls)
        reason._value_ = code
        return reason

    def __init__(self, code: str, told: Told | None = None) -> None:
        assert told is not None
        self.step = told.step
        self.family = told.family
        self.sentence = told.sentence
        self.next_step = told.next_step
        self.help = told.help
        self.finding = told.finding
        self.unseen = told.unseen

    @property
    def value(self) -> str:
        """The code. (mypy does not know the type of Enum's own where __new__ sets it.)"""
        return self._value_

    HASH_EQUAL = "hash_equal", Told(StepName.HASH, Family.HASH, "the new kubelet computes the hash that the container carries")
    HASH_CHANGED = "hash_changed", Told(StepName.HASH, Family.HASH, "the new kubelet computes another hash than the container carries")
    API_SERVER_SETS = (
        "api_server_sets",
        Told(
            StepName.HASH,
            Family.HASH,
            "the API server to come sets a field that it was made without and the running kubelet hashes: it goes as soon as that comes",
            help=OTHER_SERVER,
        ),
    )
    ONLY_RESOURCES_CHANGED = (
        "only_resources_changed",
        Told(StepName.HASH, Family.HASH, "only its resources changed, and the gate for in-place resize is on"),
    )
    RECORD_ABSENT = (
        "record_absent",
        Told(StepName.HASH, Family.HASH, "the container carries no readable hash, which a kubelet takes for a change"),
    )
    KIND_NOT_COMPARED = (
        "kind_not_compared",
        Told(StepName.KIND, Family.NOT_LOOKED_AT, "this kubelet does not compare containers of this kind"),
    )
    VIRTUAL_KUBELET = (
        "virtual_kubelet",
        Told(
            StepName.SPEC,
            Family.NOT_LOOKED_AT,
            "its node is a Virtual Kubelet's, which runs no containers of its own and compares none",
        ),
    )
    INIT_FAILED = (
        "init_failed",
        Told(
            StepName.INIT,
            Family.POD_END,
            "an init container of its pod has failed and is not to run again, so this kubelet kills the whole pod",
            finding="the new kubelet finds that one of its init containers has failed, and that must not run again",
        ),
    )
    POD_ENDS = (
        "pod_ends",
        Told(
            StepName.RUNNING,
            Family.POD_END,
            "no app container of its pod runs or is started again, so the new kubelet kills what is left of the pod",
            finding="none of its app containers runs or is started again by the new kubelet",
        ),
    )
    RESTARTS_ALL = (
        "restarts_all",
        Told(
            StepName.RUNNING,
            Family.POD_END,
            "a container of its pod has ended with an exit code by whose rule the new kubelet restarts the whole pod",
            finding="one of its containers has ended with an exit code by whose rule all of them are restarted",
        ),
    )
    POD_MAY_END = (
        "pod_may_end",
        Told(
            StepName.RUNNING,
            Family.POD_END,
            "whether the new kubelet kills it with its pod hangs on how other containers of the pod have ended, which was not seen",
            "Give the pods as the API server has them: their status says how each container ended.",
            finding="that hangs on how containers of it have ended, which was not seen",
            unseen=True,
        ),
    )
    INIT_RERUNS = (
        "init_reruns",
        Told(
            StepName.INIT,
            Family.NOT_LOOKED_AT,
            "its record is gone from the runtime, so this kubelet runs it again while the app containers go on",
        ),
    )
    INIT_MAY_RERUN = (
        "init_may_rerun",
        Told(
            StepName.INIT,
            Family.EVIDENCE,
            "this kubelet runs it again if the runtime has lost its record, and the list at hand shows no container that has ended",
            "List the ended containers too: `crictl ps -a -o json` (or `docker ps -a`) on the node.",
            unseen=True,
        ),
    )
    NOT_RUNNING = "not_running", Told(StepName.RUNNING, Family.AT_REST, "not running")
    FINISHED = "finished", Told(StepName.RUNNING, Family.AT_REST, "has finished")
    WILL_START = "will_start", Told(StepName.RUNNING, Family.AT_REST, "does not run, and is started")
    STATE_UNKNOWN = (
        "state_unknown",
        Told(
            StepName.RUNNING,
            Family.EVIDENCE,
            "the runtime does not know whether it runs; from 1.14 on a kubelet kills such a container before it starts it again",
            "Look on the node whether its processes are there; a runtime that is well lists no container as CONTAINER_UNKNOWN.",
            unseen=True,
        ),
    )
    NOT_SCHEDULED = "not_scheduled", Told(StepName.POD_STATE, Family.AT_REST, "on no node yet")
    NO_REPLICAS = "no_replicas", Told(StepName.POD_STATE, Family.AT_REST, "no pods by its replicas: scaled to zero, or suspended")
    POD_FINISHED = "pod_finished", Told(StepName.POD_STATE, Family.AT_REST, "the pod has finished")
    POD_TERMINATING = "pod_terminating", Told(StepName.POD_STATE, Family.AT_REST, "the pod is being deleted")
    STARTUP_PROBE_PENDING = (
        "startup_probe_pending",
        Told(
            StepName.STARTUP_PROBE,
            Family.EVIDENCE,
            "its startup probe has not passed; kubelets differ in what they do then",
            unseen=True,
        ),
    )
    STARTUP_PROBE_FORGOTTEN = (
        "startup_probe_forgotten",
        Told(
            StepName.STARTUP_PROBE,
            Family.NOT_LOOKED_AT,
            "this kubelet does not look at a sidecar with a startup probe that it finds running when it starts",
        ),
    )
    RESIZE = (
        "resize",
        Told(
            StepName.RESOURCES,
            Family.RESIZE,
            "the new kubelet has no record of its resources, takes that for a resize, and its policy is to restart",
            "1.37 makes up the records first: go there directly, or take RestartContainer out of the resize policy beforehand.",
            help=NO_RESTART_POLICY,
        ),
    )
    RESIZE_BASELINE = (
        "resize_baseline",
        Told(
            StepName.RESOURCES,
            Family.RESIZE,
            "the new kubelet has no record of its resources and may take that for a resize, which its policy answers with a restart",
            "Count them as restarted once, or go to 1.37 or later directly; 1.33 to 1.36 were seen to do this.",
            help=NO_RESTART_POLICY,
            unseen=True,
        ),
    )
    RESIZE_PENDING = (
        "resize_pending",
        Told(
            StepName.RESOURCES,
            Family.RESIZE,
            "other resources were asked for than it was given; where they fit, the new kubelet gives them, and by its policy restarts it",
            "Take the resize back, or let the running kubelet carry it out before the upgrade.",
            help=NO_RESTART_POLICY,
            unseen=False,
        ),
    )
    CGROUP_MISSING = (
        "cgroup_missing",
        Told(
            StepName.CGROUP,
            Family.CGROUP,
            "the new kubelet finds another QoS class, hence no cgroup of the pod, and kills it before it looks at hashes",
            help=SAME_QOS,
            finding="the two versions find different QoS classes for it, hence its cgroup in different places",
        ),
    )
    CGROUPS_MOVE = (
        "cgroups_move",
        Told(
            StepName.CGROUP,
            Family.CGROUP,
            "by its configuration the new kubelet keeps the cgroups of all pods elsewhere, and kills what runs before it looks at hashes",
            help=SAME_CGROUPS,
            finding="the new configuration (cgroupDriver, cgroupRoot or cgroupsPerQOS) keeps the cgroups of all pods in another place",
        ),
    )
    SANDBOXES_READY = (
        "sandboxes_ready",
        Told(
            StepName.SANDBOX_COUNT,
            Family.SANDBOX,
            "more than one sandbox of the pod is ready",
            finding="more than one of its sandboxes is ready",
        ),
    )
    SANDBOX_NOT_READY = (
        "sandbox_not_ready",
        Told(
            StepName.SANDBOX_READY,
            Family.SANDBOX,
            "the pod's sandbox is not ready",
            finding="its newest sandbox is not ready",
        ),
    )
    NETWORK_MODE_CHANGED = (
        "network_mode_changed",
        Told(
            StepName.SANDBOX_NETWORK,
            Family.SANDBOX,
            "the pod's sandbox is in another network than the spec says",
            finding="its sandbox is in another network (the pod's own, or the node's) than the spec says",
        ),
    )
    SANDBOX_WITHOUT_ADDRESS = (
        "sandbox_without_address",
        Told(
            StepName.SANDBOX_ADDRESS,
            Family.SANDBOX,
            "the pod's sandbox has no IP address",
            finding="its sandbox has no IP address",
        ),
    )
    RUNTIME_CHANGED = (
        "runtime_changed",
        Told(
            StepName.SANDBOX_COUNT,
            Family.RUNTIME,
            "the new container runtime knows nothing of what the old one runs, so the kubelet makes the pod anew",
            "Drain the node before its runtime is changed, and end what the old one runs.",
        ),
    )
    STATIC_UID_CHANGED = (
        "static_uid_changed",
        Told(
            StepName.STATIC_UID,
            Family.STATIC_UID,
            "the new kubelet computes another UID for the static pod, which makes it another pod",
            help=SET_UID,
        ),
    )
    STATIC_POD_UID = (
        "static_pod_uid",
        Told(
            StepName.STATIC_UID,
            Family.STATIC_UID,
            "static pod without a UID of its own, of which nothing tells whether the new kubelet computes another one",
            "Count static pods without metadata.uid in their manifest as recreated; any but the one that they have recreates them.",
            help=SET_UID,
            unseen=True,
        ),
    )
    STATIC_UID_UNPROVED = (
        "static_uid_unproved",
        Told(
            StepName.STATIC_UID,
            Family.STATIC_UID,
            "static pod whose manifest makes another UID than the one that runs, as do all others of its directory: they were edited, "
            "renamed or moved since, or the kubelet has another directory",
            "Add the kubelet's configuration with its staticPodPath (-f KUBELET-CONFIG). If the manifests were edited, let the running "
            "kubelet take them before the upgrade.",
            help=SET_UID,
            unseen=True,
        ),
    )
    PIN_UNPROVED = (
        "pin_unproved",
        Told(
            StepName.STATIC_UID,
            Family.EVIDENCE,
            "its manifest gives it a UID as kubelets make them, and none makes it of the manifest as it is: edited or renamed since it was "
            "pinned, or in another directory",
            "Ask the kubelet what runs (`kubectl get --raw /api/v1/nodes/NODE/proxy/pods > kubelet-pods.json`, -f kubelet-pods.json), or "
            "give its configuration, which tells its directory.",
            unseen=True,
        ),
    )
    MANIFEST_DIFFERS = (
        "manifest_differs",
        Told(
            StepName.STATIC_UID,
            Family.EVIDENCE,
            "its manifest is not as the mirror pod, by what an API server may have added or dropped; whether it was edited is not known",
            "Ask the kubelet itself: `kubectl get --raw /api/v1/nodes/NODE/proxy/pods > kubelet-pods.json`, and add -f kubelet-pods.json.",
            unseen=True,
        ),
    )
    MANIFEST_GONE = (
        "manifest_gone",
        Told(
            StepName.MANIFEST,
            Family.MANIFEST,
            "a static pod whose manifest is not in the directory any more",
            help=PUT_BACK,
            finding="none of the manifests given is its own",
        ),
    )
    MANIFESTS_MOVE = (
        "manifests_move",
        Told(
            StepName.MANIFEST,
            Family.MANIFEST,
            "the new kubelet has its manifests from another directory or URL, and whether this one's is there was not seen",
            "Give the directory as it will be (`--static-pods DIR`), or leave staticPodPath and staticPodURL as they are.",
            finding="the new configuration has another directory or URL of manifests (staticPodPath, staticPodURL)",
            unseen=True,
        ),
    )
    MANIFEST_DELETED = (
        "manifest_deleted",
        Told(
            StepName.MANIFEST,
            Family.MANIFEST,
            "its manifest has a deletionTimestamp: a kubelet that reads it ends the pod, or leaves it to itself",
            "Take metadata.deletionTimestamp out of the manifest.",
            help=NO_DELETION,
            finding="the manifest has a metadata.deletionTimestamp",
            unseen=True,
        ),
    )
    MANIFEST_NOT_DECODED = (
        "manifest_not_decoded",
        Told(
            StepName.MANIFEST,
            Family.MANIFEST,
            "the new kubelet cannot decode its manifest",
            MEND_MANIFEST,
            help=CHANGE_MANIFEST,
            finding="cannot decode its manifest",
            unseen=True,
        ),
    )
    MANIFEST_INVALID = (
        "manifest_invalid",
        Told(
            StepName.MANIFEST,
            Family.MANIFEST,
            "its manifest does not pass the new kubelet's validation",
            MEND_MANIFEST,
            help=CHANGE_MANIFEST,
            finding="finds its manifest invalid",
            unseen=True,
        ),
    )
    MANIFEST_REFERENCES = (
        "manifest_references",
        Told(
            StepName.MANIFEST,
            Family.MANIFEST,
            "its manifest refers to objects of the API, which the new kubelet refuses in static pods",
            "Take the references out (serviceAccountName, secrets, config maps, claims), or make it a pod of the API.",
            help=CHANGE_MANIFEST,
            finding="refuses references to objects of the API in a static pod",
            unseen=True,
        ),
    )
    OUT_OF_RESOURCES = "out_of_resources", _admission("it asks for more than the node has left")
    NODE_AFFINITY = "node_affinity", _admission("its node selector or required affinity does not match the node's labels")
    NODE_NAME = "node_name", _admission("it names another node")
    HOST_PORTS = "host_ports", _admission("another pod holds its host port")
    TAINT = "taint", _admission("it does not tolerate a NoExecute taint of the node")
    OS = "os", _admission("it is for another operating system")
    SIDECAR_FORBIDDEN = "sidecar_forbidden", _admission("this kubelet refuses pods with sidecars")
    STRICT_GROUPS = "strict_groups", _admission("the runtime cannot do supplementalGroupsPolicy Strict")
    POD_LEVEL_RESOURCES = "pod_level_resources", _admission("this kubelet refuses resources of the pod as a whole")
    NODE_FEATURE = "node_feature", _admission("it needs a feature that the node does not declare")
    APPARMOR = "apparmor", _admission("its AppArmor profile cannot be had on the node")
    SYSCTL = "sysctl", _admission("it sets a sysctl that is not allowed")
    EVICTED = "evicted", _admission("the node is under pressure")
    NO_NEW_PRIVS = (
        "no_new_privs",
        _admission("this kubelet cannot tell whether its runtime, which calls itself docker, keeps privileges down"),
    )
    PROC_MOUNT = "proc_mount", _admission("this kubelet cannot tell whether its runtime, which calls itself docker, can do its procMount")
    TOPOLOGY = "topology", _admission("the topology manager finds no place for the cpus and the memory that it has of its own")
    UNEXPECTED_ADMISSION_ERROR = "unexpected_admission_error", _admission("no room, also after preemption")
    PREEMPTED = "preempted", _admission("it has to make room for a critical pod")
    MAY_BE_REFUSED = (
        "may_be_refused",
        Told(
            StepName.ADMISSION,
            Family.ADMISSION,
            "admission: by what was seen it is likely to be refused, but not certain",
            "Look at finding UC030: it says what is asked, what was found, and what would have to be known.",
            help=AGREE,
            unseen=True,
        ),
    )
    SPEC_SEEN_BY_OLD_KUBELET_ONLY = (
        "spec_seen_by_old_kubelet_only",
        Told(
            StepName.HASH,
            Family.EVIDENCE,
            "the spec was seen only through the old kubelet or a mirror pod, which lack fields that were not known there",
            GIVE_PODS + " Of a static pod only its manifest shows all fields.",
            unseen=True,
        ),
    )
    POD_RESOURCES_UNSEEN = (
        "pod_resources_unseen",
        Told(
            StepName.CGROUP,
            Family.EVIDENCE,
            "only the old kubelet's view or a mirror pod was seen; had the pod resources as a whole, its cgroup may be elsewhere",
            "Give its manifest: `--static-pods DIR`.",
            unseen=True,
        ),
    )
    NOT_REPRODUCED = (
        "not_reproduced",
        Told(
            StepName.HASH,
            Family.EVIDENCE,
            "the hash that it carries is not what the running kubelet version makes of its spec",
            "Compare the spec with what runs: it was changed in place, or a patched kubelet started it.",
            unseen=True,
        ),
    )
    MAY_HAVE_BEEN_RESIZED = (
        "may_have_been_resized",
        Told(
            StepName.HASH,
            Family.EVIDENCE,
            "the running kubelet may have resized it in place, so that it carries the hash of other resources, which the new one counts",
            READ_RECORDS,
            unseen=True,
        ),
    )
    NODE_NOT_READY = (
        "node_not_ready",
        Told(
            StepName.HASH,
            Family.EVIDENCE,
            "its node is not ready, so that its kubelet may not have seen what was changed in the spec since it started",
            READ_RECORDS,
            unseen=True,
        ),
    )
    CREATORS_DISAGREE = (
        "creators_disagree",
        Told(
            StepName.HASH,
            Family.EVIDENCE,
            "which kubelet version started it is not known, and the candidates give different answers",
            READ_RECORDS,
            unseen=True,
        ),
    )
    MAKER_UNKNOWN = (
        "maker_unknown",
        Told(
            StepName.HASH,
            Family.EVIDENCE,
            "which API server makes its pod of the manifest is not known, and as some may make it, it would be restarted",
            "Name the API server: --api-to, --api-from if pods were made by another one, its gates with --feature-gate api:NAME=BOOL.",
            unseen=True,
        ),
    )
    EVIDENCE_SET_ASIDE = (
        "evidence_set_aside",
        Told(
            StepName.HASH,
            Family.EVIDENCE,
            "what would tell its hash may be in an input that could not be used",
            f"Take again what was set aside. {READ_RECORDS}",
            unseen=True,
        ),
    )
    HISTORY_BEFORE = "history_before", _history("it may be older than the first kubelet that the node's checkpoint records")
    HISTORY_AFTER = "history_after", _history("it may be younger than the last look at a kubelet that the node's checkpoint records")
    HISTORY_GAP = "history_gap", _history("it started when, as the node's checkpoint has it, no kubelet ran", CORRECT_CHECKPOINT)
    HISTORY_CONTRADICTS = "history_contradicts", _history("the node's checkpoint and what was seen cannot both be true", CORRECT_CHECKPOINT)
    HISTORY_OVERRIDE = (
        "history_override",
        _history("an override was in force since it started, and may have changed the hash that it carries"),
    )
    HISTORY_NOT_COMPUTABLE = (
        "history_not_computable",
        _history("what a kubelet that may have started it made of its spec cannot be computed"),
    )
    HISTORY_NO_START = (
        "history_no_start",
        _history("when it started is not known, so the node's checkpoint does not tell which kubelet started it"),
    )
    HISTORY_UNTRUSTED = (
        "history_untrusted",
        _history(
            "which kubelet started it hangs on a checkpoint that cannot be used",
            f"Mend the checkpoint as its finding says, or read the hashes themselves. {READ_RECORDS}",
        ),
    )
    RECORDS_DISAGREE = (
        "records_disagree",
        Told(
            StepName.HASH,
            Family.EVIDENCE,
            "two lists of the runtime show different recorded hashes of it, as before and after an override",
            "Give the later list alone; or, after `override apply`, its journal with --override-in-force.",
            unseen=True,
        ),
    )
    SANDBOX_UNLISTED = (
        "sandbox_unlisted",
        Told(
            StepName.SANDBOX_READY,
            Family.EVIDENCE,
            "no list of sandboxes that could be used shows its own; if that is not ready, the new kubelet recreates the pod",
            "Take the list again, whole: `crictl pods -o json > NODE-pods.json`.",
            unseen=True,
        ),
    )
    RECORD_NODE_UNKNOWN = (
        "record_node_unknown",
        Told(
            StepName.HASH,
            Family.EVIDENCE,
            "pods of several nodes have its UID, and nothing tells of which of them the runtime's record is",
            "Name each node's list after the node: `crictl ps -a -o json > NODE-crictl.json`.",
            unseen=True,
        ),
    )
    NO_SPEC = (
        "no_spec",
        Told(StepName.SPEC, Family.EVIDENCE, "the container runtime lists it, but the pod's spec was not given", GIVE_PODS, unseen=True),
    )
    NOT_IN_SPEC = (
        "not_in_spec",
        Told(StepName.SPEC, Family.EVIDENCE, "it runs, but the pod's spec does not hold it", GIVE_PODS, unseen=True),
    )
    SPEC_REFUSED = (
        "spec_refused",
        Told(StepName.SPEC, Family.VERSION, "a kubelet of one of the two versions cannot decode the spec", unseen=True),
    )
    FROM_UNKNOWN = (
        "from_unknown",
        Told(
            StepName.HASH,
            Family.EVIDENCE,
            "neither its hash nor the version of the kubelet that started it is known",
            GIVE_VERSION,
            unseen=True,
        ),
    )
    VERSION_UNKNOWN = (
        "version_unknown",
        Told(
            StepName.SPEC,
            Family.VERSION,
            "this kubelet version is not in the data",
            "`upgradecheck versions` lists the kubelet versions that can be judged.",
            unseen=True,
        ),
    )
    RUNTIME_REMOVED = (
        "runtime_removed",
        Told(
            StepName.SPEC,
            Family.VERSION,
            "the new kubelet cannot use the container runtime of its node as it is",
            "Show which endpoint will serve: the new kubelet's configuration (--to-config) with containerRuntimeEndpoint, or --cri SOCKET.",
            unseen=True,
        ),
    )
    RUNTIME_MAY_END_ALL = (
        "runtime_may_end_all",
        Told(
            StepName.SPEC,
            Family.VERSION,
            "whether the new container runtime goes on with what the one before it runs is not known",
            "Say what runs now (the Node objects, kubectl get nodes -o json) and which version will (--to-runtime NAME/VERSION); CRI-O of "
            "another minor removes all containers, by its version file.",
            unseen=True,
        ),
    )
    KUBELET_WILL_NOT_START = (
        "kubelet_will_not_start",
        Told(
            StepName.SPEC,
            Family.VERSION,
            "the new kubelet will not start as it is set up, so what it does once it is mended nobody can tell",
            "Mend what finding UC031 or UC032 names, on the node or in the configuration that it will get (--to-config), and plan again.",
            unseen=True,
        ),
    )
    KUBELET_MAY_NOT_START = (
        "kubelet_may_not_start",
        Told(
            StepName.SPEC,
            Family.VERSION,
            "the new kubelet does not start where swap is on, cgroups are of version 1, or IDs for user namespaces do not fit; what was "
            "seen speaks for one of them",
            "Look on the node at what UC032 names: swap (/proc/swaps), cgroups of version 1 (`stat -fc %T /sys/fs/cgroup`), the IDs of a "
            "user kubelet. Where that is so, do what it says, and plan again.",
            unseen=True,
        ),
    )
    OTHER_NODE_NAME = (
        "other_node_name",
        Told(
            StepName.SPEC,
            Family.VERSION,
            "the new kubelet is told to come up under another name than its node's, and then knows no pod of it and ends them",
            "Take --hostname-override (k3s, rke2: node-name) out, or give it the name of the Node object (UC019), and plan again.",
            unseen=True,
        ),
    )
    VERSION_AMBIGUOUS = (
        "version_ambiguous",
        Told(
            None,
            Family.VERSION,
            "kubelets that call themselves by this version hash in more than one way",
            "Name the exact version with --from and --to; `upgradecheck versions VERSION` explains one.",
            unseen=True,
        ),
    )


CANNOT_COME_UP = frozenset({Reason.RUNTIME_REMOVED, Reason.KUBELET_WILL_NOT_START, Reason.KUBELET_MAY_NOT_START, Reason.OTHER_NODE_NAME})
"""Why a node's new kubelet does not come up as the node is set up: it is not to be upgraded before that is mended."""
