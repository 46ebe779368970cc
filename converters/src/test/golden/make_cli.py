"""Makes cli/tables.json and cli/cases.json: what MindSpeed-MM's own mm-convert makes of command lines.

Usage: python make_cli.py MINDSPEED_MM_FOLDER
Needs the converter's Python dependencies (torch, transformers, pydantic, jsonargparse 4.40, ...).

Only parsing takes place; nothing is converted. "@" in arguments, variables and files stands for a
folder that holds the files of the case and an empty folder "hf". A value of a case may carry a tag
that says in what SparkMM is stricter on purpose; the test lists the tags with their reasons.
"""

import argparse
import contextlib
import io
import json
import os
import pathlib
import random
import re
import sys
import tempfile
import warnings

HERE = pathlib.Path(__file__).parent
COMMANDS = {
    "Qwen2VLConverter": ["hf_to_mm", "mm_to_hf", "resplit"],
    "Qwen2_5_VLConverter": [
        "hf_to_mm", "hf_to_mm_ldt", "lora_hf_to_mm", "lora_mm_to_hf", "mm_to_hf", "resplit"],
    "Qwen3VLConverter": [
        "dcp_to_hf", "hf_to_dcp", "lora_hf_to_dcp", "merge_mm_lora_dcp_weight_to_base_hf"],
    "Qwen3VLMegatronConverter": ["hf_to_mm", "mm_to_hf"],
    "InternVLConverter": ["hf_to_mm", "mm_to_hf"],
    "GenericDCPConverter": ["dcp_to_hf", "hf_to_dcp"],
}
# Value, tag of what SparkMM is stricter in; without a tag both must agree.
INTS = [("1", ""), ("2", ""), ("4", ""), ("0", ""), ("-1", ""), ("two", ""), ("1e1", ""), ("", ""),
        ("null", ""), ("010", ""), (" 4 ", ""), ("+5", ""), ("1_000", ""), ("true", ""),
        ("[1]", ""), ("{}", ""), ("'3'", ""), ("yes", ""), ("0x10", ""), (".5", ""),
        ("2.0", "fraction"), ("1.0", "fraction"), ("99999999999999999999", "range")]
BOOLS = [(v, "") for v in
         "true false True FALSE yes no On off y n 1 0 null ~ maybe".split()] + [("", ""), ('"true"', "")]
STRINGS = [(v, "") for v in
           ["a", "1", "1.0", "true", "null", "~", "", "[1]", "{a: 1}", "a: b", '"x"', "#c", "a #b",
            "- a", "-", "@", "2020-01-01", " p ", "-5", "x.y", "é", "a'b"]]
PATHS = [(v, "") for v in
         ["a", "a/b/", "./a//b/../c/.", "/abs/x", "null", "1", "a b", "..", "~", "[x]", "-", "/"]]
PATHS += [("", "empty path")]
NESTED = [("[[1,10,10,7]]", ""), ("[[1, 10], [2, 3]]", ""), ("[[28]]", ""), ("[1,10]", ""), ("1", ""),
          ("[[-1]]", ""), ("[[null]]", ""), ("null", ""), ("[[1,2]", ""), ("((1))", ""), ("[[]]", ""),
          ("[]", ""), ("[[0x1]]", ""), ("- [1]", ""), ("[[1 ,2],]", ""), ("{0: [1]}", ""),
          ("[[1_0]]", ""), ('[["1",2]]', ""), ("[[010]]", ""), ("[[two]]", ""), ("", ""),
          ("[[1.0,2]]", "fraction"), ("[[1e1]]", "fraction"), ("[[true]]", "truth value")]
FLAT = [("[1,10,10,7]", ""), ("[1, 10]", ""), ("[28]", ""), ("[[1,10]]", ""), ("3", ""), ("[-1]", ""),
        ("[null]", ""), ("null", ""), ("[1,2", ""), ("[]", ""), ("[two]", ""), ('["4"]', ""),
        ("[1.0]", "fraction"), ("[false]", "truth value")]
NAMES = [("[a, b]", ""), ("a,b", ""), ('["a","b"]', ""), ("null", ""), ("[]", ""), ("[1]", ""),
         ("[a, [b]]", ""), ("a", ""), ("- a", "")]
MAPS = [('{"a": "b"}', ""), ("{a: b}", ""), ("{a: 1}", ""), ("a,b", ""), ("null", ""), ("{}", ""),
        ("[a]", ""), ("lm_head.weight: model.x", "")]
NUMBERS = [("1", ""), ("2.5", ""), ("1e3", ""), ("abc", "any value"), ("null", "any value"),
           (".inf", "any value"), ("true", "any value")]


