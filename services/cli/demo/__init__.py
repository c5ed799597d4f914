"""The main job on a small simulated prefecture: reports in, duties out, cadres acting, everything counted."""
