# Copyright (c) 2026, secops.cfw contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets up what the tests need, below .build/, and runs them. The Makefile calls this with any Python from 3.10 on.

Every part runs in a copy of the checkout of its own, at .../ansible_collections/secops/cfw as Ansible wants it,
so that parts can run at the same time; and with a home directory of its own, so that neither the user's credentials
nor the user's Ansible configuration play a part, and the tests leave nothing behind.
"""

from __future__ import annotations

import ast
import concurrent.futures
import configparser
import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build"
HOME = BUILD / "home"
REQUIREMENTS = ROOT / "tests" / "requirements"
COLLECTION = Path("ansible_collections", "secops", "cfw")
COVERAGE_WANTED = 95.0
CONTROLLER_TESTS = (
    "tests/unit/playbooks",
    *(f"tests/unit/plugins/{kind}" for kind in ("action", "filter", "inventory")),
)
OLDEST_TARGET = "3.9"
# Optional here: the role controller and the evidence's object storage are tried with them.
OPTIONAL_COLLECTIONS = ("amazon/aws", "awx/awx")
# The versions by which ansible-core 2.16 to 2.21 name the get-pip.py that they use, see get_pip.py.
GET_PIP_VERSIONS = ("23_1_2", "24_2", "25_2")
# What the user's shell may hold that would change what a test sees.
FOREIGN_VARIABLES = re.compile(
    "(ANSIBLE|CLOUD_SDK|COVERAGE|HUAWEICLOUD|HW|PYENV|PYTEST|PYTHON|SECOPS|TCCLI|TENCENTCLOUD|VIRTUAL_ENV)"
    "|(ALL|HTTPS?|NO)_PROXY$|(CURL|REQUESTS)_CA_BUNDLE$|SSL_CERT",
    re.IGNORECASE,
)
CLOSING_LINE = re.compile(r"^=*\s*((?:\d+ [a-z]+, )*\d+ [a-z]+(?:, \d+ [a-z]+)* in [\d.]+s.*?)\s*=*$")


def fail(message: str) -> NoReturn:
    sys.exit(f"gate: {message}")


# --- interpreters ---


def _version(python: str | Path) -> str:
    """The version, such as 3.12, of an interpreter that can make environments; empty if it can't."""
    code = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
    with contextlib.suppress(OSError):
        answer = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=False, cwd="/")
        return answer.stdout.strip() if answer.returncode == 0 else ""
    return ""


def own_interpreter() -> tuple[str, Path]:
    """The version and the real path, not that of an environment, of the Python that runs this."""
    return f"{sys.version_info.major}.{sys.version_info.minor}", Path(getattr(sys, "_base_executable", sys.executable))


