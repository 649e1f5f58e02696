"""An endpoint that reads the body and does nothing: what HTTP alone costs with this framework and server."""

from fastapi import FastAPI, Request, Response

app = FastAPI(openapi_url=None)


@app.post("/empty")
async def empty(request: Request) -> Response:
    """Take the body and answer 200."""
    await request.body()
    return Response(b"[]", media_type="application/json")


@app.get("/empty")
async def nothing() -> Response:
    """Answer 200."""
    return Response(b"[]", media_type="application/json")
