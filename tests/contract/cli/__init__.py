"""The sanse command on real parts."""
