# Runs in an environment of its own (conftest.py): opens a log and says on its last line what is in it.
import json
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pm4py  # type: ignore[import-not-found]  # not in our environment, by intention

file = Path(sys.argv[1])
if file.suffix == ".xes":
    log = pm4py.read_xes(str(file), return_legacy_log_object=True)
    events = [event for trace in log for event in trace]
    found = {
        "traces": sorted(trace.attributes["concept:name"] for trace in log),
        "events": len(events),
        "kinds": dict(Counter(event["event"] for event in events)),
        "activities": sorted({event["concept:name"] for event in events}),
        "transitions": sorted({event["lifecycle:transition"] for event in events}),
        "in_order": all(
            earlier["time:timestamp"] <= later["time:timestamp"] for trace in log for earlier, later in pairwise(trace)
        ),
        "resources": sorted({event["org:resource"] for event in events}),
        "extensions": sorted(log.extensions),
    }
else:
    ocel = (pm4py.read_ocel2_xml if file.suffix == ".xml" else pm4py.read_ocel2_json)(str(file))
    found = {
        "events": len(ocel.events),
        "kinds": dict(Counter(ocel.events["ocel:activity"])),
        "objects": dict(Counter(ocel.objects["ocel:type"])),
        "relations": len(ocel.relations),
        "between_objects": len(ocel.o2o),
        "changes": len(ocel.object_changes),
        "first": str(ocel.events["ocel:timestamp"].min()),
    }
sys.stdout.write(json.dumps(found, default=str) + "\n")
