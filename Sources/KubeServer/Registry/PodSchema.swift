import KubeAPI

/// What OpenAPI tells of pods: the names of their fields, and by what their lists are merged.
///
/// The server itself does not check more of a pod than `BuiltInSchemas.pod` says. kubectl 1.20 refuses fields that are
/// not in here, so all of core/v1 PodSpec and Container are.
enum PodSchema {
    static let json: JSONValue = {
        var spec = object(podFields, lists: podLists)
        for name in ["containers", "initContainers", "ephemeralContainers"] {
            spec.set(list(of: container, mergedBy: "name"), at: ["properties", name])
        }
        spec["required"] = ["containers"]
        return [
            "type": "object", "description": "Pod is a collection of containers that run on one machine.",
            "required": ["spec"],
            "properties": [
                "spec": spec,
                "status": ["type": "object", "x-kubernetes-preserve-unknown-fields": true],
            ],
        ]
    }()

    private static let container: JSONValue = {
        var container = object(containerFields, lists: containerLists)
        container["required"] = ["name"]
        return container
    }()

    private static func object(_ fields: String, lists: [String: String]) -> JSONValue {
        var properties: [String: JSONValue] = [:]
        for name in fields.split(separator: " ") { properties[String(name)] = anything }
        for (name, key) in lists { properties[name] = list(of: anything, mergedBy: key) }
        for (type, names) in types {
            for name in names where properties[name] != nil { properties[name] = ["type": .string(type)] }
        }
        return ["type": "object", "properties": .object(properties)]
    }

    private static func list(of items: JSONValue, mergedBy key: String) -> JSONValue {
        [
            "type": "array", "items": items, "x-kubernetes-patch-merge-key": .string(key),
            "x-kubernetes-patch-strategy": "merge",
        ]
    }

    /// Not empty, for `kubectl explain` cannot read an empty schema.
    private static let anything: JSONValue = ["x-kubernetes-preserve-unknown-fields": true]

    private static let types: [String: [String]] = [
        "string": [
            "nodeName", "restartPolicy", "serviceAccountName", "hostname", "subdomain", "schedulerName", "name",
            "image", "imagePullPolicy", "workingDir", "dnsPolicy", "runtimeClassName", "priorityClassName",
        ],
        "integer": ["terminationGracePeriodSeconds", "activeDeadlineSeconds", "priority"],
        "boolean": ["hostNetwork", "hostPID", "hostIPC", "stdin", "stdinOnce", "tty"],
    ]

    private static let podFields = """
        restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector serviceAccountName \
        serviceAccount automountServiceAccountToken nodeName hostNetwork hostPID hostIPC shareProcessNamespace \
        securityContext hostname subdomain affinity schedulerName tolerations priorityClassName priority dnsConfig \
        readinessGates runtimeClassName enableServiceLinks preemptionPolicy overhead setHostnameAsFQDN os hostUsers \
        resources
        """
    private static let podLists = [
        "volumes": "name", "imagePullSecrets": "name", "hostAliases": "ip",
        "topologySpreadConstraints": "topologyKey", "schedulingGates": "name", "resourceClaims": "name",
    ]
    private static let containerFields = """
        name image command args workingDir envFrom resources resizePolicy restartPolicy livenessProbe readinessProbe \
        startupProbe lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin \
        stdinOnce tty targetContainerName
        """
    private static let containerLists = [
        "ports": "containerPort", "env": "name", "volumeMounts": "mountPath", "volumeDevices": "devicePath",
    ]
}
