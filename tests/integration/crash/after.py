"""The state of a whole store after its server died: what ``mastrail check`` and the invariants say."""

import invariants
from support.folded import wait_until_folded
from support.served import Served


def check_after(served: Served) -> list[str]:
    """Let the projector catch up, end the server, and return what is wrong with its store; nothing when all is well."""
    wait_until_folded(served)
    code = served.terminate()
    faults = [] if code == 0 else [f"exit code {code} after SIGTERM\n{served.running().tail()}"]
    checked = served.run("check")
    if checked.returncode != 0:
        faults.append(f"mastrail check: exit code {checked.returncode}\n{checked.stdout}{checked.stderr}")
    return [*faults, *invariants.faults(served.store, served.data_dir)]
