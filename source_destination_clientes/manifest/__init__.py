"""What can be written: the objects of the manifest, shipped and of the config, as frozen objects."""
