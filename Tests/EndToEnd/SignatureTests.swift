import Foundation
import Testing

/// Each way of calling a handler, from kubectl to an answer of the gateway.
@Suite(.serialized) struct SignatureTests {
    @Test func everySignatureAnswersThroughTheGateway() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            let event = """
                exports.handler = async (event, context) => ({
                  event, name: context.function.name, namespace: context.function.namespace, path: context.path,
                  id: context.requestId, revision: context.function.revision.length > 0
                });
                """
            let cloudEvent = "exports.handler = async (event) => event.type + ' ' + event.data;"
            let server =
                "require('http').createServer((req, res) => res.end('program ' + req.url)).listen(process.env.PORT);"
            for (signature, handler, code) in [
                ("event", "index.handler", event), ("cloudevent", "index.handler", cloudEvent),
                ("server", "index.js", server),
            ] {
                let extra = "      signature: \(signature)"
                try await kubectl(
                    "apply", "-f", "-",
                    input: Manifests.function(signature, code: code, handler: handler, extra: extra))
                try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/\(signature)")
            }
            let answer = try await web.post("/fn/default/event/x?y=1", body: #"{"a":1}"#).body
            for part in [
                #""event":{"a":1}"#, #""name":"event""#, #""namespace":"default""#, #""path":"/x""#,
                #""revision":true"#,
            ] {
                #expect(answer.contains(part), "\(answer)")
            }
            let refused = try await web.post("/fn/default/event/", body: "{")
            #expect(refused.status == 400)
            let headers = ["ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "greeting"]
            #expect(try await web.get("/fn/default/cloudevent/", headers: headers).body == "greeting undefined")
            let missing = try await web.get("/fn/default/cloudevent/", headers: headers.filter { $0.key != "ce-id" })
            #expect(missing.status == 400 && missing.body.contains("ce-id"), "\(missing.body)")
            #expect(try await web.get("/fn/default/server/page").body == "program /page")
        }
    }

    @Test func aLateRequestGets504AndAProgramThatDoesNotListenSaysSo() async throws {
        try await NestProcess.run { nest in
            let (kubectl, web) = (Kubectl(nest), Web(nest))
            let late = "exports.handler = ({ path }) => path === '/late' ? new Promise(() => {}) : 'on time';"
            try await kubectl(
                "apply", "-f", "-",
                input: Manifests.function(
                    "late", code: late, extra: "      signature: event\n      timeoutSeconds: 1"))
            try await kubectl("wait", "--for=condition=Available", "--timeout=30s", "sbd/late")
            #expect(try await web.get("/fn/default/late/late").status == 504)
            #expect(try await web.get("/fn/default/late/").body == "on time")
            #expect(try await kubectl("get", "sbx", "-o", "jsonpath={.items[0].status.restartCount}") == "0")

            let silent = Manifests.function(
                "silent", code: "require('http').createServer().listen(3000)", handler: "index",
                extra: "      signature: server")
            try await kubectl("apply", "-f", "-", input: silent)
            try await Eventually.holds("the port is explained") {
                try await kubectl("get", "sbx", "-l", "app=silent", "-o", "jsonpath={.items[0].status.conditions}")
                    .contains("listens on port 3000")
            }
        }
    }
}
