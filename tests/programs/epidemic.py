"""An epidemic in compartments (susceptible, exposed, infected, recovered), day by day, and how far
it is from what was counted.

Changed for the port: the import line.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

PEOPLE, COUNTED = 1e5, [12.0, 14.0, 19.0, 24.0, 33.0, 41.0, 52.0, 70.0, 88.0, 115.0, 148.0, 187.0]


def misfit(contacts, incubation, illness, infected, dip):
    s, e, i, r = PEOPLE - infected, 0.0, infected, 0.0
    total = 0.0
    for day, cases in enumerate(COUNTED):
        for quarter in range(4):
            t = day + 0.25 * quarter
            rate = contacts * (1.0 - dip * math.sin(2.0 * math.pi * t / 7.0))
            caught = 0.25 * rate * s * i / PEOPLE
            ill, well = 0.25 * e / incubation, 0.25 * i / illness
            s, e, i, r = s - caught, e + caught - ill, i + ill - well, r + well
        total += (math.log(i) - math.log(cases)) ** 2
    return total


PROGRAM = Program(
    misfit, [(0.6, 3.0, 7.0, 12.0, 0.1), (1.4, 5.2, 4.0, 30.0, 0.0), (0.3, 2.0, 10.0, 8.0, 0.3)]
)