def load(folder):
    sys.path.insert(0, folder)
    sys.argv[0] = "mm-convert"
    os.environ["JSONARGPARSE_DEPRECATION_WARNINGS"] = "off"
    os.environ["COLUMNS"] = "100"
    warnings.simplefilter("ignore")
    import jsonargparse
    import checkpoint.convert_cli  # noqa: F401  registers the converters
    from checkpoint.common.converter import Commandable

    jsonargparse.set_parsing_settings(docstring_parse_attribute_docstrings=True)

    def build():
        return jsonargparse.capture_parser(
            lambda: jsonargparse.auto_cli(Commandable.subclasses, as_positional=False))

    plain = build()
    os.environ["JSONARGPARSE_DEFAULT_ENV"] = "true"
    environment = build()
    del os.environ["JSONARGPARSE_DEFAULT_ENV"]
    return plain, environment


def child(parser, name):
    action = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return action._name_parser_map[name]


def table(parser):
    """Options of a command in the order of its usage, with what help says about them."""
    from jsonargparse._typehints import type_to_str

    rows = []
    for action in parser._actions:
        if not action.option_strings or action.dest in ("help", "config") or not action.dest[0].isalpha():
            continue
        row = {"name": action.dest}
        if type(action).__name__ == "_ActionConfigLoad":
            rows.append({**row, "group": True})
            continue
        if not hasattr(action, "_typehint"):
            continue
        default = "null" if action.default is None else str(action.default)
        required = action.dest in parser.required_args
        rows.append({
            **row,
            "placeholder": action.metavar or action.dest.split(".")[-1].upper(),
            "required": required,
            "type": type_to_str(action._typehint),
            "default": None if required else default,
            "appendable": len(action.option_strings) > 1,
        })
    return rows


def pool(row):
    kind = row["type"]
    if "List[List" in kind:
        return NESTED
    if "List[Annotated" in kind:
        return FLAT
    if "List[str" in kind:
        return NAMES
    if "Dict" in kind:
        return MAPS
    if "float" in kind:
        return NUMBERS
    if "HfConfig" in kind:
        return [("{hf_dir: @/hf}", ""), ("null", ""), ("{hf_dri: a}", ""), ("x", "")]
    if "path_type" in kind:
        return [("@/hf", ""), ("@/./hf/", "")]
    if "Path" in kind:
        return PATHS if "Optional" not in kind else [p for p in PATHS if p[0] != ""]
    if "bool" in kind:
        return BOOLS
    if "int" in kind:
        plain = not ("Gt" in kind or "Ge" in kind)
        # Upstream reads plain integers as YAML, and refuses fractions there.
        return [(v, "" if t == "fraction" and plain else t) for v, t in INTS]
    return STRINGS


def good(row):
    """A value that both accept."""
    kind = row["type"]
    choices = {"List[List": "[[1,2]]", "List[Annotated": "[1,2]", "path_type": "@/hf", "Path": "some/dir"}
    return next((v for k, v in choices.items() if k in kind), "1")


def yaml_tree(pairs):
    tree = {}
    for name, value in pairs:
        at = tree
        *parents, last = name.split(".")
        for parent in parents:
            at = at.setdefault(parent, {})
        at[last] = value
    return tree


def yaml_text(tree, indent=0):
    lines = []
    for key, value in tree.items():
        if isinstance(value, dict):
            lines.append(" " * indent + key + ":")
            lines.append(yaml_text(value, indent + 2))
        else:
            lines.append(" " * indent + key + ": " + value)
    return "\n".join(lines)


FILE_VALUES = {
    "int": [("2", ""), ('"3"', ""), ("two", ""), ("-4", ""), ("[1]", "")],
    "bool": [("true", ""), ("no", ""), ('"true"', ""), ("maybe", "")],
    "text": [("abc", ""), ("'5'", ""), ("5", ""), ("[a]", ""), ("true", "")],
}


def file_value(row, rng):
    kind = row["type"]
    if "List" in kind or "path_type" in kind or "HfConfig" in kind:
        return good(row) if "HfConfig" not in kind else "{hf_dir: @/hf}", ""
    if "bool" in kind:
        return rng.choice(FILE_VALUES["bool"])
    if "int" in kind:
        value, tag = rng.choice(FILE_VALUES["int"])
        return value, tag
    if "float" in kind:
        return "2.5", ""
    if "Dict" in kind:
        return "{a: b}", ""
    return rng.choice(FILE_VALUES["text"])


