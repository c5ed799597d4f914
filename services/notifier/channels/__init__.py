"""One folder per channel, all of one silhouette: config, client, codec, README; none knows another."""
