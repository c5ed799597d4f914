"""The API's description, made from the same tables that validation reads: OpenAPI 3.1 and a plain page."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from services.common.clock import to_local
from services.intake.domain.codes import KIND_NAMES
from services.intake.domain.fields import Fields
from services.intake.domain.limits import MAX_BATCH_REPORTS, MAX_BODY_BYTES, MAX_REPORT_BYTES
from services.intake.domain.problems import Reason
from services.intake.domain.rulebook import Rulebook
from services.intake.domain.shapes import BODIES, COMMON, NEEDS_HOUSEHOLD

_STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #ccc;padding:.3rem .5rem;text-align:left;"
    "vertical-align:top}code{background:#f3f3f3;padding:0 .2rem}h2{margin-top:2rem}"
)
_ANSWERS = {
    "200": "受理结果；成批报送时逐份给出 · the result; one per report for a batch",
    "400": "JSON 或编码有误 · malformed JSON or encoding",
    "401": "缺少密钥或密钥无效 · key missing or not valid",
    "403": "密钥无此类型或辖区的权限 · the key lacks this type or jurisdiction",
    "413": f"超过上限：单份 {MAX_REPORT_BYTES} 字节、整体 {MAX_BODY_BYTES} 字节、每批 {MAX_BATCH_REPORTS} 份"
    " · a limit is exceeded",
    "415": "只收 application/json（UTF-8）· only application/json (UTF-8)",
    "422": "报告被退回，附原因和字段 · the report was rejected, with reason and field",
    "503": "暂不可用，请原样重发 · not available; send the same again",
}


def openapi(rules: Rulebook) -> dict[str, Any]:
    """The OpenAPI document."""
    schemas: dict[str, Any] = {kind.value: _object(BODIES[kind], rules) for kind in BODIES}
    _with_categories(schemas["support_plan"]["properties"]["category"], rules)
    schemas["report"] = _report(rules)
    schemas["result"] = _result()
    body = {"oneOf": [_ref("report"), _batch("reports", "report")]}
    answer = {"oneOf": [_ref("result"), _batch("results", "result")]}
    return {
        "openapi": "3.1.0",
        "info": {"title": "三色 Sanse · intake", "version": "1"},
        "paths": {"/v1/reports": {"post": _operation(body, answer)}},
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
        },
    }


def _with_categories(field: dict[str, Any], rules: Rulebook) -> None:
    """The categories of help with their limits: the answer to a report does not name them."""
    limits = "; ".join(
        f"{name}: ≤ {terms.visit_every_days} 天 days, {to_local(terms.ends_ms - 1):%Y-%m-%d}"
        for name, terms in rules.support.terms.items()
    )
    field["enum"] = list(rules.support.terms)
    field["description"] += f" ({limits})"


def _operation(body: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {code: {"description": text} for code, text in _ANSWERS.items()}
    responses["200"]["content"] = {"application/json": {"schema": answer}}
    return {
        "summary": "报送一份或一批报告 · send one report or a batch",
        "security": [{"key": []}],
        "parameters": [
            {
                "name": "accept-language",
                "in": "header",
                "schema": {"type": "string", "default": "zh"},
                "description": "zh / en",
            }
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": responses,
    }


def _report(rules: Rulebook) -> dict[str, Any]:
    variants = []
    for kind in BODIES:
        required = [kind.value] + (["household_no"] if kind in NEEDS_HOUSEHOLD else [])
        variants.append(
            {
                "title": KIND_NAMES[kind.value],
                "properties": {"type": {"const": kind.value}, kind.value: _ref(kind.value)},
                "required": required,
            }
        )
    return {**_object(COMMON, rules), "additionalProperties": True, "oneOf": variants}


def _object(fields: Fields, rules: Rulebook) -> dict[str, Any]:
    properties: dict[str, Any] = {
        name: {**field.schema, "description": f"{field.zh} · {field.en}"}
        for name, field in fields.items()
    }
    if "pack" in properties:
        properties["pack"]["enum"] = list(rules.questionnaires)
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": [name for name, field in fields.items() if field.required],
    }


def _result() -> dict[str, Any]:
    names = ("event_id", "reject_id", "field_path", "message", "allowed")
    return {
        "type": "object",
        "required": ["status"],
        "properties": {
            "status": {"enum": ["accepted", "duplicate", "rejected"]},
            "reason": {"enum": [reason.value for reason in Reason]},
            **{name: {"type": "string"} for name in names},
        },
    }


def _batch(name: str, item: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [name],
        "properties": {name: {"type": "array", "items": _ref(item)}},
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def page(description: Mapping[str, Any]) -> str:
    """A self-contained HTML page: no script, nothing loaded from elsewhere."""
    schemas = description["components"]["schemas"]
    tables = [_table("report · 报告", schemas["report"])]
    tables += [_table(f"{name} · {KIND_NAMES[name]}", schemas[name]) for name in KIND_NAMES]
    answers = "".join(
        f"<tr><td><code>{code}</code></td><td>{escape(text)}</td></tr>"
        for code, text in _ANSWERS.items()
    )
    return (
        "<!doctype html><html lang=zh><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'>"
        f"<title>Sanse intake</title><style>{_STYLE}</style>"
        "<h1>三色 Sanse · 报送接口 · intake</h1>"
        "<p><code>POST /v1/reports</code>，密钥放在 <code>x-api-key</code>；"
        '一份报告，或 <code>{"reports": [...]}</code>。'
        "One report, or a batch; the key goes into <code>x-api-key</code>. "
        "<a href=/openapi.json>openapi.json</a></p>"
        f"{''.join(tables)}<h2>答复 · Answers</h2><table>{answers}</table></html>"
    )


def _table(title: str, schema: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{'必填 · required' if name in schema['required'] else ''}</td>"
        f"<td>{escape(str(spec.get('description', '')))}{_codes(spec)}</td></tr>"
        for name, spec in schema["properties"].items()
    )
    return f"<h2>{escape(title)}</h2><table>{rows}</table>"


def _codes(spec: Mapping[str, Any]) -> str:
    enum = spec.get("enum") or spec.get("additionalProperties", {}).get("enum")
    return "<br>" + " ".join(f"<code>{escape(code)}</code>" for code in enum) if enum else ""
