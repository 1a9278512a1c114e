"""Numbers of the plant, each with its unit.

Source: the process simulation that Downs & Vogel published with "A plant-wide industrial process
control problem" (1993), every literal read as an IEEE double. Temperatures are °C, amounts lbmol,
pressures mmHg, volumes ft3, energies 10^6 BTU, times hours, unless said otherwise. The four gas
constants are not mutually consistent; the published plant is defined with them as they are.
"""

from __future__ import annotations

import numpy as np

KELVIN = 273.15  # K at 0 °C
GAS_LAW = 998.9  # mmHg ft3 / (lbmol K)
GAS_ENERGY = 3.57696e-6  # 10^6 BTU / (lbmol K), internal energy of the mixing zone
GAS_KINETICS = 1.987  # cal / (mol K), Arrhenius exponents
GAS_COMPRESSOR = 1.9872  # BTU / (lbmol °R)
FAHRENHEIT = 1.8  # °F per °C
FT3_PER_M3 = 35.3145
KG_PER_LB = 0.454
KSCM_PER_LBMOL = 0.359 / FT3_PER_M3  # thousand standard m3
ATM_MMHG = 760.0
ATM_KPA = 101.325

# Components in order: three gases that never condense, then what is in vapour-liquid equilibrium.
A, B, C, D, E, F, G, H = range(8)
N_COMPONENTS = 8
N_GASES = 3  # A, B, C

# fmt: off
MOLECULAR_WEIGHT = np.array([2.0, 25.4, 28.0, 32.0, 46.0, 48.0, 62.0, 76.0])  # lb/lbmol

# Antoine: ln(P / mmHg) = a + b / (T + c)
ANTOINE_A = np.array([0.0, 0.0, 0.0, 15.92, 16.35, 16.35, 16.43, 17.21])
ANTOINE_B = np.array([0.0, 0.0, 0.0, -1444.0, -2114.0, -2114.0, -2748.0, -3318.0])
ANTOINE_C = np.array([0.0, 0.0, 0.0, 259.0, 265.5, 265.5, 232.9, 249.6])

# Heat capacity a + b T + c T^2 in 10^6 BTU / (lb °F), T in °C
LIQUID_CP_A = np.array([1e-6, 1e-6, 1e-6, 0.960e-6, 0.573e-6, 0.652e-6, 0.515e-6, 0.471e-6])
LIQUID_CP_B = np.array([0.0, 0.0, 0.0, 8.70e-9, 2.41e-9, 2.18e-9, 5.65e-10, 8.70e-10])
LIQUID_CP_C = np.array([0.0, 0.0, 0.0, 4.81e-11, 1.82e-11, 1.94e-11, 3.82e-12, 2.62e-12])
VAPOUR_CP_A = np.array([
    3.411e-6, 0.3799e-6, 0.2491e-6, 0.3567e-6, 0.3463e-6, 0.3930e-6, 0.170e-6, 0.150e-6])
VAPOUR_CP_B = np.array([7.18e-10, 1.08e-9, 1.36e-11, 8.51e-10, 8.96e-10, 1.02e-9, 0.0, 0.0])
VAPOUR_CP_C = np.array([6.0e-13, -3.98e-13, -3.93e-14, -3.12e-13, -3.27e-13, -3.12e-13, 0.0, 0.0])
LATENT_HEAT = np.array([  # 10^6 BTU/lb
    1e-6, 1e-6, 1e-6, 86.7e-6, 160.0e-6, 160.0e-6, 225.0e-6, 209.0e-6])

# Liquid density a + b T + c T^2 in lb/ft3
DENSITY_A = np.array([1.0, 1.0, 1.0, 23.3, 33.9, 32.8, 49.9, 50.5])
DENSITY_B = np.array([0.0, 0.0, 0.0, -0.0700, -0.0957, -0.0995, -0.0191, -0.0541])
DENSITY_C = np.array([0.0, 0.0, 0.0, -0.0002, -0.000152, -0.000233, -0.000425, -0.000150])
# fmt: on

