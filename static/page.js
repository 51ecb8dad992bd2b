// The browser's history: a page, and a view of a page or a lesson, is an entry of its own; any other setting
// that changes takes the place of the entry it changed in. Whether a page is being left: from the
// press of a link until the address is that of the other page. The row of page links is scrolled to
// the page on show, and a decimal comma is understood.
//
// It stands in the page itself, where Streamlit drops without a word what might hold a tag: here
// no letter may follow a "<", in a comment either.

(() => {
  const row = document.querySelector(".st-key-page-links");
  if (!row) return;
  const showLink = () => {
    const page = location.pathname.split("/").pop(); // "" is the Playground
    const link = row.querySelector(`a[href="${page}"]`);
    link?.scrollIntoView({ inline: "center", block: "nearest" });
  };
  // The link of the page on show is bold: one that is chosen changes its width.
  const sizes = new ResizeObserver(showLink);
  for (const node of [row, ...row.children]) sizes.observe(node);

  if (window.playgroundHistory) return;
  window.playgroundHistory = true;
  import(new URL("app/static/page_room.js", location.href).href).catch(() => {});

  // Where the row has no room its pages are in one menu: open, until something is pressed.
  const { documentElement } = document;
  /** @param {boolean} open */
  const openPages = (open) => {
    documentElement.toggleAttribute("data-pages", open);
    document.querySelector(".page-menu")?.setAttribute("aria-expanded", String(open));
  };
  addEventListener(
    "click",
    ({ target }) => {
      const pressed = target instanceof Element && target.closest(".page-menu");
      const open = documentElement.hasAttribute("data-pages");
      if (pressed || open) openPages(!open);
    },
    { capture: true },
  );
  addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && documentElement.hasAttribute("data-pages")) openPages(false);
  });
  const LOST = 20000; // ms until a page that does not come is given up
  const push = history.pushState.bind(history);
  /** @param {URL | Location} address */
  const view = (address) => {
    const query = new URLSearchParams(address.search);
    return `${query.get("view")} ${query.get("lesson")}`;
  };
  let arriving = false; // by a link, whose address the server has still to complete
  let returned = false; // by Back or Forward
  /** @type {string | null} */
  let going = null; // the path of the page that a link was pressed for and that is not here yet
  /** @type {Timer} */
  let lost; // the timer after which nobody waits for it any more

  /**
   * The Playground's link is empty, and would be that of the page that it stands on.
   *
   * @param {Element} link
   */
  const path = (link) => new URL(link.getAttribute("href") || ".", location.href).pathname;
  /** @param {Element} link */
  const leave = (link) => {
    going = path(link);
    clearTimeout(lost);
    lost = setTimeout(() => {
      going = null;
    }, LOST);
  };
  history.pushState = (state, unused, address) => {
    const next = new URL(address ?? location.href, location.href);
    const elsewhere = next.pathname !== location.pathname;
    // After two quick steps back the page between them is late: it is not where the person is.
    if (elsewhere && returned) return;
    const opening = next.searchParams.get("opening"); // the page that gets a run of its own
    const target = [...row.querySelectorAll("a")].find((link) => link.getAttribute("href") === opening);
    if (target) leave(target);
    if (!elsewhere && going !== null) return; // what is said of the address is of the other page
    const own = elsewhere || (!arriving && view(next) !== view(location));
    arriving = elsewhere || (arriving && !own);
    (own ? push : history.replaceState.bind(history))(state, unused, address);
    if (!own) dispatchEvent(new Event("playground-settings"));
    if (location.pathname === going) going = null;
  };
  for (const event of ["pointerdown", "keydown"]) {
    addEventListener(
      event,
      () => {
        arriving = returned = false;
      },
      { capture: true },
    );
  }
  addEventListener("popstate", () => {
    returned = true;
  });

  // A number's field drops a comma, so that "0,5" would be 5: typed or pasted, it is a decimal point.
  addEventListener(
    "beforeinput",
    (event) => {
      const [field] = event.composedPath();
      const { data } = event;
      if (!(field instanceof HTMLInputElement) || field.type !== "number" || !/^[^.,]*,[^.,]*$/.test(data ?? ""))
        return;
      event.preventDefault();
      document.execCommand("insertText", false, data?.replace(",", "."));
    },
    { capture: true },
  );

  // A first visit is greeted once its picture stands, so that nothing waits for that (welcome.js).
  let greeted = false;
  const greet = () => {
    const [playground] = row.querySelectorAll("a");
    if (greeted || !document.querySelector("[data-testid=live][data-frames]")) return;
    if (!playground || location.pathname !== path(playground)) return;
    greeted = true;
    try {
      if (localStorage.getItem("playground.welcome") === "done") return;
    } catch {
      return; // a browser that keeps nothing would be greeted each time
    }
    const module = new URL("app/static/welcome.js", location.href).href;
    import(module).then(({ welcome }) => welcome()).catch(() => {});
  };

  // A request that was under way when its page was left may be run behind the one for the next page:
  // Streamlit then finds no fragment for it, and shows what that run has drawn, which is nothing.
  const EMPTY = 3; // seconds after which an empty page is loaded anew; what was run is carried
  let empty = 0;
  let filled = false; // a page that waits for its first words is slow, and not empty
  setInterval(() => {
    greet();
    const app = document.querySelector("[data-testid=stApp]");
    const main = document.querySelector("[data-testid=stMain]");
    const still = app?.getAttribute("data-test-script-state") === "notRunning";
    // biome-ignore lint/performance/useDomNodeTextContent: a page may hold styles, which nobody reads
    const text = main instanceof HTMLElement && main.innerText.trim() !== "";
    filled ||= text;
    empty = filled && still && !text ? empty + 1 : 0;
    if (empty >= EMPTY) location.reload();
  }, 1000);

  /** Whether the page whose path is `here` is being left, by a link or by Back and Forward. */
  window.playgroundLeaving = (here) => going !== null || location.pathname !== here;
  addEventListener(
    "click",
    (event) => {
      const link = event.target instanceof Element && event.target.closest("[data-testid=stPageLink-NavLink]");
      const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey; // in a tab of its own
      const here = going ?? location.pathname;
      if (link && !elsewhere && path(link) !== here) leave(link);
    },
    { capture: true },
  );
})();
