# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWX's rules for custom credential types and for surveys, as they were found by posting to a running AWX.

What AWX refuses is in the JSON Schemas, or in plain checks where a schema can't say it. What AWX accepts although it can't
work, or works otherwise than one thinks, is refused as well; these rules say so (`AWX accepts it`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jinja2
import jsonschema
from jinja2.sandbox import ImmutableSandboxedEnvironment

IDENTIFIER = r"^[a-zA-Z_]+[a-zA-Z0-9_]*$"
_ONLY_STRINGS = ("choices", "multiline", "format", "secret")

CREDENTIAL_TYPE = {
    "type": "object",
    "required": ["name", "kind", "inputs", "injectors"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        # Other kinds are for AWX's own types.
        "kind": {"enum": ["cloud", "net"]},
        "inputs": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "fields": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["id", "label"],
                        "properties": {
                            # tower is the name by which templates reach the files of the injectors.
                            "id": {"type": "string", "pattern": IDENTIFIER, "not": {"const": "tower"}},
                            "label": {"type": "string"},
                            "type": {"enum": ["string", "boolean"]},
                            "format": {"enum": ["ssh_private_key", "url"]},
                            "choices": {
                                "type": "array",
                                "minItems": 1,
                                "uniqueItems": True,
                                "items": {"type": "string", "minLength": 1},
                            },
                            "help_text": {"type": "string"},
                            "multiline": {"type": "boolean"},
                            "secret": {"type": "boolean"},
                            "ask_at_runtime": {"type": "boolean"},
                            "default": {"type": ["string", "boolean"]},
                        },
                        "if": {"required": ["type"], "properties": {"type": {"const": "boolean"}}},
                        "then": {
                            "properties": {
                                "default": {"type": "boolean"},
                                **{name: {"not": {}} for name in _ONLY_STRINGS},
                            }
                        },
                        "else": {"properties": {"default": {"type": "string"}}},
                    },
                },
                "required": {"type": "array", "items": {"type": "string"}},
            },
        },
        "injectors": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "env": {"type": "object", "additionalProperties": {"type": "string", "pattern": r"^[\x00-\x7f]*$"}},
                "extra_vars": {"type": "object"},
                "file": {
                    "type": "object",
                    "patternProperties": {r"^template(\.[a-zA-Z_]+[a-zA-Z0-9_]*)?$": {"type": "string"}},
                    "additionalProperties": False,
                },
            },
        },
    },
}

# AWX sets these itself.
_RESERVED_VARIABLES = (
    "AWX_HOST",
    "INVENTORY_HOSTVARS",
    "INVENTORY_ID",
    "JOB_ID",
    "PATH",
    "PROJECT_REVISION",
    "PYTHONPATH",
    "VIRTUAL_ENV",
)


def wrong_credential_type(body: Mapping[str, Any]) -> list[str]:
    """What AWX refuses of a credential type, or what would not work."""
    wrong = _by_schema(CREDENTIAL_TYPE, body)
    return wrong or [*_wrong_inputs(body["inputs"]), *_wrong_injectors(body)]


def _wrong_inputs(inputs: Mapping[str, Any]) -> Iterator[str]:
    fields = inputs.get("fields", [])
    ids = [field["id"] for field in fields]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield f"inputs: {name} is defined more than once"
    for name in inputs.get("required", []):
        # AWX accepts it (201), and no credential of the type can be used.
        if name not in ids:
            yield f"inputs: {name} is required and not defined"
    for field in fields:
        # AWX accepts it, and shows a choice that nobody can make.
        if "default" in field and "choices" in field and field["default"] not in field["choices"]:
            yield f"inputs: the default of {field['id']} is none of its choices"
        # AWX only shows defaults: a credential that its API makes has '' or false instead.
        if field.get("default") not in (None, "", False):
            yield f"inputs: {field['id']} has a default, which only a form has"


def _wrong_injectors(body: Mapping[str, Any]) -> Iterator[str]:
    injectors = body["injectors"]
    files = injectors.get("file", {})
    if "template" in files and len(files) > 1:
        yield "injectors: file has template and template.x"
    for name in injectors.get("env", {}):
        if not re.fullmatch(IDENTIFIER.strip("^$"), name):
            yield f"injectors: {name} is no name of a variable"
        elif name.upper().startswith("ANSIBLE_") or name in _RESERVED_VARIABLES:
            yield f"injectors: {name} belongs to AWX"
    # Rendered when it is saved, with undefined names as errors.
    names: dict[str, Any] = {field["id"]: f"a {field['id']}" for field in body["inputs"].get("fields", [])}
    names |= {field["id"]: True for field in body["inputs"].get("fields", []) if field.get("type") == "boolean"}
    if files:
        sub = {name.partition(".")[2]: "/file" for name in files if "." in name}
        names["tower"] = {"filename": sub or "/file"}
    for text in _texts(injectors):
        try:
            render(text, names)
        except jinja2.TemplateError as error:
            yield f"injectors: {text}: {error}"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)


def render(text: str, names: Mapping[str, Any]) -> str:
    return ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined).from_string(text).render(names)


