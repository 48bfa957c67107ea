"""A small web app. GET / greets you, GET /greet/NAME greets NAME, and GET /health tells that all is well."""

from flask import Flask

GREETING = "Good morning"

app = Flask(__name__)


@app.get("/")
def welcome():
    return f"{GREETING} from inside a container!\n"


@app.get("/greet/<name>")
def greet(name):
    return {"name": name, "text": f"{GREETING}, {name}!"}


@app.get("/health")
def health():
    return {"status": "ok"}


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=8080)
