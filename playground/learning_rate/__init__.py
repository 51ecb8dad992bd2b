"""The views of the learning-rate page: what each computes, and its moving picture."""