# Vessels, in the order of the four temperatures: reactor, separator, stripper, mixing zone
REACTOR, SEPARATOR, STRIPPER, MIXING_ZONE = range(4)
REACTOR_VOLUME = 1300.0  # ft3
SEPARATOR_VOLUME = 3500.0
MIXING_ZONE_VOLUME = 5000.0

# Streams, 0-based, in the order in which the flow sheet fills them
(
    D_FEED,  # paper stream 2, to the mixing zone
    E_FEED,  # 3, to the mixing zone
    A_FEED,  # 1, to the mixing zone
    AC_FEED,  # 4, to the stripper
    OVERHEAD,  # 5, stripper to mixing zone
    MIXED,  # 6, mixing zone to reactor
    REACTOR_FEED,  # 6 again, the reactor's inlet
    EFFLUENT,  # 7, reactor to separator
    RECYCLE,  # 8, compressor to mixing zone
    PURGE,  # 9
    UNDERFLOW,  # 10, separator liquid to stripper
    STRIPPED,  # liquid that falls into the stripper's sump
    PRODUCT,  # 11
) = range(13)
N_STREAMS = 13
FEED_TEMPERATURE = 45.0  # °C, E and A feeds
# Feed compositions (mole fractions): x_B and x_D; x_E and x_F; x_A and x_B
FEED_IMPURITY = 0.0001
FEED_PURITY = 0.9999

# Places in the 50 states
Y_REACTOR = 0  # A..H, then energy
Y_REACTOR_ENERGY = 8
Y_SEPARATOR = 9
Y_SEPARATOR_ENERGY = 17
Y_STRIPPER = 18
Y_STRIPPER_ENERGY = 26
Y_MIXING_ZONE = 27
Y_MIXING_ZONE_ENERGY = 35
Y_REACTOR_COOLANT = 36  # outlet temperature
Y_CONDENSER_COOLANT = 37
Y_VALVES = 38  # 12 positions, %
N_STATES = 50

# Kinetics: ln k0 and activation energy (cal/mol) of reactions 1..3; reaction 4 follows reaction 3
LN_K1, LN_K2, LN_K3 = 31.5859536, 3.00094014, 53.4060443
ACTIVATION_1, ACTIVATION_2, ACTIVATION_3 = 40000.0, 20000.0, 60000.0
K4_PER_K3 = 0.767488334
ORDER_A, ORDER_C = 1.1544, 0.3735  # reaction orders of A and C in reactions 1 and 2
D_PER_REACTION_4 = 1.5  # 3 D -> 2 F is booked as 1.5 D -> F
HEAT_1, HEAT_2 = 0.06899381054, 0.05  # 10^6 BTU/lbmol; reactions 3 and 4 release none

# Full-range flows of the valves (lbmol/h; steam 10^6 BTU/(h °C); cooling water gal/min)
RANGE_D, RANGE_E, RANGE_A, RANGE_AC = 400.0, 400.0, 100.0, 1500.0
RANGE_UNDERFLOW, RANGE_PRODUCT = 1500.0, 1000.0
RANGE_STEAM, RANGE_REACTOR_COOLANT, RANGE_CONDENSER_COOLANT = 0.03, 1000.0, 1200.0
AC_FEED_FLOOR = 1e-10  # keeps the stripper's divisions finite when both its feeds are zero
VALVE_TIME_H = np.array([8.0, 8, 6, 9, 7, 5, 5, 5, 120, 5, 5, 5]) / 3600.0
STICTION_BAND = 2.0  # %

# Pressure-driven flows: lb/h per sqrt(mmHg), purge lbmol-weighted per % of valve
MIXED_COEFFICIENT = 1937.6
EFFLUENT_COEFFICIENT = 4574.21
PURGE_COEFFICIENT = 0.151169
BYPASS_COEFFICIENT = 53.349
COMPRESSOR_MAX = 280275.0  # lb/h
COMPRESSOR_MAX_RATIO = 1.3
COMPRESSOR_SLOPE = COMPRESSOR_MAX / 1.197
RECYCLE_FLOOR = 1e-3  # lb/h

