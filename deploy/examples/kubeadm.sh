#!/usr/bin/env bash
# kubeadm: one worker, from a desk with kubectl. Its gate first; then it is drained, upgraded, and held against the plan.
#
#   deploy/examples/kubeadm.sh NODE 1.31.4
#
# install_kubelet NODE VERSION is yours: a command that installs that kubelet on that node, and restarts it.
set -euo pipefail
node=$1 version=$2 plan=$(mktemp -d)/plan.json
# On a drained node all of its pods but those of DaemonSets and static pods are gone, whatever the kubelet does: with 2 somebody decides.
code=0
upgradecheck plan --to "$version" --node "$node" --fleet -o table -o "json=$plan" || code=$?
case $code in
  0) ;;
  2) read -rp "Containers on $node will stop. Go on? [y/N] " answer; [ "$answer" = y ] || exit 2 ;;
  *) exit "$code" ;;
esac
kubectl drain "$node" --ignore-daemonsets --delete-emptydir-data --timeout=15m
install_kubelet "$node" "$version"
kubectl wait "node/$node" --for=condition=Ready --timeout=10m
kubectl uncordon "$node"
upgradecheck verify "$plan" --node "$node"