def interpreters() -> dict[str, Path]:
    """Every Python from 3.9 on of this machine. pyenv's real ones come before its shims, which follow its settings."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    folders = [own_interpreter()[1].parent, *sorted(pyenv.glob("*/bin"), reverse=True), *map(Path, os.get_exec_path())]
    found: dict[str, Path] = {}
    for folder in folders:
        if folder.name == "shims":
            continue
        for python in sorted(folder.glob("python3.*")):
            name = python.name.removeprefix("python")
            if re.fullmatch(r"3\.(9|\d\d)", name) and name not in found and _version(python) == name:
                found[name] = python
    return found


def matrix() -> list[tuple[str, str, list[str]]]:
    """Lines of ansible-core, oldest first: (line, release, Pythons)."""
    text = (REQUIREMENTS / "ansible-core.txt").read_text(encoding="utf-8")
    rows = re.findall(r"^ansible-core==((\d+\.\d+)\.\S+)\s+#\s*(.+)$", text, re.MULTILINE)
    return [(line, release, pythons.split()) for release, line, pythons in rows]


# --- environments ---


class Environment:
    """A virtual environment of one Python with sets of pinned packages (tests/requirements/<set>.in)."""

    def __init__(self, name: str, python: Path, constraints: str = "constraints.txt", core: str = "") -> None:
        self.name = name
        self.python = python
        self.constraints = constraints
        self.core = core
        self.path = BUILD / "venv" / name

    def bin(self, name: str) -> str:
        return str(self.path / "bin" / name)

    def ensure(self, *sets: str) -> None:
        """Makes the environment and installs what is missing of the sets."""
        with _lock(f"venv-{self.name}"):
            self._make()
            pins = (REQUIREMENTS / self.constraints).read_text(encoding="utf-8")
            wanted = {}
            for name in sets:
                text = (REQUIREMENTS / f"{name}.in").read_text(encoding="utf-8")
                wanted[name] = hashlib.sha256("\0".join((text, pins, self.core)).encode()).hexdigest()
            stamps = {name: self.path / f".installed-{name}" for name in sets}
            missing = [name for name in sets if _text(stamps[name]) != wanted[name]]
            if not missing:
                return
            print(f"gate: installing {', '.join(missing)} into {self.path.relative_to(ROOT)}", flush=True)
            command = [self.bin("python"), "-m", "pip", "install", "-qq", "--no-compile", "--disable-pip-version-check"]
            command += ["--constraint", str(REQUIREMENTS / self.constraints)]
            for name in missing:
                command += ["--requirement", str(REQUIREMENTS / f"{name}.in")]
            if self.core:
                command.append(f"ansible-core=={self.core}")
            if subprocess.run(command, check=False).returncode:
                fail(f"pip could not install {', '.join(missing)}")
            for name in missing:
                stamps[name].write_text(wanted[name], encoding="utf-8")

    def _make(self) -> None:
        # A checkout that was moved, or another Python under the same name, makes the environment useless.
        stamp = self.path / ".made"
        wanted = f"{self.python} {self.path}"
        if _text(stamp) == wanted and _version(self.bin("python")):
            return
        shutil.rmtree(self.path, ignore_errors=True)
        if subprocess.run([self.python, "-m", "venv", str(self.path)], check=False).returncode:
            fail(f"{self.python} could not make a virtual environment")
        stamp.write_text(wanted, encoding="utf-8")

    def variables(self, tree: Path) -> dict[str, str]:
        """What a part finds in its environment."""
        HOME.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not FOREIGN_VARIABLES.match(name)}
        folders = [self.bin(""), str(self.python.parent)]
        folders += [folder for folder in os.get_exec_path() if Path(folder).name != "shims"]
        return {
            **kept,
            "ANSIBLE_COLLECTIONS_PATH": str(tree),
            "HOME": str(HOME),
            "LC_ALL": "C.UTF-8",
            "PATH": os.pathsep.join(folders),
            "PYTHONPATH": os.pathsep.join([str(tree), str(tree / COLLECTION / "tests")]),
            "PYTHONPYCACHEPREFIX": str(BUILD / "pycache"),
        }

    def prepare_ansible_test(self) -> None:
        """Puts what ansible-test would otherwise fetch or not know into the home directory of the parts."""
        with _lock("home"):
            cache = HOME / ".ansible" / "test" / "cache"
            cache.mkdir(parents=True, exist_ok=True)
            for version in GET_PIP_VERSIONS:
                shutil.copyfile(ROOT / "tests" / "tools" / "get_pip.py", cache / f"get_pip_{version}.py")
            self._write_pip_configuration(HOME / ".config" / "pip" / "pip.conf")
            # ansible-test makes one where it finds none; two parts that begin at once would get into each other's way.
            key = HOME / ".ansible" / "test" / "id_rsa"
            if not key.is_file():
                subprocess.run(["ssh-keygen", "-m", "PEM", "-q", "-t", "rsa", "-N", "", "-f", str(key)], check=True)

    def _write_pip_configuration(self, path: Path) -> None:
        # ansible-test hands no variables on to the pip that it runs: what pip is told here by files and by variables
        # stands in a file there.
        config = configparser.RawConfigParser()
        config.read_dict({"global": {"quiet": "2"}})
        for key, names in {
            "cert": ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
            "proxy": ("https_proxy", "HTTPS_PROXY"),
        }.items():
            for value in [os.environ[name] for name in names if os.environ.get(name)][:1]:
                config.set("global", key, value)
        answer = subprocess.run([self.bin("pip"), "config", "list"], capture_output=True, text=True, check=True)
        for line in answer.stdout.splitlines():
            name, _equals, value = line.partition("=")
            section, _dot, key = name.rpartition(".")
            if key != "config-file":
                section = "global" if section == ":env:" else section
                if not config.has_section(section):
                    config.add_section(section)
                config.set(section, key, str(ast.literal_eval(value)))
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            config.write(file)


@contextlib.contextmanager
def _lock(name: str) -> Iterator[None]:
    """Keeps parts that start at the same time from making the same thing."""
    BUILD.mkdir(exist_ok=True)
    with open(BUILD / f"{name}.lock", "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def default_environment() -> Environment:
    version, python = own_interpreter()
    fitting = [(line, release) for line, release, pythons in matrix() if version in pythons]
    if not fitting:
        fail(f"no supported ansible-core runs on Python {version}: choose another, such as make PYTHON=python3.12 ...")
    line, release = fitting[-1]
    return Environment(f"{version}-{line}", python, core=release)


def optional_collections() -> Path:
    """A collections folder with those that this one can do without, out of the package ansible of the index."""
    wanted = _text(REQUIREMENTS / "collections.txt") + " ".join(OPTIONAL_COLLECTIONS)
    folder = BUILD / "collections"
    with _lock("collections"):
        stamp = folder / ".taken"
        if _text(stamp) == wanted:
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        pip = [default_environment().bin("python"), "-m", "pip", "download", "-qq", "--disable-pip-version-check"]
        pip += ["--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
        if subprocess.run([*pip, "--requirement", str(REQUIREMENTS / "collections.txt")], check=False).returncode:
            fail("pip could not download the package ansible, which holds collections that the tests need")
        for package in folder.glob("*.whl"):
            with zipfile.ZipFile(package) as archive:
                inside = tuple(f"ansible_collections/{name}/" for name in OPTIONAL_COLLECTIONS)
                archive.extractall(folder, [name for name in archive.namelist() if name.startswith(inside)])
            package.unlink()
        stamp.write_text(wanted, encoding="utf-8")
    return folder


# --- trees ---


def _files() -> list[str]:
    """The checkout's files, tracked or new, without what .gitignore names; all files where there is no git."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    with contextlib.suppress(OSError):
        if (ROOT / ".git").exists():
            answer = subprocess.run(command, capture_output=True, text=True, check=True)
            return [name for name in answer.stdout.split("\0") if name and (ROOT / name).is_file()]
    skipped = {".ansible", ".build", ".git", ".hypothesis", ".venv", "__pycache__", "output"}
    names = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in skipped and not name.endswith("_cache")]
        names += [os.path.relpath(os.path.join(folder, name), ROOT) for name in files]
    return names


