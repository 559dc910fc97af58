import time, pytest
from tests.chaos.callers import admit
pytestmark = pytest.mark.chaos
async def test_x(whole):
    t=time.monotonic(); await whole.start_api(); a=time.monotonic(); await whole.start_worker(); 
    await admit(whole, "one"); b=time.monotonic()
    print("api start", a-t, "admitted", b-a)
    for p in whole.programs:
        t=time.monotonic(); await p.end(); print(p.name, time.monotonic()-t)
    t=time.monotonic(); await whole.temporal.stop(); print("temporal", time.monotonic()-t)
