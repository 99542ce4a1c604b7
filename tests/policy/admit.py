"""Admits pods by the policies that `kueueleuleu policy` writes, with the official CEL runtime and a JSON Patch library.

Reads one JSON object a line: `policies` (the documents), `object`, optionally `oldObject`, `operation`, `resource` and
`namespace` (its labels). Writes one a line: `object` as the mutations leave it, `mutated`, `denied` and `warnings` (messages).

What this hides: the API server checks the types of the expressions against its schemas. Here `JSONPatch{…}` and `Object.…{…}`
become plain maps, and nothing is checked before it runs.
"""

import json
import re
import sys

import jsonpatch
from cel_expr_python import cel

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
COMMENT = re.compile(r"//[^\n]*")


def as_maps(expression):
    """Writes `Type{key: value}` as `{"key": value}`: this runtime knows none of the API server's types."""
    out, braces, at, previous = [], [], 0, ""
    while at < len(expression):
        for pattern in (COMMENT, STRING, IDENTIFIER):
            found = pattern.match(expression, at)
            if found:
                break
        if found and found.re is COMMENT:
            at = found.end()
            continue
        if not found:
            char = expression[at]
            if char == "{":
                braces.append("map")
            elif char in "([":
                braces.append("list")
            elif char in "}])":
                braces.pop()
            out.append(char)
            at += 1
            previous = previous if char.isspace() else char
            continue
        word, at = found.group(), found.end()
        behind = expression[at:].lstrip()
        is_type = found.re is IDENTIFIER and behind.startswith("{")
        is_field = found.re is IDENTIFIER and braces[-1:] == ["type"] and previous in "{," and behind.startswith(":")
        if is_type:
            at = expression.index("{", at) + 1
            braces.append("type")
            out.append("{")
            previous = "{"
        else:
            out.append(json.dumps(word) if is_field else word)
            previous = word[-1]
    return "".join(out)


def escape_key(key):
    return key.replace("~", "~0").replace("/", "~1")


CONFIG = cel.NewEnvConfigFromYaml(
    "name: admission\nextensions:\n- name: two-var-comprehensions\n- name: strings\n- name: optional\n"
)
NAMES = ("object", "oldObject", "request", "namespaceObject", "variables")
ENV = cel.NewEnv(
    config=CONFIG,
    variables={name: cel.Type.DYN for name in NAMES},
    functions=[
        cel.FunctionDecl(
            "jsonpatch.escapeKey",
            [
                cel.Overload(
                    "escapeKey(string)",
                    return_type=cel.Type.STRING,
                    parameters=[cel.Type.STRING],
                    impl=escape_key,
                )
            ],
        )
    ],
)
COMPILED = {}


def evaluate(expression, data):
    if expression not in COMPILED:
        COMPILED[expression] = ENV.compile(as_maps(expression))
    value = COMPILED[expression].eval(data=data)
    if value.type() == cel.Type.ERROR:
        raise ValueError(f"{value.value()} in {expression}")
    return value.plain_value()


def selects(selector, labels):
    """Whether a label selector of a binding selects these labels."""
    for key, value in (selector or {}).get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for wanted in (selector or {}).get("matchExpressions", []):
        inside = labels.get(wanted["key"]) in wanted.get("values", [])
        if inside != {"In": True, "NotIn": False}[wanted["operator"]]:
            return False
    return True


def is_bound(binding, data, namespace):
    resources = binding["spec"].get("matchResources", {})
    labels = data["object"].get("metadata", {}).get("labels") or {}
    return selects(resources.get("objectSelector"), labels) and selects(resources.get("namespaceSelector"), namespace)


def concerns(policy, resource, operation):
    rules = policy["spec"]["matchConstraints"]["resourceRules"]
    return any(resource in rule["resources"] and operation in rule["operations"] for rule in rules)


def variables(policy, data):
    values = {}
    for variable in policy["spec"].get("variables", []):
        values[variable["name"]] = evaluate(variable["expression"], {**data, "variables": values})
    return values


def admit(case):
    resource, operation = case.get("resource", "pods"), case.get("operation", "CREATE")
    namespace = case.get("namespace", {})
    data = {
        "object": case["object"],
        "oldObject": case.get("oldObject"),
        "request": {"operation": operation, "namespace": case["object"].get("metadata", {}).get("namespace", "default")},
        "namespaceObject": {"metadata": {"labels": namespace}},
        "variables": {},
    }
    by_name = {(doc["kind"], doc["metadata"]["name"]): doc for doc in case["policies"]}
    bindings = [doc for doc in case["policies"] if doc["kind"].endswith("Binding")]
    result = {"mutated": False, "denied": [], "warnings": []}

    def each(kind):
        for binding in bindings:
            policy = by_name.get((kind, binding["spec"]["policyName"]))
            if binding["kind"] == kind + "Binding" and concerns(policy, resource, operation) and is_bound(binding, data, namespace):
                conditions = policy["spec"].get("matchConditions", [])
                if all(evaluate(condition["expression"], data) for condition in conditions):
                    yield binding, policy

    # Twice, as `reinvocationPolicy: IfNeeded` allows.
    for _ in range(2):
        for _, policy in each("MutatingAdmissionPolicy"):
            bound = {**data, "variables": variables(policy, data)}
            for mutation in policy["spec"]["mutations"]:
                patch = evaluate(mutation["jsonPatch"]["expression"], bound)
                data["object"] = jsonpatch.apply_patch(data["object"], patch)
                result["mutated"] = True
    for binding, policy in each("ValidatingAdmissionPolicy"):
        bound = {**data, "variables": variables(policy, data)}
        for validation in policy["spec"]["validations"]:
            if not evaluate(validation["expression"], bound):
                message = validation.get("message") or evaluate(validation["messageExpression"], bound)
                where = "denied" if "Deny" in binding["spec"]["validationActions"] else "warnings"
                result[where].append(message)
    result["object"] = data["object"]
    return result


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(admit(json.loads(line))))