# Stripper: overhead fractions of A, B, C; stripping coefficients of D..H; the fractions that hold
# when there is next to no liquid feed; and the temperature factor's pieces
SPLIT_GASES = np.array([0.995, 0.991, 0.990])
STRIP_COEFFICIENT = np.array([8.5010, 11.402, 11.795, 0.0480, 0.0242])
SPLIT_DRY = np.array([0.9999, 0.999, 0.999, 0.99, 0.98])
DRY_UNDERFLOW = 0.1  # lbmol/h
STRIP_HOT, STRIP_HOT_OFFSET = 170.0, 120.262  # °C
STRIP_COLD, STRIP_COLD_FACTOR = 5.292, 0.1
STRIP_NUMERATOR, STRIP_POLE, STRIP_OFFSET = 363.744, 177.0, 2.22579488

# Heat transfer
COIL_LEVEL_UNIT = 7.8  # ft3 per unit of coil level
COIL_FULL, COIL_EMPTY, COIL_SLOPE, COIL_INTERCEPT = 50.0, 10.0, 0.025, 0.25
COIL_CONDUCTANCE = 0.85549  # 10^6 BTU/(h °C)
CONDENSER_CONDUCTANCE = 0.404655
CONDENSER_FLOW = 3528.73  # lbmol/h
STEAM_TEMPERATURE = 100.0  # °C
COOLANT_FACTOR = 500.53  # lb/h per gal/min
COOLANT_REACTOR, COOLANT_CONDENSER = 7060.0, 11138.0  # heat capacities, BTU/°F
STEAM_LB_PER_ENERGY = 1040.0  # lb per 10^6 BTU
KW_PER_DUTY = 293.07  # kW per 10^6 BTU/h

# Level measurement: percent = 100 (volume - offset) / span, ft3
REACTOR_LEVEL = (84.6, 666.7)
SEPARATOR_LEVEL = (27.5, 290.0)
STRIPPER_LEVEL = (78.25, 156.5)

# Base case ("mode 1"): the steady state all runs start from
# fmt: off
INITIAL_STATE = np.array([
    10.40491389, 4.363996017, 7.570059737, 0.4230042431,  # reactor
    24.15513437, 2.942597645, 154.3770655, 159.1865960, 2.808522723,
    63.75581199, 26.74026066, 46.38532432, 0.2464521543,  # separator
    15.20484404, 1.852266172, 52.44639459, 41.20394008, 0.5699317760,
    0.4306056376, 7.9906200783e-3, 0.9056036089, 1.6054258216e-2,  # stripper
    0.7509759687, 8.8582855955e-2, 48.27726193, 39.38459028, 0.3755297257,
    107.7562698, 29.77250546, 88.32481135, 23.03929507,  # mixing zone
    62.85848794, 5.546318688, 11.92244772, 5.555448243, 0.9218489762,
    94.59927549, 77.29698353,  # cooling water outlets
    63.05263039, 53.97970677, 24.64355755, 61.30192144, 22.21000000, 40.06374673,  # valves
    38.10034370, 46.53415582, 47.44573456, 41.10581288, 18.11349055, 50.00000000,
])
# fmt: on

SECONDS_PER_HOUR = 3600
SAMPLE_SECONDS = 180  # between recorded rows, as in the field's data sets
DELTA_H = 1.0 / 3600.0  # one Euler step, h
DELTA_H_SINGLE = float(np.float32(1.0) / np.float32(3600.0))  # the same in single precision
GAS_INTERVAL_H = 0.1  # sampling period of the gas analysers
GAS_INTERVAL_H_SINGLE = float(np.float32(0.1))
PRODUCT_INTERVAL_H = 0.25  # sampling period of the product analyser
