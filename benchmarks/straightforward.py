"""The plant as one would write it down first: one Numba kernel that follows the equations in order.

A yardstick for `benchmarks/integrator.py`, not part of the product: the same trajectories to
1e-9, no work saved. Each Newton step sums over the components again, each draw of the generator
waits for the one before (in the floor form; the exact `fmod` is slower still).
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from simulation.tep import constants as k
from simulation.tep import control, disturbances, loops
from simulation.tep.measurements import _NOISE as NOISE

MW = k.MOLECULAR_WEIGHT
LIQUID = np.array([k.LIQUID_CP_A, k.LIQUID_CP_B, k.LIQUID_CP_C])
VAPOUR = np.array([k.VAPOUR_CP_A, k.VAPOUR_CP_B, k.VAPOUR_CP_C])
LATENT = k.LATENT_HEAT
AA, AB, AC = k.ANTOINE_A, k.ANTOINE_B, k.ANTOINE_C
DA, DB, DC = k.DENSITY_A, k.DENSITY_B, k.DENSITY_C
R_U = k.GAS_ENERGY
VALVE_H, INITIAL = k.VALVE_TIME_H, k.INITIAL_STATE
LENGTH_SPAN, LENGTH_MEAN = disturbances._LENGTH_SPAN, disturbances._LENGTH_MEAN
TARGET, CENTRE, CURVE_FLAG = disturbances._TARGET_SPAN, disturbances._CENTRE, disturbances._FLAG
PERIOD, LOOP, PV, GAIN, SPAN, INTEGRAL, VALVE, DRIVEN, OUTPUT = control.loop_tables()
SETPOINTS, CLOSED_XMV = loops.initial_setpoints(), control.CLOSED_LOOP_XMV
STRIP = k.STRIP_COEFFICIENT

jit = numba.njit(error_model="numpy", nogil=True)


@jit
def draw_floor(g: NDArray[np.float64]) -> float:
    """Draw once, uniform on [0, 1), without a library function."""
    p = 9228907.0 * g[0]
    g[0] = p - 4294967296.0 * np.floor(p / 4294967296.0)
    return g[0] / 4294967296.0


@jit
def draw_fmod(g: NDArray[np.float64]) -> float:
    """Draw once, uniform on [0, 1), by the library's exact fmod."""
    g[0] = np.fmod(9228907.0 * g[0], 4294967296.0)
    return g[0] / 4294967296.0


@jit
def liquid_enthalpy(z: Any, t: float) -> float:
    """Molar enthalpy of a liquid."""
    h = 0.0
    for i in range(8):
        h += (
            z[i] * MW[i] * 1.8 * t * (LIQUID[0, i] + LIQUID[1, i] * t / 2 + LIQUID[2, i] * t**2 / 3)
        )
    return h


@jit
def vapour_enthalpy(z: Any, t: float) -> float:
    """Molar enthalpy of a vapour."""
    h = 0.0
    for i in range(8):
        cp = VAPOUR[0, i] + VAPOUR[1, i] * t / 2 + VAPOUR[2, i] * t**2 / 3
        h += z[i] * MW[i] * (1.8 * t * cp + LATENT[i])
    return h


@jit
def temperature(z: Any, energy: float, guess: float, gas: bool) -> float:
    """Temperature of a molar energy, by Newton."""
    t = guess
    for _ in range(100):
        value = vapour_enthalpy(z, t) - R_U * (t + 273.15) if gas else liquid_enthalpy(z, t)
        slope = -R_U if gas else 0.0
        for i in range(8):
            if gas:
                cp = VAPOUR[0, i] + VAPOUR[1, i] * t + VAPOUR[2, i] * t**2
            else:
                cp = LIQUID[0, i] + LIQUID[1, i] * t + LIQUID[2, i] * t**2
            slope += z[i] * MW[i] * 1.8 * cp
        update = -(value - energy) / slope
        t += update
        if abs(update) < 1e-12:
            return t
    return guess


@jit
def density(x: Any, t: float) -> float:
    """Molar density of a liquid."""
    v = 0.0
    for i in range(8):
        v += x[i] * MW[i] / (DA[i] + DB[i] * t + DC[i] * t**2)
    return 1.0 / v


