"""One module per vendor, all of one silhouette: read a request, answer it in the vendor's words."""
