"""compose.yaml and what goes with it: variables, commands, addresses, secrets."""

import re
import shlex
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet
from dagster._core.instance.ref import InstanceRef
from dagster._core.workspace.config_schema import process_workspace_config

from configs.run_settings import resolve
from configs.spellings.flat_options import parse_flat_options
from tests.e2e.production_stack import OURS, PRODUCTION, ROOT, SECRETS, VARIABLE, read_compose

COMPOSE = ROOT / "compose.yaml"
EXAMPLE = ROOT / ".env.example"
OPTIONAL = {
    "WINNOW_KEEP_DAYS",
    "WINNOW_TABLES_URL",
    "WINNOW_PUBLIC_URL",
    "WINNOW_UI_URL",
    "WINNOW_WORKER_ID",
    "WINNOW_WORKER_TOKEN",
}
PAGE = ROOT / "docs" / "production.md"


@pytest.fixture
def services() -> dict[str, Any]:
    found: dict[str, Any] = read_compose(SECRETS)["services"]
    return found


def variables(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def shell_blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_every_variable_is_in_the_example_and_no_secret_is() -> None:
    used = {found["name"] for found in VARIABLE.finditer(COMPOSE.read_text(encoding="utf-8"))}
    example = variables(EXAMPLE.read_text(encoding="utf-8"))
    assert set(example) == used
    secrets = {name for name, value in example.items() if not value} - OPTIONAL
    assert secrets == {"POSTGRES_PASSWORD", "BUCKET_SECRET", "WINNOW_SECRET_KEY"}
    for name in secrets:
        with pytest.raises(ValueError, match=f"^{name}: set it in .env$"):
            read_compose({**SECRETS, name: ""})


def test_the_file_with_secrets_stays_out_of_git_and_of_the_image() -> None:
    for name in (".gitignore", ".dockerignore"):
        assert ".env" in (ROOT / name).read_text(encoding="utf-8").splitlines()


def test_services_volumes_and_dependencies_are_there(services: dict[str, Any]) -> None:
    named = set(yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["volumes"])
    used = {volume.partition(":")[0] for service in services.values() for volume in service.get("volumes", ())}
    assert {volume for volume in used if not volume.startswith(".")} == named
    assert all((ROOT / volume).exists() for volume in used if volume.startswith("./configs"))
    assert set(services) == {*OURS, "postgres", "bucket"}
    for service in services.values():
        for other, how in service.get("depends_on", {}).items():
            healthy = "healthcheck" in services[other]
            assert how == {"condition": "service_healthy" if healthy else "service_completed_successfully"}


def test_our_services_differ_in_their_command_only(services: dict[str, Any]) -> None:
    assert {services[name]["image"] for name in OURS} == {"winnow"}
    token = services["worker"]["environment"].pop("LIGHTLY_TOKEN")
    assert token == ""
    assert all(services[name]["environment"] == services["code"]["environment"] for name in OURS)
    assert all(services[name]["volumes"] == services["code"]["volumes"] for name in OURS)
    assert all(":" in services[name]["image"] for name in ("postgres", "bucket"))


def test_commands_and_health_checks_are_programs_of_the_image(services: dict[str, Any]) -> None:
    """The options of the commands themselves: tests/e2e/test_production_instance.py starts them."""
    programs = {script.name for script in entry_points(group="console_scripts")}
    for name in OURS:
        lines = [services[name]["command"], services[name].get("healthcheck", {}).get("test", ["CMD", "dagster"])[1:]]
        for program, *arguments in lines:
            if program == "python":
                assert arguments[0] == "-c" or find_spec(arguments[1])
            else:
                assert program in programs
            for path in re.findall(r"/opt/winnow/(\S+)", " ".join(arguments)):
                assert (ROOT / path).is_file()
    done = [
        subprocess.run([Path(sys.executable).with_name(name), *words, "--help"], capture_output=True, check=False)
        for name, *words in (("dagster", "api", "grpc-health-check"), ("dagster-daemon", "liveness-check"))
    ]
    assert [each.returncode for each in done] == [0, 0]


def test_only_the_web_page_and_the_api_are_published_and_on_loopback(services: dict[str, Any]) -> None:
    assert {name: service["ports"] for name, service in services.items() if "ports" in service} == {
        "web": ["127.0.0.1:3000:3000"],
        "api": ["127.0.0.1:8000:8000"],
    }
    example = variables(EXAMPLE.read_text(encoding="utf-8"))
    assert (example["WINNOW_ADDRESS"], example["WINNOW_API_ADDRESS"]) == ("127.0.0.1:3000", "127.0.0.1:8000")


def test_a_worker_is_started_only_where_it_is_asked_for(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "profiles" in service] == ["worker"]
    assert services["worker"]["command"][2:] == ["worker.worker_id="]


def test_all_that_the_settings_ask_of_the_environment_is_set(services: dict[str, Any]) -> None:
    asked = {
        name
        for file in PRODUCTION.glob("*.yaml")
        for name in re.findall(r"\{env: (\w+)\}", file.read_text(encoding="utf-8"))
    }
    assert len(asked) == 5
    assert asked <= set(services["code"]["environment"])


def test_the_settings_are_accepted_and_keep_secrets_out(
    services: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Dagster hands to processes, and shows, names the variables only."""
    for name, value in services["code"]["environment"].items():
        monkeypatch.setenv(name, value)
    shutil.copy(PRODUCTION / "dagster.yaml", tmp_path)
    ref = InstanceRef.from_dir(str(tmp_path))
    assert "WINNOW_DATABASE_URL" in repr(ref)
    assert not [name for name, value in SECRETS.items() if len(value) > 8 and value in repr(ref)]
    assert "DagsterPostgresStorage" in repr(ref)
    workspace = yaml.safe_load((PRODUCTION / "workspace.yaml").read_text(encoding="utf-8"))
    assert process_workspace_config(workspace).success


def test_one_machine_and_production_agree_on_runs_of_a_dataset() -> None:
    one, production = (
        yaml.safe_load((folder / "dagster.yaml").read_text(encoding="utf-8"))
        for folder in (PRODUCTION.parent, PRODUCTION)
    )
    limits = [each["concurrency"]["runs"]["tag_concurrency_limits"] for each in (one, production)]
    assert limits[0] == limits[1]
    assert not production["run_retries"]["retry_on_asset_or_op_failure"]


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_the_commands_of_the_page_fill_in_the_secrets(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path)
    (block,) = [block for block in shell_blocks() if "openssl" in block]
    subprocess.run(["bash", "-eu", "-c", block], cwd=tmp_path, check=True)
    made = variables((tmp_path / ".env").read_text(encoding="utf-8"))
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    Fernet(made["WINNOW_SECRET_KEY"])
    assert re.fullmatch(r"[0-9a-f]{48}", made["POSTGRES_PASSWORD"])
    assert re.fullmatch(r"[0-9a-f]{48}", made["BUCKET_SECRET"])
    assert read_compose(made)["services"]["web"]["ports"] == ["127.0.0.1:3000:3000"]


def test_commands_of_the_page_name_services_and_options_that_exist(services: dict[str, Any]) -> None:
    lines = [line for block in shell_blocks() for line in block.splitlines() if line.startswith("docker compose ")]
    executed = [re.match(r"docker compose exec (?:-T )?(\w+) (.*)", line) for line in lines]
    found = [each.groups() for each in executed if each]
    assert {service for service, _ in found} == {"api", "code", "postgres"} <= set(services)
    commands = [shlex.split(command)[1:] for _, command in found if command.startswith("winnow ")]
    assert {command[0] for command in commands} == {"run", "datasets", "clean", "user", "token"}
    for command in commands:
        resolve(parse_flat_options([token for token in command if "=" in token]).named)