@jit
def mean_weight(x: Any) -> float:
    """Mean molecular weight."""
    m = 0.0
    for i in range(8):
        m += x[i] * MW[i]
    return m


def build(draw: Any) -> Any:
    """Return the kernel that runs 1-s steps and records every 180 s, over a way to draw."""

    @jit
    def gaussian(g: NDArray[np.float64]) -> float:
        total = 0.0
        for _ in range(12):
            total += draw(g)
        return total - 6.0

    @jit
    def renew(t: float, idv: Any, w: Any, g: Any) -> None:
        for j in range(12):
            if t < w[j, 5]:
                continue
            a, b, c, d = w[j, 0], w[j, 1], w[j, 2], w[j, 3]
            span = w[j, 5] - w[j, 4]
            s0 = a + span * (b + span * (c + span * d))
            p0 = b + span * (2 * c + 3 * span * d)
            on = idv[CURVE_FLAG[j]]
            w[j, 4] = w[j, 5]
            if j < 9:
                length = LENGTH_SPAN[j] * (2 * draw(g) - 1) + LENGTH_MEAN[j]
                s1 = TARGET[j] * (2 * draw(g) - 1) * on + CENTRE[j]
                p1 = 0.0 * (2 * draw(g) - 1)
                w[j, 0], w[j, 1] = s0, p0
                w[j, 2] = (3 * (s1 - s0) - length * (p1 + 2 * p0)) / length**2
                w[j, 3] = (2 * (s0 - s1) + length * (p1 + p0)) / length**3
            elif s0 > 0.1:
                length = 0.1
                w[j, 0], w[j, 1] = s0, p0
                w[j, 2] = -(3 * s0 + 0.2 * p0) / 0.01
                w[j, 3] = (2 * s0 + 0.1 * p0) / 0.001
            else:
                length = LENGTH_SPAN[j] * (2 * draw(g) - 1) + LENGTH_MEAN[j]
                w[j, 0], w[j, 1], w[j, 2], w[j, 3] = 0.0, 0.0, on / length**2, 0.0
            w[j, 5] = w[j, 4] + length

    @jit
    def evaluate(
        t: float, y: Any, xmv: Any, idv: Any, xmeas: Any, held: Any, due: Any, guess: Any,
        command: Any, w: Any, g: Any, dy: Any, f: Any, x: Any, h: Any, curve: Any,
    ) -> bool:  # fmt: skip
        renew(t, idv, w, g)
        if t == 0.0:
            for j in range(12):
                w[j, :] = 0.0
                w[j, 0], w[j, 5] = CENTRE[j], 0.1
        for j in range(12):
            s = t - w[j, 4]
            curve[j] = w[j, 0] + s * (w[j, 1] + s * (w[j, 2] + s * w[j, 3]))
        x[:, :] = 0.0
        x[0, 1], x[0, 3] = 0.0001, 0.9999
        x[1, 4], x[1, 5] = 0.9999, 0.0001
        x[2, 0], x[2, 1] = 0.9999, 0.0001
        x[3, 0] = curve[0] - 0.03 * idv[0] - 0.00243719 * idv[1]
        x[3, 1] = curve[1] + 0.005 * idv[1]
        x[3, 2] = 1.0 - x[3, 0] - x[3, 1]
        n_r = n_s = n_c = n_m = 0.0
        for i in range(8):
            if i > 2:
                n_r += y[i]
                n_s += y[9 + i]
            n_c += y[18 + i]
            n_m += y[27 + i]
        liquid = np.zeros(8)
        for i in range(8):
            if i > 2:
                liquid[i] = y[i] / n_r
                x[10, i] = y[9 + i] / n_s
            x[12, i] = y[18 + i] / n_c
            x[5, i] = y[27 + i] / n_m
            x[6, i] = x[5, i]
        guess[0] = temperature(liquid, y[8] / n_r, guess[0], False)
        guess[1] = temperature(x[10], y[17] / n_s, guess[1], False)
        guess[2] = temperature(x[12], y[26] / n_c, guess[2], False)
        guess[3] = temperature(x[5], y[35] / n_m, guess[3], True)
        t_r, t_s, t_c, t_m = guess
        d_s, d_c = density(x[10], t_s), density(x[12], t_c)
        v_r, v_s, v_c = n_r / density(liquid, t_r), n_s / d_s, n_c / d_c
        g_r, g_s = 1300.0 - v_r, 3500.0 - v_s
        p = np.zeros(8)
        p_r = p_s = 0.0
        for i in range(8):
            if i < 3:
                p[i] = y[i] * 998.9 * (t_r + 273.15) / g_r
                x[8, i] = y[9 + i] * 998.9 * (t_s + 273.15) / g_s
            else:
                p[i] = math.exp(AA[i] + AB[i] / (t_r + AC[i])) * liquid[i]
                x[8, i] = math.exp(AA[i] + AB[i] / (t_s + AC[i])) * x[10, i]
            p_r += p[i]
            p_s += x[8, i]
        for i in range(8):
            x[7, i] = p[i] / p_r
            x[8, i] /= p_s
            x[9, i] = x[8, i]
        p_m = n_m * 998.9 * (t_m + 273.15) / 5000.0
        # kinetics
        heat = 1.987 * (t_r + 273.15)
        k1 = curve[6] * math.exp(31.5859536 - 40000.0 / heat)
        k2 = curve[7] * math.exp(3.00094014 - 20000.0 / heat)
        k3 = math.exp(53.4060443 - 60000.0 / heat)
        r1 = r2 = 0.0
        if p[0] > 0.0 and p[2] > 0.0:
            r1 = k1 * g_r * p[0] ** 1.1544 * p[2] ** 0.3735 * p[3]
            r2 = k2 * g_r * p[0] ** 1.1544 * p[2] ** 0.3735 * p[4]
        r3 = k3 * g_r * p[0] * p[4]
        r4 = 0.767488334 * k3 * g_r * p[0] * p[3]
        q_rx = 0.06899381054 * r1 + 0.05 * r2
        # flows
        v = y[38:]
        f[0], f[1] = v[0] * 4.0, v[1] * 4.0
        f[2] = v[2] * (1.0 - idv[5])
        f[3] = v[3] * (1.0 - 0.2 * idv[6]) * 15.0 + 1e-10
        f[10], f[12] = v[6] * 15.0, v[7] * 10.0
        m6, m8, m10 = mean_weight(x[5]), mean_weight(x[7]), mean_weight(x[9])
        f[5] = 1937.6 * math.sqrt(max(p_m - p_r, 0.0)) / m6
        f[6] = f[5]
        f[7] = 4574.21 * math.sqrt(max(p_r - p_s, 0.0)) * (1.0 - 0.25 * curve[11]) / m8
        f[9] = 0.151169 * v[5] * math.sqrt(max(p_s - 760.0, 0.0)) / m10
        ratio = min(max(p_m / p_s, 1.0), 1.3)
        w_c = 280275.0 + 280275.0 / 1.197 * (1.0 - ratio**3)
        q_c = w_c * (t_s + 273.15) * 1.8e-6 * 1.9872 * (p_m - p_s) / (m10 * p_s)
        f[8] = max(w_c - 53.349 * v[4] * math.sqrt(max(p_m - p_s, 0.0)), 1e-3) / m10
        h[0] = vapour_enthalpy(x[0], curve[2] + 5.0 * idv[2])
        h[1], h[2] = vapour_enthalpy(x[1], 45.0), vapour_enthalpy(x[2], 45.0)
        h[3] = vapour_enthalpy(x[3], curve[3])
        h[5] = vapour_enthalpy(x[5], t_m)
        h[6] = h[5]
        h[7] = vapour_enthalpy(x[7], t_r)
        h[9] = vapour_enthalpy(x[9], t_s)
        h[8] = h[9] + q_c / f[8]
        h[10], h[12] = liquid_enthalpy(x[10], t_s), liquid_enthalpy(x[12], t_c)
        # stripper
        split = np.array([0.995, 0.991, 0.990, 0.9999, 0.999, 0.999, 0.99, 0.98])
        if f[10] > 0.1:
            if t_c > 170.0:
                tau = t_c - 120.262
            elif t_c < 5.292:
                tau = 0.1
            else:
                tau = 363.744 / (177.0 - t_c) - 2.22579488
            q = f[3] / f[10] * tau
            for i in range(3, 8):
                split[i] = STRIP[i - 3] * q / (1.0 + STRIP[i - 3] * q)
        f[4] = f[11] = 0.0
        for i in range(8):
            into = x[3, i] * f[3] + x[10, i] * f[10]
            x[4, i] = split[i] * into
            x[11, i] = into - x[4, i]
            f[4] += x[4, i]
            f[11] += x[11, i]
        for i in range(8):
            x[4, i] /= f[4]
            x[11, i] /= f[11]
        h[4] = vapour_enthalpy(x[4], t_c)
        # heat
        level = v_r / 7.8
        wet = 1.0 if level > 50.0 else (0.0 if level < 10.0 else 0.025 * level - 0.25)
        stir = (v[11] + 150.0) / 100.0
        u_r = wet * (-0.5 * stir**2 + 2.75 * stir - 2.5) * 0.85549
        q_r = u_r * (y[36] - t_r) * (1.0 - 0.35 * curve[9])
        u_s = 0.404655 * (1.0 - 1.0 / (1.0 + (f[7] / 3528.73) ** 4))
        q_s = u_s * (y[37] - t_r) * (1.0 - 0.25 * curve[10])
        steam = v[8] * 0.03 * (1.0 + curve[8]) / 100.0
        q_w = steam * (100.0 - t_c) if t_c < 100.0 else 0.0
        # measurements
        kappa = 0.359 / 35.3145
        xmeas[0], xmeas[3] = kappa * f[2], kappa * f[3]
        xmeas[4], xmeas[5] = kappa * f[8], kappa * f[5]
        xmeas[1] = 0.454 * f[0] * mean_weight(x[0])
        xmeas[2] = 0.454 * f[1] * mean_weight(x[1])
        xmeas[6] = (p_r - 760.0) / 760.0 * 101.325
        xmeas[7] = 100.0 * (v_r - 84.6) / 666.7
        xmeas[8], xmeas[9], xmeas[10] = t_r, kappa * f[9], t_s
        xmeas[11] = 100.0 * (v_s - 27.5) / 290.0
        xmeas[12] = (p_s - 760.0) / 760.0 * 101.325
        xmeas[13] = f[10] / d_s / 35.3145
        xmeas[14] = 100.0 * (v_c - 78.25) / 156.5
        xmeas[15] = (p_m - 760.0) / 760.0 * 101.325
        xmeas[16], xmeas[17] = f[12] / d_c / 35.3145, t_c
        xmeas[18], xmeas[19] = q_w * 1040.0 * 0.454, 293.07 * q_c
        xmeas[20], xmeas[21] = y[36], y[37]
        m3 = 35.3145
        down = xmeas[6] > 3000.0 or t_r > 175.0 or v_r / m3 > 24.0 or v_r / m3 < 2.0
        down = down or v_s / m3 > 12.0 or v_s / m3 < 1.0 or v_c / m3 > 8.0 or v_c / m3 < 1.0
        if t > 0.0 and not down:
            for i in range(22):
                xmeas[i] += NOISE[i] * gaussian(g)
        now = np.empty(19)
        for i in range(6):
            now[i] = 100.0 * x[6, i]
        for i in range(8):
            now[6 + i] = 100.0 * x[9, i]
        for i in range(5):
            now[14 + i] = 100.0 * x[12, 3 + i]
        if t == 0.0:
            held[:] = now
            xmeas[22:] = now
            due[0], due[1] = 0.1, 0.25
        if t >= due[0]:
            for i in range(14):
                xmeas[22 + i] = held[i] + NOISE[22 + i] * gaussian(g)
                held[i] = now[i]
            due[0] += 0.1
        if t >= due[1]:
            for i in range(14, 19):
                xmeas[22 + i] = held[i] + NOISE[22 + i] * gaussian(g)
                held[i] = now[i]
            due[1] += 0.25
        # balances
        made = np.array([-r1 - r2 - r3, 0.0, -r1 - r2, -r1 - 1.5 * r4, -r2 - r3, r3 + r4, r1, r2])
        for i in range(8):
            dy[i] = x[6, i] * f[6] - x[7, i] * f[7] + made[i]
            dy[9 + i] = x[7, i] * f[7] - x[8, i] * f[8] - x[9, i] * f[9] - x[10, i] * f[10]
            dy[18 + i] = x[11, i] * f[11] - x[12, i] * f[12]
            dy[27 + i] = (
                x[0, i] * f[0] + x[1, i] * f[1] + x[2, i] * f[2] + x[4, i] * f[4]
                + x[8, i] * f[8] - x[5, i] * f[5]
            )  # fmt: skip
        dy[8] = h[6] * f[6] - h[7] * f[7] + q_rx + q_r
        dy[17] = h[7] * f[7] - h[8] * f[8] - h[9] * f[9] - h[10] * f[10] + q_s
        dy[26] = h[3] * f[3] + h[10] * f[10] - h[4] * f[4] - h[12] * f[12] + q_w
        dy[35] = h[0] * f[0] + h[1] * f[1] + h[2] * f[2] + h[4] * f[4] + h[8] * f[8] - h[5] * f[5]
        in_r, in_s = curve[4] + 5.0 * idv[3], curve[5] + 5.0 * idv[4]
        dy[36] = (500.53 * v[9] * 10.0 * (in_r - y[36]) - q_r * 1e6 / 1.8) / 7060.0
        dy[37] = (500.53 * v[10] * 12.0 * (in_s - y[37]) - q_s * 1e6 / 1.8) / 11138.0
        for j in range(12):
            sticks = 0.0
            if j == 9:
                sticks = idv[13]
            elif j == 10:
                sticks = idv[14]
            elif j == 4 or j == 6 or j == 7 or j == 8:
                sticks = idv[18]
            if t == 0.0 or abs(command[j] - xmv[j]) > 2.0 * sticks:
                command[j] = xmv[j]
            command[j] = min(max(command[j], 0.0), 100.0)
            dy[38 + j] = (command[j] - v[j]) / VALVE_H[j]
        if down:
            dy[:] = 0.0
        return down

    @jit
    def simulate(seed: float, seconds: int, fault: int, onset: int) -> NDArray[np.float64]:
        y, xmv, idv = INITIAL.copy(), INITIAL[38:].copy(), np.zeros(20)
        xmeas, held, due, guess = np.zeros(41), np.zeros(19), np.zeros(2), np.zeros(4)
        command, w, g, dy = np.zeros(12), np.zeros((12, 6)), np.array([seed]), np.zeros(50)
        f, x, h, curve = np.zeros(13), np.zeros((13, 8)), np.zeros(13), np.zeros(12)
        w[:, 5] = 0.1
        t, dt = 0.0, 1.0 / 3600.0
        evaluate(t, y, xmv, idv, xmeas, held, due, guess, command, w, g, dy, f, x, h, curve)
        xmv[:] = CLOSED_XMV
        setpoint, old, flag = SETPOINTS.copy(), np.zeros(20), 0
        rows = np.empty((seconds // 180, 53))
        for step in range(1, seconds + 1):
            if fault > 0 and step >= onset:
                idv[fault - 1] = 1.0
            for n in range(19):
                if step % PERIOD[n] != 0:
                    continue
                loop = LOOP[n]
                if loop == 5:
                    p = xmeas[12]
                    if p >= 2950.0 or (flag == 1 and p >= 2633.7):
                        xmv[5], flag = 100.0, 1
                        continue
                    if flag != 1 and (p <= 2300.0 or (flag == 2 and p <= 2633.7)):
                        xmv[5], flag = 0.0, 2
                        continue
                    if flag != 0:
                        xmv[5], setpoint[5], old[5], flag = 40.060, 0.33712, 0.0, 0
                        continue
                error = 100.0 * (setpoint[loop] - xmeas[PV[n]]) / SPAN[n]
                change = GAIN[n] * ((error - old[loop]) + error * INTEGRAL[n])
                old[loop] = error
                if VALVE[n] >= 0:
                    xmv[VALVE[n]] += change
                else:
                    setpoint[DRIVEN[n]] += change * OUTPUT[n] / 100.0
            if step % 180 == 0:
                rows[step // 180 - 1, :41] = xmeas
                rows[step // 180 - 1, 41:] = xmv
            evaluate(t, y, xmv, idv, xmeas, held, due, guess, command, w, g, dy, f, x, h, curve)
            t += dt
            y += dt * dy
            for j in range(11):
                xmv[j] = min(max(xmv[j], 0.0), 100.0)
        return rows

    return simulate


floor_form = build(draw_floor)
fmod_form = build(draw_fmod)
