"""Embedding models and the engines that run them. A registry names the models; each is loaded only when it is used."""
