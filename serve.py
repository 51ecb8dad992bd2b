"""The app as it is deployed: the pages, figures for who runs it, one log line an event.

`streamlit run serve.py` serves what `streamlit run app.py` does, and this beside it.
"""

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from playground import service
from playground.opening.middleware import middleware


async def metrics(_: Request) -> Response:
    """Our figures, beside Streamlit's own under /_stcore/metrics."""
    return PlainTextResponse(service.metrics(), media_type=service.METRICS_TYPE)


async def ready(_: Request) -> Response:
    """Whether new viewers may be sent here: a full room is found (404), and not gone (503)."""
    full = service.ROOM.full
    return PlainTextResponse("full" if full else "open", status_code=404 if full else 200)


app = st.App(
    "app.py",
    routes=[Route("/metrics", metrics), Route("/ready", ready)],
    middleware=[Middleware(service.Watch), *middleware()],
    lifespan=service.lifespan,
    on_script_error=service.report,
)
