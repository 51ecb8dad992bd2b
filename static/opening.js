// Runs while the page's HTML is read: which theme and how wide a sidebar Streamlit will have, and when
// the outline is to go. It goes with the hand-over (live/mount.js), and in any case at the end.

(() => {
  const LONGEST = 30000; // ms
  const LATE = 20; // turns of 100 ms
  let turns = 0;
  const outline = document.getElementById("opening");
  if (!outline) return;
  const here = location.pathname;
  const embedding = new URLSearchParams(location.search).getAll("embed_options");
  let theme = "";
  let width = Number.NaN;
  let carried = false; // a run that is not at its start is about to come back
  try {
    theme = JSON.parse(localStorage.getItem(`stActiveTheme-${here}-v2`) ?? '""');
    width = Number.parseInt(localStorage.getItem("sidebarWidth") ?? "", 10);
    carried = Object.keys(sessionStorage).some((key) => key.startsWith("playground:"));
  } catch {
    // a browser that keeps nothing has nothing to say
  }
  if (embedding.includes("dark_theme")) theme = "Dark";
  const dark = theme === "Dark" || (theme !== "Light" && matchMedia("(prefers-color-scheme: dark)").matches);
  outline.classList.toggle("dark", dark);
  if (width >= 200 && width <= 600) outline.style.setProperty("--sidebar", `${width}px`);
  if (carried) outline.remove();

  const end = Date.now() + LONGEST;
  const watch = setInterval(() => {
    if (outline.isConnected && location.pathname === here && Date.now() < end && !shown()) return;
    outline.remove();
    clearInterval(watch);
  }, 100);
  // Where no view is handed over, the page is there once Streamlit has run it, or shows why it cannot.
  const shown = () => {
    const app = document.querySelector("[data-testid=stApp]");
    const still = app?.getAttribute("data-test-script-state") === "notRunning";
    const text = document.querySelector("[data-testid=stMainBlockContainer]");
    const failed = document.querySelector("[data-testid=stException]");
    if (failed) return true;
    // biome-ignore lint/performance/useDomNodeTextContent: a page may hold styles, which nobody reads
    const stands = text instanceof HTMLElement && text.innerText.trim() !== "";
    if (!outline.dataset.view) return stands;
    turns = still && stands ? turns + 1 : 0; // the page has come without a place for the view
    return turns > LATE;
  };
})();
