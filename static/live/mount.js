// How Streamlit mounts a view: once for each place on the page, then a message at a time.

/**
 * What Streamlit gave a view, silent while its page, whose path is `here`, is being left.
 *
 * A request that comes behind the one for another page is run after it. Streamlit then finds none
 * of the old page's fragments, and shows what that run has drawn: an empty page.
 */
function quiet(component, here) {
  const setTriggerValue = (name, value) => {
    if (!window.playgroundLeaving?.(here)) component.setTriggerValue(name, value);
  };
  return { ...component, setTriggerValue };
}

/** Streamlit's entry for views of this class: called on mount, on every message, on a new theme. */
export function entry(View) {
  const views = new WeakMap();
  return (component, plotly) => {
    const { parentElement, data } = component;
    let view = views.get(parentElement);
    if (!view) {
      const here = location.pathname;
      view = new View(parentElement, quiet(component, here), plotly);
      view.here = here;
      views.set(parentElement, view);
    }
    view.component = quiet(component, view.here);
    view.receive(data);
    return () => {
      views.delete(parentElement);
      view.destroy();
    };
  };
}
