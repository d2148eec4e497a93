"""A candidate of a leader election; prints that it runs, unless it leads at once, and that it leads.

usage: candidate.py KUBECONFIG NAMESPACE IDENTITY
"""

import sys
import time

from kubernetes import config
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.configmaplock import ConfigMapLock

kubeconfig, namespace, identity = sys.argv[1:4]
config.load_kube_config(kubeconfig)


def lead():
    print(f"{identity} leads", flush=True)
    while True:
        time.sleep(1)


class Lock(ConfigMapLock):
    """Tells when another is seen to lead."""

    told = False

    def get(self, name, space):
        found, record = super().get(name, space)
        holder = getattr(record, "holder_identity", None)
        if found and not self.told and holder not in (None, identity):
            self.told = True
            print(f"{identity} runs", flush=True)
        return found, record


leaderelection.LeaderElection(electionconfig.Config(
    Lock("election", namespace, identity), lease_duration=5, renew_deadline=4, retry_period=1,
    onstarted_leading=lead, onstopped_leading=None)).run()
