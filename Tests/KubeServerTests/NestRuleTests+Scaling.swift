import KubeAPI
import Testing

@testable import KubeServer

extension NestRuleTests {
    private static func autoscaler(_ spec: String, _ errors: String...) -> Case {
        Case(plural: "sandboxautoscalers", patch: #"{"spec": {\#(spec)}}"#, errors: errors)
    }

    private static func schedule(_ cron: String, _ errors: String...) -> Case {
        let prefix = #"spec.schedules[0].cron: Invalid value: "string": "#
        return Case(
            plural: "sandboxautoscalers",
            patch:
                #"{"spec": {"schedules": [{"name": "s", "cron": "\#(cron)", "durationSeconds": 60, "minReplicas": 1}]}}"#,
            errors: errors.map { prefix + $0 })
    }

    private static func no(_ field: String) -> String {
        "the \(field): give *, numbers, ranges (1-5), steps (*/10) or a list of them"
    }

    static let autoscalers: [Case] = [
        autoscaler(#""minReplicas": 5"#),
        autoscaler(
            #""minReplicas": 6"#,
            #"spec.minReplicas: Invalid value: "object": may not be more than maxReplicas: raise maxReplicas or lower this"#
        ),
        autoscaler(
            #""maxReplicas": 0"#,
            "spec.maxReplicas: Invalid value: 0: spec.maxReplicas in body should be greater than or equal to 1"),
        autoscaler(#""maxReplicas": null"#, "spec.maxReplicas: Required value", unchecked),
        autoscaler(#""scaleTargetRef": null"#, "spec.scaleTargetRef: Required value", unchecked),
        autoscaler(
            #""scaleTargetRef": {"kind": "Deployment"}"#,
            #"spec.scaleTargetRef.kind: Unsupported value: "Deployment": supported values: "SandboxDeployment""#,
            unchecked),
        autoscaler(
            #""metrics": [{"type": "Concurrency", "target": 1}, {"type": "QPS", "target": 0.5}, "#
                + #"{"type": "CPU", "targetPercent": 80}, {"type": "Memory", "targetPercent": 1}]"#),
        autoscaler(
            #""metrics": [{"type": "QPS", "targetPercent": 80}]"#,
            #"spec.metrics[0].target: Invalid value: "object": target is required of the types Concurrency and QPS, and is "#
                + "theirs alone",
            #"spec.metrics[0].targetPercent: Invalid value: "object": targetPercent is required of the types CPU and "#
                + "Memory, and is theirs alone"),
        autoscaler(
            #""metrics": [{"type": "CPU", "target": 1, "targetPercent": 80}]"#,
            #"spec.metrics[0].target: Invalid value: "object": target is required of the types Concurrency and QPS, and is "#
                + "theirs alone"),
        autoscaler(
            #""metrics": [{"type": "Concurrency", "target": 0}]"#,
            "spec.metrics[0].target: Invalid value: 0: spec.metrics[0].target in body should be greater than 0"),
        autoscaler(
            #""metrics": [{"type": "QPS", "target": 1}, {"type": "QPS", "target": 2}]"#,
            #"spec.metrics[1]: Duplicate value: {"type":"QPS"}"#),
        autoscaler(
            #""metrics": []"#,
            "spec.metrics: Invalid value: 0: spec.metrics in body should have at least 1 items"),
        autoscaler(
            #""panicWindowSeconds": 30, "stableWindowSeconds": 20"#,
            #"spec.panicWindowSeconds: Invalid value: "object": may not be longer than stableWindowSeconds: lower this"#
        ),
        autoscaler(
            #""schedules": [{"name": "s", "cron": "* * * * *", "durationSeconds": 60, "minReplicas": 6}]"#,
            #"spec.schedules: Invalid value: "object": minReplicas of a schedule may not be more than maxReplicas: raise "#
                + "maxReplicas or lower it"),
        autoscaler(
            #""schedules": [{"name": "s", "cron": "* * * * *", "timeZone": "../x", "durationSeconds": 60, "minReplicas": 1}]"#,
            #"spec.schedules[0].timeZone: Invalid value: "string": must be a name of the tz database, such as "#
                + "Asia/Shanghai or UTC"),
        schedule("0 11 * * 1-5"), schedule("*/5,7 0-23/2 1,15 JAN,feb 0-7"), schedule("0 0 30 2 *"),
        schedule(
            "0 11 * * ",
            no("fifth field is no day of the week (0-7 or SUN-SAT)")),
        schedule(
            "00 11 1 * * *",
            "must be five fields with one space between them: minute, hour, day of the month, month, day of the week; such "
                + "as '0 11 * * 1-5'"),
        schedule("60 * * * *", no("first field is no minute (0-59)")),
        schedule("0 24 * * *", no("second field is no hour (0-23)")),
        schedule("0 0 32 * *", no("third field is no day of the month (1-31)")),
        schedule("0 0 * 13 *", no("fourth field is no month (1-12 or JAN-DEC)")),
        schedule("0 0 * * 8", no("fifth field is no day of the week (0-7 or SUN-SAT)")),
        schedule("*/0 * * * *", no("first field is no minute (0-59)")),
    ]
}
