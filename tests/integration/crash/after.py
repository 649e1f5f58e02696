"""The state of a whole store after its server died: what ``mastrail check`` and the invariants say."""

from support.served import Served


def check_after(served: Served) -> list[str]:
    """End the server and return what is wrong with its store; nothing when projections equal a replay."""
    code = served.terminate()
    faults = [] if code == 0 else [f"exit code {code} after SIGTERM\n{served.running().tail()}"]
    checked = served.run("check")
    if checked.returncode != 0:
        faults.append(f"mastrail check: exit code {checked.returncode}\n{checked.stdout}{checked.stderr}")
    return faults
