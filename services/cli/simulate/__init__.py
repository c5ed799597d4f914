"""A believable prefecture from a seed number: places, posts, reports in time order, and the truth."""