class Maker:
    def __init__(self, tables, seed):
        self.tables = tables
        self.rng = random.Random(seed)

    def case(self):
        rng = self.rng
        words = rng.choice([w for w in self.tables if not w.startswith("GenericDCP") or rng.random() < 0.7])
        converter, command = words.split(" ")
        rows = [r for r in self.tables[words] if "group" not in r]
        groups = [r["name"] for r in self.tables[words] if "group" in r]
        case = {"args": [converter, command], "files": {}, "env": None, "tags": []}
        mode = rng.random()
        args = case["args"]
        base = [r for r in rows if r["required"]]
        rng.shuffle(base)
        if mode < 0.2:
            case["env"] = {}
        if rng.random() < 0.06 and base:
            base.pop()
        prefix = f"MM_CONVERT_{converter}__{command}__".upper()
        for row in base:
            if case["env"] is not None and rng.random() < 0.6:
                case["env"][prefix + row["name"].upper().replace(".", "__")] = good(row)
            else:
                self.option(args, row["name"], good(row))
        for _ in range(rng.choice([0, 1, 1, 2, 3])):
            self.variation(case, rng.choice(rows), groups, words)
        if rng.random() < 0.3:
            flags = rng.choice(["", "=comments", "=skip_default", "=skip_null", "=skip_null,skip_default",
                                "=comments,skip_default", "=,comments", "=comment", "=skip_null,comments"])
            args.insert(rng.choice([0, 1, 2, len(args)]) if rng.random() < 0.5 else len(args),
                        "--print_config" + flags)
        if any(a.startswith("--print_config") for a in args) and (
                "strange" in json.dumps(case["files"]) or any("strange" in a for a in args)):
            case["tags"].append("unknown key")
        case["tags"] = sorted(set(filter(None, case["tags"])))
        return case

    def option(self, args, name, value):
        if value.startswith("-") and not value.startswith("- ") and value != "-" or self.rng.random() < 0.3:
            args.append(f"--{name}={value}")
        else:
            args.extend([f"--{name}", value])

    def variation(self, case, row, groups, words):
        rng = self.rng
        args = case["args"]
        converter, command = words.split(" ")
        kind = rng.random()
        value, tag = rng.choice(pool(row))
        if kind < 0.45:
            self.option(args, row["name"], value)
            case["tags"].append(tag)
        elif kind < 0.6:
            value, tag = file_value(row, rng)
            tree = yaml_tree([(row["name"], value)])
            case["tags"].append(tag)
            place = rng.choice(["command", "command", "converter", "root", "group"])
            if place == "converter":
                tree, at = {command: tree}, 1
            elif place == "root":
                tree, at = {converter: {command: tree}}, 0
            else:
                at = len(args)
            if rng.random() < 0.1:
                tree["strange"] = "1"
            text = yaml_text(tree) + "\n"
            name = f"f{len(case['files'])}.yaml"
            if place == "group" and groups:
                group = rng.choice([g for g in groups if row["name"].startswith(g + ".")] or groups)
                inner = row["name"][len(group) + 1:]
                case["files"][name] = yaml_text(yaml_tree([(inner, value)])) + "\n"
                args.extend([f"--{group}", "@/" + name])
            else:
                case["files"][name] = text
                args[at:at] = ["--config", "@/" + name]
        elif kind < 0.7 and row["appendable"] and "List[List" not in row["type"]:
            self.option(args, row["name"] + "+", rng.choice(["3", "[4, 5]", "[]"]) if "int" in row["type"]
                        else rng.choice(["a", "[b, c]"]))
        elif kind < 0.8 and case["env"] is not None:
            name = f"MM_CONVERT_{converter}__{command}__{row['name']}".upper().replace(".", "__")
            value, tag = rng.choice(pool(row))
            case["env"][name] = value
            case["tags"].append(tag)
        elif kind < 0.85:
            args.extend(rng.choice([["--cfg.tp_size", "2"], ["stray"], ["--nope=1"], ["-x"], ["--cfg.mm_dir"]]))
            case["tags"].append("" if args[-1] != "--cfg.mm_dir" else "")
        elif kind < 0.95 and groups:
            group = rng.choice(groups)
            inner = [r for r in self.tables[words] if r["name"].startswith(group + ".") and "group" not in r]
            member = rng.choice(inner)
            value, tag = file_value(member, rng)
            if rng.random() < 0.9:
                text = yaml_text(yaml_tree([(member["name"][len(group) + 1:], value)]))
            else:
                text, tag = rng.choice(["3", "null", "@/absent.yaml", "{strange: 1}"]), ""
            case["tags"].append(tag)
            self.option(args, group, text)


def plain_value(value):
    import jsonargparse

    if isinstance(value, (jsonargparse.Namespace, dict)):
        items = vars(value) if isinstance(value, jsonargparse.Namespace) else value
        return {k: plain_value(v) for k, v in items.items()}
    if isinstance(value, (list, tuple)):
        return [plain_value(v) for v in value]
    return str(value) if isinstance(value, os.PathLike) else value