def make_tree(environment: Environment, part: str) -> Path:
    """Brings the part's copy of the checkout up to date and returns the collections folder that it is in."""
    tree = BUILD / "trees" / environment.name / part
    target = tree / COLLECTION
    with _lock(f"tree-{environment.name}-{part}"):
        if not (target / ".git").exists():
            # Its own repository: the tools ask git for the files, and the checkout's git ignores everything in .build.
            target.mkdir(parents=True, exist_ok=True)
            subprocess.run(["git", "init", "--quiet", str(target)], check=True)
        manifest = tree / "manifest.json"
        names = set(_files())
        for gone in set(json.loads(_text(manifest) or "[]")) - names:
            (target / gone).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                os.removedirs((target / gone).parent)
        for name in names:
            source, copy = ROOT / name, target / name
            state, was = source.stat(), copy.stat() if copy.exists() else None
            if was is None or (state.st_mtime_ns, state.st_size, state.st_mode) != (
                was.st_mtime_ns,
                was.st_size,
                was.st_mode,
            ):
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, copy)
        manifest.write_text(json.dumps(sorted(names)), encoding="utf-8")
    return tree


# --- parts ---


class Run:
    """One part at work: its environment, its tree and the commands it gives."""

    def __init__(self, environment: Environment, part: str, arguments: list[str]) -> None:
        self.environment = environment
        self.part = part
        self.arguments = arguments
        self.tree = make_tree(environment, part)
        self.folder = self.tree / COLLECTION
        self.variables = environment.variables(self.tree)

    def __call__(self, program: str, *arguments: str, folder: Path | None = None) -> None:
        """Runs a program of the environment, in the collection's folder by default; ends the part when it fails."""
        code = self._start(program, *arguments, folder=folder).returncode
        if code:
            sys.exit(code)

    def output(self, program: str, *arguments: str) -> str:
        """Like a call, but returns what the program printed, after printing it."""
        done = self._start(program, *arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        print(done.stdout.rstrip(), flush=True)
        if done.returncode:
            sys.exit(done.returncode)
        return str(done.stdout)

    def _start(
        self, program: str, *arguments: str, folder: Path | None = None, **options: Any
    ) -> subprocess.CompletedProcess[Any]:
        command = [self.environment.bin(program), *arguments]
        folder = folder or self.folder
        return subprocess.run(command, cwd=folder, env=self.variables, stdin=subprocess.DEVNULL, check=False, **options)

    def with_emulator(self, *arguments: str) -> None:
        self("python", "tests/tools/with_emulator.py", *arguments)

    def ansible_test(self, command: str, *options: str) -> None:
        """Runs a command of ansible-test; one that goes to integration targets runs while the emulator does."""
        if " " in str(BUILD):
            fail(f"ansible-test does not work at a path with a blank in it: move {ROOT}")
        self.environment.prepare_ansible_test()
        version = self.environment.name.partition("-")[0]
        line = ["ansible-test", command, "--color", "no", "--python", version, *options]
        if command == "integration":
            self.with_emulator("--integration-config", "tests/integration/integration_config.yml", *line)
        else:
            self(*line)


def ruff(run: Run) -> None:
    run("ruff", "check", *run.arguments)
    run("ruff", "format", "--check")


def mypy(run: Run) -> None:
    # From the folder above ansible_collections, so that every module has only one name.
    paths = [str(COLLECTION / name) for name in run.arguments or ["extensions", "plugins", "tests"]]
    run("mypy", "--config-file", str(COLLECTION / "pyproject.toml"), *paths, folder=run.tree)


def lint(run: Run) -> None:
    arguments = run.arguments
    if not arguments and not os.environ.get("CFW_ALL"):
        # Half of it; yamllint sees the tests in `make sanity`.
        arguments = ["--exclude", "tests/"]
    run("ansible-lint", "--nocolor", *arguments)


def docs(run: Run) -> None:
    run("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs=all", ".")


def changelog(run: Run) -> None:
    run("antsibull-changelog", "lint")


def reuse(run: Run) -> None:
    run("reuse", "lint", "--lines")


def groups(run: Run) -> None:
    run("python", "tests/tools/check_collection.py")


def units(run: Run) -> None:
    tests = [name for name in ("tests/unit", "tests/sdk") if (run.folder / name).exists()]
    pytest = ["-m", "pytest", "-p", "no:cacheprovider"]
    if run.arguments:
        run("python", *pytest, *run.arguments)
        return
    # Measuring takes as long as testing.
    measured = bool(os.environ.get("CFW_ALL"))
    first, second = (["-m", "coverage", "run"], ["-m", "coverage", "run", "--append"]) if measured else ([], [])
    # The controller's code changes how modules read their options: what runs there has a process of its own.
    run("python", *first, *pytest, *CONTROLLER_TESTS)
    run("python", *second, *pytest, *tests, *(f"--ignore={folder}" for folder in CONTROLLER_TESTS))
    if measured:
        _judge_coverage(run)


def _judge_coverage(run: Run) -> None:
    run("python", "-m", "coverage", "json", "--quiet", "-o", "tests/output/coverage.json")
    totals = json.loads((run.folder / "tests" / "output" / "coverage.json").read_text(encoding="utf-8"))["totals"]
    print()
    lines = 100.0 * totals["covered_lines"] / (totals["num_statements"] or 1)
    branches = 100.0 * totals["covered_branches"] / (totals["num_branches"] or 1)
    if min(lines, branches) < COVERAGE_WANTED:
        run("python", "-m", "coverage", "report")
    print(f"coverage of plugins/: {lines:.1f} % of lines, {branches:.1f} % of branches")
    if min(lines, branches) < COVERAGE_WANTED:
        fail(f"coverage is below {COVERAGE_WANTED} %")


def integration(run: Run) -> None:
    run.ansible_test("integration", *(run.arguments or _targets(run, roles=False)))


def roles(run: Run) -> None:
    run.ansible_test("integration", *(run.arguments or _targets(run, roles=True)))
    if not run.arguments:
        # Runs that are killed, and gone on with.
        run("python", "-m", "pytest", "-p", "no:cacheprovider", "tests/system")


def automation(run: Run) -> None:
    """What the collection meets in AWX and in event rulebooks: their own engines, and what is sent to them."""
    folders = [run.variables["ANSIBLE_COLLECTIONS_PATH"], str(optional_collections())]
    run.variables["ANSIBLE_COLLECTIONS_PATH"] = os.pathsep.join(folders)
    if os.environ.get("CFW_ALL"):
        run.environment.ensure("storage")
    run("python", "-m", "pytest", "-p", "no:cacheprovider", *(run.arguments or [f"tests/{run.part}"]))


def _targets(run: Run, *, roles: bool) -> list[str]:
    found = sorted(path.name for path in (run.folder / "tests/integration/targets").iterdir())
    return [name for name in found if name.startswith("role_") is roles and not name.startswith("setup_")]


def sanity(run: Run) -> None:
    ignored = [str(path.relative_to(run.folder)) for path in run.folder.glob("tests/sanity/ignore*")]
    if ignored:
        fail(f"sanity tests are not ignored here, remove {', '.join(ignored)}")
    if run.arguments or os.environ.get("CFW_ALL"):
        run.ansible_test("sanity", *run.arguments)
        return
    # `make ruff` looks at what pep8 looks at.
    run.ansible_test("sanity", "--skip-test", "pylint", "--skip-test", "pep8")
    # Of everything, it takes longer than all others together: what is shipped here, the tests in `make test-all`.
    run.ansible_test("sanity", "--test", "pylint", "--exclude", "tests/")


def importer(run: Run) -> None:
    description = run.folder / "galaxy.yml"
    if "repository:" not in description.read_text(encoding="utf-8"):
        # Galaxy wants the address of a public repository, which the project does not have; the copy gets one.
        with description.open("a", encoding="utf-8") as file:
            file.write("repository: https://example.com/secops.cfw\n")
    shutil.rmtree(run.tree / "dist", ignore_errors=True)
    run("ansible-galaxy", "collection", "build", "--output-path", str(run.tree / "dist"))
    # `make lint` and `make ruff` look at the same.
    twice = "true" if os.environ.get("CFW_ALL") else "false"
    run.variables.update(
        GALAXY_IMPORTER_CHECK_REQUIRED_TAGS="true",
        GALAXY_IMPORTER_RUN_ANSIBLE_LINT=twice,
        GALAXY_IMPORTER_RUN_FLAKE8=twice,
    )
    archive = next((run.tree / "dist").glob("*.tar.gz"))
    # It ends with 0 whatever it finds. Its flake8 has on what pycodestyle has off by default: W503 and E203 forbid
    # the form that PEP 8 recommends. And it takes the filters' documentation, which is YAML, for Python (E999).
    said = run.output("python", "-m", "galaxy_importer.main", str(archive))
    passed_over = re.compile(r".* (W503|E203) |WARNING: plugins/filter/\w+\.yml:\d+:\d+: E999 ")
    found = [line for line in said.splitlines() if re.match("WARNING|ERROR", line) and not passed_over.match(line)]
    if "completed successfully" not in said or found:
        fail("galaxy-importer is not content")
    said = run.output("ansible-builder", "introspect", str(run.tree))
    if "from collection secops.cfw" not in said:
        fail("an execution environment would not get what meta/execution-environment.yml names")


class Part(NamedTuple):
    run: Callable[[Run], None]
    sets: tuple[str, ...]
    help: str


# The longest come first, so that none of them is left for the end.
PARTS = {
    "integration": Part(integration, ("test",), "ansible-test integration against the emulator"),
    "roles": Part(roles, ("test",), "the same for roles and playbooks"),
    "units": Part(
        units, ("test",), "unit, property and SDK tests; with the variable CFW_ALL, coverage of plugins/ too"
    ),
    "sanity": Part(
        sanity, ("test",), "ansible-test sanity, nothing ignored; with CFW_ALL, pep8, and pylint of the tests too"
    ),
    "runner": Part(automation, ("test", "automation"), "the playbooks under ansible-runner, as AWX runs them"),
    "controller": Part(automation, ("test", "automation"), "what the role controller sends to AWX"),
    "lint": Part(lint, ("test", "tools"), "ansible-lint, profile production; with CFW_ALL, of the tests too"),
    "events": Part(automation, ("test", "automation"), "the event rulebooks, with ansible-rulebook"),
    "importer": Part(importer, ("test", "tools"), "Galaxy's check of the built collection"),
    "docs": Part(docs, ("test", "tools"), "documentation of the plugins, with all references"),
    "mypy": Part(mypy, ("test", "tools", "automation"), "types of plugins/ and tests/"),
    "changelog": Part(changelog, ("test", "tools"), "the changelog's fragments"),
    "reuse": Part(reuse, ("test", "tools"), "copyright and licence of every file"),
    "groups": Part(groups, ("test",), "action groups and version say the same everywhere"),
    "ruff": Part(ruff, ("test", "tools"), "style and form of the Python files"),
}
# What depends on the Python and the ansible-core.
MATRIX_PARTS = ("sanity", "units", "integration", "roles")


def run_part(name: str, arguments: list[str], environment: Environment | None = None) -> None:
    part = PARTS[name]
    environment = environment or default_environment()
    environment.ensure(*part.sets)
    part.run(Run(environment, name, arguments))


# --- commands ---


class Outcome(NamedTuple):
    name: str
    code: int
    seconds: float
    closing: str


def _several(jobs: list[tuple[str, list[str]]]) -> list[Outcome]:
    """Runs jobs (name, arguments for this script), one per core at a time, and prints the output of each in a block."""

    def work(job: tuple[str, list[str]]) -> Outcome:
        name, arguments = job
        start = time.monotonic()
        command = [sys.executable, str(Path(__file__).resolve()), *arguments]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        seconds = time.monotonic() - start
        word = "ok" if done.returncode == 0 else "FAILED"
        print(f"\n===== {name}: {word}, {seconds:.0f} s =====\n{done.stdout.rstrip()}", flush=True)
        lines = [match[1] for match in map(CLOSING_LINE.match, done.stdout.splitlines()) if match]
        return Outcome(name, done.returncode, seconds, lines[-1] if lines else "")

    with concurrent.futures.ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
        return list(pool.map(work, jobs))


def _close(outcomes: list[Outcome]) -> NoReturn:
    """Prints the summary and, as the last line, how many tests passed; ends with 1 if anything failed."""
    print("\n===== summary =====")
    for outcome in outcomes:
        word = "FAILED" if outcome.code else "ok"
        print(f"{outcome.name:28} {word:8} {outcome.seconds:4.0f} s  {outcome.closing}".rstrip())
    closing = [outcome.closing for outcome in outcomes if outcome.closing]
    failed = [outcome for outcome in outcomes if outcome.code]
    if not failed and len(closing) == 1:
        print(closing[0])
        sys.exit(0)

    def count(word: str) -> int:
        return sum(int(number) for line in closing for number in re.findall(rf"(\d+) {word}", line))

    # A part that failed is a failure although all of the tests in the closing line may have passed.
    broken = count("failed") + count("error")
    broken += sum(1 for outcome in failed if not re.search("failed|error", outcome.closing))
    print(f"{count('passed')} passed, {broken} failed")
    sys.exit(1 if failed else 0)


def test(_arguments: list[str]) -> NoReturn:
    # What the first parts need. The others install more while these run.
    default_environment().ensure("test")
    _close(_several([(name, [name]) for name in PARTS]))


def test_all(wanted: list[str]) -> NoReturn:
    """`make test` on this Python, then what depends on it on every other pair that this machine has."""
    # Every point at which a run may be killed, not only some.
    os.environ["CFW_ALL"] = "1"
    found = interpreters()
    default = default_environment().name
    pairs, absent = [], []
    for line, release, pythons in matrix():
        for version in pythons:
            if wanted and f"{version}/{line}" not in wanted:
                continue
            if version not in found:
                absent.append(f"{version}/{line}")
            else:
                pairs.append(Environment(f"{version}-{line}", found[version], core=release))
    unknown = set(wanted) - {f"{python}/{line}" for line, _release, pythons in matrix() for python in pythons}
    if unknown:
        fail(f"no such pair of Python and ansible-core: {', '.join(sorted(unknown))}")
    jobs = []
    default_environment().ensure("test")
    for name in PARTS:
        jobs.append((f"{default} {name}", [name]))
    for pair in pairs:
        if pair.name != default:
            pair.ensure("test")
            jobs += [(f"{pair.name} {name}", ["pair", pair.name, str(pair.python), name]) for name in MATRIX_PARTS]
    if OLDEST_TARGET in found:
        jobs.append((f"{default} on Python {OLDEST_TARGET}", ["target"]))
    else:
        absent.append(f"modules on Python {OLDEST_TARGET}")
    outcomes = _several(jobs)
    for name in absent:
        print(f"skipped {name}: this machine has no such Python")
    _close(outcomes)


def pair(arguments: list[str]) -> None:
    """One part of `test-all` on another pair than this Python's: the environment's name, the Python, the part."""
    name, python, part = arguments
    line = name.partition("-")[2]
    release = next(release for other, release, _pythons in matrix() if other == line)
    run_part(part, [], Environment(name, Path(python), core=release))


def target(arguments: list[str]) -> None:
    """The integration tests with the modules running on the oldest Python that a managed host may have."""
    oldest = Environment(f"target-{OLDEST_TARGET}", interpreters()[OLDEST_TARGET], constraints="target-constraints.txt")
    oldest.ensure("target")
    environment = default_environment()
    environment.ensure("test")
    run = Run(environment, "target", arguments)
    run.variables["CFW_TARGET_PYTHON"] = oldest.bin("python")
    integration(run)


def demo(arguments: list[str]) -> None:
    environment = default_environment()
    environment.ensure("test")
    run = Run(environment, "demo", [])
    # Ansible's remarks about a missing inventory would be the first thing that a newcomer reads.
    run.variables.update(ANSIBLE_LOCALHOST_WARNING="False", ANSIBLE_INVENTORY_UNPARSED_WARNING="False")
    reports = BUILD / "demo"
    shutil.rmtree(reports, ignore_errors=True)
    run("python", "tests/demo/demo.py", str(reports), *arguments)


def bench(arguments: list[str]) -> None:
    environment = default_environment()
    environment.ensure("test")
    run = Run(environment, "bench", [])
    for path in sorted(run.folder.glob("tests/bench/bench_*.py")):
        run("python", str(path.relative_to(run.folder)), *arguments)


def emulator(arguments: list[str]) -> NoReturn:
    environment = default_environment()
    environment.ensure("test")
    os.environ["PYTHONPATH"] = str(ROOT / "tests")
    os.environ["PYTHONPYCACHEPREFIX"] = str(BUILD / "pycache")
    python = environment.bin("python")
    os.execv(python, [python, "-m", "emulator", *arguments])


def list_parts(_arguments: list[str]) -> None:
    for name in sorted(PARTS):
        print(f"make {name:11} {PARTS[name].help}")


def format_code(_arguments: list[str]) -> None:
    """Puts the checkout itself, not a copy, into form."""
    environment = default_environment()
    environment.ensure("tools")
    for arguments in (["check", "--fix-only", "--quiet"], ["format"]):
        subprocess.run([environment.bin("ruff"), *arguments, "extensions", "plugins", "tests"], cwd=ROOT, check=True)


# Each takes the arguments that follow its name.
COMMANDS: dict[str, Callable[[list[str]], None]] = {
    "bench": bench,
    "demo": demo,
    "emulator": emulator,
    "format": format_code,
    "pair": pair,
    "parts": list_parts,
    "target": target,
    "test": test,
    "test-all": test_all,
}


def main(arguments: list[str]) -> None:
    command, *rest = arguments or ["parts"]
    if command in PARTS:
        run_part(command, rest)
    elif command in COMMANDS:
        COMMANDS[command](rest)
    else:
        fail(f"no command {command}; there are {', '.join(sorted([*COMMANDS, *PARTS]))}")


if __name__ == "__main__":
    main(sys.argv[1:])
