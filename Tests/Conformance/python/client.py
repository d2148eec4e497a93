"""The official Python client against an API server; prints a line for each check and ends with 1 if any failed.

usage: client.py KUBECONFIG NAMESPACE CRD_FILE
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
import uuid

import yaml
from kubernetes import client, config, dynamic, watch
from kubernetes.client.rest import ApiException
from kubernetes.dynamic.exceptions import ConflictError, NotFoundError, UnprocessibleEntityError

KUBECONFIG, NAMESPACE, CRD_FILE = sys.argv[1:4]
config.load_kube_config(KUBECONFIG)
core = client.CoreV1Api()
checks = []


def check(function):
    """Registers a check; its name is what is printed."""
    checks.append(function)
    return function


def refused(status, reason, call, *arguments, **options):
    """That a call is answered with that error, and that its Status can be read."""
    try:
        call(*arguments, **options)
    except ApiException as error:
        body = json.loads(error.body)
        assert (error.status, body["kind"], body["reason"]) == (status, "Status", reason), (error.status, body)
        return body
    raise AssertionError(f"{call.__name__} was not refused with {status}")


def config_map(name, data=None, labels=None):
    metadata = client.V1ObjectMeta(name=name, labels=labels)
    return client.V1ConfigMap(metadata=metadata, data=data or {"a": "1"})


def eventually(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def nest_kind():
    """One of Nest's own kinds, in a group that only this run has: (definition, group)."""
    group = f"p{uuid.uuid4().hex[:8]}.conformance.nest.dev"
    with open(CRD_FILE, encoding="utf-8") as file:
        crd = yaml.safe_load(file)
    crd["spec"]["group"] = group
    crd["metadata"] = {"name": f"{crd['spec']['names']['plural']}.{group}"}
    # Short names and categories belong to the cluster's own.
    for field in ("shortNames", "categories"):
        crd["spec"]["names"].pop(field, None)
    return crd, group


@check
def typed_objects_are_written_and_read():
    made = core.create_namespaced_config_map(NAMESPACE, config_map("typed"))
    assert made.metadata.uid and made.metadata.creation_timestamp.tzinfo
    made.data["b"] = "2"
    changed = core.replace_namespaced_config_map("typed", NAMESPACE, made)
    assert core.read_namespaced_config_map("typed", NAMESPACE).data == {"a": "1", "b": "2"}
    assert changed.metadata.resource_version != made.metadata.resource_version
    made.data["b"] = "3"
    refused(409, "Conflict", core.replace_namespaced_config_map, "typed", NAMESPACE, made)
    refused(409, "AlreadyExists", core.create_namespaced_config_map, NAMESPACE, config_map("typed"))
    status = core.delete_namespaced_config_map("typed", NAMESPACE)
    assert status.status == "Success"
    refused(404, "NotFound", core.read_namespaced_config_map, "typed", NAMESPACE)


@check
def errors_name_their_fields():
    body = refused(422, "Invalid", core.create_namespaced_config_map, NAMESPACE, config_map("Bad_Name"))
    assert body["details"]["causes"][0]["field"] == "metadata.name", body


@check
def patches_of_each_kind():
    core.create_namespaced_config_map(NAMESPACE, config_map("patched"))
    path = f"/api/v1/namespaces/{NAMESPACE}/configmaps/patched"

    def patch(body, kind):
        return core.api_client.call_api(
            path, "PATCH", header_params={"Content-Type": kind, "Accept": "application/json"}, body=body,
            auth_settings=["BearerToken"], response_type="V1ConfigMap", _return_http_data_only=True).data

    # By itself the client sends JSON patches for lists and strategic ones for objects.
    assert core.patch_namespaced_config_map("patched", NAMESPACE, {"data": {"b": "2"}}).data == {"a": "1", "b": "2"}
    operations = [{"op": "test", "path": "/data/a", "value": "1"}, {"op": "remove", "path": "/data/a"}]
    assert core.patch_namespaced_config_map("patched", NAMESPACE, operations).data == {"b": "2"}
    assert patch({"data": {"b": None, "c": "3"}}, "application/merge-patch+json") == {"c": "3"}
    refused(415, "UnsupportedMediaType", patch, {}, "application/unknown+json")


@check
def a_dry_run_changes_nothing():
    shown = core.create_namespaced_config_map(NAMESPACE, config_map("dry"), dry_run="All")
    assert shown.metadata.name == "dry"
    refused(404, "NotFound", core.read_namespaced_config_map, "dry", NAMESPACE)


@check
def fields_are_validated():
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "odd"}, "odd": 1}
    refused(400, "BadRequest", core.create_namespaced_config_map, NAMESPACE, body, field_validation="Strict")
    core.create_namespaced_config_map(NAMESPACE, body, field_validation="Ignore")


