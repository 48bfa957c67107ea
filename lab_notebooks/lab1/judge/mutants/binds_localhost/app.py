"""A small web app. GET / greets you, GET /hello/NAME greets NAME, and GET /health tells that all is well."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def greet():
    return "Hello from inside a container!\n"


@app.get("/hello/<name>")
def hello(name):
    return {"hello": name}


@app.get("/health")
def health():
    return {"status": "ok"}


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=8080)
