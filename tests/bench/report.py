"""Medians to a Markdown page, with the targets."""

ROWS = (
    ("bare", "bare Beast: HTTP only, nothing stored"),
    ("peer", "express + better-sqlite3, a commit per message"),
    ("broker", "broker, no subscriber"),
    ("broker+sub", "broker, 1 subscriber attached"),
    ("paced", "broker, open loop"),
)


def targets(medians):
    """(what, measured, wanted, met)"""
    intake = medians["broker"]["per_second"]
    by_peer = intake / medians["peer"]["per_second"]
    by_bare = intake / medians["bare"]["per_second"]
    publishing = (1 - medians["broker+sub"]["per_second"] / intake) * 100
    p99 = medians["visitors"]["to_subscriber"]["p99_ms"]
    return (
        ("durable signed intake ÷ express + better-sqlite3", f"{by_peer:.1f}", "≥ 8", by_peer >= 8),
        ("durable signed intake ÷ bare Beast", f"{by_bare:.3f}", "≥ 0.12", by_bare >= 0.12),
        ("a subscriber costs of the intake", f"{publishing:.1f} %", "≤ 7 %", publishing <= 7),
        ("visitor to subscriber, p99", f"{p99:.2f} ms", "≤ 5 ms", p99 <= 5),
    )


def intake_row(title, figures):
    syncs = figures.get("syncs_per_second")
    latency = figures["latency"]
    failed = figures["not_200"] + figures["lost_connections"]
    return (f"| {title} | {figures['per_second']:,.0f} | {latency['p50_ms']:.2f} | "
            f"{latency['p99_ms']:.2f} | {figures['cpu_us']:.1f} | {figures['rss_mb']:.0f} | "
            f"{'–' if syncs is None else f'{syncs:,.0f}'} | {failed:.0f} |")


def visitor_row(title, latency):
    return (f"| {title} | {latency['p50_ms']:.2f} | {latency['p99_ms']:.2f} | "
            f"{latency['p999_ms']:.2f} | {latency['max_ms']:.2f} |")


def markdown(medians, options, date, load_before):
    visitors = medians["visitors"]
    lines = [
        f"# Benchmarks, {date}", "",
        f"Medians of {options.repetitions} interleaved repetitions of {options.seconds:g} s. Servers on "
        "the first core, load on the second.",
        f"The disk does {medians['disk']['per_second']:,.0f} fdatasync/s of 4 KB one after the other; "
        f"load average before the run: {load_before:.1f}"
        f"{', so all with real-time priority' if options.first else ''}.", "",
        "| target | measured | wanted | |", "|---|---|---|---|",
        *(f"| {what} | {value} | {wanted} | {'met' if met else '**missed**'} |"
          for what, value, wanted, met in targets(medians)), "",
        "| signed webhooks, 64 connections | messages/s | p50 ms | p99 ms | CPU µs/message | RSS MB | "
        "fdatasync/s | failed |", "|---|---|---|---|---|---|---|---|",
        *(intake_row(title, medians[name]) for name, title in ROWS), "",
        f"The subscriber saw {medians['broker+sub']['published'] * 100:.2f} % of the messages live.", "",
        f"| {options.visitors} visitors, {options.visitor_rate:,} messages/s | p50 ms | p99 ms | "
        "p99.9 ms | max ms |", "|---|---|---|---|---|",
        visitor_row("visitor's send to subscriber's receive", visitors["to_subscriber"]),
        visitor_row("visitor's send to ack", visitors["to_ack"]), "",
        f"Broker meanwhile: {visitors['cpu_us']:.1f} µs CPU/message, {visitors['rss_mb']:.0f} MB, "
        f"{visitors['syncs_per_second']:,.0f} fdatasync/s; sent {visitors['sent']:.0f}, seen "
        f"{visitors['seen']:.0f}, refused {visitors['refused']:.0f}, sent over 1 ms late "
        f"{visitors['late_sends']:.0f}.", ""]
    return "\n".join(lines)
