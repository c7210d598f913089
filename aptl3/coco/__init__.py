"""COCO: photographs with captions, from a folder or from the web."""
