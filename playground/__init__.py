"""What stands between the engine and the pages: data, configuration, experiments, figures."""