def normal(text):
    """Comments without descriptions, one line each, so that only types and defaults count."""
    lines = []
    for line in text.lstrip("\n").splitlines():
        match = re.match(r"( *)# ?(.*)$", line)
        if not match:
            lines.append(line)
            continue
        tail = re.search(r"\((required, )?type: .*\)$", match.group(2))
        comment = match.group(1) + "#" + (" " + tail.group(0) if tail else "")
        if lines and lines[-1] == match.group(1) + "#":
            lines.pop()
        lines.append(comment)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def printed_too_early(args):
    """Upstream prints as soon as it reads a configuration behind --print_config, and fails to leave
    out defaults above the level of a command: neither is worth comparing."""
    at = next((i for i, a in enumerate(args) if a.startswith("--print_config")), None)
    if at is None:
        return False
    above = [a for a in args[:at] if not a.startswith("-") and "/" not in a]
    return "--config" in args[at:] or ("skip_default" in args[at] and len(above) < 2)


def outcome(case, parsers, folder):
    def real(text):
        return text.replace("@", folder)

    for name, text in case["files"].items():
        pathlib.Path(folder, name).write_text(real(text), encoding="utf-8")
    saved = dict(os.environ)
    out, err = io.StringIO(), io.StringIO()
    try:
        parser = parsers[0]
        if case["env"] is not None:
            os.environ["JSONARGPARSE_DEFAULT_ENV"] = "true"
            os.environ.update({k: real(v) for k, v in case["env"].items()})
            parser = parsers[1]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                config = parser.parse_args([real(a) for a in case["args"]])
            except SystemExit as e:
                if e.code:
                    return {"exit": e.code}
                return {"exit": 0, "printed": [line.replace(folder, "@") for line in normal(out.getvalue())]}
            except Exception:  # a crash of upstream's says nothing about what is right
                return None
    finally:
        os.environ.clear()
        os.environ.update(saved)
        for p in parsers:
            if hasattr(p, "print_config"):
                del p.print_config
        for name in case["files"]:
            pathlib.Path(folder, name).unlink()
    tree = plain_value(config)
    words = [w for w in case["args"] if w in COMMANDS or any(w in c for c in COMMANDS.values())][:2]
    tree = json.loads(json.dumps(tree[words[0]][words[1]], ensure_ascii=False).replace(folder, "@"))
    tree.pop("config", None)
    return {"exit": 0, "words": words, "values": tree}


def flat(tree, leaves, prefix=""):
    result = {}
    for key, value in tree.items():
        name = prefix + key
        if isinstance(value, dict) and name not in leaves:
            result.update(flat(value, leaves, name + "."))
        else:
            result[name] = value
    return result


def main():
    parsers = load(sys.argv[1])
    tables = {f"{c} {k}": table(child(child(parsers[0], c), k)) for c, ks in COMMANDS.items() for k in ks}
    defaults = {}
    for words, rows in tables.items():
        got = child(child(parsers[0], words.split()[0]), words.split()[1]).get_defaults(skip_validation=True)
        defaults[words] = flat(plain_value(got), {r["name"] for r in rows if "group" not in r})
    maker = Maker(tables, 20261122)
    cases, seen = [], set()
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "hf").mkdir()
        os.chdir(folder)
        while len(cases) < 600:
            case = maker.case()
            key = json.dumps(case, sort_keys=True)
            result = None if key in seen or printed_too_early(case["args"]) else outcome(case, parsers, folder)
            seen.add(key)
            if result is None:
                continue
            if case["tags"]:
                result = {"exit": result["exit"]}
            if "values" in result:
                words = " ".join(result.pop("words"))
                leaves = {r["name"] for r in tables[words] if "group" not in r}
                values = flat(result["values"], leaves)
                result["values"] = {k: v for k, v in values.items() if v != defaults[words][k] or type(v) is not type(defaults[words][k])}
            cases.append({**{k: v for k, v in case.items() if v}, **({"env": {}} if case["env"] == {} else {}), **result})
    blocks = [f"{json.dumps(words)}: [\n" + ",\n".join(json.dumps(r) for r in rows) + "\n]"
              for words, rows in tables.items()]
    HERE.joinpath("cli/tables.json").write_text("{\n" + ",\n".join(blocks) + "\n}\n", encoding="utf-8")
    lines = ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases)
    HERE.joinpath("cli/cases.json").write_text("[\n" + lines + "\n]\n", encoding="utf-8")
    accepted = sum(c["exit"] == 0 for c in cases)
    print(f"{len(cases)} cases, {accepted} accepted, {sum('printed' in c for c in cases)} printed, "
          f"{sum('env' in c for c in cases)} with variables, {sum('tags' in c for c in cases)} tagged")


main()
