// How Streamlit mounts a view: once for each place on the page, then a message at a time.

/** Streamlit's entry for views of this class: called on mount, on every message, on a new theme. */
export function entry(View) {
  const views = new WeakMap();
  return (component, plotly) => {
    const { parentElement, data } = component;
    let view = views.get(parentElement);
    if (!view) {
      view = new View(parentElement, component, plotly);
      views.set(parentElement, view);
    }
    view.component = component;
    view.receive(data);
    return () => {
      views.delete(parentElement);
      view.destroy();
    };
  };
}
