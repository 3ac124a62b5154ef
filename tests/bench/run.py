#!/usr/bin/python3
"""Runs all benchmarks interleaved, takes medians, and says which targets are met. See README.md."""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys

import report
import servers
from servers import BIN, LOAD_CORE, on_core

ORDER = ("bare", "peer", "broker", "broker+sub")


def generator(first, program, *options):
    """Runs a generator on its core and returns what it printed."""
    process = subprocess.Popen(on_core(LOAD_CORE, BIN / program, *options), stdout=subprocess.PIPE,
                               start_new_session=True)
    if first:
        servers.take_precedence(process.pid)
    output = process.communicate(timeout=300)[0]
    if process.returncode != 0:
        raise SystemExit(f"{program} failed; it says why above")
    return json.loads(output)


def measured(server, options, run):
    """The result of run() with what the server used meanwhile, for each message it answered."""
    if options.first:
        servers.take_precedence(server.pid)
    cpu, commits = server.cpu(), server.commits()
    result = run()
    messages = max(result.get("answers", result.get("acked", 0)), 1)
    result["cpu_us"] = (server.cpu() - cpu) * 1e6 / messages
    result["rss_mb"] = server.rss()
    if commits is not None:
        result["syncs_per_second"] = (server.commits() - commits) / result["seconds"]
    return result


def load(server, options, *more):
    return measured(server, options, lambda: generator(
        options.first, "bench_load", "--port", server.port, "--seconds", options.seconds,
        "--warm-up", options.warm_up, *more))


def run_intake(name, options, peer):
    many = ["--requests", int(options.seconds * 45_000)]
    if name == "bare":
        with servers.bare(options.disk) as server:
            return load(server, options, "--requests", 20_000, "--repeat")
    if name == "peer":
        with servers.peer(options.disk, peer) as server:
            result = load(server, options, "--requests", int(options.seconds * 15_000))
            result["syncs_per_second"] = result["per_second"]
            return result
    with servers.broker(options.disk, subscribers=1 if name == "broker+sub" else 0) as server:
        result = load(server, options, *many)
        for subscriber in server.subscribers:
            result["published"] = subscriber.stop() / max(result["answers"], 1)
        return result


def run_paced(options):
    with servers.broker(options.disk) as server:
        return load(server, options, "--rate", options.paced,
                    "--requests", int((options.seconds + options.warm_up) * options.paced * 1.1))


def run_visitors(options):
    with servers.broker(options.disk, livechat=True) as server:
        return measured(server, options, lambda: generator(
            options.first, "bench_visitor_latency", "--port", server.port, "--events", server.events,
            "--seconds", options.seconds, "--warm-up", options.warm_up,
            "--rate", options.visitor_rate, "--visitors", options.visitors))


def run_all(options):
    """Name -> the results of its repetitions."""
    peer = servers.install_peer(lambda text: print(text, file=sys.stderr))
    results = {name: [] for name in (*ORDER, "paced", "visitors", "disk")}
    for repetition in range(options.repetitions):
        results["disk"].append({"per_second": servers.disk_syncs_per_second(options.disk, 1.0)})
        # Every other time in reverse, so that a slow drift does not favour one of them.
        for name in ORDER if repetition % 2 == 0 else reversed(ORDER):
            results[name].append(run_intake(name, options, peer))
            tell(repetition, name, results[name][-1])
        results["paced"].append(run_paced(options))
        tell(repetition, "paced", results["paced"][-1])
        results["visitors"].append(run_visitors(options))
        tell(repetition, "visitors", results["visitors"][-1])
    return results


def tell(repetition, name, result):
    if result.get("used_up"):
        raise SystemExit(f"{name} answered all requests before its time was over: make more of them")
    print(f"{repetition + 1} {name}: {json.dumps(result)}", file=sys.stderr, flush=True)


def median(results):
    """The median of each figure, also inside."""
    first = results[0]
    if isinstance(first, dict):
        return {key: median([result[key] for result in results]) for key in first}
    return statistics.median(results)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short repetition, to see that all runs")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="measured in each run")
    parser.add_argument("--warm-up", type=float, default=1.0)
    parser.add_argument("--paced", type=int, default=5_000, help="webhooks a second, open loop")
    parser.add_argument("--visitors", type=int, default=200)
    parser.add_argument("--visitor-rate", type=int, default=1_000, help="messages a second of all visitors")
    parser.add_argument("--disk", default="/var/tmp", help="a folder on the disk to measure, not tmpfs")
    parser.add_argument("--first", action="store_true",
                        help="real-time priority, for a machine that is not quiet (root)")
    options = parser.parse_args()
    if options.quick:
        options.repetitions, options.seconds, options.warm_up = 1, 1.0, 0.3
    return options


def main():
    options = parse_arguments()
    load_before = os.getloadavg()[0]
    results = run_all(options)
    medians = {name: median(rows) for name, rows in results.items()}
    text = report.markdown(medians, options, datetime.date.today(), load_before)
    folder = pathlib.Path(servers.ROOT) / "build" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.md").write_text(text)
    (folder / "results.json").write_text(json.dumps(results, indent=1))
    print(text)


if __name__ == "__main__":
    main()
