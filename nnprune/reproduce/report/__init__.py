"""The figure and the claims of the course report, by the methods of the main experiment."""
