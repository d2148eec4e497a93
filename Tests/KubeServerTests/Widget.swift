import Foundation
import KubeAPI
import Yams

/// A made-up kind that uses every feature of CustomResourceDefinitions that the server knows.
enum Widget {
    static let crd = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: widgets.example.com}
        spec:
          group: example.com
          scope: Namespaced
          names: {plural: widgets, kind: Widget, shortNames: [wd], categories: [shop]}
          versions:
          - name: v1
            served: true
            storage: true
            subresources:
              status: {}
              scale:
                specReplicasPath: .spec.replicas
                statusReplicasPath: .status.replicas
                labelSelectorPath: .status.selector
            selectableFields: [{jsonPath: .spec.color}]
            additionalPrinterColumns:
            - {name: Replicas, type: integer, jsonPath: .spec.replicas}
            - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
            - {name: Color, type: string, jsonPath: .spec.color, priority: 1}
            - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
            schema:
              openAPIV3Schema:
                type: object
                description: A thing that is made in a number.
                required: [spec]
                properties:
                  spec:
                    type: object
                    required: [handler]
                    properties:
                      replicas: {type: integer, minimum: 0, maximum: 100, default: 1, description: How many.}
                      handler: {type: string, minLength: 1, maxLength: 20}
                      color: {type: string, enum: [red, green]}
                      surge: {x-kubernetes-int-or-string: true}
                      idle: {type: integer, nullable: true}
                      nested: {type: object, default: {}, properties: {deep: {type: string, default: filled}}}
                      parts:
                        type: array
                        maxItems: 3
                        items:
                          type: object
                          required: [name]
                          properties: {name: {type: string, pattern: '^[a-z]+$'}, size: {type: integer, default: 7}}
                        x-kubernetes-list-type: map
                        x-kubernetes-list-map-keys: [name]
                      free: {type: object, x-kubernetes-preserve-unknown-fields: true}
                      env: {type: object, additionalProperties: {type: string}}
                  status:
                    type: object
                    properties:
                      replicas: {type: integer}
                      selector: {type: string}
                      conditions:
                        type: array
                        items: {type: object, x-kubernetes-preserve-unknown-fields: true}
        """

    static var crdJSON: JSONValue { get throws { try YAML.value(of: crd) } }

    static func make(_ name: String, _ spec: JSONValue = ["handler": "x"], metadata: JSONValue = [:]) -> JSONValue {
        [
            "apiVersion": "example.com/v1", "kind": "Widget",
            "metadata": MergeTestSupport.merge(metadata, ["name": .string(name)]), "spec": spec,
        ]
    }

    static let path = "/apis/example.com/v1/namespaces/default/widgets"
}

enum MergeTestSupport {
    static func merge(_ left: JSONValue, _ right: JSONValue) -> JSONValue {
        .object((left.objectValue ?? [:]).merging(right.objectValue ?? [:]) { _, last in last })
    }
}

/// YAML as JSON, with YAML's own idea of what is text, number or flag.
enum YAML {
    static func value(of text: String) throws -> JSONValue {
        try JSONValue(parsing: JSONSerialization.data(withJSONObject: Yams.load(yaml: text) ?? [:]))
    }
}
