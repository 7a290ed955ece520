"""The WSGI object `app`, and ``python app.py``: the whole service, web and worker together."""

from bpu import create_app

if __name__ == "__main__":
    from bpu.serve import serve

    serve()
elif __name__ != "__mp_main__":  # a web process of that service makes its own
    app = create_app()
