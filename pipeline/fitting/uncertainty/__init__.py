"""How sure a fit is: resampling, draws, their calibration, profiles and information matrices."""
