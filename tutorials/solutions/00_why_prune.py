"""Answers to the tasks of lesson 00, which has no exercises."""

# On your own: answers
#
# 1. If a claim does not hold for your seed, the line CLAIM BROKEN says which, with the figures.
# 2. Look for the share at which the curve of L-OBS loses its first ten points.
# 3. With fewer pictures than inputs the Hessian of the first layer (lesson 07) is singular: the weights fit the few
#    pictures too well, and the curve falls earlier.
