"""What is on the Playground's screen, how to drive it, and the mathematics behind each choice."""

import streamlit as st

from playground import page
from playground.backprop import guide as backprop_guide
from playground.compare import guide as compare_guide
from playground.digits import guide as digits_guide
from playground.gradient_flow import guide as flow_guide
from playground.learning_rate.explanations import EXPLANATIONS
from playground.learning_rate.settings import VIEWS
from playground.lessons import guide as lessons_guide
from playground.live import keys
from playground.reference import tables
from playground.settings.config import PARTS, Config

SCREEN = """
- **Decision boundary.** The shade says what the network answers at each place of the plane, the
  marks are the data. Filled circles are learned from; open diamonds (switch them on with *Test
  points*) are only used to test. A pale shade means that the network is not sure. *Discretise*
  shows just the winning class.
- **Loss.** How wrong the network is on average: training points as a solid line, test points as a
  dotted one. When the solid line falls and the dotted one rises, the network learns the noise.
  The axis turns logarithmic by itself when the loss explodes.
- **Gradient size by layer.** One row a layer, time to the right; a strong colour means a large
  gradient. Rows that grow faint towards the input are a *vanishing* gradient: those layers learn
  next to nothing. The number is the root mean square of ∂L/∂W over the training points.
- **The network.** Each square is one unit: what it answers over the plane, each on its own scale.
  Lines are weights, thicker for larger ones, dashed for negative ones. Point at a square or a line
  for its numbers, the biases among them.
- **Gradient of every weight now** opens a heatmap for each layer, in the shape of its weights.
"""

ROOM = """
- **Layouts.** The four small pictures at the top, or the keys `1` to `4`: all four charts side by
  side, or the boundary, the curves or the network large. The link says which
  (`layout=all|boundary|curves|network`). On a phone the charts stand one below the other.
- **Full screen.** `F` shows the chart under the pointer alone, below the bar, and so does the
  small button in its head. `Esc` leads back.
- **Lecture mode.** `L`, or a link with `lecture=1`: large type, thick lines, a ring around the
  pointer, and no scrolling on the Playground. `hide` says what is left out, for example
  `&lecture=1&hide=sidebar,links,details,speed`; it may name PARTS.
  Left out unless you say otherwise: HIDDEN. Everything still goes by keys, and `L` or *Leave* leads
  back.
""".replace("PARTS", ", ".join(f"`{part}` ({words.lower()})" for part, words in PARTS.items()))
ROOM = ROOM.replace("HIDDEN", ", ".join(f"`{part}`" for part in Config.hide))

RULES = """
- **Learning rate, schedule, optimizer, penalties, batch size, clipping and speed** change a run
  while it goes on. **Data and architecture** start it anew, and the page says so. Display switches
  never touch the training.
- **Pause keeps what you see**: the run goes back to the very step of the frame on the screen.
- **The link is the run.** The address bar holds every setting that differs from its default. Who
  opens the link gets the same points, the same weights and the same steps, bit for bit. Add
  `&play=1` to start at once.
- **Share gives away this very moment.** Its link also holds how far the run has come and what was
  changed on the way: whoever opens it, or scans the QR code from the last row, sees the network
  train there at full speed, and then the same picture, bit for bit. A link has room for a hundred
  changes or more; where it has not, Share says so and gives the settings alone.
- **A reload keeps the run**, and so do a lost connection and a server that was started anew: it
  goes on at the same step. The link, opened again, starts it anew. A very large run is not kept.
- **Divergence is a result.** When the loss, a gradient or a weight stops being finite, or the loss
  passes 10,000 times its start (or, if that is larger, the loss of answering zero everywhere), the
  run stops and keeps its last finite weights. You can rewind, halve the learning rate or start
  again. A network that blows up but stays finite is called
  *diverging* and goes on. **What happened?** shows the last finite steps of a run that diverged.
- **The gauge** beside the status compares SGD's learning rate with the critical one at the present
  weights: above 1 errors grow from step to step. If each step takes all points, that is 2 divided
  by the sharpness, or 2 (1 + momentum) divided by it. In mini-batches it is found by trying, on the
  network made linear at its weights, and known to about a fifth (≈); with momentum it can be many
  times lower than in full batches. Where the loss has climbed above its start, or hardly any
  gradient reaches the hidden layers, flat ground would look safe, and no number is shown.
"""

page.frame("Guide")
with st.container(width=860):
    st.header("Guide")
    look, rules, rates, *page_tabs, maths = st.tabs(
        [
            "Reading the screen",
            "Driving it",
            "Learning rate",
            "Gradient flow",
            "Backprop",
            "Digits",
            "Compare",
            "Lessons",
            "The mathematics",
        ]
    )
with look:
    st.markdown(SCREEN)
with rules:
    st.markdown(RULES)
    st.subheader("Room for what matters")
    st.markdown(ROOM)
    st.subheader("Keys")
    st.markdown(
        "Space plays and pauses wherever the focus is, but in a text field or a list, where it "
        "writes, and on a button or a switch that you came to by keys, which it presses."
    )
    st.markdown(keys.as_table())
with rates:
    for view, words in EXPLANATIONS.items():
        st.subheader(VIEWS[view])
        st.markdown(words.look)
        for latex, line in words.formulas:
            st.latex(latex)
            st.caption(line)
        st.caption(words.source)
for tab, guide in zip(
    page_tabs, (flow_guide, backprop_guide, digits_guide, compare_guide, lessons_guide), strict=True
):
    with tab:
        for heading, said in guide.WORDS.items():
            st.subheader(heading)
            st.markdown(said)
with maths:
    st.markdown(
        "For a batch of B points each layer computes $Z = A_{\\text{in}} W + b$ and "
        "$A = f(Z)$. Backwards, with $dZ = dA \\odot f'(Z)$:"
    )
    for line in (
        r"\frac{\partial L}{\partial W} = A_{\text{in}}^\top \, dZ",
        r"\frac{\partial L}{\partial b} = \sum_{i=1}^{B} dZ_i",
        r"dA_{\text{in}} = dZ \, W^\top",
    ):
        st.latex(line)
    for title, formulas in tables().items():
        with st.expander(title):
            for formula in formulas:
                name, body = st.columns([1, 3])
                name.markdown(f"**{formula.label}**  \n{formula.source}")
                body.latex(formula.latex)
