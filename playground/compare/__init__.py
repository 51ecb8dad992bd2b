"""Our network beside scikit-learn's models on one data set: scores, costs, real differences."""