@check
def lists_come_in_pages_of_one_version():
    names = [f"page-{number:02}" for number in range(25)]
    for name in names:
        core.create_namespaced_config_map(NAMESPACE, config_map(name, labels={"list": "pages"}))
    seen, versions, token = [], set(), None
    while True:
        page = core.list_namespaced_config_map(NAMESPACE, label_selector="list=pages", limit=10, _continue=token)
        assert len(page.items) <= 10, len(page.items)
        seen += [item.metadata.name for item in page.items]
        versions.add(page.metadata.resource_version)
        if token is None:
            core.create_namespaced_config_map(NAMESPACE, config_map("page-99", labels={"list": "pages"}))
            core.delete_namespaced_config_map("page-20", NAMESPACE)
        token = page.metadata._continue
        if not token:
            break
    assert seen == names, seen
    assert len(versions) == 1, versions
    refused(400, "BadRequest", core.list_namespaced_config_map, NAMESPACE, limit=1, _continue="nonsense")


@check
def a_watch_goes_on_where_it_stopped():
    start = core.list_namespaced_config_map(NAMESPACE, label_selector="w").metadata.resource_version
    for number in range(6):
        core.create_namespaced_config_map(NAMESPACE, config_map(f"w{number}", labels={"w": "x"}))
    stream, seen = watch.Watch(), []
    options = {"namespace": NAMESPACE, "label_selector": "w", "timeout_seconds": 30}
    for event in stream.stream(core.list_namespaced_config_map, resource_version=start, **options):
        seen.append((event["type"], event["object"].metadata.name))
        if len(seen) == 3:
            stream.stop()
    version = stream.resource_version
    assert version not in (None, start)
    core.delete_namespaced_config_map("w0", NAMESPACE)
    stream = watch.Watch()
    for event in stream.stream(core.list_namespaced_config_map, resource_version=version, **options):
        seen.append((event["type"], event["object"].metadata.name))
        if event["type"] == "DELETED":
            stream.stop()
    assert seen == [("ADDED", f"w{number}") for number in range(6)] + [("DELETED", "w0")], seen


@check
def a_watch_from_the_past_is_told_so():
    """Either everything since is still known, or the client gets a 410 that it can handle by listing again."""
    try:
        for event in watch.Watch().stream(
                core.list_namespaced_config_map, NAMESPACE, resource_version="1", timeout_seconds=1):
            assert event["type"] in ("ADDED", "MODIFIED", "DELETED"), event
    except ApiException as error:
        assert error.status == 410 and "Expired" in error.reason, error


@check
def a_watch_ends_with_its_timeout():
    began = time.monotonic()
    events = list(watch.Watch().stream(
        core.list_namespaced_config_map, NAMESPACE, label_selector="none=none", timeout_seconds=1))
    assert events == [] and 0.9 < time.monotonic() - began < 20, events


@check
def leases_by_the_coordination_api():
    api = client.CoordinationV1Api()
    spec = client.V1LeaseSpec(holder_identity="me", lease_duration_seconds=15, renew_time="2024-01-02T03:04:05.000006Z")
    lease = client.V1Lease(metadata=client.V1ObjectMeta(name="lease"), spec=spec)
    made = api.create_namespaced_lease(NAMESPACE, lease)
    assert made.spec.renew_time.microsecond == 6, made.spec.renew_time
    changed = api.patch_namespaced_lease("lease", NAMESPACE, {"spec": {"holderIdentity": "you"}})
    assert changed.spec.holder_identity == "you" and changed.spec.lease_duration_seconds == 15
    assert [item.metadata.name for item in api.list_namespaced_lease(NAMESPACE).items] == ["lease"]


@check
def secrets_take_plain_text():
    made = core.create_namespaced_secret(
        NAMESPACE, client.V1Secret(metadata=client.V1ObjectMeta(name="s"), string_data={"k": "v"}))
    assert made.data == {"k": "dg=="} and made.type == "Opaque"


@check
def one_of_nests_kinds_by_the_dynamic_client():
    crd, group = nest_kind()
    definitions = client.ApiextensionsV1Api()
    definitions.create_custom_resource_definition(crd)
    try:
        eventually("established", lambda: any(
            condition.type == "Established" and condition.status == "True" for condition in
            definitions.read_custom_resource_definition(crd["metadata"]["name"]).status.conditions or []))
        dynamic_kind(crd["spec"]["names"]["kind"], f"{group}/{crd['spec']['versions'][0]['name']}")
        custom_objects(group, crd["spec"]["versions"][0]["name"], crd["spec"]["names"]["plural"])
    finally:
        definitions.delete_custom_resource_definition(crd["metadata"]["name"])


def deployment(name, version):
    return {
        "apiVersion": version, "kind": "SandboxDeployment", "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"runtime": "nodejs", "handler": "index.handler", "package": {"inline": {"index.js": "x"}}},
            },
        },
    }


