"""The report of 372 samples: the whole of it against the old product's time, and its UMAP views against umap-learn.

    python -m benchmarks.bench_report

Every contender runs in a fresh process, imports included, in turn over several rounds; the median counts. umap-learn
comes with the dependency group `bench`. Figures are seconds, and the ratio says how many times faster ours is.
"""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROUNDS = 3
SAMPLES, DIMENSIONS, SELECTED = 372, 32, 120
OLD_PRODUCT_SECONDS = 28.0  # from "Writing report" to the next line of its published log for 372 images

DATA = f"""
import time
import numpy as np
rng = np.random.default_rng(0)
group = rng.integers(0, 6, {SAMPLES})
x = rng.normal(size=(6, {DIMENSIONS}))[group] + 0.3 * rng.normal(size=({SAMPLES}, {DIMENSIONS}))
x = (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
start = time.perf_counter()
"""
STOP = "\nprint('seconds', time.perf_counter() - start)\n"
OURS_UMAP = """
from selection_assets.stages.reporting.analysis.neighbour_graph import neighbour_graph
from selection_assets.stages.reporting.analysis.umap import NEIGHBOURS, umap
graph = neighbour_graph(x, max(NEIGHBOURS))
for k in NEIGHBOURS:
    umap(x, graph, k)
"""
UMAP_LEARN = """
from umap import UMAP
for k in (5, 15, 50):
    UMAP(n_neighbors=k, random_state=0, n_jobs=1).fit_transform(x)
"""


def run() -> list[dict[str, Any]]:
    """Time all contenders; one row per comparison: work, ours and peer (seconds), ratio (peer / ours), goal."""
    contenders = {
        "umap": DATA + OURS_UMAP + STOP,
        "umap-learn": DATA + UMAP_LEARN + STOP,
        "report": "from benchmarks.bench_report import write; write(warm=False)",
        "warm report": "from benchmarks.bench_report import write; write(warm=True)",
    }
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, script in contenders.items():
            seconds[name].append(in_fresh_process(script))
    took = {name: statistics.median(times) for name, times in seconds.items()}
    size = f"{SAMPLES} × {DIMENSIONS}"
    rows = [
        (f"three UMAP views of {size}, import included; peer: umap-learn", took["umap"], took["umap-learn"], 5.0),
        (f"plots + JSON + HTML + PDF of {size}, imports included; peer: the old product", took["report"],
         OLD_PRODUCT_SECONDS, 5.6),
        ("the same when the processes were started early in the run; peer: the old product", took["warm report"],
         OLD_PRODUCT_SECONDS, 5.6),
    ]  # fmt: skip
    return [
        {"work": work, "ours": ours, "peer": peer, "ratio": peer / ours, "goal": goal}
        for work, ours, peer, goal in rows
    ]


def in_fresh_process(script: str) -> float:
    """Run the script; it prints a line "seconds <number>"."""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True)
    return float(done.stdout.rsplit("seconds", 1)[1])


def write(warm: bool) -> None:
    """Write the report of made-up samples into a temporary folder and print the seconds it took."""
    import io
    import time

    import numpy as np
    from PIL import Image

    from selection_assets.stages.reporting.facts.report_facts import Counts, Job, ReportFacts, Samples, Selection
    from selection_assets.stages.reporting.helper_process import DRAWING, LAYOUT, warm_up

    names: dict[str, Any] = {}
    exec(DATA, names)
    none = np.zeros(SAMPLES, np.bool_)
    picture = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (30, 40, 3)).astype(np.uint8)
    Image.fromarray(noise).resize((320, 240)).save(picture, "JPEG")
    facts = ReportFacts(
        job=Job(
            version="0", dataset="benchmark", run_id="benchmark", started_at="", ended_at="", duration_seconds=0.0,
            files_processed=SAMPLES, input_dir="",
        ),
        counts=Counts(input=SAMPLES, selected=SELECTED, removed=SAMPLES - SELECTED),
        selection=Selection(strategies=[], stop_reason="", pick_rows=np.arange(SELECTED)),
        samples=Samples(
            filenames=[f"{i}.jpg" for i in range(SAMPLES)], embeddings=names["x"],
            selected=np.arange(SAMPLES) < SELECTED, preselected=none, datapool=none, masked=none,
            labels=[str(group) for group in names["group"]],
        ),
        thumbnail=lambda _: picture.getvalue(),
    )  # fmt: skip
    if warm:
        warm_up()
        for helper in (LAYOUT, DRAWING):
            helper.submit(int).result()  # answered when the imports are done
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        from selection_assets.stages.reporting.documents.write_report import write_report

        write_report(facts, Path(folder))
        sys.stdout.write(f"seconds {time.perf_counter() - start}\n")


def main() -> None:
    sys.stdout.write(f"{'ours':>8} {'peer':>8} {'ratio':>7} {'goal':>7}  work\n")
    for row in run():
        sys.stdout.write(
            f"{row['ours']:6.2f} s {row['peer']:6.2f} s {row['ratio']:6.1f}× {row['goal']:6.1f}×  {row['work']}\n"
        )


if __name__ == "__main__":
    main()
