"""Count, without any part of the engine, what the watching policy must yield over a file of statements.

Usage: python count_watching.py STATEMENTS.ndjson.gz
"""

import gzip
import json
import sys
from collections import Counter, defaultdict
from datetime import datetime

SCORES = {"https://w3id.org/xapi/video/verbs/played": 0.5, "http://adlnet.gov/expapi/verbs/completed": 1.0}


def count(path: str) -> tuple[Counter[str], Counter[str]]:
    """Return the number of states by status and of transitions by event name, the statements arriving in file order."""
    seen, evidence, events = set(), defaultdict(list), Counter[str]()
    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = file.readlines()
    for line in lines:
        statement = json.loads(line)
        score = SCORES.get(statement["verb"]["id"])
        if score is None:
            continue
        person = json.dumps(statement["actor"]["account"], sort_keys=True)
        moment = datetime.fromisoformat(statement["timestamp"])
        before = evidence[person]
        best, attained = max((s for s, _ in before), default=0), min((t for s, t in before if s == 1), default=None)
        key = (
            person,
            statement["verb"]["id"],
            statement["object"]["id"],
            statement.get("context", {}).get("registration"),
            moment,
        )
        events["evidence.rejected" if key in seen else "evidence.accepted"] += 1
        if key in seen:
            continue
        seen.add(key)
        before.append((score, moment))
        events["level.reached"] += score > best
        events["attained"] += score == 1 and best < 1
        events["reevaluated"] += score == 1 and attained is not None and moment < attained
    return Counter("mastered" if max(e)[0] == 1 else "in_progress" for e in evidence.values()), events


if __name__ == "__main__":
    print(*count(sys.argv[1]), sep="\n")
