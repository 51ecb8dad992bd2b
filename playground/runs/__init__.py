"""From settings to a run: build, train, measure, and wait one's turn; knows no Streamlit."""
