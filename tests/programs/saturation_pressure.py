"""The pressure of saturated steam in MPa at a temperature in kelvins: a root of rational terms.

Changed for the port: the import line.
Published: IAPWS R7-97, equation 30 with the coefficients of table 34 and the values of table 35.
"""

from __future__ import annotations

from autograd_core import math
from tests.programs.program import Program

N = [0.11670521452767e4, -0.72421316703206e6, -0.17073846940092e2, 0.12020824702470e5,
     -0.32325550322333e7, 0.14915108613530e2, -0.48232657361591e4, 0.40511340542057e6,
     -0.23855557567849, 0.65017534844798e3]  # fmt: skip


def saturation_pressure(temperature):
    x = temperature + N[8] / (temperature - N[9])
    a = x**2 + N[0] * x + N[1]
    b = N[2] * x**2 + N[3] * x + N[4]
    c = N[5] * x**2 + N[6] * x + N[7]
    return (2.0 * c / (-b + math.sqrt(b**2 - 4.0 * a * c))) ** 4


PROGRAM = Program(
    saturation_pressure,
    [(300.0,), (500.0,), (600.0,), (640.0,)],
    published=[0.353658941e-2, 0.263889776e1, 0.123443146e2],
    digits=7,
)
