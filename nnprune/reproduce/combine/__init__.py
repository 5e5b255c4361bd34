"""Plans that combine methods, at an equal budget of retraining."""
