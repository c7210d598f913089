"""What runs a model: OpenVINO on a CPU, torch with CUDA, plain torch. Only this package and the models import them."""
