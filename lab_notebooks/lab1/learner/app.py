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
    # 0.0.0.0 means "from anywhere": with 127.0.0.1 only the container itself could reach the app.
    app.run(host="0.0.0.0", port=8080)
