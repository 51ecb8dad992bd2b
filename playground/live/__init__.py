"""The loop of all views: a request in, one message with frames out, and the charts kept alive."""
