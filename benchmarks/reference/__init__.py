"""What aptl3 is measured against: kernels of well-known libraries, and the program that a user would write.

Nothing here imports aptl3, and nothing here is tuned together with it: a gain of ours must show against these as they
are.
"""
