"""Normal operation in figures: mean and standard deviation of each tag without a fault. Pure.

Of five runs of 100 h (10,000 samples) of the simulator under its published control, as
`benchmarks/normal_operation.py` makes them; a test holds a fresh run against them.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulation.tep.variables import LABELS

# fmt: off
_MEAN_AND_SD: tuple[tuple[float, float], ...] = (
    (0.250639, 0.03131),  # XMEAS(1)
    (3665.61, 34.45),  # XMEAS(2)
    (4506.99, 39.66),  # XMEAS(3)
    (9.3466, 0.08581),  # XMEAS(4)
    (26.9034, 0.2111),  # XMEAS(5)
    (42.3398, 0.2193),  # XMEAS(6)
    (2704.4, 7.641),  # XMEAS(7)
    (74.9975, 0.55),  # XMEAS(8)
    (120.4, 0.01889),  # XMEAS(9)
    (0.33701, 0.01248),  # XMEAS(10)
    (80.1289, 0.2411),  # XMEAS(11)
    (49.9964, 1.004),  # XMEAS(12)
    (2633.13, 7.978),  # XMEAS(13)
    (25.1564, 1.021),  # XMEAS(14)
    (50.0006, 1.009),  # XMEAS(15)
    (3101.68, 6.615),  # XMEAS(16)
    (22.9475, 0.6143),  # XMEAS(17)
    (65.766, 0.4375),  # XMEAS(18)
    (230.804, 10.68),  # XMEAS(19)
    (341.362, 1.683),  # XMEAS(20)
    (94.5965, 0.1335),  # XMEAS(21)
    (77.3053, 0.2625),  # XMEAS(22)
    (32.1872, 0.2949),  # XMEAS(23)
    (8.89467, 0.1045),  # XMEAS(24)
    (26.3716, 0.3137),  # XMEAS(25)
    (6.88219, 0.1075),  # XMEAS(26)
    (18.7762, 0.2976),  # XMEAS(27)
    (1.65701, 0.02604),  # XMEAS(28)
    (32.9578, 0.3396),  # XMEAS(29)
    (13.8229, 0.1079),  # XMEAS(30)
    (23.9601, 0.3891),  # XMEAS(31)
    (1.25651, 0.102),  # XMEAS(32)
    (18.5838, 0.3356),  # XMEAS(33)
    (2.26278, 0.02659),  # XMEAS(34)
    (4.84896, 0.06637),  # XMEAS(35)
    (2.29911, 0.05309),  # XMEAS(36)
    (0.0175466, 0.00978),  # XMEAS(37)
    (0.835871, 0.0193),  # XMEAS(38)
    (0.0984115, 0.01007),  # XMEAS(39)
    (53.7433, 0.5073),  # XMEAS(40)
    (43.8055, 0.5123),  # XMEAS(41)
    (63.0839, 0.5826),  # XMV(1)
    (53.9517, 0.4727),  # XMV(2)
    (24.6581, 3.079),  # XMV(3)
    (61.3167, 1.247),  # XMV(4)
    (22.1879, 0.5342),  # XMV(5)
    (40.062, 1.524),  # XMV(6)
    (38.0893, 2.954),  # XMV(7)
    (46.5355, 2.335),  # XMV(8)
    (47.6335, 2.787),  # XMV(9)
    (41.1127, 0.5456),  # XMV(10)
    (18.1116, 1.458),  # XMV(11)
    (50, 0),  # XMV(12)
)
# fmt: on


@dataclass(frozen=True)
class Normal:
    """A tag in normal operation, in its unit."""

    mean: float
    sd: float


NORMAL: dict[str, Normal] = {
    label: Normal(*figures) for label, figures in zip(LABELS, _MEAN_AND_SD, strict=True)
}