def injected(body: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, str]:
    """The environment of a job with a credential of the type. An input left empty is '', or false."""
    names = {
        field["id"]: inputs.get(field["id"], False if field.get("type") == "boolean" else "")
        for field in body["inputs"]["fields"]
    }
    return {name: render(text, names) for name, text in body["injectors"].get("env", {}).items()}


# Surveys

_LIST = {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "string", "minLength": 1}}
_DEFAULTS: Mapping[str, Any] = {
    "text": {"type": "string"},
    "textarea": {"type": "string"},
    "password": {"type": "string"},
    "integer": {"type": "integer"},
    "float": {"type": "number"},
    "multiplechoice": {"type": "string"},
    # A string with a choice in each line, even where the choices are a list.
    "multiselect": {"type": "string"},
}

SURVEY = {
    "type": "object",
    "required": ["name", "description", "spec"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "description": {"type": "string"},
        "spec": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["type", "question_name", "variable", "required"],
                # AWX accepts other keys, and does nothing with them.
                "additionalProperties": False,
                "properties": {
                    "type": {"enum": list(_DEFAULTS)},
                    "question_name": {"type": "string", "minLength": 1},
                    "question_description": {"type": "string"},
                    # AWX accepts any text, and a blank in it makes a variable that no playbook can read.
                    "variable": {"type": "string", "pattern": r"^[a-z_][a-z0-9_]*$"},
                    "required": {"type": "boolean"},
                    "min": {"type": ["integer", "null"]},
                    "max": {"type": ["integer", "null"]},
                    # AWX accepts text as well, and takes a part of it for a choice.
                    "choices": _LIST,
                    "default": {},
                },
                "allOf": [
                    {
                        "if": {"required": ["type"], "properties": {"type": {"const": kind}}},
                        "then": {
                            "properties": {"default": default},
                            **({"required": ["choices"]} if kind.startswith("multi") else {}),
                        },
                    }
                    for kind, default in _DEFAULTS.items()
                ],
            },
        },
    },
}


def wrong_survey(body: Mapping[str, Any]) -> list[str]:
    """What AWX refuses of a survey, or what would not work."""
    wrong = _by_schema(SURVEY, body)
    return wrong or [text for question in body["spec"] for text in _wrong_question(question, body["spec"])]


def _wrong_question(question: Mapping[str, Any], spec: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    name = question["variable"]
    if sum(other["variable"] == name for other in spec) > 1:
        yield f"{name} is asked more than once"
    default = question.get("default")
    if question["required"] and default is not None:
        # A launch by the API without the answer is refused all the same.
        yield f"{name} is required and has a default"
    if not question["required"] and default is None:
        # The playbook would get no value at all.
        yield f"{name} is not required and has no default"
    if "choices" in question and default is not None:
        chosen = default.splitlines() if question["type"] == "multiselect" else [default]
        if not set(chosen) <= set(question["choices"]):
            yield f"{name}: the default is none of the choices"
    if default is not None and question["type"] in ("text", "textarea", "password", "integer", "float"):
        # AWX accepts it, and drops such a default when the job starts.
        size = len(default) if isinstance(default, str) else default
        least, most = question.get("min"), question.get("max")
        if (least is not None and size < least) or (most is not None and size > most):
            yield f"{name}: the default is not between min and max"


def launched(survey: Mapping[str, Any], answers: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The extra variables of a job that is launched by the API with these answers, and what AWX refuses of them."""
    variables: dict[str, Any] = {}
    wrong: list[str] = []
    for question in survey["spec"]:
        name, kind = question["variable"], question["type"]
        if name in answers:
            variables[name] = answers[name]
            wrong += _wrong_answer(question, answers[name])
        elif question["required"]:
            wrong.append(f"'{name}' value missing")
        elif kind != "multiselect":
            variables[name] = question["default"]
        # The default of a multiselect has to be text and an answer a list: AWX holds the one against the rules of the
        # other and drops it without a word. Only a form makes a list of it.
    asked = {question["variable"] for question in survey["spec"]}
    wrong += [f"Variables {name} are not allowed on launch" for name in answers if name not in asked]
    return variables, wrong


def _wrong_answer(question: Mapping[str, Any], answer: Any) -> Iterator[str]:
    name, kind = question["variable"], question["type"]
    types = {"integer": (int,), "float": (int, float), "multiselect": (list,)}
    if type(answer) not in types.get(kind, (str,)):
        yield f"Value {answer} for '{name}' expected to be of another type"
        return
    if "choices" in question and not set(answer if kind == "multiselect" else [answer]) <= set(question["choices"]):
        yield f"Value {answer} for '{name}' expected to be one of {question['choices']}"
    if kind in ("text", "textarea", "integer", "float"):
        size = len(answer) if isinstance(answer, str) else answer
        if size < (question.get("min") or 0):
            yield f"'{name}' value is too small"
        if question.get("max") is not None and size > question["max"]:
            yield f"'{name}' value is too large"


def _by_schema(schema: Mapping[str, Any], body: Mapping[str, Any]) -> list[str]:
    validator = jsonschema.Draft202012Validator(schema)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]