def discovered(version, kind):
    """A kind as the dynamic client finds it; kinds of other runs come and go while it looks."""
    found = []

    def look():
        try:
            found.extend(dynamic.DynamicClient(client.ApiClient()).resources.search(api_version=version, kind=kind))
        except NotFoundError:
            pass
        return found

    eventually("discovered", look)
    return next(resource for resource in found if resource.kind == kind)


def dynamic_kind(kind, version):
    api = discovered(version, kind)
    made = api.create(body=deployment("one", version), namespace=NAMESPACE)
    assert made.metadata.generation == 1 and made.spec.replicas == 1, "defaults are filled in"
    assert api.get(name="one", namespace=NAMESPACE).metadata.uid == made.metadata.uid
    patched = api.patch(
        name="one", namespace=NAMESPACE, body={"spec": {"replicas": 3}}, content_type="application/merge-patch+json")
    assert patched.spec.replicas == 3 and patched.metadata.generation == 2
    status = api.status.patch(
        name="one", namespace=NAMESPACE, body={"status": {"replicas": 3}}, content_type="application/merge-patch+json")
    assert status.status.replicas == 3 and status.metadata.generation == 2
    assert api.scale.get(name="one", namespace=NAMESPACE).spec.replicas == 3
    try:
        api.replace(body=made.to_dict(), namespace=NAMESPACE)
        raise AssertionError("a stale write was taken")
    except ConflictError as error:
        assert json.loads(error.body)["reason"] == "Conflict"
    try:
        body = deployment("two", version)
        body["spec"]["replicas"] = -1
        api.create(body=body, namespace=NAMESPACE)
        raise AssertionError("a bad object was taken")
    except UnprocessibleEntityError as error:
        assert json.loads(error.body)["details"]["causes"][0]["field"] == "spec.replicas", error.body
    assert [item.metadata.name for item in api.get(namespace=NAMESPACE, label_selector="app=one").items] == ["one"]
    for event in api.watch(namespace=NAMESPACE, timeout=30):
        assert (event["type"], event["object"].metadata.name) == ("ADDED", "one")
        break
    api.delete(name="one", namespace=NAMESPACE)
    try:
        api.get(name="one", namespace=NAMESPACE)
        raise AssertionError("it is still there")
    except NotFoundError:
        pass


def custom_objects(group, version, plural):
    api = client.CustomObjectsApi()
    place = (group, version, NAMESPACE, plural)
    made = api.create_namespaced_custom_object(*place, deployment("three", f"{group}/{version}"))
    made["spec"]["replicas"] = 2
    assert api.replace_namespaced_custom_object(*place, "three", made)["spec"]["replicas"] == 2
    scale = api.get_namespaced_custom_object_scale(*place, "three")
    assert scale["kind"] == "Scale" and scale["spec"]["replicas"] == 2
    assert api.list_namespaced_custom_object(*place, limit=1)["items"][0]["metadata"]["name"] == "three"
    assert api.delete_namespaced_custom_object(*place, "three")["status"] == "Success"
    refused(404, "NotFound", api.get_namespaced_custom_object, *place, "three")


@check
def built_in_kinds_by_the_dynamic_client():
    api = discovered("v1", "ConfigMap")
    body = {"kind": "ConfigMap", "metadata": {"name": "dynamic"}, "data": {"a": "1"}}
    assert api.create(body=body, namespace=NAMESPACE).data.a == "1"
    api.patch(name="dynamic", namespace=NAMESPACE, body={"data": {"a": "2"}})
    assert api.get(name="dynamic", namespace=NAMESPACE).data.a == "2"
    api.delete(name="dynamic", namespace=NAMESPACE)
    assert discovered("coordination.k8s.io/v1", "Lease").namespaced


def candidate(name):
    here = os.path.dirname(os.path.abspath(__file__))
    return subprocess.Popen(
        [sys.executable, os.path.join(here, "candidate.py"), KUBECONFIG, NAMESPACE, name], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True)


def next_line(process, seconds=60):
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        return process.stdout.readline().strip()
    finally:
        timer.cancel()


@check
def a_dead_leader_is_followed():
    first = candidate("first")
    second = None
    try:
        assert next_line(first) == "first leads"
        second = candidate("second")
        assert next_line(second) == "second runs"
        first.send_signal(signal.SIGKILL)
        first.wait()
        assert next_line(second) == "second leads"
        lock = core.read_namespaced_config_map("election", NAMESPACE)
        record = json.loads(lock.metadata.annotations["control-plane.alpha.kubernetes.io/leader"])
        assert record["holderIdentity"] == "second", record
    finally:
        for process in (first, second):
            if process:
                process.kill()
                process.wait()


def main():
    failed = 0
    for function in checks:
        began = time.monotonic()
        try:
            function()
            outcome = "ok"
        except Exception:
            failed += 1
            outcome = "FAILED\n" + traceback.format_exc()
        print(f"{function.__name__} ({time.monotonic() - began:.1f} s): {outcome}", flush=True)
    print(f"{len(checks)} checks, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)


main()
